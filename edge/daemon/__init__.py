"""The daemon: starts everything, turns the main loop, obeys commands and signals, stops everything.

``emotion-edge run`` enters by :func:`edge.daemon.run.run_daemon`.
"""
