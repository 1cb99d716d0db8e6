"""Officials load data, preview what changes and publish it."""
