"""The demo: simulated cameras, a broker and the daemon in one command (extra ``demo``)."""
