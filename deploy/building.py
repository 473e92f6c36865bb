"""Builds and signs a release for each host."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from deploy import places
from deploy.agent.manifest import Manifest
from deploy.inventory import Host, Inventory
from deploy.release.agent_archive import FILE_NAME, archive
from deploy.release.assemble import Target
from deploy.release.build import Builder, Only
from deploy.release.render import Layer, render_each
from deploy.release.sign import sign
from deploy.release.store import ReleaseStore
from deploy.release_set import ReleaseSet
from edge.errors import ConfigError

PROJECT = Path(__file__).parent.parent


def agent_file(store: Path) -> Path:
    """The agent of this checkout, as the file that travels."""
    store.mkdir(parents=True, exist_ok=True)
    content, file = archive(), store / FILE_NAME
    if not file.exists() or file.read_bytes() != content:
        fresh = file.with_name(f".{FILE_NAME}.{os.getpid()}")
        fresh.write_bytes(content)
        fresh.replace(file)
    return file


def build(
    inventory: Inventory,
    hosts: Sequence[Host],
    screen: Console,
    *,
    only: Only | None = None,
    running: Mapping[str, Manifest] | None = None,
) -> ReleaseSet:
    """Build one signed release a host; what they have in common is built once.

    Args:
        inventory: The fleet.
        hosts: Those of it that get one.
        screen: Told what takes long.
        only: What alone is new; the rest stays as it is in ``running``.
        running: What each host runs, by its name.

    Raises:
        ConfigError: A configuration cannot be used.
        FetchError: Packages cannot be had.
        EmotionEdgeError: The project does not build, or the key does not sign.
    """
    key = inventory.signing_key or places.signing_key()
    if not key.exists():
        raise ConfigError(f"{key}: there is no key to sign releases with; python -m deploy init makes one")
    store = ReleaseStore(places.releases())
    gate = inventory.gate.model_dump()
    builder = Builder(PROJECT, store, gate, lambda said: screen.print(f"building {said}", highlight=False))
    manifests = {}
    layers_each = [layers_of(inventory, host) for host in hosts]
    for host, layers, merged in zip(hosts, layers_each, render_each(layers_each), strict=True):
        if only and running:
            release = builder.change(running[host.name], layers, only, merged)
        else:
            release = builder.build(Target(host.name, host.arch, host.python), layers, merged)
        sign(release, key)
        manifests[host.name] = release.manifest_path
    return ReleaseSet(store.folder, agent_file(store.folder), manifests)


def layers_of(inventory: Inventory, host: Host) -> list[Layer]:
    """A host's configuration, the weakest first: base, its own name (and site, if it has one), groups, host.

    Raises:
        ConfigError: The inventory names no base configuration, or a file cannot be read.
    """
    if inventory.configuration is None:
        raise ConfigError(
            "configuration: the inventory names no base configuration; make one (python -m edge config init "
            "edge.yaml) and name it there"
        )
    site = f"site: {host.site}\n" if host.site else ""
    named = Layer(f"inventory, host {host.name}", f"{site}device: {host.name}\n")
    overlays = [Layer.of(path) for path in inventory.overlays_of(host)]
    return [Layer.of(inventory.configuration), named, *overlays]
