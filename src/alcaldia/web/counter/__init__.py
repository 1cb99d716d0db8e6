"""The doors at which counters hand in what they took down while the server was away."""
