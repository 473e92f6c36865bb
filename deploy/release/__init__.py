"""Releases: immutable, named by their content, signed; made on the desktop for :mod:`deploy.agent`."""
