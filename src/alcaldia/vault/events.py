"""Acts of the vault. Their bodies name random subjects and digests of ciphertexts, never a datum."""

STORED = "vault.stored"
ERASED = "vault.erased"
REKEYED = "vault.rekeyed"
