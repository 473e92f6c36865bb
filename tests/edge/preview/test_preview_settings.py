from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from edge import settings
from edge.errors import ConfigError
from edge.health.settings import HttpSettings
from edge.preview.settings import PreviewSettings

TOKEN = "correct-horse-battery"


def http(bind: str | None = "127.0.0.1:8080", **preview: Any) -> HttpSettings:
    fields = {"enabled": True, "token": TOKEN, **preview}
    return HttpSettings.model_validate({"bind": bind, "preview": fields})


def test_it_is_off_and_false_is_short_for_that() -> None:
    assert not HttpSettings().preview.enabled
    assert HttpSettings.model_validate({"preview": False}) == HttpSettings()


@pytest.mark.parametrize("bind", ["127.0.0.1:8080", "127.3.2.1:80", "[::1]:8080", "localhost:8080"])
def test_a_local_address_needs_no_consent(bind: str) -> None:
    assert http(bind).preview.enabled
    assert http(bind).local


@pytest.mark.parametrize(
    "bind", ["0.0.0.0:8080", "192.0.2.7:8080", "[::]:8080", "pi.local:8080", "localhost.example:1"]
)
def test_any_other_address_does(bind: str) -> None:
    with pytest.raises(ValidationError, match="from beyond this machine"):
        http(bind)
    assert http(bind, allow_remote=True).preview.enabled
    assert not http(bind, allow_remote=True).local
    assert http(bind, enabled=False).preview.enabled is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"token": None}, "needs a token"),
        ({"token_file": "/run/token"}, "not both"),
        ({"token": "short"}, "at least 16"),
        ({"bind": None}, "set http.bind"),
    ],
)
def test_what_is_missing_or_too_much_is_said(changes: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        http(**changes)


def test_a_wrong_section_s_faults_never_show_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREVIEW_TOKEN", "too-short-secret"[:12])
    file = tmp_path / "edge.yaml"
    file.write_text(
        "schema: edge/1\nsite: a\ndevice: b\npurpose: personal\ncameras: []\nmqtt: {host: h}\n"
        'http: {preview: {enabled: true, token: "${PREVIEW_TOKEN}", colour: red}}\n'
    )
    with pytest.raises(ConfigError, match=r"http\.preview\.token: .*at least 16") as caught:
        settings.load(file)
    assert "too-short" not in str(caught.value)


def test_the_token_may_lie_in_a_file(tmp_path: Path) -> None:
    file = tmp_path / "token"
    settings = PreviewSettings.model_validate({"enabled": True, "token_file": str(file)})
    with pytest.raises(ConfigError, match="cannot be read"):
        settings.secret()
    file.write_text("short\n")
    with pytest.raises(ConfigError, match="at least 16 characters"):
        settings.secret()
    file.write_text(f"{TOKEN}\n")
    assert settings.secret() == TOKEN
    assert PreviewSettings.model_validate({"enabled": True, "token": TOKEN}).secret() == TOKEN
