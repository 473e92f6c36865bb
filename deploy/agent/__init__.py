"""What runs on the device: one release in, or nothing changed.

It travels as one file (``agent.pyz``) and runs under whatever Python the device has: the standard library
alone, Python 3.8 and later, and nothing of the other folders.
"""
