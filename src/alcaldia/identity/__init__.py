"""Who is who: officials and the municipality they serve.

Promises: an official's account and what it may do; citizens need no account to ask for a ruling.
"""
