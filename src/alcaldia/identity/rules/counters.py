"""The signature counter of an authenticator (WebAuthn level 2, 6.1.1)."""


def cloned(stored: int, given: int) -> bool:
    """Has a counter that counts not grown? Authenticators that always say 0 do not count."""
    return (stored > 0 or given > 0) and given <= stored
