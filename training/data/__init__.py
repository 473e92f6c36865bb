"""Looks at data before anything is learnt from it: copies, label noise, who is held out."""
