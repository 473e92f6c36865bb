"""The folder of a run: what lies in it and what is written at its end."""
