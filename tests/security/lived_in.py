"""A town where something has happened, and its real names to lend to whoever asks at random."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone

from alcaldia.agenda import actions as appointments
from alcaldia.agenda import queries as turns
from alcaldia.agenda.models import Agenda
from alcaldia.kernel.models import Municipality
from alcaldia.payments import actions as payments
from alcaldia.payments import queries as orders
from alcaldia.procedures import registers
from tests.procedures.conftest import sent

STREET = {"lugar": "Calle 1", "que": "mercancia", "m2": "2", "dias": "5"}
WORK = {"oficio": "albañil", "jornada": "completa", "nacimiento": "05/05/1990"}
LAND_USE = {"predio": "L1", "giro": "461110", "area": "40"}
PAID_WITH = {"provider": "simulated", "method": "card"}


@dataclass(frozen=True)
class Known:
    """What exists: `codes` opens cases by folio; `special` has the case of an act that no other suits; `paths` and `bodies` are by what stands beside them in an address."""

    codes: dict[str, str]
    special: dict[str, str]
    paths: dict[str, Any]
    bodies: dict[str, dict[str, Any]]

    def path(self, address: str, names: Iterable[str], case: str) -> dict[str, Any]:
        """The real parameters of this address; it asks about `case` where any would do."""
        parts = address.split("/")
        folio = self.special.get(parts[-1], case)
        known = {"slug": "pueblo", "cases/folio": folio, **self.paths}
        before = {name: f"{parts[parts.index(f'{{{name}}}') - 1]}/{name}" for name in names}
        return {name: known.get(before[name], known.get(name)) for name in names}

    def body(self, address: str, case: str) -> dict[str, Any]:
        """Real values for what is sent to this address; they open `case` where it is about one."""
        parts = address.split("/")
        about_case = "cases" in parts and parts[-1] in ("comply", "withdraw", "appeal")
        return (
            {"code": self.codes[self.special.get(parts[-1], case)]}
            if about_case
            else self.bodies.get(parts[-1], {})
        )


def lived_in(town: Municipality) -> Known:
    """Cases that wait, owe and are issued; an order that somebody began to pay; an agenda with an appointment."""
    registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 9})])
    registers.keep(town, "job_board", [("albañil", {"vacantes": 2})])
    agenda = Agenda.objects.create(municipality=town, key="empleo", name="Bolsa de empleo", office="desarrollo-economico",
                                   minutes=10, capacity=3, hours={f"{n}": [["09:00", "13:00"]] for n in range(7)})  # fmt: skip
    owing, code = sent(town, "ocupacion-via-publica", **STREET)
    looking, its_code = sent(town, "vinculacion-empleo", **WORK)
    issued, paper_code = sent(town, "dictamen-uso-de-suelo", **LAND_USE)
    leaving, last_code = sent(town, "ocupacion-via-publica", **STREET)
    order = orders.order(owing.order)
    attempt = payments.start_attempt(order=order, **PAID_WITH, by="public", channel="test")
    day = timezone.localdate() + timedelta(days=2)
    first, second = (one.starts_at for one in turns.free_slots(agenda, day, need=turns.need_of(agenda))[:2])
    booked = appointments.book(agenda=agenda, starts_at=first, by="public", channel="test")
    filed = {"procedure": "ocupacion-via-publica", "answers": STREET}
    return Known(
        codes={owing.folio: code, looking.folio: its_code, issued.folio: paper_code, leaving.folio: last_code},
        special={"document.pdf": issued.folio, "withdraw": leaving.folio},
        paths={
            "parcel_id": "id-L1", "layer": "rio", "procedures/key": "ocupacion-via-publica", "sheets/key": "ocupacion-via-publica",
            "agendas/key": "empleo", "appointments/folio": booked.row.folio, "orders/folio": order.folio, "number": attempt.number,
        },
        bodies={
            "cases": filed, "with-files": {**filed, "answers": json.dumps(STREET)}, "try": {"answers": STREET}, "attempts": PAID_WITH,
            "land-use": {"parcel": "L1", "activity": "461110"}, "construction": {"parcel": "L1"},
            "appointments": {"starts_at": second.isoformat(), "case": looking.folio, "code": its_code},
            "move": {"starts_at": second.isoformat(), "code": booked.code}, "cancel": {"code": booked.code},
        },
    )  # fmt: skip
