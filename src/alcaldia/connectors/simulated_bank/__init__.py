"""A bank that does not exist: cards, a store till, transfers and a terminal, so that paying can be tried whole.

It is a program of its own, mounted beside the city's: it shares no table, no model and no session with it, and
speaks to it only over HTTP, as a real one would. Its menu of chaos does what real ones do on bad days.
"""
