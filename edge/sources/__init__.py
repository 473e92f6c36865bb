"""Where frames come from: one file for each kind of camera, opened by ``edge.sources.opening``."""
