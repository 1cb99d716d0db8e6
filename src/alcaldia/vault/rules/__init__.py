"""The rules of the vault: grants, sealing, catalogue, operations. No Django, no clock, no store."""
