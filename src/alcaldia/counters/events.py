"""Acts of the counters. Their bodies hold digests and numbers of slips, never what a person said."""

DEVICE_ADDED = "counters.device_added"
DEVICE_REVOKED = "counters.device_revoked"
RECEIVED = "counters.received"
SETTLED = "counters.settled"
