"""Land: parcels, zones, dated norms, use matrix, overlays, and the ruling itself.

Promises: `rules` decides from plain facts (pure Python); `queries` gathers those facts from
published versions only; `actions` publishes versions atomically and issues rulings.
Missing, ambiguous or failed data never gives `permitted`.
"""
