"""What a person asks for, one act one function, whatever the window."""

from typing import Any

from django.db import transaction

from alcaldia.land import queries, rulings
from alcaldia.land.models import IssuedRuling
from alcaldia.procedures import ruling_papers


def issue_land_use_ruling(
    *, municipality: str, parcel: str, activity: str, area_m2: Any = None, by: str, channel: str
) -> IssuedRuling:
    """Rule, record and seal a land-use ruling; returns it with its folio.

    Act, ledger leaf and ruling row are one transaction; the PDF follows, or the
    clock makes it later from the act. Raises Refusal as `land.queries.land_use_ruling` does.
    """
    document = queries.land_use_ruling(municipality, parcel, activity, area_m2)
    return _issue(document, municipality=municipality, by=by, channel=channel)


def issue_construction_ruling(
    *, municipality: str, parcel: str, project: dict[str, Any], by: str, channel: str
) -> IssuedRuling:
    """Rule, record and seal a construction pre-ruling; returns it with its folio.

    It is ruled inside the transaction that reserves capacity, with the municipality held: two who ask for
    the last of it at once are answered one after the other.
    """
    with transaction.atomic():
        rulings.hold(municipality)
        document = queries.construction_ruling(municipality, parcel, project)
        ruling, entry = rulings.issue_ruling(document, municipality=municipality, by=by, channel=channel)
    ruling_papers.draw(ruling, entry)
    return ruling


def _issue(document: dict[str, Any], *, municipality: str, by: str, channel: str) -> IssuedRuling:
    with transaction.atomic():
        ruling, entry = rulings.issue_ruling(document, municipality=municipality, by=by, channel=channel)
    ruling_papers.draw(ruling, entry)
    return ruling
