"""How the daemon is: one record, on disk and on the device's own port."""
