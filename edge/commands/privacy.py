"""``emotion-edge privacy``: what leaves the device, from the configuration in force (pure)."""

from __future__ import annotations

from edge.daemon.told_states import told_path
from edge.health.settings import HttpSettings
from edge.home_assistant.announcement import discovery_topic
from edge.mqtt.topics import Topics
from edge.settings import Settings


def statement(settings: Settings) -> str:
    """Plain sentences that an operator can hand on."""
    parts = (_purpose(settings), _leaves(settings), _preview(settings.http), _stays(settings))
    return "\n".join("\n".join([*part, ""]) for part in parts).rstrip()


def _purpose(settings: Settings) -> list[str]:
    lines = [
        f"Device {settings.device} at {settings.site} reads facial expressions. Purpose: {settings.purpose}."
    ]
    if settings.medical_or_safety_justification:
        lines.append(f"Justification: {settings.medical_or_safety_justification}")
    enabled = [camera for camera in settings.cameras if camera.enabled]
    lines += [f"Camera {camera.name}: {camera.address}" for camera in enabled]
    lines += [f"Camera {camera.name}: switched off" for camera in settings.cameras if not camera.enabled]
    return lines


def _leaves(settings: Settings) -> list[str]:
    topics, mqtt, aggregate = Topics(settings.site, settings.device), settings.mqtt, settings.aggregate
    way = "encrypted (TLS)" if mqtt.tls is not None else "NOT encrypted: set mqtt.tls"
    lines = [
        f"What leaves this device goes to the broker {mqtt.address}, {way}:",
        f"- {topics.window('<camera>')}: every {aggregate.window_s:g} s how many faces were seen and the"
        f" share of each expression, rounded to {aggregate.rounding:g}.",
        f"- {topics.now('<camera>')}: at most once a second the same for the faces in view just then.",
        f"- {topics.state('<camera>')}: whether the camera delivers, and why not; kept by the broker.",
        f"- {topics.stats}: how the device is doing, its problems, its software, its purpose"
        f"{' and the justification above' if settings.medical_or_safety_justification else ''};"
        " kept by the broker.",
        f"- {topics.status}: online or offline; kept by the broker.",
        f"- {topics.result('<command>')}: answers to commands.",
        *_to_home_assistant(settings, topics),
        _about_few(settings.k_min),
        "Whoever may publish on the broker below set/ can pause cameras, change the length of the windows and"
        " have this file read again; nobody can make the device send more than is listed here.",
    ]
    if settings.http.bind is not None:
        served = "health and metrics" if settings.http.metrics else "health"
        lines.append(
            f"On {settings.http.bind} it answers anybody who can reach it with {served}, without a login."
        )
    return lines


def _preview(http: HttpSettings) -> list[str]:
    preview = http.preview
    if not preview.enabled:
        return ["The preview is off: nobody can look at a picture (http.preview)."]
    reach = "on this machine alone" if http.local else "from beyond this machine too"
    lines = [
        f"THE PREVIEW IS ON: whoever knows its token can look at pictures on {http.bind}, {reach}, without"
        f" encryption: at most {preview.max_viewers} viewers at once. No picture is taken while nobody looks,"
        " none is kept.",
    ]
    if preview.pixelate:
        lines.append(
            "Faces that the detector finds are pixelated; one that it misses, or that is smaller than"
            " detector.min_face_px, is not. Outside of a camera's roi the picture is black."
        )
    else:
        lines.append("FACES ARE NOT PIXELATED in it: people can be recognised (http.preview.pixelate).")
    return lines


def _to_home_assistant(settings: Settings, topics: Topics) -> list[str]:
    home = settings.home_assistant
    if not home.discovery:
        return []
    return [f"- {discovery_topic(home.prefix, topics)}: the names of device and cameras; kept by the broker."]


def _about_few(k_min: int) -> str:
    if k_min == 1:
        return "A single face is reported like many (aggregate.k_min is 1); without a face it is suppressed."
    return f"A window or moment with fewer than {k_min} faces is suppressed: no counts, no shares."


def _stays(settings: Settings) -> list[str]:
    days = settings.outbox.max_age_s / 86_400
    but_for = ", but for pictures in the preview," if settings.http.preview.enabled else ""
    return [
        f"What never leaves the device{but_for} and is never written: pictures, crops of faces, face"
        " embeddings, identities. Faces are followed from frame to frame by their position alone; the numbers"
        " used for that are not published.",
        f"On disk: windows that wait for the broker, in {settings.outbox.path}, at most {days:g} days and"
        f" {settings.outbox.max_bytes / 1e6:.0f} MB (what was made before the clock was set: by size alone);"
        f" the health record, in {settings.health_path};"
        f" which cameras a command has paused, in {settings.paused_path};"
        f" whose state the broker keeps, in {told_path(settings.outbox.path)}.",
        "What the system reads is facial expression, not what somebody feels.",
    ]
