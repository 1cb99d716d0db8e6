"""Telling people: what is written to whom, by which channel, and whether it went.

Where to write is sealed to the postman (postman.py): the database and its copies hold no address.
"""
