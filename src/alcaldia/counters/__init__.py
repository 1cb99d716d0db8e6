"""Counters that go on without the server: what they took down is received here once, and never lost or doubled."""
