"""Print every window of every device: ``python subscriber.py BROKER PORT`` (needs paho-mqtt)."""

import json
import sys

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.subscribe import callback


def show(_client: Client, _userdata: object, message: MQTTMessage) -> None:
    """Shares are missing where fewer faces were seen than may be reported."""
    window = json.loads(message.payload)
    print(window["end"], window["device"], window["camera"], window.get("shares", "suppressed"), flush=True)


_, host, port = sys.argv if len(sys.argv) == 3 else sys.exit("usage: python subscriber.py BROKER PORT")
callback(show, "emotion/v1/+/+/+/window", qos=1, hostname=host, port=int(port))
