"""Pure: the words of each notice, and when a failed one is tried again."""
