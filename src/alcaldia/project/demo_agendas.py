"""Agendas of the demo town: the two offices whose procedures take an appointment."""

from alcaldia.agenda.models import Agenda
from alcaldia.kernel.models import Municipality

WEEKDAYS = {str(day): [["09:00", "14:00"]] for day in range(5)}
AGENDAS = (
    ("empleo", "Bolsa de empleo", "desarrollo-economico", "Presidencia municipal, planta baja", 20, 2),
    ("cursos", "Inscripción a cursos", "cultura-y-deporte", "Casa de la cultura", 60, 20),
)


def load(town: Municipality) -> None:
    """Those that are not there yet."""
    for key, name, office, place, minutes, capacity in AGENDAS:
        words = {
            "name": name,
            "office": office,
            "place": place,
            "minutes": minutes,
            "capacity": capacity,
            "hours": WEEKDAYS,
        }
        Agenda.objects.get_or_create(municipality=town, key=key, defaults=words)
