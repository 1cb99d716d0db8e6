"""What the broker's seal says of a passkey that it enrolled, so that a list of officials' keys can not be made up."""

from hashlib import sha256

from alcaldia.kernel.canonical import canonical


def enrolled(subject: str, public_key: bytes) -> bytes:
    """The claim that the broker enrolled this key (COSE) of this subject."""
    return canonical(["alcaldia enrolled key", subject, sha256(public_key).hexdigest()])
