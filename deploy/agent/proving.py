"""Watches a release that was started until the gate has decided."""

from __future__ import annotations

from typing import Any

from deploy.agent import health
from deploy.agent.clock import Clock
from deploy.agent.gate import Gate, Terms, Verdict
from deploy.agent.layout import Layout
from deploy.agent.manifest import Manifest
from deploy.agent.pace import Pace
from deploy.agent.supervisor import Supervisor

_LOOK_EVERY_S = 0.5
_HTTP_TIMEOUT_S = 2.0
#: Where a server that is bound to all addresses is asked.
_LOCAL = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104


def watch(
    layout: Layout,
    supervisor: Supervisor,
    release: Manifest,
    baseline: dict[str, Any] | None,
    terms: Terms,
    clock: Clock,
) -> Verdict:
    """Look until it is decided; takes at most ``ready_within_s`` and the soak."""
    gate = Gate(terms, baseline, clock.monotonic_s(), Pace.of(release.configuration))
    port = livez(release)
    while True:
        daemon, record = supervisor.state(), health.read(layout.health)
        asked = daemon.active and record is not None and port is not None
        verdict = gate.look(clock.monotonic_s(), daemon, record, _answers(port) if asked and port else True)
        if verdict is not None:
            return verdict
        clock.sleep(_LOOK_EVERY_S)


def livez(release: Manifest) -> str | None:
    """Where the device answers whether it is alive; None where its configuration opens no port, or where a
    variable says which: that only the daemon knows.
    """
    bind = (release.configuration.get("http") or {}).get("bind")
    if not bind or "${" in str(bind):
        return None
    host, _, port = str(bind).rpartition(":")
    return f"http://{_LOCAL.get(host, host)}:{port}/livez"


def _answers(url: str) -> bool:
    # They bring TLS and mail along: a third of what the agent takes to start.
    import urllib.request
    from http.client import HTTPException

    try:
        with urllib.request.urlopen(url, timeout=_HTTP_TIMEOUT_S) as answer:  # noqa: S310 - http, as built above
            return bool(answer.status == 200)
    except (OSError, HTTPException, ValueError):
        return False
