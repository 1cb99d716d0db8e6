"""The key broker ("custodio"): the only process that can open what the vault holds.

Promises: it answers a request only within a grant that the person signed and that it verified itself,
and only after the access is durable in its log. It imports no Django and reads no database of the web:
records come to it in the request and are opened in its memory. Its store and keys are its own.
"""
