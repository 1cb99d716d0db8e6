"""Tables of identity. No column holds a personal datum: names, contacts and documents live in the vault."""

from alcaldia.identity.models.access import Invitation, Notice, Passkey, Session, SpentChallenge
from alcaldia.identity.models.codes import Contact, OneTimeCode, RecoveryCode, RecoveryRequest
from alcaldia.identity.models.people import Official, Person, Post, Representation
from alcaldia.identity.models.proofs import LinkedIdentity, Verification
from alcaldia.identity.models.residency import Residency

__all__ = [
    "Contact",
    "Invitation",
    "LinkedIdentity",
    "Notice",
    "Official",
    "OneTimeCode",
    "Passkey",
    "Person",
    "Post",
    "RecoveryCode",
    "RecoveryRequest",
    "Representation",
    "Residency",
    "Session",
    "SpentChallenge",
    "Verification",
]
