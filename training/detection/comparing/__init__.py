"""Puts detectors side by side: how well they find, how fast."""
