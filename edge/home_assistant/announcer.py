"""Keeps what Home Assistant knows of this device in step with what the device is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from edge.home_assistant.announcement import Announced, discovery_topic
from edge.home_assistant.memory import AnnouncedMemory
from edge.home_assistant.settings import HomeAssistantSettings
from edge.mqtt.payload import Message


class RetainedTopics(Protocol):
    """What the broker keeps for this device; see :class:`edge.mqtt.publisher.MqttPublisher`."""

    def retain(self, message: Message) -> None:
        """Have the broker keep a message, told anew at each connect."""

    def forget(self, topic: str) -> None:
        """Have it keep nothing there any more."""

    def forgets(self, topic: str) -> bool:
        """Whether it has yet to acknowledge that."""


class Announcer:
    """Asked in the main loop; silent where nothing has changed.

    The document names what an earlier one had and this one has not, for that is how Home Assistant
    removes an entity. A document of another topic (the device's name or the prefix has changed), or
    any at all where discovery is off, is withdrawn.
    """

    def __init__(
        self,
        settings: HomeAssistantSettings,
        device: Announced,
        broker: RetainedTopics,
        memory: AnnouncedMemory,
    ) -> None:
        self._device, self._broker, self._memory = device, broker, memory
        self._topic = discovery_topic(settings.prefix, device.topics) if settings.discovery else None
        self._told: dict[str, float] | None = None
        self._withdrawn = [topic for topic in memory.topics if topic != self._topic]
        for topic in self._withdrawn:
            broker.forget(topic)

    def tell(self, windows_s: Mapping[str, float]) -> None:
        """Announce the device if it differs from what was announced.

        Args:
            windows_s: Each camera's length of a window, seconds.
        """
        for topic in [topic for topic in self._withdrawn if not self._broker.forgets(topic)]:
            self._withdrawn.remove(topic)
            self._memory.drop(topic)
        if self._topic is None or windows_s == self._told:
            return
        self._told = dict(windows_s)
        entities = self._device.entities(windows_s)
        before = self._memory.entities(self._topic)
        vanished = {key: platform for key, platform in before.items() if key not in entities}
        self._memory.keep(self._topic, {key: entity["p"] for key, entity in entities.items()} | vanished)
        self._broker.retain(Message(self._topic, self._device.payload(entities, vanished)))
