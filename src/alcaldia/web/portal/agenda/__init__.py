"""Appointments and the calendar of the city: choose office, day and hour; no account, no JavaScript."""
