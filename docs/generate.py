"""Write the pages of docs/reference/ that the code itself knows: PYTHONPATH=src .venv/bin/python docs/generate.py

`PAGES` maps a file's name to the function that makes its text; tests/architecture/test_docs.py
compares them. Nothing machine-specific (paths, numbers of processors) enters a page.
"""

import argparse
import ast
import importlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "docs" / "reference"
SOURCE = ROOT / "src" / "alcaldia"
MADE = "<!-- Lo escribe docs/generate.py; no lo edite a mano. -->\n"

# Variable → (what it does, what happens without it). A test compares the names with the code.
VARIABLES: dict[str, tuple[str, str]] = {
    "ALCALDIA_HOME": ("Carpeta con todo lo que debe sobrevivir a un reinicio: base, documentos, llaves, teselas.", "`var/` junto al programa"),
    "DATABASE_URL": ("Base principal en PostgreSQL 15 o posterior: `postgresql://usuario:clave@servidor:5432/base`. Con zócalo: `?host=/carpeta`.", "SQLite en `ALCALDIA_HOME`"),
    "ALCALDIA_PORT": ("Puerto HTTP, de 1 a 65535.", "8000"),
    "ALCALDIA_PUBLIC_URL": ("Dirección que ve la gente. Se imprime en los documentos y en su QR: fíjela antes del primer dictamen.", "`http://localhost:PUERTO`"),
    "ALCALDIA_SECRET_KEY": ("Llave de las sesiones y formularios.", "se crea y se guarda en `keys/secret_key`"),
    "ALCALDIA_ANY_HOST": ("`true` acepta cualquier nombre de servidor; `false`, sólo localhost (para un intermediario que reescribe Host).", "`true`"),
    "ALCALDIA_TLS": ("`true` cuando un intermediario TLS está delante: las cookies sólo viajan cifradas y se cree en `X-Forwarded-Proto`.", "`false`"),
    "ALCALDIA_DEMO": ("Lo pone `./alcaldia demo`: muestra en su propia pantalla los códigos que en una ciudad irían por mensaje.", "`false`"),
    "ALCALDIA_RENEW_SECONDS": ("Cada cuántos segundos, a lo más, el servidor cambia sus procesos por otros limpios cuando mostraron o recibieron algo personal y ya nadie pregunta. 0 no los cambia.", "300"),
    "ALCALDIA_WITNESS_WAIT": ("Segundos que la expedición espera a los testigos, cuando los hay y responden. Con 0 no espera: el recibo se completa después.", "1.5"),
    "ALCALDIA_PRIVATE_PEERS": ("Redes internas (`10.1.0.0/16 127.0.0.1/32`) donde este servidor puede llamar a un testigo, una autoridad de tiempo o un proveedor de identidad propio. Todo lo demás que no sea Internet pública se niega.", "ninguna"),
    "ALCALDIA_TSA": ("Direcciones de autoridades de sellado de tiempo (RFC 3161), con espacios entre ellas; sus raíces van en `keys/tsa.pem`.", "sin sellos de tiempo"),
    "ALCALDIA_BROKER_CLIENTS": ("Números de usuario del sistema, con comas, que pueden preguntar al custodio además del suyo.", "sólo el suyo"),
    "ALCALDIA_BROKER_GUARDIAN": ("Custodia dividida: socket de un segundo custodio, en otras manos, que guarda la otra mitad de cada llave.", "vacío: sin dividir"),
    "ALCALDIA_BROKER_SECOND": ("La pone quien corre el segundo custodio: acepta permisos de ventanilla por el código que la persona hizo.", "no lo es"),
    "ALCALDIA_BROKER_PKCS11": ("Biblioteca PKCS#11 del token que guarda la llave maestra del custodio.", "un archivo en `broker/kek/`"),
    "ALCALDIA_BROKER_TOKEN": ("Etiqueta de ese token.", "`alcaldia`"),
    "ALCALDIA_BROKER_PIN": ("PIN de ese token.", "vacío"),
    "ALCALDIA_BROKER_PARENT": ("La pone `serve`: proceso sin el cual el custodio termina.", "no termina solo"),
    "ALCALDIA_KILLED_CASES": ("Cuántas solicitudes envía y paga la prueba que mata la ciudad a medio camino.", "60"),
    "ALCALDIA_CANARIES": ("Cuántos nombres falsos siembra la prueba que los busca en todos los archivos.", "400"),
    "ALCALDIA_CLAMAV": ("Dirección de clamd, `servidor:puerto` o la ruta de su zócalo, que revisa los archivos que adjunta la gente.", "no se revisan, y se dice"),
    "ALCALDIA_SMTP": ("Servidor de correo para los avisos: `smtp://usuario:clave@servidor:587`, o `smtps://`.", "no se avisa por correo"),
    "ALCALDIA_SMTP_FROM": ("De quién salen los avisos: `avisos@su-municipio.gob.mx`. Obligatorio con `ALCALDIA_SMTP`.", "vacío"),
    "ALCALDIA_BANK": ("`simulated` pone el banco de prueba en `/banco-de-prueba/`; la demostración lo trae siempre.", "no hay banco de prueba"),
    "ALCALDIA_DATA": ("Carpeta de los archivos reales que nombran las recetas con `data = \"…\"`; nunca van en el repositorio.", "`shared/data` junto al programa"),
    "ALCALDIA_VENV": ("Carpeta del entorno de Python que usa el guion `alcaldia`.", "`.venv` junto al programa"),
    "ALCALDIA_NO_APT": ("Con cualquier valor, `./alcaldia test` no instala paquetes del sistema.", "los instala donde puede"),
    "ALCALDIA_TEST_HOME": ("Carpeta de las pruebas.", "una temporal por ejecución"),
    "CI": ("`true` convierte en fallo que falte un motor o un navegador para las pruebas.", "se omiten y se dice"),
    "RAYON_NUM_THREADS": ("Hilos del compositor de documentos. Más de uno no acelera una página.", "1"),
    "DJANGO_SETTINGS_MODULE": ("Módulo de ajustes de Django. No hace falta cambiarlo.", "`alcaldia.project.settings`"),
    "ALCALDIA_AICS": ("Carpeta de los programas `aics-tlog` y `aics-witness`, sólo para la prueba con un verificador ajeno.", "`.venv-aics`, que se hace una vez"),
    "GOPATH": ("Sólo para la prueba que verifica el registro con un lector en Go.", "`~/go`"),
}  # fmt: skip
# Settings of our own → what they hold.
OWN: dict[str, str] = {
    "CLAMAV": "dirección del revisor de virus (`ALCALDIA_CLAMAV`), vacía sin él",
    "HOME": "carpeta de la instalación (`ALCALDIA_HOME`)",
    "ROOT": "carpeta del programa",
    "PUBLIC_ID_KEY": "llave de los identificadores públicos de predio; en `keys/`, no cambia con `ALCALDIA_SECRET_KEY`",
    "PUBLIC_URL": "dirección pública (`ALCALDIA_PUBLIC_URL`)",
    "LOG_ORIGIN": "nombre del registro público; se fija con su llave la primera vez",
    "SIMULATED_BANK": "hay un banco de prueba montado (`ALCALDIA_BANK`, o la demostración)",
    "SMTP": "servidor de correo de los avisos (`ALCALDIA_SMTP`), vacío sin él",
    "SMTP_FROM": "de quién salen los avisos (`ALCALDIA_SMTP_FROM`)",
    "DEMO": "corre la demostración: los códigos de un uso se muestran en la pantalla del operador",
    "LOG_FOLDERS": "registros que otros procesos publican como carpetas de mosaicos",
    "PRIVATE_PEERS": "redes internas a las que este servidor puede llamar (`ALCALDIA_PRIVATE_PEERS`)",
    "TSA_URLS": "autoridades de sellado de tiempo (`ALCALDIA_TSA`)",
    "WITNESS_WAIT": "segundos que la expedición espera a los testigos (`ALCALDIA_WITNESS_WAIT`)",
    "BEHIND_TLS": "hay un intermediario TLS delante (`ALCALDIA_TLS`)",
    "IMPORT_MAX_BYTES": "tamaño máximo de un archivo que se sube",
    "MUNICIPALITIES_DIR": "carpeta de las recetas de municipios",
    "DATA_DIR": "carpeta de datos reales (`ALCALDIA_DATA`)",
    "UPLOADS_DIR": "archivos subidos que esperan publicación",
}


def table(header: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; bars and line ends in cells are made harmless."""
    safe = [tuple(" ".join(cell.split()).replace("|", "\\|") for cell in row) for row in (header, *rows)]
    lines = [f"| {' | '.join(row)} |" for row in safe]
    return "\n".join([lines[0], f"|{'---|' * len(header)}", *lines[1:]]) + "\n"


def assigned(path: Path) -> dict[str, str]:
    """Upper-case names that a module assigns at its top, with the source of their values."""
    found = {}
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            found |= {name: ast.unparse(node.value) for name in names if name.isupper()}
    return found


def settings() -> str:
    known = assigned(SOURCE / "project" / "settings.py")
    own = [(f"`{name}`", OWN[name]) for name in known if name in OWN]
    django = [(f"`{name}`", f"`{_short(value)}`") for name, value in known.items() if name not in OWN]
    variables = [(f"`{name}`", *said) for name, said in VARIABLES.items()]
    return (
        f"{MADE}# Ajustes\n\nUn operador sólo cambia variables de entorno; el programa las lee una vez, al arrancar.\n\n"
        f"## Variables de entorno\n\n{table(('variable', 'para qué', 'si falta'), variables)}\n"
        f"## Ajustes propios\n\nEstán en `src/alcaldia/project/settings.py`.\n\n{table(('ajuste', 'qué guarda'), own)}\n"
        f"## Ajustes de Django que el programa fija\n\n{table(('ajuste', 'valor'), django)}"
    )


def _short(source: str) -> str:
    return source if len(source) <= 90 else source[:89] + "…"


def commands() -> str:
    from alcaldia.project.cli import COMMANDS

    parts = [
        f"{MADE}# Órdenes\n\nTodas se escriben `./alcaldia ORDEN`. Salida 0: hecho; 1: rechazado, con la razón; 2: mal escrita.\n"
    ]
    for name, module in COMMANDS.items():
        command = importlib.import_module(f"alcaldia.project.commands.{module}")
        parser = argparse.ArgumentParser(prog=f"alcaldia {name}", add_help=False)
        command.configure(parser)
        parts.append(f"## {name}\n\n{(command.__doc__ or '').strip()}\n")
        parts += [f"{heading}{listing}" for heading, listing in _parsers(name, parser)]
    return "\n".join(parts)


def _parsers(name: str, parser: argparse.ArgumentParser) -> Iterator[tuple[str, str]]:
    """The options of a command and of each of its sub-commands."""
    rows = []
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {one.dest: one.help or "" for one in action._choices_actions}
            for sub, inner in action.choices.items():
                for heading, listing in _parsers(f"{name} {sub}", inner):
                    yield heading or f"### {name} {sub}\n\n{helps.get(sub, '')}\n\n", listing
        elif action.help != argparse.SUPPRESS and not isinstance(action, argparse._HelpAction):
            rows.append((f"`{_usage(action)}`", "sí" if action.required else "", action.help or ""))
    if rows:
        yield "", table(("argumento", "obligatorio", "qué dice"), rows)


def _usage(action: argparse.Action) -> str:
    meta = action.metavar if isinstance(action.metavar, str) else None
    value = meta or ("\u007c".join(map(str, action.choices)) if action.choices else action.dest.upper())
    if not action.option_strings:
        return f"[{value} …]" if action.nargs in {"*", argparse.REMAINDER} else value
    return action.option_strings[-1] + ("" if action.nargs == 0 else f" {value}")


def parameters() -> str:
    from alcaldia.land.rules.parameters import TABLE

    words = {"max": "máximo", "min": "mínimo", "equal": "exacto"}
    rows = [
        (
            f"`{p.name}`",
            p.label,
            p.unit or "",
            words[p.default_bound],
            f"{p.low} – {p.high}",
            ", ".join(p.aliases),
        )
        for p in TABLE
    ]
    return (
        f"{MADE}# Parámetros de las normas\n\nLo que una norma de zona puede limitar. Un valor fuera del intervalo no se publica"
        " como límite: la auditoría lo dice. Los nombres de columna se comparan sin acentos ni mayúsculas.\n\n"
        + table(
            ("parámetro", "nombre", "unidad", "sentido", "intervalo creíble", "columnas que se reconocen"),
            rows,
        )
    )


def kinds() -> str:
    from alcaldia.land.importing.columns import FIELDS
    from alcaldia.land.models import Dataset

    load = "Cada clase se carga con `./alcaldia import CLASE ARCHIVO --municipality NOMBRE`."
    names = "Se reconoce la primera columna de la lista que exista; con `--map campo=columna` manda usted."
    parts = [f"{MADE}# Clases de datos y sus columnas\n\n{load} {names}\n"]
    for kind, columns in FIELDS.items():
        rows = [
            (f"`{f.name}`", f.label, "sí" if f.number else "", ", ".join(dict.fromkeys(f.aliases)))
            for f in columns
        ]
        title = Dataset.Kind(kind).label
        parts.append(
            f"## {kind}: {title}\n\n{table(('campo', 'nombre', 'número', 'columnas que se reconocen'), rows)}"
        )
    return "\n".join(parts)


def states() -> str:
    from alcaldia.identity.rules import residency
    from alcaldia.land.jobs import NEXT
    from alcaldia.land.models import ImportJob
    from alcaldia.procedures.rules import flow

    following: dict[str, list[str]] = {}
    for table in flow.TRANSITIONS.values():
        for state, targets in table.items():
            known = following.setdefault(state.value, [])
            known += [one.value for one in targets if one.value not in known]
    case = _machine({state.value: label for state, label in flow.LABELS.items()}, following, "draft")
    load = _machine(
        {state.value: str(state.label) for state in ImportJob.State}, NEXT, ImportJob.State.READING.value
    )
    resident = _machine(residency.STATES, residency.NEXT, "requested")
    return (
        f"{MADE}# Estados\n\nLo que no está dibujado se rechaza.\n\n"
        f"## Carga de un archivo\n\n{load}\n## Residencia electrónica\n\n{resident}\n## Solicitud de un trámite\n\n{case}"
    )


def _machine(names: dict[str, str], moves: Any, first: str) -> str:
    """A state machine as a Mermaid drawing."""
    told = [f"    {state}: {label}" for state, label in names.items()] + [f"    [*] --> {first}"]
    told += [f"    {old} --> {new}" for old, after in moves.items() for new in sorted(after)]
    told += [f"    {old} --> [*]" for old, after in moves.items() if not after]
    lines = "\n".join(told)
    return f"```mermaid\nstateDiagram-v2\n{lines}\n```\n"


def permissions() -> str:
    from alcaldia.identity.rules.posts import PERMISSIONS, ROLES

    rows = [
        (label, f"`{role}`", *("sí" if role in who else "no" for _, who in PERMISSIONS.values()))
        for role, label in ROLES.items()
    ]
    rows.append(("Cualquier persona, sin cuenta", "", *("no" for _ in PERMISSIONS)))
    acts = [label for label, _ in PERMISSIONS.values()]
    return (
        f"{MADE}# Permisos\n\nManda el puesto vigente en ese municipio y ese día. Ver fichas, pedir dictámenes y verificar"
        f" documentos no pide cuenta.\n\n{table(('puesto', 'código', *acts), rows)}"
    )


def audit() -> str:
    from alcaldia.land.rules.audit import CATALOGUE

    words = {"error": "Error", "warning": "Aviso", "info": "Nota"}
    order = list(words)
    found = sorted(CATALOGUE.items(), key=lambda item: order.index(item[1][0]))
    rows = [(words[severity], f"`{code}`", sentence) for code, (severity, sentence) in found]
    return (
        f"{MADE}# Hallazgos de la auditoría\n\nLo que una carga puede encontrar antes de publicar. `{{n}}` y lo demás entre llaves"
        f" se llena con el archivo.\n\n{table(('gravedad', 'código', 'qué dice'), rows)}"
    )


def data() -> str:
    """The data dictionary: every table of ours with its columns."""
    from django.apps import apps

    models = [model for model in apps.get_models() if model.__module__.startswith("alcaldia.")]
    parts = [
        f"{MADE}# Data dictionary\n\nEvery table of the program. Meanings: [glossary](../glossary.md).\n"
    ]
    for model in sorted(models, key=lambda one: one._meta.db_table):
        promise = (model.__doc__ or "").strip().partition("\n")[0]
        rows = [
            (f"`{f.column}`", f.get_internal_type(), "null" if f.null else "", _target(f), str(f.help_text))
            for f in model._meta.concrete_fields
        ]
        heading = f"## {model._meta.db_table}: `{model.__name__}`"
        parts.append(
            f"{heading}\n\n{promise}\n\n{table(('column', 'type', 'null', 'refers to', 'note'), rows)}"
        )
    return "\n".join(parts)


def _target(field: Any) -> str:
    return f"`{field.related_model._meta.db_table}`" if field.related_model else ""


def used_variables() -> set[str]:
    """Every environment variable that the program, its script or its tests read by a fixed name."""
    read = re.compile(
        r"""(?:environ(?:\.get|\.setdefault)?[\[(]|getenv\(|flag\()\s*["']([A-Z][A-Z_]+)["']|\$\{(ALCALDIA_[A-Z_]+)"""
    )
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), ROOT / "alcaldia"]
    found = read.findall("\n".join(path.read_text(encoding="utf-8") for path in files))
    return {name for pair in found for name in pair if name}


def recipe_schema() -> str:
    """JSON Schema of municipality.toml."""
    import recipe_schema as recipe

    return json.dumps(recipe.document(), ensure_ascii=False, indent=2) + "\n"


def procedure_schema() -> str:
    """JSON Schema of procedure/1, from the dataclasses by which a definition is read."""
    from alcaldia.kernel.shape import schema
    from alcaldia.procedures.rules.definition import FORMAT, Definition

    document = schema(Definition, title=FORMAT, identifier="procedure-1.schema.json")
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings,
    "commands.md": commands,
    "parameters.md": parameters,
    "kinds.md": kinds,
    "states.md": states,
    "permissions.md": permissions,
    "audit.md": audit,
    "data.md": data,
    "municipality.schema.json": recipe_schema,
    "procedure-1.schema.json": procedure_schema,
}


def main() -> None:
    import os
    import sys

    sys.path.insert(0, str(ROOT / "src"))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
    import django

    django.setup()
    for name, page in PAGES.items():
        (REFERENCE / name).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
