"""Turns faces and a recipe into weights."""
