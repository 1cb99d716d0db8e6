"""Pure log arithmetic: no Django, no clock, no database. RFC 6962 hashing and the C2SP text formats."""
