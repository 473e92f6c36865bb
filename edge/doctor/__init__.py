"""What is examined on a device before and while the daemon runs (``emotion-edge check`` and ``doctor``)."""
