"""Acts of the vault. Their bodies name random subjects and digests of ciphertexts, never a datum."""

STORED = "vault.stored"
ERASED = "vault.erased"
REKEYED = "vault.rekeyed"
BOX_KEPT = "vault.box_kept"
COUNCIL_OPENED = "vault.council_opened"
NOTE_KEPT = "vault.note_kept"
