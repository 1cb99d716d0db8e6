"""What may be asked of the broker, by which socket."""

import sqlite3
import sys
from collections.abc import Callable, Mapping
from typing import Any

from alcaldia.broker import (
    adopting,
    assisted,
    at_kiosk,
    clock,
    coded,
    council,
    digests,
    enrolling,
    erasure,
    grants,
    heads,
    identifiers,
    kiosks,
    log_keys,
    losses,
    offices,
    operator,
    recovery,
    registers,
    registers_key,
    release,
    renewing,
    restoring,
    seals,
    second,
    sources,
    spares,
    split,
    subjects,
    tracker,
)
from alcaldia.broker.core import Broker
from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.rules import tiles
from alcaldia.vault.rules import wire
from alcaldia.vault.rules.text64 import to_text

Door = Callable[..., Any]


def _challenge(broker: Broker, *, purpose: str, subject: str | None) -> str:
    joint = broker.guardian is not None and not (subject or "").startswith("o_")
    other = second.challenge(broker, purpose, subject) if joint else b""
    return to_text(broker.challenges.make(purpose, subject, broker.now(), other))


def _close_session(broker: Broker, *, token: str) -> None:
    broker.sessions.close(token)


def _close_sessions(broker: Broker, *, subject: str) -> None:
    """Every session of a subject: nobody's signature, because it only takes away."""
    broker.sessions.close_all(subject)
    if broker.guardian is not None and subject.startswith("p_"):
        broker.guardian.ask("close_sessions", subject=subject)


def _who(broker: Broker, *, token: str) -> dict[str, Any]:
    found = broker.sessions.find(token, broker.now(), touch=False)
    return {**vars(found.who), "name": found.name} if found else {}


def _health(broker: Broker) -> dict[str, Any]:
    broker.now()
    return {"size": broker.log.size(), "kek": broker.keys.current(), "seal": _seal(broker)}


def _seal(broker: Broker) -> str:
    return to_text(broker.seal.public_key().public_bytes_raw())


def _log_size(broker: Broker) -> int:
    return broker.log.size()


def _log_checkpoint(broker: Broker) -> str:
    return broker.log.checkpoint()


def _log_tile(broker: Broker, *, level: int | str, index: int, width: int = tiles.WIDTH) -> str:
    return to_text(broker.log.tile(level, index, width))


def _log_consistency(broker: Broker, *, old: int, new: int) -> list[str]:
    return [to_text(one) for one in broker.log.consistency(old, new)]


def _log_key(broker: Broker) -> str:
    return broker.log.keys().text()


WEB: Mapping[str, Door] = {
    "challenge": _challenge,
    "enrol": enrolling.enrol,
    "open_session": subjects.open_session,
    "close_session": _close_session,
    "close_sessions": _close_sessions,
    "revoke": subjects.revoke,
    "block_key": subjects.block,
    "keep_offices": offices.keep,
    "remember_codes": recovery.remember,
    "approve_recovery": recovery.approve,
    "withdraw_recovery": recovery.withdraw,
    "subject_of_code": enrolling.subject_of_code,
    "certificate": subjects.certificate,
    "who": _who,
    "give": grants.give,
    "give_assisted": assisted.give_assisted,
    "give_coded": assisted.give_coded,
    "hold_code": assisted.hold_code,
    "withdrawn": assisted.withdrawn,
    "open_coded": coded.open_coded,
    "enter_coded": coded.enter_coded,
    "revoke_signed": grants.revoke_signed,
    "assist_code": assisted.assist_code,
    "assisted_person": assisted.assisted_person,
    "enrol_kiosk": kiosks.enrol,
    "kiosk_person": at_kiosk.person,
    "give_at_kiosk": at_kiosk.give,
    "void_code": assisted.void_code,
    "void": assisted.void,
    "revoke_grant": grants.revoke,
    "my_grants": grants.of_person,
    "case_grants": grants.of_case,
    "kept": heads.kept,
    "my_missing": heads.my_missing,
    "show": release.show,
    "use": release.use,
    "own": release.own,
    "hold": split.hold,
    "adopt": adopting.adopt,
    "halves": split.halves,
    "own_halves": split.own_halves,
    "renew_halves": renewing.renew,
    "my_accesses": tracker.my_accesses,
    "my_newest": tracker.my_newest,
    "my_proof": tracker.my_proof,
    "close_month": digests.close_month,
    "my_digests": digests.my_digests,
    "stats": digests.stats,
    "identify": identifiers.identify,
    "register_keys": registers.keys,
    "council": council.public,
    "emergency_subject": council.subject,
    "emergency_open": council.open_,
    "emergency_halves": council.halves,
    "my_spares": spares.mine,
    "make_spare": spares.make,
    "remove_spare": spares.remove,
    "trust_code": spares.trust_code,
    "restore": restoring.restore,
    "ask_help": restoring.ask_help,
    "help_restore": restoring.help_restore,
    "erase": erasure.erase,
    "health": _health,
    "log_size": _log_size,
    "log_checkpoint": _log_checkpoint,
    "log_tile": _log_tile,
    "log_consistency": _log_consistency,
    "log_key": _log_key,
}
OPERATOR: Mapping[str, Door] = {
    "invite": operator.invite,
    "give_offices": offices.give,
    "expect": operator.expect,
    "activation": operator.activation,
    "activations": operator.activations,
    "add_kiosk": kiosks.add,
    "end_kiosk": at_kiosk.end,
    "kiosks": kiosks.every,
    "admit": identifiers.admit,
    "register_keys": registers.keys_at_once,
    "adopt_registers_key": registers_key.adopt,
    "accept_clock": clock.accept,
    "name_council": council.name,
    "council_change": council.change,
    "add_source": sources.add,
    "replace_source": sources.replace,
    "forget_sources": sources.forget_before,
    "heads": heads.page,
    "rotate_kek": operator.rotate_kek,
    "rewrap": operator.rewrap,
    "rotate_log": log_keys.rotate,
    "renew_seal": seals.renew,
    "certificates": operator.certificates,
    "seal_renewed": seals.renewed,
    "migrate": operator.migrate,
    "begin_pairs": operator.begin_pairs,
    "retire_pairs": operator.retire_pairs,
    "renew_officials": operator.renew_officials,
    "pairs_done": operator.pairs_done,
    "allow_adoption": adopting.allow,
    "tell_second": adopting.tell,
    "allow_renewal": renewing.allow,
    "retire_halves": renewing.retire,
    "counts": operator.counts,
    "losses": losses.counts,
    "certificate": subjects.certificate,
    "health": _health,
}


DISK_FULL = Refusal(
    "disk_full",
    "La bóveda no pudo anotar la consulta porque su disco no acepta más. No se entregó ningún dato ni se guardó nada;"
    " avise a la oficina digital e intente de nuevo más tarde.",
    status=503,
)
"""What is not in the log is not answered; the same request may come again once there is room."""


def answer(broker: Broker, doors: Mapping[str, Door], message: dict[str, Any]) -> dict[str, Any]:
    """The answer to one message: {"ok": true, "answer": …} or {"ok": false, "code", "detail", "status"}."""
    door, given = doors.get(str(message.get("door"))), message.get("given")
    try:
        if door is None or not isinstance(given, dict):
            raise Refusal("no_such_door", "Esa consulta a la bóveda no existe.", status=400)
        with broker.lock:
            return {"ok": True, "answer": door(broker, **given)}
    except Refusal as refusal:
        return wire.refused(DISK_FULL if refusal.code == "log_disk" else refusal)
    except (sqlite3.OperationalError, OSError) as error:
        sys.stderr.write(f"custodio: el disco no aceptó lo que se iba a anotar ({type(error).__name__})\n")
        return wire.refused(DISK_FULL)
    except (TypeError, ValueError, KeyError):
        return {
            "ok": False,
            "code": "bad_request",
            "detail": "La consulta a la bóveda está mal hecha.",
            "status": 400,
        }
