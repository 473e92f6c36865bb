"""Face detectors behind one Protocol, one file a kind."""
