"""A kiosk's browser: a registered machine at which somebody without a device gives a small permit by their code."""
