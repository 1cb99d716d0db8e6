"""What is personal in an application, where it goes when it is sent, and the permits that go with it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from alcaldia.identity.rules.ids import is_subject
from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.procedures.rules import privacy, retention
from alcaldia.procedures.rules.program import Program, place_in_vault
from alcaldia.vault import actions as vault
from alcaldia.vault import custodian, holders, purposes
from alcaldia.vault import queries as held
from alcaldia.vault.actions import Statement
from alcaldia.vault.rules.catalogue import CASE, SEAL
from alcaldia.vault.rules.grant import SHOW, Grant, Send
from alcaldia.vault.rules.offices import office
from alcaldia.vault.rules.text64 import to_bytes

DAYS, USES = 90, 100
"""A permit of a request lasts as long as a permit may; a slower case asks for a new one."""
ITEM = 12
"""Letters that name a datum or a photo in the vault, where an item has at most 40."""
VISIT = "visita"
"""The datum of a request under which its inspectors keep their photos."""
LEAST_SALT = 22
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
IDENTITY = ("identity.full_name", "contact.email", "contact.phone")


def new_salt() -> str:
    """192 random bits, without which nobody can try values against what was signed."""
    return secrets.token_urlsafe(24)


def sealed_in(salt: str, given: Mapping[str, Any]) -> dict[str, str]:
    """What a signature says of personal data without telling them: SHA-256 of them and of a salt that lies in the vault
    beside them. Nothing where there are none. Raises Refusal for a salt that anybody could guess.
    """
    if not given:
        return {}
    if len(salt) < LEAST_SALT:
        raise Refusal("bad_request", "La página no está completa. Actualícela y firme de nuevo.", status=400)
    return {"given": digest({"salt": salt, "given": dict(given)})}


@dataclass(frozen=True)
class Signed:
    """What a person with a key signed: the bundle as the page carried it, the passkey's answer, and the salt of what was
    signed of their personal data.
    """

    send: Send
    assertion: dict[str, Any]
    salt: str = ""

    def kept(self) -> dict[str, str]:
        """The salt under a name of its own among the data of the request, so that what lies there can be compared with
        what was signed; nothing where no personal datum was.
        """
        return {seal_of(self.send.challenge().hex()): self.salt} if self.salt else {}

    def mark(self) -> dict[str, str]:
        """What an act keeps, so that it can be compared with what the broker holds: the hash that the key signed (the
        broker's name of the bundle), and which key it was.

        The key's is SHA-256 of the bundle's 32 bytes and the credential id's: two acts of one person share nothing.
        """
        signed, key = self.send.challenge(), to_bytes(str(self.assertion.get("id", "")))
        told = {"bundle": signed.hex()}
        return {**told, "key": sha256(signed + key).hexdigest()} if key else told


def seal_of(bundle: str) -> str:
    """The datum of a request that holds the salt of this bundle (hexadecimal); names of the vault have letters only."""
    return SEAL + bundle[:ITEM].translate(_LETTERS)


def facts(signed: Signed | None) -> dict[str, Any]:
    """What an act says of the signature that sent it: nothing where no key did, by a session or a code alone."""
    return {"signed": signed.mark()} if signed else {}


def split(program: Program, answers: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Answers that may lie in the open, and those that may not. A file's name here is only its random id."""
    sealed = {name for name in privacy.names(program) if program.definition.data[name].type != "file"}
    plain = {name: value for name, value in answers.items() if name not in sealed}
    return plain, {name: value for name, value in answers.items() if name in sealed}


def agencies(program: Program) -> tuple[str, ...]:
    """Who may have to look: the resolving agency, reviewers and inspectors, each once."""
    definition = program.definition
    others = [one.agency for one in definition.reviews] + [one.agency for one in definition.inspections]
    return tuple(dict.fromkeys([definition.sheet.agency, *others]))


def reads_all(program: Program, agency: str) -> bool:
    """Whether it resolves or visits: it has to know everything, and whom to reach."""
    definition = program.definition
    return agency == definition.sheet.agency or any(one.agency == agency for one in definition.inspections)


def read_by(program: Program, agency: str, names: Iterable[str]) -> list[str]:
    """Which of these personal data a permit for that agency names, sorted: what its opinion needs, where the file says so."""
    needed = next((one.reads for one in program.definition.reviews if one.agency == agency), None)
    kept = set(names) if needed is None or reads_all(program, agency) else set(names) & set(needed)
    return sorted(kept)


def bundle(
    program: Program,
    *,
    town: str,
    person: str,
    folio: str,
    given: Iterable[str],
    application: dict[str, Any],
    vault_of_their_own: bool,
    visits: bool = False,
) -> Send | None:
    """What one touch on "Send" signs: the request's hash and one permit per agency of that municipality (its slug); None
    where nothing is personal.

    With `visits` the permit names too the datum under which photos of a visit will lie.
    """
    names = [*given, *([VISIT] if visits else [])]
    own = [name for name in IDENTITY if name in held.known(person)] if vault_of_their_own else []
    shown = {
        agency: [field_of(name) for name in read_by(program, agency, names)]
        + (own if reads_all(program, agency) else [])
        for agency in agencies(program)[:10]
    }
    grants: list[Grant] = [
        vault.ask(person=person, fields=fields, purpose=purposes.RESOLVE, case=folio, office=office(town, agency), mode=SHOW,
                  days=DAYS, max_uses=USES)
        for agency, fields in shown.items() if fields
    ]  # fmt: skip
    return Send(digest(application), tuple(grants)) if grants else None


def field_of(name: str) -> str:
    """The place of a datum in the vault."""
    return f"{CASE}.{place_in_vault(name)}"[:81]


def keep(
    program: Program, *, person: str, folio: str, values: Mapping[str, Any], by: str, channel: str
) -> None:
    """Seal the personal data of a request to its person, what will be destroyed each in a row of its own; in the
    caller's transaction.
    """
    apart = retention.kept_apart(program)
    rows: dict[str, dict[str, Any]] = {}
    for name, value in values.items():
        rows.setdefault(item_of(folio, name) if name in apart else folio, {})[
            field_of(name).partition(".")[2]
        ] = value
    said = [Statement(person, CASE, fields, item=item) for item, fields in rows.items()]
    if said:
        vault.store(said, by=by, channel=channel)


def item_of(folio: str, name: str) -> str:
    """The item of a datum that lies in a row of its own."""
    return f"{folio}.{digest(name)[:ITEM]}"


def open_for_code(*, subject: str, code: str, send: Send | None) -> None:
    """A vault that the request's own code opens, for whoever has no key. Raises Refusal where the broker is down."""
    told = custodian.ask("open_coded", subject=subject, code=code, send=send.body() if send else None)
    holders.keep_key(told)


def new_subject() -> str:
    """A random subject for a request without an account."""
    made = f"p_{secrets.token_urlsafe(17)[:22]}"
    if not is_subject(made):
        raise Refusal("try_again", "No se pudo abrir la solicitud. Intente de nuevo.", status=503)
    return made
