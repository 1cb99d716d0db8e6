"""Tables of identity. No column holds a personal datum: names, contacts and documents live in the vault."""

from alcaldia.identity.models.access import Invitation, Notice, Passkey, Session, SpentChallenge
from alcaldia.identity.models.codes import Contact, OneTimeCode, RecoveryCode, RecoveryRequest
from alcaldia.identity.models.people import Official, Person, Post, Representation

__all__ = [
    "Contact",
    "Invitation",
    "Notice",
    "Official",
    "OneTimeCode",
    "Passkey",
    "Person",
    "Post",
    "RecoveryCode",
    "RecoveryRequest",
    "Representation",
    "Session",
    "SpentChallenge",
]
