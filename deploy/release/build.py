"""A whole release for one host: software, packages, networks, configuration, units."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from deploy.agent.manifest import Blob, Manifest
from deploy.release import agent_archive, argus, credentials
from deploy.release.assemble import Parts, Target, assemble, stored
from deploy.release.bundles import SECTIONS, Bundles, collect, inserted
from deploy.release.placed import Placed
from deploy.release.project_wheel import project_wheel, requirements
from deploy.release.render import Layer, as_yaml, render
from deploy.release.store import Release, ReleaseStore
from deploy.release.wheelhouse import Wheelhouse
from edge import __version__, shipped
from edge.contract.yaml_source import dotted
from edge.errors import ConfigError

#: What a push may be limited to.
Only = Literal["model", "configuration"]
_CONFIGURATION, _BUNDLES, _LOCK = "config/edge.yaml", "bundles/", "wheels.lock"
_UNIT = "unit/emotion-edge.service"
_LAUNCHER = """\
#!/bin/sh
# Runs the release that this file lies in, whatever "current" points at meanwhile.
EMOTION_EDGE_RELEASE=$(dirname "$(dirname "$(readlink -f "$0")")")
export EMOTION_EDGE_RELEASE
exec "$EMOTION_EDGE_RELEASE/venv/bin/python" -I -m edge "$@"
"""


@dataclass
class Builder:
    """Builds the releases of a rollout; what hosts have in common is made once.

    Attributes:
        project: The checkout.
        store: Where releases go.
        gate: What devices hold releases to; see :class:`deploy.agent.gate.Terms`.
        report: Told what takes long.
    """

    project: Path
    store: ReleaseStore
    gate: Mapping[str, Any] = field(default_factory=dict)
    report: Callable[[str], None] = logging.getLogger(__name__).info
    _software: dict[tuple[str, str], dict[str, Blob]] = field(default_factory=dict)

    def build(self, target: Target, layers: Sequence[Layer], merged: Placed | None = None) -> Release:
        """A release of everything; the same content again is the same release.

        Args:
            target: The host.
            layers: Its configuration: base, groups, host.
            merged: The same, rendered; None: it is not yet.

        Raises:
            ConfigError: The configuration cannot be used.
            FetchError: Packages cannot be had.
            EmotionEdgeError: The project does not build.
        """
        merged = merged or render(layers)
        bundles = collect(merged)
        configuration = inserted(merged.plain(), bundles.settings)
        unit = credentials.with_credentials(shipped.systemd_unit(), configuration)
        files: dict[str, bytes | Blob] = {**self._of(target)}
        files[_UNIT] = argus.with_argus(unit, configuration).encode()
        return self._assembled(target, files, bundles, configuration, layers)

    def change(
        self, running: Manifest, layers: Sequence[Layer], only: Only, merged: Placed | None = None
    ) -> Release:
        """A release that differs from what runs in its networks alone, or in its configuration alone.

        Args:
            running: What the host has.
            layers: Its configuration.
            only: What is new.
            merged: The layers, rendered; None: they are not yet.

        Raises:
            ConfigError: The configuration cannot be used; or names no networks, where they alone are pushed;
                or a secret that the unit there does not hand to the daemon.
        """
        merged = merged or render(layers)
        kept: dict[str, bytes | Path | Blob] = {
            blob.path: blob
            for blob in running.files
            if blob.path != _CONFIGURATION and not (only == "model" and blob.path.startswith(_BUNDLES))
        }
        if only == "model":
            bundles = collect(merged)
            if not any(bundles.settings.values()):
                raise ConfigError(
                    f"{layers[0].origin}: classifier.bundle, detector.bundle: no bundle is named, so the "
                    "networks are those of the software; name one, or push everything"
                )
            configuration = inserted(running.configuration, bundles.settings)
        else:
            had = running.configuration
            _refuse_another_unit(merged, had)
            places = {name: (had.get(name) or {}).get("bundle") for name in SECTIONS}
            bundles = Bundles(models=dict(running.models))
            configuration = inserted(merged.plain(), places)
        target = Target(running.host, running.arch, running.python)
        return self._assembled(target, kept, bundles, configuration, layers, version=running.version)

    def _assembled(
        self,
        target: Target,
        software: Mapping[str, bytes | Path | Blob],
        bundles: Bundles,
        configuration: dict[str, Any],
        layers: Sequence[Layer],
        version: str = __version__,
    ) -> Release:
        text = as_yaml(configuration, [Path(layer.origin).name for layer in layers])
        files = {**software, **bundles.files, _CONFIGURATION: text}
        parts = Parts(version, files, configuration, bundles.models, self.gate)
        return assemble(target, parts, self.store)

    def _of(self, target: Target) -> dict[str, Blob]:
        """Software and packages for one kind of device."""
        kind = (target.arch, target.python)
        if kind not in self._software:
            self.report(f"software for {target.arch}, Python {target.python}")
            wheel = project_wheel(self.project, self.store.folder / "project")
            house = Wheelhouse(self.store.folder / "wheelhouse", *kind)
            wheels = [wheel, *house.wheels(requirements(wheel))]
            software: dict[str, bytes | Path] = {
                **{f"wheels/{path.name}": path for path in wheels},
                _LOCK: house.lock,
                "bin/emotion-edge": _LAUNCHER.encode(),
                agent_archive.FILE_NAME: agent_archive.archive(),
            }
            self._software[kind] = {path: stored(path, had, self.store) for path, had in software.items()}
        return self._software[kind]


def _refuse_another_unit(merged: Placed, had: Mapping[str, Any]) -> None:
    """The unit, which hands secrets to the daemon and shuts it in, belongs to the software, which stays."""
    if argus.needed(merged.plain()) and not argus.needed(had):
        raise ConfigError(
            f"{merged.value['cameras'].place}: cameras: Jetson's own cameras need another unit than the one "
            "there; push everything once, without --config-only"
        )
    known = credentials.names(had) | credentials.loaded(shipped.systemd_unit())
    for path, value, place in merged.scalars():
        if new := sorted(credentials.names({"": value}) - known):
            raise ConfigError(
                f"{place}: {dotted(path)}: ${{{new[0]}}} is new, and the unit there does not hand it to the "
                "daemon yet; push everything once, without --config-only"
            )
