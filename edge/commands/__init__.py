"""What each command of ``emotion-edge`` does and prints; loaded only when it is called."""
