"""How devices are reached: ways, host keys, and what it means where one is not."""
