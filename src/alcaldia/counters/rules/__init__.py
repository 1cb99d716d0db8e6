"""What a counter may send. No Django, no clock, no store."""
