"""Documents: the act as canonical JSON, its PDF rendering, its seal, and their verification.

Promises: a tagged PDF/A-3 whose PAdES signature covers the act and its inclusion proof;
verification of any such file offline, without the database.
"""
