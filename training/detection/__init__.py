"""The project's own face detector: boxes in, a Keras network and its average precision out."""
