"""Commands: what arrived on ``set/...`` becomes a command or a refusal, each with its answer (pure).

A command acts once and now. So one that the broker kept (retained), one that was sent while this
device was away, and one that says of itself that it has expired are refused: after a reconnect they
would act again, or hours too late.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from edge.contract.section import Section
from edge.mqtt.payload import Message, utc_text
from edge.mqtt.session import Heard
from edge.mqtt.topics import Topics

_ID = r"^[A-Za-z0-9._:-]{1,64}$"
_TIME = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})$"
_LEVEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_LARGEST_BYTES = 4096
#: The answer's topic where the command's own name cannot be part of one.
_NAMELESS = "unknown"


class _Payload(Section):
    schema_name: Annotated[Literal["emotion.command/1"], Field(alias="schema")]
    id: Annotated[str, Field(pattern=_ID)] | None = None
    expires: Annotated[str, Field(pattern=_TIME)] | None = None


class Rebirth(_Payload):
    """Tell status and states again."""


class Reload(_Payload):
    """Read the configuration file again."""


class Pause(_Payload):
    """Close cameras, or open them again; holds until it is revoked, also over a restart."""

    paused: bool


class Window(_Payload):
    """Another length of the windows; holds until the daemon restarts or the camera is reconfigured."""

    window_s: Annotated[float, Field(ge=1, le=3600)]


Order = Rebirth | Reload | Pause | Window
_OF_DEVICE: dict[str, type[Order]] = {"rebirth": Rebirth, "reload": Reload, "pause": Pause, "window": Window}
_OF_CAMERA: dict[str, type[Order]] = {"pause": Pause, "window": Window}


@dataclass(frozen=True, slots=True)
class Address:
    """Whom a command is for, and how its answer finds back.

    Attributes:
        name: Of the command, fit for a topic.
        camera: None where it is for the device.
        id: The sender's own name for it, if any.
        correlation: MQTT 5's correlation data.
    """

    name: str
    camera: str | None
    id: str | None = None
    correlation: bytes = b""


@dataclass(frozen=True, slots=True)
class Command:
    """Something to do."""

    address: Address
    order: Order


@dataclass(frozen=True, slots=True)
class Refusal:
    """Something that is not done, and why."""

    address: Address
    reason: str


def understand(heard: Heard, topics: Topics, *, utc_s: float, clock_synced: bool) -> Command | Refusal:
    """What a message on ``set/...`` asks for; whatever it holds, this raises nothing."""
    message = heard.arrived.message
    name, camera = _addressed(message.topic, topics)
    fields = _fields(message.payload)
    given = fields.get("id") if fields else None
    usable_id = given if isinstance(given, str) and re.match(_ID, given) else None
    safe = name if _LEVEL.fullmatch(name) else _NAMELESS
    safe_camera = camera if camera is None or _LEVEL.fullmatch(camera) else None
    address = Address(safe, safe_camera, usable_id, message.correlation)
    kind = (_OF_DEVICE if camera is None else _OF_CAMERA).get(name)
    if kind is None:
        known = ", ".join(_OF_DEVICE if camera is None else _OF_CAMERA)
        return Refusal(address, f"there is no such command here; there are: {known}")
    if heard.arrived.retained:
        return Refusal(address, "it is retained and would act at every connect; publish it without retain")
    if heard.late:
        return Refusal(address, "it was sent while this device was away; send it again")
    if fields is None:
        return Refusal(address, f"it must be a JSON object of at most {_LARGEST_BYTES} bytes")
    try:
        order = kind.model_validate(fields)
    except (ValidationError, ValueError, OverflowError) as err:
        return Refusal(address, _fault(err))
    expired = _expired(order, utc_s, clock_synced=clock_synced)
    return Refusal(address, expired) if expired else Command(address, order)


def answer(address: Address, topics: Topics, *, utc_s: float, refused: str | None = None) -> Message:
    """What a command came to; ``refused`` says why nothing was done."""
    fields = {
        "schema": "emotion.result/1",
        "command": address.name,
        "id": address.id,
        "time": utc_text(utc_s),
        "accepted": refused is None,
        "reason": refused,
    }
    payload = json.dumps(fields, ensure_ascii=False, separators=(",", ":")).encode()
    return Message(topics.result(address.name, address.camera), payload, address.correlation)


def _addressed(topic: str, topics: Topics) -> tuple[str, str | None]:
    *camera, _set, name = topic.removeprefix(f"{topics.device_root}/").split("/")
    return name, camera[0] if camera else None


def _fields(payload: bytes) -> dict[str, Any] | None:
    if len(payload) > _LARGEST_BYTES:
        return None
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _fault(err: Exception) -> str:
    if not isinstance(err, ValidationError):
        return str(err)
    faults = err.errors(include_url=False, include_input=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in faults[:5])[:500]


def _expired(order: Order, utc_s: float, *, clock_synced: bool) -> str | None:
    if order.expires is None:
        return None
    whole, _, rest = order.expires.replace("Z", "+00:00").partition(".")  # Python 3.10 reads no fractions
    try:
        until = datetime.fromisoformat(whole + rest.lstrip("0123456789"))
    except ValueError as err:
        return f"expires: {err}"
    if not clock_synced:
        return "expires cannot be judged: this device's clock is not synchronised"
    if datetime.fromtimestamp(utc_s, timezone.utc) >= until:
        return f"it has expired at {order.expires}"
    return None
