"""Tree and search, pure."""
