"""The catalogue: three doors, their groups and families, agencies, and the search that knows people's words.

Promises: data in files (`day_one/`) or in a municipality's own versions, which stand before them (`own`); nothing of a
municipality in the code; search in memory, no service.
"""
