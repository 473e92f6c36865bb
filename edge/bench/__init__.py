"""Measures the pipeline; never imported by the daemon."""
