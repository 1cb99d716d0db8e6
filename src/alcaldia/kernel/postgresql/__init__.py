"""Django's PostgreSQL that sees a closed connection without asking the server: see base.py."""
