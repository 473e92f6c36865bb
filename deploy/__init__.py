"""Brings releases to a fleet of devices."""
