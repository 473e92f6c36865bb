"""The commands of ``python -m deploy``; they print."""
