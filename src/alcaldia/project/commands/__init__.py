"""One module per command of the vocabulary."""
