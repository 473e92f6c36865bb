"""The live dashboard (``emotion-edge dashboard``): a web page with history (extra ``dashboard``)."""
