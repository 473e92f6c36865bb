"""Home Assistant's core with its MQTT integration, headless; run by a Python that has the package.

Usage: ``python home_assistant_core.py BROKER_PORT FOLDER``. All states go to ``FOLDER/states.json``
several times a second; each line of stdin, ``["domain", "service", {...}]``, calls a service.
Its web interface is not started: that package is large, and nothing here needs it.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import socket
import sys
from pathlib import Path

from homeassistant import bootstrap, config_entries, core, loader
from homeassistant.auth import auth_manager_from_config
from homeassistant.setup import async_setup_component

_TOLD_EVERY_S = 0.2


async def started(port: int, folder: Path) -> core.HomeAssistant:
    """A core that knows one broker."""
    (folder / "configuration.yaml").touch()
    hass = core.HomeAssistant(str(folder))
    loader.async_setup(hass)
    hass.config.skip_pip = True
    hass.config_entries = config_entries.ConfigEntries(hass, {})
    await bootstrap.async_load_base_functionality(hass)
    hass.auth = await auth_manager_from_config(hass, [], [])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        http = {"server_host": "127.0.0.1", "server_port": probe.getsockname()[1]}
    for name in ("homeassistant", "http"):
        if not await async_setup_component(hass, name, {"http": http}):
            raise SystemExit(f"{name} could not be set up")
    await hass.async_start()
    await hass.config_entries.async_add(
        config_entries.ConfigEntry(
            version=1, minor_version=2, domain="mqtt", title="mqtt", source="user", unique_id=None,
            data={"broker": "127.0.0.1", "port": port}, options={}, discovery_keys={}, subentries_data=None,
        )
    )  # fmt: skip
    return hass


async def tell(hass: core.HomeAssistant, file: Path) -> None:
    """Write all states for ever, each time in one step."""
    while True:
        states = {one.entity_id: one.state for one in hass.states.async_all()}
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(states))
        os.replace(fresh, file)  # noqa: PTH105 - atomic by its documentation
        await asyncio.sleep(_TOLD_EVERY_S)


async def main(port: int, folder: Path) -> None:
    """Run until killed."""
    hass = await started(port, folder)
    telling = asyncio.create_task(tell(hass, folder / "states.json"))
    while line := await asyncio.to_thread(sys.stdin.readline):
        domain, service, fields = json.loads(line)
        await hass.services.async_call(domain, service, fields, blocking=True)
    await telling


if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
