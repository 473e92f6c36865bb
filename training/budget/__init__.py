"""Fits a run into so many minutes, images or parameters."""
