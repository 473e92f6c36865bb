"""What each part of a recipe earns: ``python -m training ladder``.

A ladder is one recipe and changes to it, one above the other; every rung is trained from scratch.
"""
