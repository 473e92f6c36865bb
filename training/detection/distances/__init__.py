"""Detectors on faces far from the camera, and near it."""
