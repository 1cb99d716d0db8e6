"""Files of a municipality become audited rows, ready to publish; nothing here writes to the database.

`staging.stage` is the door: file in, `Staged` out (rows, findings, columns, reference system).
Readers keep the 0-based position of every row in its file, so that a finding can be traced back.
"""
