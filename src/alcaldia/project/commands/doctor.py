"""Dice qué le falta a esta instalación y cómo arreglarlo."""

import argparse
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from typing import Any

from alcaldia.project import django_setup, environment, postgres

Finding = tuple[bool, str]
# Files of keys/ that anyone may read.
PUBLIC = (".pub", ".pem", ".crt", ".cer", ".vkey", "-keys.json", "-statements.json", "witness-policy.txt")


def configure(parser: argparse.ArgumentParser) -> None:
    del parser


def run(args: argparse.Namespace) -> int:
    del args
    failed = False
    for check in CHECKS:
        for good, sentence in check():
            failed |= not good
            sys.stdout.write(f"{'✓' if good else '✗'} {sentence}\n")
    return int(failed)


def _python() -> Iterator[Finding]:
    yield sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (hace falta 3.11 o posterior)"
    options = {row[0] for row in sqlite3.connect(":memory:").execute("PRAGMA compile_options")}
    yield "ENABLE_RTREE" in options, f"SQLite {sqlite3.sqlite_version} con R*Tree"


def _home() -> Iterator[Finding]:
    home = environment.home()
    home.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(home).free // 2**30
    yield free >= 1, f"{free} GB libres en {home} (haga lugar si queda menos de 1 GB)"
    keys = home / "keys"
    loose = (
        [path.name for path in keys.glob("*") if path.is_file() and path.stat().st_mode & 0o077]
        if keys.exists()
        else []
    )
    private = [name for name in loose if not name.endswith(PUBLIC)]
    yield not private, "Las llaves sólo las lee su dueño" if not private else f"chmod 600 {keys}/{private[0]}"


def _database() -> Iterator[Finding]:
    django_setup.start(migrate=True)
    from django.db import connection

    from alcaldia.kernel.models import Municipality

    yield True, f"Base de datos: {connection.vendor}, {Municipality.objects.count()} municipio(s)"


def _roles() -> Iterator[Finding]:
    """Beyond one machine the web's role should own nothing: docs/manual/produccion.md."""
    from django.db import connection

    if connection.vendor != "postgresql":
        yield True, "SQLite: la base la protege el usuario del sistema (carpeta 0700)"
        return
    owns = owned_tables(connection)
    said = f"La web es dueña de {owns} tablas: sirva con un papel sin permisos de DDL (docs/manual/produccion.md)"
    # One role for everything is how a demonstration runs: told, and not a failure.
    yield True, said if owns else "La web no es dueña de ninguna tabla"


def owned_tables(connection: Any) -> int:
    """How many tables of this database the connected role could change or drop."""
    sql = (
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind IN ('r', 'p') AND n.nspname = current_schema() AND pg_has_role(current_user, c.relowner, 'USAGE')"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return int(cursor.fetchone()[0])


def _log() -> Iterator[Finding]:
    from alcaldia.ledger import timestamps, witnessing
    from alcaldia.ledger.rules.policy import BadPolicy

    try:
        rules = witnessing.policy()
    except BadPolicy as error:
        yield False, f"keys/witness-policy.txt: {error}"
        return
    asked = len(rules.witnesses)
    none = "sin testigos: el registro sólo lo firma el municipio (vea docs/manual/testigos.md)"
    yield True, f"Registro: {asked} testigo(s), quórum «{rules.quorum}»" if asked else f"Registro {none}"
    urls = timestamps.authorities()
    yield (
        True,
        f"Sellos de tiempo: {len(urls)} autoridad(es)"
        if urls
        else "Sellos de tiempo: apagados (ALCALDIA_TSA)",
    )


def _broker() -> Iterator[Finding]:
    from alcaldia.broker import process

    folder = environment.home() / "broker"
    if process.answers(folder):
        yield True, "La bóveda responde: el custodio está en marcha"
        yield from _master_keys()
        yield from _registers_key()
        yield from _vault_rows()
    else:
        yield (
            True,
            "La bóveda está cerrada: el custodio no corre. Lo arranca ./alcaldia serve, o ./alcaldia broker serve",
        )


def _master_keys() -> Iterator[Finding]:
    """Whose keys can not be opened any more, and whose will not after the next start."""
    from alcaldia.vault import custodian

    told = custodian.ask_as_operator("losses")
    lost = (
        f"Llaves maestras que faltan: {told['keys']}. Personas que no pueden abrir su bóveda: {told['lost']}; de ellas con llave de"
        f" repuesto: {told['spared']}. Devuelva el respaldo de broker/kek (docs/manual/operadores.md)"
    )
    yield not told["keys"], lost if told["keys"] else "Toda bóveda abre con una llave maestra que está aquí"
    if told["fading"]:
        fading = f"Llaves maestras que sólo recuerda el custodio: {told['fading']}. Corra ./alcaldia broker rekey antes de detenerlo"
        yield False, fading


def _registers_key() -> Iterator[Finding]:
    """Whether the secret of the registers still lies where a hacked web process reads it."""
    if (environment.home() / "keys" / "registers").exists():
        yield (
            False,
            "La llave de los registros sigue en la carpeta de la web y nadie los consulta. Corra ./alcaldia broker take-registers",
        )


def _vault_rows() -> Iterator[Finding]:
    from alcaldia.vault import audit

    found = audit.compare()
    yield (
        not found.wrong,
        f"La base guarda los {found.fields} datos que se guardaron en bóvedas"
        if not found.wrong
        else f"En la base faltan o cambiaron {found.wrong} datos de bóvedas: restaure el respaldo y avise al consejo",
    )
    yield (
        not found.unrecorded,
        "Todo dato de la base pasó por el registro de actos"
        if not found.unrecorded
        else f"Hay {found.unrecorded} datos que nadie registró: alguien escribió en la base sin el sistema",
    )


def _notices() -> Iterator[Finding]:
    from alcaldia.notices import queries
    from alcaldia.notices.ports import plugged

    names = ", ".join(sorted(plugged.senders))
    none = "Avisos: no salen por correo ni mensaje (ALCALDIA_SMTP, keys/notices.toml; docs/manual/avisos.md)"
    yield True, f"Avisos por {names}" if names else none
    for sender in plugged.senders.values():
        for problem in sender.check():
            yield False, problem
    lost = queries.counts().get("given_up", 0)
    yield (
        not lost,
        f"{lost} avisos no se pudieron enviar: véalos en /oficina/ › Avisos"
        if lost
        else "Ningún aviso perdido",
    )


def _calendars() -> Iterator[Finding]:
    """Without the days of rest of a year no request whose term ends in it can be sent."""
    from alcaldia.kernel.models import Municipality
    from alcaldia.procedures.queries.rest_days import missing_years

    for town in Municipality.objects.order_by("slug"):
        years = " y ".join(map(str, missing_years(town)))
        lacking = f"{town.slug}: faltan los días inhábiles de {years}; nadie puede enviar solicitudes. Póngalos en [calendar] de municipality.toml y corra ./alcaldia municipality import"
        yield not years, lacking if years else f"{town.slug}: calendario de días inhábiles completo"


def _mandates() -> Iterator[Finding]:
    """A row of the database makes nobody another's representative unseen."""
    from alcaldia.identity import mandates

    found = mandates.unrecorded()
    if found:
        yield (
            False,
            f"Hay {found} representaciones que ningún acto del registro dice así: alguien las escribió o cambió en la base sin el sistema",
        )


def _revocation_lists() -> Iterator[Finding]:
    """A list past its next update says nothing of who was revoked since."""
    from django.utils import timezone

    from alcaldia.identity.certificates import late_lists

    try:
        late = ", ".join(late_lists(timezone.now()))
    except ValueError:
        yield False, "identity/trust: una lista de revocación (.crl) no se lee; póngala de nuevo o quítela"
        return
    if late:
        yield (
            False,
            f"identity/trust: {late} ya debía renovarse; pida la nueva a su autoridad: un certificado revocado después pasaría por bueno",
        )


def _catalogues() -> Iterator[Finding]:
    """A new release or a new definition may bring what a municipality's own tree or agencies do not have."""
    from alcaldia.kernel.models import Municipality
    from alcaldia.procedures import proposing

    for town in Municipality.objects.exclude(catalogue="").order_by("slug"):
        told = proposing.outgrown(town)
        yield (
            not told,
            f"{town.slug}: su catálogo {'ya no alcanza. ' + told[0] if told else 'alcanza para sus trámites'}",
        )


def _webhooks() -> Iterator[Finding]:
    from alcaldia.procedures import webhooks

    try:
        rows = webhooks.subscribers()
    except ValueError as error:
        yield False, str(error)
        return
    for one in rows:
        late = webhooks.waiting(one).count()
        yield (
            late < webhooks.LATE,
            f"Suscriptor {one.name}: {late} avisos por entregar"
            + ("" if late < webhooks.LATE else "; revise que su dirección responda"),
        )


def _for_tests() -> Iterator[Finding]:
    yield (
        True,
        "Chromium para las pruebas: " + (shutil.which("chromium") or "no está (sólo lo usan las pruebas)"),
    )
    yield True, f"PostgreSQL para las pruebas: {postgres.binaries() or 'no está (sólo lo usan las pruebas)'}"


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _python,
    _home,
    _database,
    _roles,
    _broker,
    _notices,
    _webhooks,
    _calendars,
    _catalogues,
    _mandates,
    _revocation_lists,
    _log,
    _for_tests,
)
