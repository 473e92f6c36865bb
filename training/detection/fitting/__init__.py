"""Trains the detector of our own."""
