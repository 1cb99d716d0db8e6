"""Las llaves de sellos, registros, credenciales y bóveda: show, rotate seal|log|credential|source|secret|all, revoke, request, import-root."""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup
from alcaldia.project.progress import progress

BY, CHANNEL = "operador", "cli"
KINDS = ("seal", "log", "credential", "source", "secret", "all")


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=("show", "rotate", "revoke", "request", "import-root"))
    parser.add_argument("which", nargs="?", choices=KINDS, help="para rotate; all: todas")
    parser.add_argument("--municipality", metavar="SLUG", help="de quién es el sello o la llave")
    parser.add_argument("--algorithm", choices=("ED25519", "ML_DSA_44"), default="ED25519", help="rotate log")
    parser.add_argument(
        "--suite",
        default="",
        help="rotate all: de qué juego son los pares nuevos de cada bóveda (x25519, mlkem768x25519); si falta, del que tiene",
    )
    parser.add_argument(
        "--keep-pairs", action="store_true", help="rotate all: sin pares nuevos para cada bóveda"
    )
    parser.add_argument(
        "--source", default="", help="rotate source: qué registro (catastro, tesoreria, agua…)"
    )
    parser.add_argument(
        "--forget-before",
        action="store_true",
        help="rotate source: lo firmado con llaves anteriores ya no cuenta",
    )
    parser.add_argument(
        "--serial", metavar="HEX", help="revoke: número de serie del sello, como lo dice show"
    )
    parser.add_argument(
        "--since",
        metavar="FECHA",
        help="revoke: desde cuándo, como lo dirá la lista (ISO 8601; si falta, ahora)",
    )
    parser.add_argument("--root", type=Path, help="import-root: certificado de la raíz (PEM)")
    parser.add_argument(
        "--seal", type=Path, help="import-root: certificado del sello, firmado por esa raíz (PEM)"
    )


def run(args: argparse.Namespace) -> int:
    django_setup.start(migrate=True)
    act = {"show": _show, "rotate": _rotate, "revoke": _revoke, "request": _request, "import-root": _import}
    return act[args.what](args)


def _town(args: argparse.Namespace) -> Any:
    from alcaldia.kernel.models import Municipality

    found = Municipality.objects.filter(slug=args.municipality or "").first()
    if found is None:
        raise Refusal("municipality_missing", "Diga de qué municipio: --municipality SLUG.")
    return found


def _show(args: argparse.Namespace) -> int:
    from alcaldia.documents import keys
    from alcaldia.kernel.models import Municipality
    from alcaldia.ledger import keys as log_keys

    for row in log_keys.signer().keys.keys:
        ends = "en uso" if row.until is None else f"hasta {row.until} actos"
        sys.stdout.write(
            f"registro  {row.key.algorithm.name:10} {row.key.id.hex()}  desde {row.since}, {ends}\n"
        )
    towns = Municipality.objects.order_by("slug")
    for town in towns.filter(slug=args.municipality) if args.municipality else towns:
        seal = keys.seal(town)
        where = "dispositivo" if (keys.place_of(town) / "token.json").exists() else "archivo"
        root = "aquí" if (keys.place_of(town) / "root.key").exists() else "fuera"
        sys.stdout.write(
            f"sello     {town.slug}  serie {seal.certificate.serial_number:x}  P-256 en {where}, raíz {root}, "
            f"vence {seal.certificate.not_valid_after_utc:%Y-%m-%d}\n"
        )
    return 0


def _rotate(args: argparse.Namespace) -> int:
    from alcaldia.documents import key_actions
    from alcaldia.ledger.rules.note import Algorithm

    if args.which == "seal":
        made = key_actions.rotate_seal(_town(args), by=BY, channel=CHANNEL)
        sys.stdout.write(
            f"Sello nuevo, serie {made.certificate.serial_number:x}. Lo ya sellado sigue siendo válido.\n"
        )
    elif args.which == "log":
        key = key_actions.rotate_log_key(algorithm=Algorithm[args.algorithm], by=BY, channel=CHANNEL)
        sys.stdout.write(f"Llave nueva del registro; entréguela a los testigos:\n{key.text()}\n")
    elif args.which == "credential":
        _rotate_credential(_town(args))
    elif args.which == "source":
        _rotate_source(args.source, forget=args.forget_before)
    elif args.which == "secret":
        _rotate_secret()
    elif args.which == "all":
        _rotate_all(args.suite, pairs=not args.keep_pairs)
    else:
        raise Refusal(
            "which_missing", "Diga qué renovar: rotate seal, log, credential, source, secret o all."
        )
    return 0


def _rotate_all(suite: str, *, pairs: bool) -> None:
    """Seals, both logs, the vaults' master key, each person's pair and the broker's seal, the postman.

    Interrupted it goes on when it is repeated; ordered again it renews everything again.
    """
    from alcaldia.broker import process
    from alcaldia.kernel.models import Municipality
    from alcaldia.project import environment

    _rotate_seals()
    with process.running(environment.home() / "broker", environment.public_url()):
        _rotate_logs()
        _rotate_vault(suite, pairs=pairs)
    _rotate_postman()
    for town in Municipality.objects.order_by("slug"):
        _rotate_credential(town)
    say("Los testigos aprenden solos las llaves nuevas. Lo ya sellado y cada recibo siguen valiendo.\n")
    say("La de los formularios abiertos va aparte: ./alcaldia keys rotate secret, y reinicie.\n")


def _rotate_credential(town: Any) -> None:
    from alcaldia.identity import credential_keys

    kid = credential_keys.rotate(town, by=BY, channel=CHANNEL)
    say(f"credencial {town.slug}: llave nueva {kid[:8]}; las ya dadas siguen valiendo\n")


def _rotate_source(code: str, *, forget: bool) -> None:
    from alcaldia.broker import process
    from alcaldia.project import environment
    from alcaldia.vault import sources

    with process.running(environment.home() / "broker", environment.public_url()):
        sources.rotate(code)
        gone = sources.forget_before(code) if forget else 0
    say(f"registro  {code}: llave nueva. ")
    say(
        f"{gone} anteriores ya no cuentan: vuelva a importar.\n"
        if forget
        else "Lo ya firmado sigue contando.\n"
    )


def _rotate_secret() -> None:
    from alcaldia.project import environment

    environment.renew_secret_key()
    say(
        "Llave nueva de formularios y sesiones; la anterior todavía vale para lo abierto. Reinicie serve y worker.\n"
    )


def say(text: str) -> None:
    sys.stdout.write(text)


def _rotate_seals() -> None:
    from alcaldia.documents import key_actions, keys
    from alcaldia.kernel.models import Municipality

    for town in Municipality.objects.order_by("slug"):
        keys.seal(town)
        if (keys.place_of(town) / "root.key").exists():
            made = key_actions.rotate_seal(town, by=BY, channel=CHANNEL)
            say(f"sello     {town.slug}: serie {made.certificate.serial_number:x}\n")
        else:
            say(
                f"sello     {town.slug}: su raíz está fuera de aquí; siga con keys request y keys import-root\n"
            )


def _rotate_logs() -> None:
    from alcaldia.documents import key_actions
    from alcaldia.ledger.rules.note import Algorithm
    from alcaldia.vault.custodian import ask_as_operator

    for algorithm in (Algorithm.ED25519, Algorithm.ML_DSA_44):
        key_actions.rotate_log_key(algorithm=algorithm, by=BY, channel=CHANNEL)
        ask_as_operator("rotate_log", algorithm=algorithm.name)
        say(f"registros {algorithm.name}: llave nueva en el de actos y en el de consultas\n")


def _rotate_vault(suite: str, *, pairs: bool) -> None:
    from alcaldia.project.progress import bar
    from alcaldia.vault.rekeying import rekey

    try:
        done = rekey(suite=suite, pairs=pairs, by=BY, channel=CHANNEL, progress=bar)
    except Refusal as refusal:
        if refusal.code != "no_renewal":
            raise
        say(f"bóveda    sin pares nuevos: {refusal.detail}\n")
        done = rekey(by=BY, channel=CHANNEL, progress=bar)
    say(
        f"bóveda    {done.wrapped} llaves bajo una llave maestra nueva, {done.migrated} bóvedas con par nuevo\n"
    )
    if done.lost:
        say(f"          {done.lost} no se pudieron renovar: se perdió su llave maestra (./alcaldia doctor)\n")


def _rotate_postman() -> None:
    from alcaldia.notices import postman, resealing
    from alcaldia.procedures import contacting

    postman.renew()
    told = resealing.messages() + resealing.accounts() + contacting.seal_anew()
    postman.forget_old()
    say(f"cartero   {told} direcciones de avisos selladas de nuevo\n")


def _revoke(args: argparse.Namespace) -> int:
    from alcaldia.documents import actions, key_actions

    try:
        serial = int(args.serial or "", 16)
        at = datetime.fromisoformat(args.since) if args.since else datetime.now(UTC)
    except ValueError:
        raise Refusal(
            "bad_revocation", "Diga --serial HEX (lo muestra keys show) y --since con una fecha ISO."
        ) from None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    town = _town(args)
    key_actions.revoke_seal(town, serial=serial, at=at.replace(microsecond=0), by=BY, channel=CHANNEL)
    sys.stdout.write(f"Revocado desde {at:%Y-%m-%d %H:%M}. La lista pública ya lo dice.\n")
    made, failed = actions.seal_again(
        town, serial=serial, watch=lambda every, total: progress(every, total, "Documentos")
    )
    sys.stdout.write(f"Documentos que llevaban ese sello y ya llevan el nuevo: {made}.\n")
    if failed:
        raise Refusal("not_sealed_again", f"Faltan {failed} por sellar de nuevo. Repita la misma orden.")
    return 0


def _request(args: argparse.Namespace) -> int:
    """The public key to have certified; a CSR would need the private key to sign for another CA's form."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    from alcaldia.documents import keys

    public = keys.seal(_town(args)).signer.public_key()
    sys.stdout.write(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode())
    return 0


def _import(args: argparse.Namespace) -> int:
    from alcaldia.documents import keys

    if not args.root or not args.seal:
        raise Refusal("files_missing", "Diga los dos archivos: --root root.pem --seal seal.pem.")
    made = keys.install_issued(_town(args), root=args.root.read_bytes(), certificate=args.seal.read_bytes())
    sys.stdout.write(
        f"Cadena instalada, serie {made.certificate.serial_number:x}; la raíz queda fuera de aquí.\n"
    )
    return 0
