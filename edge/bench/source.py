"""The settings to measure with: the device's own or the defaults, with one camera."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edge import settings as configuration
from edge.demo.show import camera_for
from edge.settings import Settings


def bench_settings(source: str, config: Path | None = None, **sections: dict[str, Any]) -> Settings:
    """Settings with the source as their only camera.

    Args:
        source: A video, a folder of pictures, a URL or /dev/videoN.
        config: Take everything else from this file; None for the defaults.
        sections: Fields to change, by section: ``detector={"runtime": "tflite"}``.

    Raises:
        ConfigError: The configuration is wrong.
        SourceError: No such file, folder or device.
    """
    fields: dict[str, Any] = {
        "schema": "edge/1",
        "site": "bench",
        "device": "local",
        "purpose": "personal",
        "mqtt": {"host": "localhost"},
    }
    if config is not None:
        fields = configuration.load(config).model_dump(by_alias=True)
    fields["cameras"] = [camera_for(source) | {"name": "bench"}]
    for section, changed in sections.items():
        fields[section] = {**fields.get(section, {}), **changed}
    return configuration.of_fields(fields)
