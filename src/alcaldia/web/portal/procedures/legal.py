"""The complete legal sheet of a procedure, in the order of a municipal catalogue (A to M); only what has a value is shown."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from alcaldia.catalogue import own
from alcaldia.kernel.models import Municipality
from alcaldia.kernel.text import listed, named, sentence, spaced
from alcaldia.land.rulebook import municipality_of
from alcaldia.procedures import definitions
from alcaldia.procedures.names import WINDOWS, agency_name
from alcaldia.procedures.queries.offered import namer
from alcaldia.procedures.rules.definition import Definition, Fee, Inspection, Parameter
from alcaldia.procedures.rules.sheet import Charge, Citation, Office, Prose, Related, Requirement, Sheet, Term
from alcaldia.procedures.rules.values import shown
from alcaldia.web.portal.procedures.finding import SILENCE, duration

TO_CONFIRM = "(por confirmar por el municipio)"
THIRD = "el primer tercio del plazo para resolver"
SAID = {
    "kind": ("Trámite", "Servicio"), "yes_no": ("Sí", "No"),
    "forms": ("original", "copia", "en digital", "dato"),
    "asked": ("se pide", "es opcional", "no se pide"),
    "levels": ("ninguna", "una cuenta", "una cuenta con llave de acceso", "identidad comprobada por la ciudad"),
    "risk": ("ninguno", "bajo", "medio", "alto"),
    "relations": ("va antes", "va después", "en su lugar", "al mismo tiempo"),
    "moments": ("antes de resolver", "después de entregar el documento"),
    "form_kinds": ("preguntas en línea", "formato en papel", "escrito libre"),
    "paid": ("antes de enviarse", "antes de la revisión", "antes de entregar el documento"),
    "phrases": ("la autoridad ya lo tiene: no se pide", "lo emite %(by)s", "se revisa: %(points)s", "publicada el %(day)s", "no abre: %(days)s", THIRD, TO_CONFIRM),
}  # fmt: skip
FORMS = dict(zip(("original", "copy", "digital", "data"), SAID["forms"], strict=True))
ASKED = dict(zip(("required", "optional", "not_asked"), SAID["asked"], strict=True))
LEVELS = dict(zip(("none", "code", "passkey", "verified"), SAID["levels"], strict=True))
RISK = dict(zip(("none", "low", "medium", "high"), SAID["risk"], strict=True))
RELATIONS = dict(zip(("before", "after", "instead", "together"), SAID["relations"], strict=True))
MOMENTS = dict(zip(("before_decision", "after_issue"), SAID["moments"], strict=True))
FORM_KINDS = dict(zip(("online", "paper", "free_text"), SAID["form_kinds"], strict=True))
PAID = dict(zip(("before_submission", "before_review", "before_issue"), SAID["paid"], strict=True))
TITLES = (
    "Autoridad", "Identificación", "Dónde se hace", "Requisitos", "Fundamento jurídico", "Trámites relacionados", "Formato", "Visitas",
    "Oficinas", "Plazos", "Costo", "Vigencia y criterios", "Sanciones, datos personales y quejas",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """A group of the catalogue: its letter, what it is about, and (label, lines) of what has a value."""

    letter: str
    title: str
    rows: list[tuple[str, list[Any]]]


@require_safe
def legal(request: HttpRequest, slug: str, key: str) -> HttpResponse:
    """The whole sheet of one procedure."""
    town, program = municipality_of(slug), definitions.program_in(slug, key)
    context = {
        "town": town,
        "sheet": program.definition.sheet,
        "parts": parts(town, program.definition),
        "version": program.version,
    }
    return render(request, "procedures/legal.html", context)  # fmt: skip


def parts(town: Municipality, one: Definition) -> list[Part]:
    """The groups that have something to say."""
    sheet = one.sheet
    groups = (
        _authority(town, sheet), _identity(sheet), _where(sheet), _requirements(sheet), _basis(sheet), _related(town.slug, sheet), _form(one),
        _visits(town, one), _offices(sheet), _terms(sheet), _cost(one), _criteria(sheet), _rest(sheet),
    )  # fmt: skip
    found = []
    for letter, title, rows in zip("ABCDEFGHIJKLM", TITLES, groups, strict=True):
        kept = [(label, [line for line in lines if line not in ("", None)]) for label, lines in rows]
        kept = [(label, lines) for label, lines in kept if lines]
        found += [Part(letter, title, kept)] if kept else []
    return found


Rows = list[tuple[str, list[Any]]]


def _authority(town: Municipality, sheet: Sheet) -> Rows:
    return [
        ("Dependencia", [agency_name(town, sheet.agency)]), ("Unidad administrativa", [sheet.unit]),
        ("Área que recibe", [_area(town, sheet.receiving_area)]), ("Área que resuelve", [_area(town, sheet.resolving_area)]),
        ("Autoridad que emite", [sheet.issuing_authority]), ("Enlace", [sheet.liaison]),
        ("Catálogo en que se inscribe", [sheet.catalogue_authority]),
    ]  # fmt: skip


def _prose(text: Prose) -> str:
    return named(text) if text else ""


def _area(town: Municipality, text: str) -> str:
    """An area by its name; many files name an agency by its key."""
    return agency_name(town, text) if text in own.of(town).agencies else text


def _identity(sheet: Sheet) -> Rows:
    return [
        ("Nombre oficial", [named(sheet.name)]), ("Nombre en palabras sencillas", [named(sheet.plain_name)]),
        ("Homoclave", [sheet.official_code]), ("Tipo", [SAID["kind"][sheet.kind == "service"]]), ("Materia", [sheet.subject]),
        ("Modalidad", [sheet.modality]), ("Usted recibe", [named(sheet.result)]), ("Casos en que se hace", [_prose(sheet.cases)]),
        ("Excepciones", [_prose(sheet.exceptions)]), ("A quién se dirige", [listed(sheet.audience)]),
        ("Momentos de la vida", [listed(sheet.life_events)]), ("Riesgo de la actividad", [RISK[sheet.risk] if sheet.risk != "none" else ""]),
        ("Códigos de actividad", [listed(sheet.activity_codes)]), ("También se le dice", [", ".join(sheet.also_called)]),
    ]  # fmt: skip


def _where(sheet: Sheet) -> Rows:
    return [
        ("Lugar donde se hace", [_prose(sheet.place)]), ("Se puede hacer en", [listed([WINDOWS[one] for one in sheet.channels])]),
        ("Puede empezar en línea", [_yes_no(sheet.can_start_online)]), ("Puede terminar en línea", [_yes_no(sheet.can_finish_online)]),
        ("Dirección en internet", [sheet.url]),
    ]  # fmt: skip


def _yes_no(value: bool) -> str:
    return SAID["yes_no"][not value]


def _requirements(sheet: Sheet) -> Rows:
    return [
        ("Requisitos", [_requirement(one) for one in sheet.requirements]), ("CURP", [ASKED[sheet.curp]]), ("RFC", [ASKED[sheet.rfc]]),
        ("Identificación para enviar", [LEVELS[sheet.least_assurance] if sheet.least_assurance != "none" else ""]),
    ]  # fmt: skip


def _requirement(one: Requirement) -> str:
    issued = sentence("lo emite %(by)s", by=named(one.issued_by)) if one.issued_by else ""
    told = [
        FORMS[one.form],
        issued,
        "la autoridad ya lo tiene: no se pide" if one.consulted else "",
        _prose(one.remarks),
    ]
    return sentence("%(a)s (%(b)s)", a=named(one.name), b=listed([text for text in told if text]))


def _basis(sheet: Sheet) -> Rows:
    return [("Fundamento", [_citation(one) for one in sheet.legal_basis])]


def _citation(one: Citation) -> str:
    published = sentence("publicada el %(day)s", day=one.published) if one.published else ""
    told = [text for text in (one.ordinance, one.articles, one.medium, published) if text]
    return _confirmed(listed(told), one.to_confirm)


def _confirmed(text: str, to_confirm: bool) -> str:
    return spaced([text, TO_CONFIRM]) if to_confirm and text else text


def _related(slug: str, sheet: Sheet) -> Rows:
    names = namer(slug)
    steps = [named(one.text) for one in sheet.next_steps]
    return [
        ("Relacionados", [_relation(one, names(one.procedure)) for one in sheet.related]),
        ("Qué sigue", steps),
    ]


def _relation(one: Related, name: str) -> str:
    return sentence("%(name)s (%(relation)s)", name=name, relation=RELATIONS[one.relation])


def _form(one: Definition) -> Rows:
    asked = [named(field.label) for field in one.data.values() if field.source == "asked"]
    return [
        ("Tipo de formato", [FORM_KINDS[one.sheet.form_kind]]), ("Nombre del formato", [_prose(one.sheet.form_name)]),
        ("Preguntas del formulario", asked), ("Formato publicado el", [one.sheet.form_published]),
    ]  # fmt: skip


def _visits(town: Municipality, one: Definition) -> Rows:
    return [(MOMENTS[visit.moment], _visit(town, visit)) for visit in one.inspections]


def _visit(town: Municipality, one: Inspection) -> list[str]:
    looked = sentence("se revisa: %(points)s", points=listed(one.points)) if one.checklist else ""
    term = sentence("%(n)s día hábil", "%(n)s días hábiles", n=one.days)
    return [named(one.aim), agency_name(town, one.agency), looked, term, one.legal_basis]


def _offices(sheet: Sheet) -> Rows:
    return [(_prose(one.name), [one.address, _prose(one.hours), _closed(one)]) for one in sheet.offices]


def _closed(one: Office) -> str:
    return sentence("no abre: %(days)s", days=named(one.non_working_days)) if one.non_working_days else ""


def _terms(sheet: Sheet) -> Rows:
    correction = sheet.correction
    return [
        ("Plazo para resolver", _term(sheet.deadline)), ("Si no responden a tiempo", [SILENCE[sheet.tacit], sheet.tacit_basis]),
        ("Tiempo de la autoridad para pedir lo que falte", [_time_to_ask(correction.ask_within)]),
        ("Tiempo para completar lo que falte", [sentence("%(n)s día hábil", "%(n)s días hábiles", n=correction.comply_within), correction.legal_basis]),
        ("Por qué medio se le pide", [correction.medium]), ("Tiempo para inconformarse", _term(sheet.appeal)),
    ]  # fmt: skip


def _time_to_ask(within: str | int) -> str:
    return THIRD if isinstance(within, str) else sentence("%(n)s día hábil", "%(n)s días hábiles", n=within)


def _term(term: Term) -> list[Any]:
    return [_confirmed(duration(term) if term.amount else "Al momento", term.to_confirm), term.legal_basis]


def _cost(one: Definition) -> Rows:
    cost = one.sheet.cost
    return [
        ("Costo", [_confirmed(named(cost.summary), cost.to_confirm), cost.legal_basis]), ("Cambia según el caso", [_yes_no(cost.variable)]),
        ("Formas de pago", [listed(cost.forms_of_payment)]), *_fee(one.fee),
        *[(named(charge.concept), _charge(charge)) for charge in one.sheet.costs],
        *[(named(figure.label), _figure(figure)) for figure in (one.parameters or {}).values()],
    ]  # fmt: skip


def _fee(fee: Fee | None) -> Rows:
    return (
        [
            ("Concepto", [named(fee.concept)]),
            ("Se paga", [PAID[fee.moment]]),
            ("Fundamento del cobro", [fee.legal_basis]),
        ]
        if fee
        else []
    )


def _charge(one: Charge) -> list[str]:
    """An amount or how it is found, and by which norm."""
    amount = f"${one.amount:,}" if one.amount is not None else ""
    told = spaced([text for text in (amount, _prose(one.method)) if text])
    return [_confirmed(told, one.to_confirm), one.legal_basis]


def _figure(one: Parameter) -> list[str]:
    """A figure of the city with its unit; a tariff of several steps is in the open data."""
    if one.value is None:
        return []
    figure = str(shown(one.value))
    worded = sentence("%(a)s %(b)s", a=figure, b=one.unit) if one.unit else figure
    return [_confirmed(worded, one.to_confirm), one.legal_basis if one.legal_basis != "por confirmar" else ""]


def _criteria(sheet: Sheet) -> Rows:
    valid = _term(sheet.validity) if sheet.validity else ["No vence"]
    year = f"{sheet.cases_per_year:,}" if sheet.cases_per_year else ""
    return [
        ("Vigencia", valid),
        ("Renovación", [_prose(sheet.renewal)]),
        ("Criterios para resolver", [_prose(sheet.criteria)]),
        ("Solicitudes por año", [year]),
    ]


def _rest(sheet: Sheet) -> Rows:
    return [
        ("Sanciones", [sheet.sanctions]), ("Datos personales", [sheet.personal_data]), ("Aviso de privacidad", [sheet.privacy_notice]),
        ("Quejas", [sheet.complaints]),
    ]  # fmt: skip
