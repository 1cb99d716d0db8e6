"""Acts on published land data: add a municipality, publish a version, go back to the one before."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from zoneinfo import available_timezones

from django.db import OperationalError, transaction
from django.db.models import F, Max
from django.utils import timezone

from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.kernel.folio import new_folio
from alcaldia.kernel.models import DEFAULT_SRID, Municipality
from alcaldia.land import events, geostore, tables
from alcaldia.land.importing import reference
from alcaldia.land.importing.staging import NAMES, Staged, settings_digest
from alcaldia.land.models import Dataset, Version
from alcaldia.land.rules.audit import counts, report
from alcaldia.land.tasks import build_tiles, take_census
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act

BOX_TABLES: dict[str, geostore.Table] = {
    "parcels": "land_parcel",
    **dict.fromkeys(("zones", "neighbourhoods", "buildings", "layer"), "land_feature"),
}  # type: ignore[dict-item]
DESCRIBED = (
    "title",
    "theme",
    "responsible",
    "origin",
    "licence",
    "instrument",
    "used_in_ruling",
    "style",
    "rule",
)


class Unchanged(Refusal):
    """The file is the one already published, said about in the same way: there is nothing to do."""

    status = 200


def add_municipality(
    *, slug: str, name: str, by: str, channel: str, srid: int | None = None, state: str = "", country: str = "MX",
    timezone: str = "America/Mexico_City", settings: dict[str, Any] | None = None,
) -> Municipality:  # fmt: skip
    """A municipality of this installation. Without `srid` its first layer decides: the UTM zone of its land."""
    if srid is not None:
        reference.check_metric(srid)
    if timezone not in available_timezones():
        raise Refusal(
            "bad_timezone",
            f"No conozco la zona horaria «{timezone[:60]}». Use por ejemplo America/Mexico_City.",
        )
    if Municipality.objects.filter(slug=slug).exists():
        raise Refusal(
            "municipality_exists",
            f"El municipio «{slug}» ya existe. Use «municipality import» para actualizarlo.",
        )
    kept = {**(settings or {}), **({} if srid else {"srid_from_data": True})}
    with transaction.atomic():
        town = Municipality.objects.create(
            slug=slug,
            name=name,
            srid=srid or DEFAULT_SRID,
            state=state,
            country=country,
            timezone=timezone,
            settings=kept,
        )
        body = {"slug": slug, "name": name, "srid": srid}
        _record("land.municipality_added", body, town, by=by, channel=channel)
    return town


def describe_municipality(*, slug: str, given: dict[str, Any], by: str, channel: str) -> Municipality:
    """Create or update a municipality from its recipe; `given` are columns of Municipality.

    The reference system of land that is already measured cannot change under it: refused.
    """
    town = Municipality.objects.filter(slug=slug).first()
    if town is None:
        return add_municipality(slug=slug, by=by, channel=channel, **given)
    srid = given.pop("srid", None)
    if (
        srid
        and srid != town.srid
        and Dataset.objects.filter(municipality=town, current__isnull=False).exists()
    ):
        raise Refusal(
            "srid_in_use",
            f"«{slug}» ya mide en EPSG:{town.srid}. Para cambiarlo, exporte el municipio y créelo de nuevo.",
        )
    with transaction.atomic():
        changed = {**given, **({"srid": srid} if srid else {})}
        Municipality.objects.filter(pk=town.pk).update(**changed, publication=F("publication") + 1)
        _record(
            "land.municipality_described",
            {"slug": slug, "columns": sorted(changed)},
            town,
            by=by,
            channel=channel,
        )
    town.refresh_from_db()
    return town


def publish(staged: Staged, *, by: str, channel: str) -> Version:
    """Make what was staged the current version of its dataset, with its companions, at once or not at all.

    One short transaction; superseded versions keep their rows. Raises Unchanged when the same
    bytes with the same options are published already.
    """
    with _stored(), transaction.atomic():
        town = Municipality.objects.select_for_update().get(pk=staged.municipality.pk)
        _settle_srid(town, staged)
        version = _publish_one(town, staged, by=by, channel=channel)
        made = [version, *(_publish_one(town, extra, by=by, channel=channel) for extra in staged.companions)]
        if any(made) or staged.description:
            Municipality.objects.filter(pk=town.pk).update(publication=F("publication") + 1)
            _follow_up(town.slug)
    if version is None:
        raise Unchanged("unchanged", "Sin cambios: este archivo ya es la versión vigente.")
    return version


def revert(dataset: Dataset, *, by: str, channel: str) -> Version:
    """Publish again, as a new version, what was in force before the current one."""
    with _stored(), transaction.atomic():
        held = (
            Dataset.objects.select_for_update(of=("self",))
            .select_related("current", "municipality")
            .get(pk=dataset.pk)
        )
        now = held.current
        before = (
            held.versions.filter(number__lt=now.number, published_at__isnull=False).first() if now else None
        )
        if before is None:
            raise NotFound("no_previous_version", "No hay una versión anterior a la cual volver.")
        audit = {**before.audit, "reverted_to": before.number}
        version = _new_version(held, before.sha256, before.file_name, audit, by)
        version.rows, version.valid_from, version.valid_to = before.rows, before.valid_from, before.valid_to
        tables.copy(before.pk, version.pk)
        _put_in_force(held, version)
        Municipality.objects.filter(pk=held.municipality_id).update(publication=F("publication") + 1)
        _follow_up(held.municipality.slug)
        body = events.version_published(
            version, counts=before.audit.get("counts", {}), reverted_to=before.number
        )
        _record(events.VERSION_PUBLISHED, body, held.municipality, by=by, channel=channel)
    return version


@contextmanager
def _stored() -> Iterator[None]:
    """A database that cannot write (full disk, lost server) refuses with a sentence; nothing was changed."""
    try:
        yield
    except OperationalError as error:
        raise Refusal(
            "not_stored",
            "No se pudo guardar y todo quedó como estaba. Revise el espacio en disco y la base de datos, e intente de nuevo.",
            status=503,
        ) from error


def _publish_one(town: Municipality, staged: Staged, *, by: str, channel: str) -> Version | None:
    """The new version, or None when the same bytes with the same options are in force already."""
    dataset = _dataset(town, staged)
    said = settings_digest(staged.settings)
    now = dataset.current
    if now and now.sha256 == staged.sha256 and now.audit.get("settings_digest") == said:
        return None
    audit = {
        "counts": staged.counts, "findings": report(staged.findings), "mapping": staged.mapping, "settings": staged.settings,
        "settings_digest": said, "crs": staged.crs, "facts": staged.facts,
    }  # fmt: skip
    version = _new_version(dataset, staged.sha256, staged.file_name, audit, by)
    version.rows = len(staged.rows)
    version.valid_from, version.valid_to = staged.validity.since, staged.validity.until
    tables.insert(staged.rows, version.pk)
    tables.insert(staged.extra, version.pk)
    _put_in_force(dataset, version)
    body = events.version_published(version, counts=counts(staged.findings), reverted_to=None)
    _record(events.VERSION_PUBLISHED, body, town, by=by, channel=channel)
    return version


def _dataset(town: Municipality, staged: Staged) -> Dataset:
    """The dataset, locked, with what the person said about it written down."""
    described = {name: value for name, value in staged.description.items() if name in DESCRIBED}
    fallback = staged.name.replace("-", " ").capitalize() if staged.name else NAMES[staged.kind]
    dataset, made = Dataset.objects.select_for_update().get_or_create(
        municipality=town, kind=staged.kind, name=staged.name, defaults={"title": fallback, **described}
    )
    if described and not made:
        Dataset.objects.filter(pk=dataset.pk).update(**described)
        dataset.refresh_from_db()
    return dataset


def _new_version(dataset: Dataset, sha256: str, file_name: str, audit: dict[str, Any], by: str) -> Version:
    number = (dataset.versions.aggregate(last=Max("number"))["last"] or 0) + 1
    return Version.objects.create(
        dataset=dataset,
        number=number,
        sha256=sha256,
        file_name=file_name[:255],
        audit=audit,
        published_by=by[:150],
    )


def _follow_up(slug: str) -> None:
    """What the worker prepares after a publication; the census first, because people ask at once."""
    take_census.enqueue(slug)
    build_tiles.enqueue(slug)


def _put_in_force(dataset: Dataset, version: Version) -> None:
    moment = timezone.now()
    table = BOX_TABLES.get(dataset.kind)
    if table and dataset.current_id:
        geostore.forget_version(table, dataset.current_id)
    if table:
        geostore.index_version(table, version.pk)
    if dataset.current_id:
        Version.objects.filter(pk=dataset.current_id).update(superseded_at=moment)
    version.published_at = moment
    version.save(update_fields=["published_at", "rows", "valid_from", "valid_to"])
    dataset.current = version
    dataset.save(update_fields=["current"])


def _settle_srid(town: Municipality, staged: Staged) -> None:
    """The first layer of a municipality added without a system fixes it, once."""
    if staged.srid and town.settings.pop("srid_from_data", False):
        town.srid = staged.srid
        town.save(update_fields=["srid", "settings"])


def _record(kind: str, body: dict[str, Any], town: Municipality, *, by: str, channel: str) -> None:
    """One ledger entry in this transaction."""
    prefix = "MUN" if kind.endswith("added") else "PUB"
    record(Act(kind, new_folio(prefix, timezone.now().year), body, town), by=by, channel=channel)
