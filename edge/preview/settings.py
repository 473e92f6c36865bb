"""Whether pictures may be looked at on this device, by whom and how."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, ValidationInfo, field_validator

from edge.contract.section import PathText, Section, inconsistent
from edge.errors import ConfigError

#: What cannot be guessed in the time that a guess over HTTP takes.
_MIN_TOKEN_CHARACTERS = 16
_TOO_SHORT = f"needs at least {_MIN_TOKEN_CHARACTERS} characters; try: openssl rand -hex 16"


def _long_enough(token: SecretStr) -> SecretStr:
    if len(token.get_secret_value()) < _MIN_TOKEN_CHARACTERS:
        raise ValueError(_TOO_SHORT)
    return token


_Token = Annotated[SecretStr, AfterValidator(_long_enough)]


class PreviewSettings(Section):
    """The local preview: ``/preview`` on the device's port.

    Attributes:
        enabled: Whether there is one.
        token: What a viewer must know, from the environment (``${PREVIEW_TOKEN}``) or a systemd credential.
        token_file: A file that holds it, instead.
        pixelate: Whether faces are made unrecognisable, and hidden what is not searched for faces.
        allow_remote: Consent to pictures beyond this machine: without it ``http.bind`` must be local.
        max_viewers: Streams and stills at once, all cameras together.
        max_fps: Pictures a second of one camera.
        max_side_px: Longer side of a picture.
    """

    enabled: bool = False
    token: _Token | None = None
    token_file: PathText | None = None
    pixelate: bool = True
    allow_remote: bool = False
    max_viewers: Annotated[int, Field(ge=1, le=16)] = 2
    max_fps: Annotated[float, Field(gt=0, le=15)] = 5.0
    max_side_px: Annotated[int, Field(ge=160, le=1920)] = 640

    @field_validator("token_file")
    @classmethod
    def _one_token(cls, token_file: Path | None, info: ValidationInfo) -> Path | None:
        if "enabled" in info.data and "token" in info.data:
            given = (info.data["token"] is not None) + (token_file is not None)
            if given > 1:
                raise inconsistent("give token or token_file, not both", "token")
            if info.data["enabled"] and not given:
                raise inconsistent(
                    "the preview needs a token: set token to ${PREVIEW_TOKEN}, or name a file in token_file",
                    "enabled",
                )
        return token_file

    def secret(self) -> str:
        """The token in force.

        Raises:
            ConfigError: The file cannot be read, or holds too little.
        """
        if self.token is not None:
            return self.token.get_secret_value()
        where = f"http.preview.token_file: {self.token_file}"
        try:
            found = Path(str(self.token_file)).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as err:
            raise ConfigError(f"{where}: cannot be read: {getattr(err, 'strerror', None) or err}") from err
        if len(found) < _MIN_TOKEN_CHARACTERS:
            raise ConfigError(f"{where}: {_TOO_SHORT}")
        return found
