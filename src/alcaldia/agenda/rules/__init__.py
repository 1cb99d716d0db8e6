"""Pure: which turns there are and which have a seat left; calendars as text."""
