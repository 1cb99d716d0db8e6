"""The ledger remembers: one row is audit line, transparency-log leaf and outbox message.

Promises: `actions.record` inside the caller's transaction; RFC 6962 inclusion proofs,
C2SP checkpoints and receipts from `queries`; no personal data in any leaf.
"""
