"""Procedures: what a person asks for, from the request to the signed document.

Promises: one act, one function; every face (visor, API, command line) calls the same one.
"""
