"""What agencies and kinds of event are called."""

from functools import cache

from alcaldia.catalogue import files


@cache
def agencies() -> dict[str, str]:
    """Slug → name of the agencies of the first day's catalogue."""
    return {key: one.name.es for key, one in files.agencies().items()}


def agency_name(slug: str) -> str:
    """The name of an agency; one that the catalogue does not know is shown by its slug."""
    return agencies().get(slug) or slug.replace("-", " ").capitalize()


EVENTS = {
    "submitted": "Se recibió la solicitud",
    "place_given": "Se liberó un lugar y es suyo",
    "routed": "Pasó a las dependencias",
    "opinion_given": "Opinó una dependencia",
    "inspected": "Se hizo la visita",
    "photo_added": "Se guardó una foto de la visita",
    "photo_dropped": "Se quitó una foto de la visita",
    "correction_asked": "Se pidió completar un dato",
    "corrected": "La persona completó la solicitud",
    "paid": "Se confirmó el pago",
    "decided": "Se resolvió",
    "term_passed": "Venció el plazo y resolvió el silencio",
    "visited": "Se hizo la visita de verificación",
    "upheld": "Se decidió mantener el documento",
    "data_destroyed": "Se destruyeron datos de la solicitud",
    "escalated": "Venció un plazo y se avisó a quien encabeza la dependencia",
    "issued": "Se entregó el documento",
    "appealed": "La persona presentó un recurso",
    "appeal_resolved": "Se resolvió el recurso",
    "annulled": "Se anuló el documento",
    "withdrawn": "La persona retiró la solicitud",
    "lapsed": "Venció el plazo para completarla",
}
