"""Alcaldía: a digital city hall in a box. Faces show, actions act, rules decide, the ledger remembers."""
