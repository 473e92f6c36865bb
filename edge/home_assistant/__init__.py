"""The device announces itself to Home Assistant: MQTT device discovery, without an add-on."""
