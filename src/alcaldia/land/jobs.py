"""Uploads of officials: kept, audited by the worker, previewed, published or discarded."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django_tasks import task

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import slug
from alcaldia.land import actions
from alcaldia.land.importing import columns
from alcaldia.land.importing.staging import Options, Staged, stage
from alcaldia.land.models import ImportJob
from alcaldia.land.preview import preview
from alcaldia.land.rules.audit import report
from alcaldia.land.rules.validity import ALWAYS, Validity
from alcaldia.land.rules.validity import read as read_validity

State = ImportJob.State
NEXT: dict[str, frozenset[str]] = {
    # READING again is how a person recovers from a worker that died half-way.
    State.READING: frozenset({State.READY, State.REFUSED, State.DISCARDED, State.READING}),
    State.READY: frozenset({State.READING, State.PUBLISHING, State.DISCARDED}),
    State.PUBLISHING: frozenset({State.PUBLISHED, State.REFUSED, State.READING}),
    State.REFUSED: frozenset({State.READING, State.DISCARDED}),
    State.PUBLISHED: frozenset(),
    State.DISCARDED: frozenset(),
}
SUFFIXES = (
    ".geojson.gz", ".csv.gz", ".json.gz", ".geojson", ".json", ".zip", ".gpkg", ".kml", ".kmz", ".dxf", ".csv", ".tsv",
    ".txt", ".xlsx",
)  # fmt: skip


def receive(
    town: Municipality,
    *,
    kind: str,
    name: str,
    chunks: Iterable[bytes],
    layer: str = "",
    srid: int | None = None,
    validity: Validity = ALWAYS,
    by: str,
) -> ImportJob:
    """Store an upload as it streams in and queue its audit. Refuses unknown formats and files over the limit."""
    suffix = next((s for s in SUFFIXES if name.lower().endswith(s)), None)
    if suffix is None:
        raise Refusal("unknown_format", f"No sé leer «{name[-40:]}». Use {', '.join(SUFFIXES[3:])}.")
    if kind not in columns.FIELDS:
        raise Refusal("unknown_kind", "Elija qué contiene el archivo.")
    if kind == "layer" and not slug(layer):
        raise Refusal(
            "layer_name",
            "Una capa necesita nombre, por ejemplo riesgo-inundacion. Escríbalo y envíe el archivo otra vez.",
        )
    stored = secrets.token_hex(16) + suffix
    _write(_folder() / stored, chunks)
    with transaction.atomic():
        options: dict[str, Any] = {"srid": srid, "mapping": {}, **validity.texts()}
        job = ImportJob.objects.create(
            municipality=town, kind=kind, layer=layer[:80], file_name=Path(name).name[:255], stored=stored, options=options,
            created_by=by[:150],
        )  # fmt: skip
        audit_upload.enqueue(job.pk)
    return job


def remap(job: ImportJob, *, mapping: Mapping[str, str], srid: int | None) -> None:
    """Audit the same file again with what the official says about its columns and coordinates."""
    with transaction.atomic():
        held = _move(
            job.pk,
            State.READING,
            percent=0,
            message="",
            options={**job.options, "srid": srid, "mapping": dict(mapping)},
        )
        audit_upload.enqueue(held.pk)


def confirm(job: ImportJob, *, by: str) -> None:
    """Publish what the preview showed."""
    with transaction.atomic():
        held = _move(job.pk, State.PUBLISHING, percent=0, message="")
        publish_upload.enqueue(held.pk, by)


def discard(job: ImportJob) -> None:
    """Forget the upload and delete its file."""
    with transaction.atomic():
        _move(job.pk, State.DISCARDED, message="Descartado; no se publicó nada.")
    (_folder() / job.stored).unlink(missing_ok=True)


@task()
def audit_upload(job_id: int) -> None:
    """Read and audit an upload; leaves it ready to publish, or refused with a sentence."""
    job = ImportJob.objects.select_related("municipality").get(pk=job_id)
    if job.state != State.READING:
        return
    try:
        staged = _stage(job)
        found = _report(staged)
    except Refusal as refusal:
        seen = {
            name: refusal.facts[name] for name in ("columns", "mapping", "preview") if name in refusal.facts
        }
        _end(job_id, State.REFUSED, message=_said(job, refusal), report=seen)
        return
    _end(job_id, State.READY, percent=100, message="", report=found)


@task()
def publish_upload(job_id: int, by: str) -> None:
    """Publish an audited upload. What is published is what the file says now, audited again."""
    job = ImportJob.objects.select_related("municipality").get(pk=job_id)
    if job.state != State.PUBLISHING:
        return
    try:
        version = actions.publish(_stage(job), by=by, channel="backoffice")
    except actions.Unchanged as unchanged:
        _end(job_id, State.PUBLISHED, percent=100, message=unchanged.detail)
    except Refusal as refusal:
        _end(job_id, State.REFUSED, message=_said(job, refusal))
        return
    else:
        message = f"Publicado como versión {version.number}, {version.rows} filas."
        _end(job_id, State.PUBLISHED, percent=100, message=message, version=version)
    (_folder() / job.stored).unlink(missing_ok=True)


def _stage(job: ImportJob) -> Staged:
    def progress(fraction: float, doing: str) -> None:
        ImportJob.objects.filter(pk=job.pk).update(percent=min(round(fraction * 95), 95), message=doing[:500])

    said = job.options
    validity = read_validity(said.get("valid_from"), said.get("valid_to"))
    options = Options(
        layer=job.layer, srid=said.get("srid"), mapping=said.get("mapping", {}), validity=validity
    )
    staged = stage(job.kind, _folder() / job.stored, job.municipality, options, progress)
    for each in (staged, *staged.companions):
        each.file_name = job.file_name
    return staged


def _said(job: ImportJob, refusal: Refusal) -> str:
    """The refusal with the name that the person gave to the file, not the one it is kept under."""
    return refusal.detail.replace(job.stored, job.file_name)[:500]


def _report(staged: Staged) -> dict[str, Any]:
    return {
        "rows": len(staged.rows), "columns": list(staged.columns), "mapping": staged.mapping, "preview": staged.preview,
        "crs": staged.crs, "encoding": staged.encoding, "findings": report(staged.findings), "changes": _changes(staged),
    }  # fmt: skip


def _changes(staged: Staged) -> dict[str, Any] | None:
    """How many rulings would change; None where the kind does not rule."""
    found = preview(staged)
    return None if found is None else asdict(found)


def _folder() -> Path:
    folder = Path(settings.UPLOADS_DIR)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _write(path: Path, chunks: Iterable[bytes]) -> None:
    written = 0
    try:
        with path.open("xb") as out:
            for chunk in chunks:
                written += len(chunk)
                if written > settings.IMPORT_MAX_BYTES:
                    limit = settings.IMPORT_MAX_BYTES // 2**20
                    raise Refusal(
                        "too_large", f"El archivo pasa de {limit} MB. Divídalo por sectores.", status=413
                    )
                out.write(chunk)
    except BaseException as error:
        path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise Refusal(
                "not_stored", "No hay espacio para guardar el archivo. Avise a la operación del sistema."
            ) from error
        raise


def _move(job_id: int, state: str, **changes: Any) -> ImportJob:
    """Change state as NEXT allows, under lock; refuses the rest (a double click, an old page)."""
    job = ImportJob.objects.select_for_update().get(pk=job_id)
    if state not in NEXT[job.state]:
        raise Refusal(
            "job_moved_on",
            f"Esta carga ya está en «{job.get_state_display()}». Vuelva a abrir su página.",
            status=409,
        )
    for name, value in {**changes, "state": state}.items():
        setattr(job, name, value)
    job.save()
    return job


def _end(job_id: int, state: str, **changes: Any) -> None:
    with transaction.atomic():
        _move(job_id, state, **changes)
