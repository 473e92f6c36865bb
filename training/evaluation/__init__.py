"""Says how good a network is, and how sure that is."""
