"""La bóveda: arranca el custodio, hace códigos de activación, renueva llaves, comprueba pruebas."""

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from alcaldia.broker import process
from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment, second_custodian
from alcaldia.project.environment import broker_folder as folder

HAND_OVER = """Ya hay o hubo un consejo: sólo sus integrantes nombran al siguiente. Guarde lo que sigue como cambio.json; cada
integrante lo firma con «python3 consejo.py sign cambio.json»; junte las firmas en un archivo y repita con --signatures.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser(
        "serve", help="arranca el custodio (en producción, con un usuario del sistema para él solo)"
    )
    actions.add_parser("status", help="dice si responde y cuánto guarda")
    actions.add_parser(
        "offices",
        help="dice otra vez al custodio los puestos de todo el personal, también los que empiezan después",
    )
    actions.add_parser(
        "take-registers",
        help="una vez al actualizar: pasa al custodio la llave de los registros que tenía la web, y la borra ahí",
    )
    actions.add_parser(
        "accept-clock",
        help="el reloj corrió adelantado y ya está bien: que valga la hora de ahora; queda en el registro público",
    )
    _configure_codes(actions)
    _configure_keys(actions)
    second_custodian.configure(actions)
    council = actions.add_parser(
        "council",
        help="procedimiento del consejo para abrir sin permiso (apagado si no se nombra); es público",
    )
    council.add_argument(
        "keys", nargs="*", metavar="LLAVE", help="llave pública de cada integrante (consejo.py key)"
    )
    council.add_argument("--needed", type=int, default=0, help="cuántos deben firmar; 0 lo apaga")
    council.add_argument(
        "--signatures",
        type=Path,
        metavar="ARCHIVO",
        help="firmas del consejo anterior sobre el cambio, una por renglón; sin ellas escribe el cambio que deben firmar",
    )
    verify = actions.add_parser("verify", help="comprueba sin conexión la prueba de una consulta")
    verify.add_argument("file", type=Path)
    verify.add_argument(
        "--llaves", type=Path, help="llaves.json del municipio, si esto no corre en su servidor"
    )


def _configure_codes(actions: Any) -> None:
    activate = actions.add_parser("activate", help="código que se imprime en el recibo de una cuenta")
    activate.add_argument("account")
    activate.add_argument("--municipality", required=True, metavar="SLUG")
    activate.add_argument(
        "--assist", action="store_true", help="código de un uso para dar un permiso en ventanilla"
    )
    bills = actions.add_parser(
        "bill-codes",
        help="códigos de activación para imprimir en los recibos, de quien todavía no tiene llave",
    )
    bills.add_argument(
        "file", type=Path, metavar="CUENTAS.csv", help="con una columna «cuenta»; sirve el de import accounts"
    )
    bills.add_argument("--municipality", required=True, metavar="SLUG")
    bills.add_argument(
        "--out", type=Path, required=True, metavar="CODIGOS.csv", help="archivo nuevo; sólo lo lee su dueño"
    )
    bills.add_argument("--days", type=int, default=90, help="cuántos días sirven (90)")


def _configure_keys(actions: Any) -> None:
    rekey = actions.add_parser("rekey", help="renueva todas las llaves; se puede repetir si se interrumpe")
    rekey.add_argument(
        "--suite",
        default="",
        help="x25519 o mlkem768x25519; además, un par nuevo de ese juego para cada bóveda",
    )
    rekey.add_argument(
        "--pairs", action="store_true", help="además, un par nuevo para cada bóveda, del juego que tiene"
    )


def run(args: argparse.Namespace) -> int:
    return ACTIONS[args.action](args)


def _serve(args: argparse.Namespace) -> int:
    del args
    command = process.command(folder(), environment.public_url())
    os.execve(sys.executable, command, process.environment())  # noqa: S606
    return 0


def _status(args: argparse.Namespace) -> int:
    from alcaldia.vault.link import Link

    del args
    found = Link(folder() / "operator" / "socket").ask("counts")
    said = (
        "{subjects} bóvedas, {passkeys} llaves de acceso, {permits} permisos, {accesses} consultas anotadas."
    )
    sys.stdout.write(f"El custodio responde: {said.format(**found)}\n")
    return 0


def _accept_clock(args: argparse.Namespace) -> int:
    from alcaldia.vault.link import Link

    del args
    told = Link(folder() / "operator" / "socket").ask("accept_clock")
    sys.stdout.write(
        f"El custodio había visto {told['from'][:16]} y ahora cuenta desde {told['to'][:16]} (UTC). Quedó en el registro de consultas;"
        " todos deben entrar otra vez.\n"
    )
    return 0


def _offices(args: argparse.Namespace) -> int:
    from alcaldia.project import django_setup

    del args
    django_setup.start(migrate=True)
    from alcaldia.identity import offices
    from alcaldia.identity.models import Official

    officials = list(Official.objects.filter(ended_at__isnull=True))
    with process.running(folder(), environment.public_url()):
        offices.tell_offices(*officials)
    sys.stdout.write(f"Listo: el custodio sabe los puestos de {len(officials)} cuentas de la oficina.\n")
    return 0


def _take_registers(args: argparse.Namespace) -> int:
    from alcaldia.vault.link import Link
    from alcaldia.vault.rules.text64 import to_text

    del args
    path = environment.home() / "keys" / "registers"
    if not path.exists():
        sys.stdout.write("La web no tiene ninguna llave de los registros: no hay nada que pasar.\n")
        return 0
    Link(folder() / "operator" / "socket").ask("adopt_registers_key", secret=to_text(path.read_bytes()))
    path.unlink()
    sys.stdout.write("Listo: la llave de los registros es del custodio y la web ya no la tiene.\n")
    return 0


def _activate(args: argparse.Namespace) -> int:
    sys.stdout.write(f"{activation(args.municipality, args.account, assist=args.assist)['code']}\n")
    return 0


def activation(town: str, account: str, *, assist: bool = False) -> dict[str, str]:
    """Subject and code for the person of an account. Raises Refusal where nobody has it."""
    from alcaldia.vault.link import Link

    use = {"use": "assist", "days": 30} if assist else {}
    with process.running(folder(), environment.public_url()):
        link = Link(folder() / "operator" / "socket")
        return dict(link.ask("activation", kind="account", value=f"{town} {account}", **use))


def _bill_codes(args: argparse.Namespace) -> int:
    from alcaldia.project import bill_codes, django_setup

    django_setup.start()
    from alcaldia.project.progress import progress
    from alcaldia.vault.importing import COLUMNS
    from alcaldia.vault.link import Link

    with args.file.open(encoding="utf-8", newline="") as lines:
        total = max(sum(1 for _ in lines) - 1, 1)
        lines.seek(0)
        numbers = progress(bill_codes.accounts(lines, COLUMNS["account"]), total, "Códigos")
        with process.running(folder(), environment.public_url()), bill_codes.opened(args.out) as out:
            ask = Link(folder() / "operator" / "socket").ask
            given = {"town": args.municipality, "address": environment.public_url(), "days": args.days}
            made = bill_codes.write(numbers, out, **given, ask=ask)
    told = f"{made.codes} códigos en {args.out}; {made.has_keys} cuentas ya tienen llave y {made.unknown} no están en ninguna bóveda."
    sys.stdout.write(
        f"{told}\nEntréguelo a quien imprime los recibos y bórrelo: cada código abre una cuenta.\n"
    )
    return 0


def _rekey(args: argparse.Namespace) -> int:
    from alcaldia.project import django_setup

    django_setup.start(migrate=True)
    from alcaldia.project.progress import bar
    from alcaldia.vault.rekeying import rekey

    with process.running(folder(), environment.public_url()):
        done = rekey(suite=args.suite, pairs=args.pairs, by="consola", channel="cli", progress=bar)
    sys.stdout.write(
        f"Listo: {done.wrapped} llaves envueltas de nuevo, {done.migrated} bóvedas con llave nueva.\n"
    )
    if done.lost:
        sys.stdout.write(
            f"Sin renovar, porque falta la llave maestra con que abrían: {done.lost} (vea ./alcaldia doctor).\n"
        )
    return 0


def _council(args: argparse.Namespace) -> int:
    from alcaldia.vault.link import Link

    given = {"needed": args.needed, "members": args.keys}
    with process.running(folder(), environment.public_url()):
        link = Link(folder() / "operator" / "socket")
        change = link.ask("council_change", **given) if args.needed and not args.signatures else None
        if change:
            sys.stderr.write(HAND_OVER)
            sys.stdout.write(f"{json.dumps(change, ensure_ascii=False)}\n")
            return 0
        told = link.ask("name_council", **given, signatures=_signatures(args.signatures))
    on = "Deben firmar {needed} de {members}; vale desde {since}. Quedó en el registro público.\n".format(
        **told
    )
    sys.stdout.write(on if told["needed"] else "Apagado: nadie abre datos sin permiso de la persona.\n")
    return 0


def _signatures(file: Path | None) -> list[dict[str, str]]:
    """One signature a line, as `consejo.py sign` writes them. Raises Refusal."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines() if file else []
        return [json.loads(line) for line in lines if line.strip()]
    except (OSError, ValueError) as error:
        raise Refusal(
            "bad_signatures", "Las firmas no se leen. Cópielas completas, una por renglón."
        ) from error


def _verify(args: argparse.Namespace) -> int:
    from alcaldia.vault.rules.access import LABELS, check_proof

    try:
        told = json.loads(args.file.read_text(encoding="utf-8"))
        found = check_proof(told, _trusted_keys(args.llaves))
    except (ValueError, KeyError, TypeError) as error:
        raise Refusal(
            "not_proven", "La prueba no se sostiene: no es de este registro o alguien la cambió."
        ) from error
    who = found.official or found.office
    sys.stdout.write(f"La prueba es válida: {LABELS[found.kind]}{', ' + who if who else ''}, {found.at}.\n")
    return 0


def _trusted_keys(bundle: Path | None):  # type: ignore[no-untyped-def]
    """Those of llaves.json, else of the log on this machine. Never those inside the proof: anybody can make some."""
    from alcaldia.ledger.rules.keyset import KeySet

    if bundle is not None:
        return KeySet.of(json.dumps(json.loads(bundle.read_text(encoding="utf-8"))["accesses"]))
    found = sorted((folder() / "log" / "keys").glob("*keys.json"))
    if not found:
        raise Refusal(
            "no_keys",
            "Aquí no está el registro del municipio. Indique --llaves llaves.json (de /bitacora/llaves.json).",
        )
    return KeySet.of(found[0].read_text(encoding="utf-8"))


ACTIONS = {
    "serve": _serve,
    "status": _status,
    "accept-clock": _accept_clock,
    "offices": _offices,
    "take-registers": _take_registers,
    "activate": _activate,
    "bill-codes": _bill_codes,
    "rekey": _rekey,
    **second_custodian.ACTIONS,
    "council": _council,
    "verify": _verify,
}
