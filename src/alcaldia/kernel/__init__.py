"""What everybody stands on and that knows nobody.

Promises: identifiers and folios, canonical JSON, refusals with a sentence for the person,
the municipality, text folding, numbers as people write them.
"""
