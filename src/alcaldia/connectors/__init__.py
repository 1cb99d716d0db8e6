"""Connectors: what speaks to the outside in the outside's own words. Reached only by `project`, which plugs them in.

Each keeps a port of a package below, has a `check()` that says what is missing, and passes one shared contract test.
"""
