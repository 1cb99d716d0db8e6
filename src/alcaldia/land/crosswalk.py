"""The crosswalk of activities as an official edits it: pairs of codes, published as a new version."""

from collections.abc import Sequence

from alcaldia.kernel.canonical import digest
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land.actions import publish
from alcaldia.land.importing import current
from alcaldia.land.importing.staging import Staged
from alcaldia.land.models import ActivityRow, CrosswalkRow, UseCellRow, Version

Pair = tuple[str, str, str]
"""From code, to code, note."""


def pairs(town: Municipality) -> list[Pair]:
    """The published crosswalk, by code of origin."""
    rows = CrosswalkRow.objects.filter(version=current.version(town, "crosswalk")).order_by("from_code", "pk")
    return list(rows.values_list("from_code", "to_code", "note"))


def publish_crosswalk(town: Municipality, rows: Sequence[Pair], *, by: str, channel: str) -> Version:
    """Publish the pairs as the new crosswalk. Refuses half pairs, doubled origins and unknown targets."""
    clean = [
        (a.strip()[:40], b.strip()[:40], note.strip()[:300]) for a, b, note in rows if a.strip() or b.strip()
    ]
    half = next((a or b for a, b, _ in clean if not a or not b), None)
    if half:
        raise Refusal(
            "half_pair", f"A la equivalencia de «{half}» le falta un código. Complétela o borre el renglón."
        )
    origins = [a for a, _, _ in clean]
    twice = next((a for a in origins if origins.count(a) > 1), None)
    if twice:
        raise Refusal(
            "double_origin",
            f"«{twice}» aparece dos veces. Cada código de origen lleva una sola equivalencia.",
        )
    known = _plan_codes(town)
    lost = next((b for _, b, _ in clean if known and b not in known), None)
    if lost:
        raise Refusal("unknown_target", f"El plan no tiene el código «{lost}». Revise la matriz de usos.")
    staged = Staged(
        town, "crosswalk", "", "editor", digest(clean), {"editor": True},
        [CrosswalkRow(from_code=a, to_code=b, note=note) for a, b, note in clean], [],
    )  # fmt: skip
    return publish(staged, by=by, channel=channel)


def _plan_codes(town: Municipality) -> set[str]:
    cells = UseCellRow.objects.filter(version=current.version(town, "use-matrix"))
    found = set(cells.values_list("activity_code", flat=True).distinct())
    return found or set(
        ActivityRow.objects.filter(version=current.version(town, "activities")).values_list("code", flat=True)
    )
