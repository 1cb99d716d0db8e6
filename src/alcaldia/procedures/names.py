"""What agencies, data, outcomes and kinds of event are called."""

from collections.abc import Mapping
from functools import lru_cache

from alcaldia.catalogue import files, own
from alcaldia.catalogue.own import Catalogue
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.shape import Text
from alcaldia.kernel.text import Sentence, named
from alcaldia.procedures.rules.definition import DataField


@lru_cache(maxsize=64)
def _agencies(catalogue: Catalogue) -> dict[str, Sentence]:
    return {key: named(one.name) for key, one in {**files.agencies(), **catalogue.agencies}.items()}


def agency_name(town: Municipality, slug: str) -> str:
    """What a municipality calls an agency; one that it has no more by its name of the first day, any other by its slug."""
    return _agencies(own.of(town)).get(slug) or slug.replace("-", " ").capitalize()


def post_name(signer: str) -> str:
    """What people call the post that signs a turn."""
    return POSTS.get(signer) or signer.replace("-", " ").capitalize()


def field_name(data: Mapping[str, DataField], name: str) -> str:
    """What a datum is called beside its value: its question without the marks; one that is not asked any more, by its name in words."""
    if name not in data:
        return name.replace("_", " ").capitalize()
    label = data[name].label
    return named(Text(tuple((code, words.strip("¿?")) for code, words in label.words)))


POSTS = {
    "*": "Dirección",
    "juez-civico": "Juez cívico",
    "oficial-registro-civil": "Oficial del registro civil",
    "presidente-comite": "Presidencia del comité",
    "jefe-arbolado": "Jefatura de arbolado",
    "director-desarrollo-urbano": "Dirección de desarrollo urbano",
    "director-licencias": "Dirección de licencias",
}
"""Posts that the procedures of the first day name; any other by its own words."""
WINDOWS = {"portal": "este portal", "kiosk": "quiosco", "counter": "ventanilla", "api": "otros sistemas"}
OUTCOMES = {"granted": "Procede", "conditional": "Procede con condiciones", "denied": "No procede"}
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
    "payment_disputed": "Contracargo: el banco retiró el pago",
    "payment_restored": "El banco devolvió el pago que había retirado",
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
