"""Everything that a verifier elsewhere must trust, in one file: `llaves.json`."""

import json
from contextlib import suppress

from cryptography.hazmat.primitives.serialization import Encoding

from alcaldia.documents.keys import crls, trusted_roots
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger import keys, witnessing
from alcaldia.vault import custodian


def keys_bundle() -> str:
    """Log keys with the sizes that they sign, roots of the seals, policy of witnesses; all of it public."""
    path = witnessing.policy_path()
    found = {
        "log": json.loads(keys.signer().keys.text()),
        "roots": [root.public_bytes(Encoding.PEM).decode() for root in trusted_roots()],
        "crls": [crl.public_bytes(Encoding.PEM).decode() for crl in crls()],
        "policy": path.read_text(encoding="utf-8") if path.exists() else "quorum none\n",
    }
    # The broker's own log, for the proofs of who looked at somebody's data; without it the rest is of use all the same.
    with suppress(Refusal):
        found["accesses"] = json.loads(custodian.ask("log_key"))
    return json.dumps(found, ensure_ascii=False, indent=1) + "\n"
