"""Faces: HTTP in, HTML or JSON out. No rule lives here, and faces do not know each other."""
