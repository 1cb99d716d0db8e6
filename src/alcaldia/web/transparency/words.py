"""What the public pages call the acts of the log."""

from alcaldia.ledger.models import Entry

ACTS = {
    "land.ruling_issued": "Dictamen expedido",
    "land.ruling_reviewed": "Dictamen revisado",
    "land.ruling_revoked": "Dictamen revocado",
    "land.version_published": "Datos del territorio publicados",
    "land.version_reverted": "Datos del territorio restituidos",
    "land.settings_changed": "Reglas del municipio cambiadas",
    "procedures.no_debt_issued": "Certificado de no adeudo expedido",
    "vault.stored": "Datos guardados bajo llave",
    "vault.erased": "Bóveda borrada por su dueño",
    "vault.rekeyed": "Llaves de las bóvedas renovadas",
}


def act_name(kind: str) -> str:
    """The public name of a type of act."""
    return ACTS.get(kind, "Otro acto del municipio")


def short(folio: str) -> str:
    """Enough of a folio to recognise one's own."""
    return folio if len(folio) <= 12 else f"{folio[:8]}…{folio[-4:]}"


def row(entry: Entry) -> dict[str, object]:
    """A line of the public log page."""
    return {
        "place": entry.index + 1,
        "name": act_name(entry.type),
        "municipality": entry.municipality.name if entry.municipality else "",
        "at": entry.recorded_at,
        "folio": short(entry.folio),
    }
