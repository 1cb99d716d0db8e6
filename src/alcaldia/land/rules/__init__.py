"""Pure rules of the land: facts in, ruling with reasons out. No Django, no clock, no database."""
