"""The terminal view of what arrives at a broker (``emotion-edge watch``)."""
