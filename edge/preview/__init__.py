"""Annotated pictures on the device's own port: off by default, behind a token, faces pixelated."""
