"""Wiring: settings, urls, command line; the only place that knows everybody."""
