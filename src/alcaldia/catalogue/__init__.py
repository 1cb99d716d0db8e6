"""The catalogue: three doors, their groups and families, and the search that knows people's words.

Promises: data in files (`day_one/`), nothing of a municipality in the code; search in memory, no service.
"""
