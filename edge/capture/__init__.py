"""The capture process of one camera, its shared-memory slot, and its supervisor.

``slot``, ``messages``, ``seat`` and ``system_worker`` use the standard library alone and run
on Python 3.9, because picamera2 and GStreamer live in the system's Python, not in ours.
"""
