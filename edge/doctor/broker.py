"""The broker, step by step: reached, encrypted, let in, may publish, may be commanded; Home Assistant."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence

from edge.doctor.finding import Finding, fail, failed, ok, warn
from edge.errors import EmotionEdgeError, SourceError
from edge.mqtt import refusals
from edge.mqtt.command import Address, answer
from edge.mqtt.happenings import Acknowledged, Arrived, Happening, Lost, Rejected, Subscribed
from edge.mqtt.link import OpenLink, PahoLink
from edge.mqtt.login import Login, logged_in
from edge.mqtt.settings import MqttSettings
from edge.mqtt.tls import own_certificate_fault, tls_context
from edge.mqtt.topics import Topics
from edge.settings import Settings

_ANSWER_S = 5.0
#: Retained messages and an echo follow at once, or not at all.
_SOON_S = 1.0
_RENEW_WITHIN_DAYS = 21
_ACL = "let this device's user write below its own root, and read its own set/# (ACL)"


def examine_broker(settings: Settings, open_link: OpenLink = PahoLink) -> Iterator[Finding]:
    """Each step needs the one before; the first that fails ends it."""
    mqtt = settings.mqtt
    for step in (_reached, _encrypted):
        try:
            finding = step(mqtt)
        except EmotionEdgeError as err:
            finding = failed(f"broker {step.__name__[1:]}", err)
        yield finding
        if finding.verdict == "fail":
            return
    try:
        with logged_in(mqtt, "emotion-doctor", open_link=open_link) as login:
            who = f"as {mqtt.username}" if mqtt.username else "without a user name"
            yield ok("broker login", f"lets us in {who}, on MQTT {login.version}")
            yield from _talk(login, settings)
    except EmotionEdgeError as err:
        yield failed("broker login", err)


def _reached(mqtt: MqttSettings) -> Finding:
    began_s = time.perf_counter()
    with _connected(mqtt) as connection:
        took_ms = (time.perf_counter() - began_s) * 1000
        host = connection.getpeername()[0]
    return ok("broker reached", f"{mqtt.address} ({host}) answers in {took_ms:.0f} ms")


def _encrypted(mqtt: MqttSettings) -> Finding:
    part = "broker encrypted"
    if mqtt.tls is None:
        with _connected(mqtt) as connection:
            here = ipaddress.ip_address(connection.getpeername()[0].partition("%")[0]).is_loopback
        if here:
            return ok(part, "no, but the broker is on this machine")
        return warn(part, "no: whoever listens reads windows and password", "set mqtt.tls")
    fault = own_certificate_fault(mqtt.tls)
    if fault is not None:
        advice = "renew mqtt.tls.cert, check this device's clock"
        return fail(part, f"this device's certificate: {fault}", advice)
    context = tls_context(mqtt.tls)
    try:
        with _connected(mqtt) as plain, context.wrap_socket(plain, server_hostname=mqtt.host) as secure:
            days, version = _days_left(secure), secure.version()
    except OSError as err:
        raise SourceError(refusals.open_failure(err, mqtt)) from err
    if days < _RENEW_WITHIN_DAYS:
        return warn(part, f"{version}, but the broker's certificate ends in {days:.0f} days", "renew it")
    return ok(part, f"{version}, the broker's certificate is valid for {days:.0f} days")


def _days_left(secure: ssl.SSLSocket) -> float:
    certificate = secure.getpeercert() or {}
    return (ssl.cert_time_to_seconds(str(certificate["notAfter"])) - time.time()) / 86_400


def _connected(mqtt: MqttSettings) -> socket.socket:
    try:
        return socket.create_connection((mqtt.host, mqtt.effective_port), mqtt.connect_timeout_s)
    except (OSError, ValueError) as err:
        raise SourceError(refusals.open_failure(err, mqtt)) from err


def _talk(login: Login, settings: Settings) -> Iterator[Finding]:
    topics = Topics(settings.site, settings.device)
    said = _Conversation(login, settings.mqtt)
    yield _may_publish(said, login, topics)
    refused = next((why for topic in topics.command_filters if (why := said.subscribe(topic))), None)
    if refused:
        yield fail("broker commands", refused, _ACL)
    else:
        yield ok("broker commands", f"the subscription to {topics.device_root}/set/# is granted")
    yield _home_assistant(said, settings)


def _may_publish(said: _Conversation, login: Login, topics: Topics) -> Finding:
    """Answer a command that nobody gave: the one message that changes nothing for those who hear it."""
    part, topic = "broker publish", topics.result("doctor")
    echoed = said.subscribe(topic) is None
    number = login.link.send(answer(Address("doctor", None), topics, utc_s=time.time()), qos=1, retain=False)

    def settled(happened: Sequence[Happening]) -> bool:
        return any(isinstance(one, (Acknowledged, Rejected)) and one.number == number for one in happened)

    heard = said.until(settled, _ANSWER_S)
    rejected = next((one for one in heard if isinstance(one, Rejected)), None)
    if rejected is not None:
        return fail(part, refusals.rejection(rejected, topic).partition("; ")[0], _ACL)
    if not settled(heard):
        return fail(part, f"no acknowledgement within {_ANSWER_S:g} s", "look at the broker's own log")
    if login.version == "5":
        return ok(part, f"{topics.device_root}/# is taken")
    # On 3.1.1 a denial looks like success; that the message comes back is proof, that it does not is none.
    if echoed and (_came_back(heard) or _came_back(said.until(_came_back, _SOON_S))):
        return ok(part, f"{topics.device_root}/# is taken")
    return warn(part, "acknowledged, but on MQTT 3.1.1 a denial looks the same", f"look yourself: {_ACL}")


def _came_back(happened: Sequence[Happening]) -> bool:
    return any(isinstance(one, Arrived) for one in happened)


def _home_assistant(said: _Conversation, settings: Settings) -> Finding:
    wanted = settings.home_assistant
    part, topic = "home assistant", f"{wanted.prefix}/status"
    if not wanted.discovery:
        return ok(part, "discovery is off (home_assistant.discovery)")
    refused = said.subscribe(topic)
    if refused:
        return fail(part, f"{topic} may not be read: {refused}", "let this device read it (ACL)")

    def told(happened: Sequence[Happening]) -> list[bytes]:
        arrived = [one.message for one in happened if isinstance(one, Arrived)]
        return [message.payload for message in arrived if message.topic == topic]

    states = told(said.until(lambda happened: bool(told(happened)), _SOON_S))
    if b"online" in states:
        return ok(part, f"{topic} says online")
    if states:
        return warn(part, f"{topic} says {states[0][:20]!r}", "start Home Assistant")
    return warn(
        part, f"nothing is retained on {topic}: it may be away, or of the default that does not retain it",
        "in its MQTT integration, let the birth message be retained, or see whether the device appears",
    )  # fmt: skip


class _Conversation:
    """What is said over one connection, in turn."""

    def __init__(self, login: Login, settings: MqttSettings) -> None:
        self._link, self._settings = login.link, settings
        self._early = list(login.happened)

    def until(self, holds: Callable[[Sequence[Happening]], bool], within_s: float) -> list[Happening]:
        """What happens until it holds, or the time is over.

        Raises:
            SourceError: The connection is lost.
        """
        happened, self._early = self._early, []
        until_s = time.monotonic() + within_s
        while not holds(happened) and time.monotonic() < until_s:
            happened += self._link.step(0.1)
            lost = next((one for one in happened if isinstance(one, Lost)), None)
            if lost is not None:
                raise SourceError(refusals.loss(lost, self._settings, accepted=True))
        return happened

    def subscribe(self, topic_filter: str) -> str | None:
        """Why it is refused, None where it is not."""
        self._link.subscribe(topic_filter, 1)

        def answered(happened: Sequence[Happening]) -> list[Subscribed]:
            return [one for one in happened if isinstance(one, Subscribed)]

        happened = self.until(lambda new: bool(answered(new)), _ANSWER_S)
        # What the broker had retained may come before its answer.
        self._early = [one for one in happened if not isinstance(one, Subscribed)]
        found = answered(happened)
        return found[0].refused if found else f"no answer to the subscription of {topic_filter}"
