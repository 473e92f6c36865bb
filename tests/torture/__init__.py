"""Breaks things for real, counts what was lost: ``python -m tests.torture``; fast forms run in the tests."""
