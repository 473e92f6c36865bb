"""What a push does at one host, step by step, over a :class:`deploy.device.Device`."""
