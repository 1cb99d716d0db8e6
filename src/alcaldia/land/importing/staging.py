"""From a file to audited rows in memory: the one door for the command line and the back office."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db.models import Model

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import slug
from alcaldia.land.importing import columns, files, kinds, readers
from alcaldia.land.importing.kinds import Context
from alcaldia.land.importing.table import Progress, Table, silent, text
from alcaldia.land.models import Dataset
from alcaldia.land.rules.audit import Finding, counts, finding, hostile
from alcaldia.land.rules.validity import ALWAYS, Validity

PREVIEW_ROWS = 10
# Part of what makes two imports of the same bytes equal: raise it when the same file would be read otherwise.
READER = 3
GEOMETRIC = {"parcels", "zones", "neighbourhoods", "buildings", "layer"}
NAMES = {choice.value: choice.label for choice in Dataset.Kind}


@dataclass(frozen=True)
class Options:
    """What the person says about a file. `description` are fields of Dataset (title, theme, licence…).

    `citation` gives instrument, article and url to norms whose file has no such columns.
    """

    layer: str = ""
    key: str = ""
    srid: int | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    description: Mapping[str, Any] = field(default_factory=dict)
    citation: Mapping[str, str] = field(default_factory=dict)
    validity: Validity = ALWAYS


@dataclass
class Staged:
    """Everything an import will publish, and what its audit found. Nothing of it is in the database.

    `rows` are unsaved models of the kind, without version. `extra` are rows of
    another model in the same version (norms drawn with zones); `companions` are datasets that the same
    file carries and that are published with it (activities of a matrix).
    """

    municipality: Municipality
    kind: str
    name: str
    file_name: str
    sha256: str
    settings: dict[str, Any]
    rows: list[Model]
    findings: list[Finding]
    columns: tuple[str, ...] = ()
    mapping: dict[str, str] = field(default_factory=dict)
    preview: list[dict[str, str]] = field(default_factory=list)
    crs: str = ""
    encoding: str = ""
    srid: int | None = None
    description: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    companions: list["Staged"] = field(default_factory=list)
    extra: list[Model] = field(default_factory=list)
    validity: Validity = ALWAYS

    @property
    def counts(self) -> dict[str, int]:
        return counts(self.findings)


def stage(
    kind: str,
    path: Path,
    municipality: Municipality,
    options: Options | None = None,
    progress: Progress = silent,
) -> Staged:
    """Read, recognise, convert and audit one file. Refuses what nobody could publish."""
    options = options or Options()
    name = _name(kind, options.layer)
    progress(0.0, "Leyendo el archivo")
    table = readers.read(path, options.layer)
    progress(0.25, "Reconociendo columnas")
    mapping = dict(options.mapping) | ({kinds.KEY_FIELD[kind]: options.key} if options.key else {})
    with _showing(table, mapping):
        found = columns.recognise(kind, table.columns, mapping)
        context = Context(
            municipality,
            kind,
            name,
            table,
            found,
            options.srid,
            options.citation,
            files.sha256(path),
            progress,
        )
        context.findings.extend(table.findings)
        context.findings.extend(_text_findings(table))
        rows = kinds.build(context)
        if not rows:
            raise Refusal(
                "nothing_to_load",
                f"Ninguna fila de {path.name} se puede cargar como {NAMES[kind].lower()}. {_why(context)}",
            )
    progress(1.0, "Auditoría terminada")
    staged = _staged(context, path.name, rows, options)
    staged.companions = [_companion(staged, extra) for extra in context.companions]
    return staged


@contextmanager
def _showing(table: Table, mapping: Mapping[str, str]) -> Iterator[None]:
    """A refusal of a file that was read carries what it holds: only then can a person say which column is which."""
    try:
        yield
    except Refusal as refusal:
        refusal.facts.update(columns=list(table.columns), mapping=dict(mapping), preview=_preview(table))
        raise


def _staged(context: Context, file_name: str, rows: list[Model], options: Options) -> Staged:
    settings = {
        "reader": READER,
        "mapping": context.mapping,
        "srid": options.srid,
        "citation": dict(options.citation),
        **options.validity.texts(),
    }
    return Staged(
        context.municipality, context.kind, context.name, file_name, context.sha256, settings, rows, context.findings,
        context.table.columns, context.mapping, _preview(context.table), context.crs, context.table.encoding,
        context.metric_srid, dict(options.description), context.facts, extra=context.extra,
        validity=options.validity,
    )  # fmt: skip


def _companion(staged: Staged, extra: kinds.Companion) -> Staged:
    return Staged(
        staged.municipality, extra.kind, "", staged.file_name, staged.sha256, {**staged.settings, "from": staged.kind},
        extra.rows, extra.findings, staged.columns, extra.mapping, facts=extra.facts,
        validity=staged.validity,
    )  # fmt: skip


def settings_digest(settings: Mapping[str, Any]) -> str:
    """How two imports of the same bytes are told apart: by what the person said about them."""
    return digest(settings)


def _name(kind: str, layer: str) -> str:
    if kind not in columns.FIELDS:
        raise Refusal("unknown_kind", f"No conozco «{kind}». Puede importar: {', '.join(columns.FIELDS)}.")
    if kind != "layer":
        return ""
    if not slug(layer):
        raise Refusal(
            "layer_name",
            "Una capa necesita nombre, por ejemplo riesgo-inundacion. Escríbalo junto al archivo; en la consola, con --layer.",
        )
    return slug(layer)[:80]


def _why(context: Context) -> str:
    known = ", ".join(context.table.columns)[:200]
    return f"Columnas del archivo: {known}. Diga cuál es cuál: en la oficina, abajo en «Columnas»; en la consola, con --map CAMPO=COLUMNA."


def _preview(table: Table) -> list[dict[str, str]]:
    return [{name: text(row.get(name))[:80] for name in table.columns} for row in table.rows[:PREVIEW_ROWS]]


def _text_findings(table: Table) -> list[Finding]:
    out: list[Finding] = []
    samples = []
    for i, row in enumerate(table.rows):
        samples += [
            {"row": i, "column": n, "text": v[:60]}
            for n, v in row.items()
            if isinstance(v, str) and hostile(v)
        ]
    if samples:
        out.append(finding("hostile_text", samples))
    private = columns.personal(table.columns)
    if private:
        out.append(finding("personal_columns", [], len(private), columns=", ".join(private)))
        for row in table.rows:
            for name in private:
                row.pop(name, None)
        table.columns = tuple(c for c in table.columns if c not in private)
    return out
