"""Permits for somebody without a device: their one-use code, and whoever vouches for it. They are small and end within a day.

At a counter an official vouches with their key, at a kiosk (`at_kiosk`) the machine with its own, at a second broker nobody.
"""

from collections.abc import Callable
from datetime import timedelta
from sqlite3 import Connection
from typing import Any

from alcaldia.broker import grants, onetime, subjects
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.vault.rules.decision import (
    ASSISTED_FIELDS,
    ASSISTED_LONGEST,
    ASSISTED_TOO_MUCH,
    ASSISTED_USES,
)
from alcaldia.vault.rules.grant import Send

ASSIST, ASSIST_DAYS = "assist", 90


def give_assisted(
    broker: Broker, *, send: dict[str, Any], code: str, assertion: dict[str, Any], token: str
) -> list[str]:
    """At a counter, for somebody without a device: their one-use code, and the official's own signature."""
    now, found = broker.now(), grants.read(send)
    otherwise = "Sólo un funcionario en ventanilla puede ayudar a dar un permiso."
    official = subjects.official_session(broker, token, otherwise)
    count = grants.check_signature(broker, found, assertion, official.who.subject, now)
    return keep_with_code(broker, found, code, assertion, official.who.subject, also=count)


def keep_with_code(
    broker: Broker,
    send: Send,
    code: str,
    assertion: dict[str, Any],
    signer: str,
    also: Callable[[Connection], None] | None = None,
) -> list[str]:
    """Keep a small permit of whoever's one-use code came with it; the caller has checked what the `signer` signed."""
    now, person = broker.now(), send.grants[0].person
    _check_small(send)
    if broker.guardian is not None:
        _left_with_both(broker, send.body(), code)

    def spend(connection: Connection) -> None:
        if also:
            also(connection)
        row = onetime.spend(connection, code, {ASSIST}, now)
        if row["subject"] != person:
            raise Refusal(
                "bad_code", "Ese código es de otra persona. Pida el que va en su recibo.", status=403
            )

    return grants.keep(broker, send, assertion, now, assisted=signer, also=spend)


def _left_with_both(broker: Broker, send: dict[str, Any], code: str) -> None:
    """The second broker's part. Raises Refusal: a code that it does not know was printed here, not made by its person."""
    onetime.owner(broker, code, {ASSIST})
    try:
        broker.second().ask("give_coded", send=send, code=code)
    except Refusal as refusal:
        if refusal.code != "bad_code":
            raise
        raise Refusal("code_of_one", CODE_OF_ONE, status=403) from refusal


CODE_OF_ONE = (
    "Aquí la custodia está dividida y un código impreso por la ciudad no basta. Pida que la persona haga su código en su"
    " bóveda («Código para ventanilla») y vuelva con él, o que dé el permiso con su propia llave."
)


def _check_small(send: Send) -> None:
    for grant in send.grants:
        long = grant.not_after - grant.not_before > ASSISTED_LONGEST
        if long or grant.max_uses > ASSISTED_USES or len(grant.fields) > ASSISTED_FIELDS:
            raise Refusal("assisted_limit", ASSISTED_TOO_MUCH)


def give_coded(broker: Broker, *, send: dict[str, Any], code: str) -> list[str]:
    """At the second broker, which knows no officials: the code that the person had it keep stands for them, once."""
    grants.check_second(broker)
    return keep_with_code(broker, grants.read(send), code, {}, grants.BY_CODE)


def hold_code(broker: Broker, *, code: str, token: str) -> None:
    """At the second broker: a code for a counter, under the person's own session here."""
    grants.check_second(broker)
    person = subjects.person_session(broker, token)
    broker.rates.check("assist", person, broker.config.lookups_per_minute, broker.now())
    until = (broker.now() + timedelta(days=ASSIST_DAYS)).isoformat()
    onetime.keep(broker, code, ASSIST, until, subject=person)


def assist_code(broker: Broker, *, token: str) -> str:
    """A one-use code of the person of this session, for a counter where they come without their device."""
    person = subjects.person_session(broker, token)
    broker.rates.check("assist", person, broker.config.lookups_per_minute, broker.now())
    code = onetime.make(broker, ASSIST, days=ASSIST_DAYS, subject=person)
    if broker.guardian is not None:
        broker.guardian.ask("hold_code", code=code, token=subjects.session(broker, token).other)
    return code


def assisted_person(broker: Broker, *, code: str, token: str) -> str:
    """Whose code an official was handed; it is not spent yet. Raises Refusal, and counts every attempt."""
    official = subjects.official_session(broker, token, "Esta página es de la ventanilla.").who
    broker.rates.check("assist", official.subject, broker.config.lookups_per_minute, broker.now())
    return onetime.owner(broker, code, {ASSIST})


def void_code(broker: Broker, *, grant: str, token: str) -> str:
    """For the receipt of an assisted permit, to the official who signed it: whoever holds the paper can void it."""
    official = subjects.session(broker, token).who.subject
    sql = "SELECT p.person FROM permit p JOIN bundle b ON b.hash = p.bundle WHERE p.id = ? AND b.assisted = ?"
    row = broker.store.one(sql, grant, official)
    if row is None:
        raise NotFound("grant_unknown", "Ese permiso no lo dio usted en ventanilla.")
    return onetime.make(broker, "void", days=2, subject=row["person"], name=grant)


def void(broker: Broker, *, code: str) -> None:
    """Withdraw the assisted permit of a receipt, without any device."""
    now = broker.now()
    with broker.store.transaction() as connection:
        row = onetime.spend(connection, code, {"void"}, now)
        grants.withdraw(broker, connection, row["name"], now, "receipt")
    if broker.guardian is not None:
        broker.guardian.ask("withdrawn", grant=row["name"])


def withdrawn(broker: Broker, *, grant: str) -> None:
    """At the second broker: a permit by code was voided; ending one early needs no more than being asked."""
    grants.check_second(broker)
    row = broker.store.one(
        "SELECT b.assisted FROM permit p JOIN bundle b ON b.hash = p.bundle WHERE p.id = ?", grant
    )
    if row is not None and row["assisted"] == grants.BY_CODE:
        with broker.store.transaction() as connection:
            grants.withdraw(broker, connection, grant, broker.now(), "receipt")
