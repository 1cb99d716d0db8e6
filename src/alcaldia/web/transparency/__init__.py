"""What anyone may check: folios, the log, its tiles."""
