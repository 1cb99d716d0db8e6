"""Vector tiles from published rows: encoder, archive, cache.

Promises: a tile holds every feature that touches it (no feature cap), only the attributes that the
layer publishes, and the same bytes on both engines.
"""
