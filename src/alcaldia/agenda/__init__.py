"""Appointments: offices with hours and seats. A seat is held by a row, so nobody is booked over anybody.

An appointment names no person: a subject such as ``case:FOLIO`` or nothing, and the hash of a code that its person keeps.
"""
