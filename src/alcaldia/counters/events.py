"""Acts of the counters. Their bodies hold digests and numbers of slips, never what a person said."""

DEVICE_ADDED = "counters.device_added"
DEVICE_REVOKED = "counters.device_revoked"
RECEIVED = "counters.received"
SETTLED = "counters.settled"
KIOSK_ADDED = "counters.kiosk_added"
KIOSK_ENROLLED = "counters.kiosk_enrolled"
KIOSK_ENDED = "counters.kiosk_ended"
