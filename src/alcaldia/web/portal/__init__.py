"""The city's home page and its legal pages."""
