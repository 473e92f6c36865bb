"""Releases: immutable, named by their content, signed. Built on the desktop, applied by :mod:`deploy.agent`."""
