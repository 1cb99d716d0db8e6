"""Small believable worlds for tests."""
