"""Whoever chose English reads English in every flow; what only exists in Spanish says so, for screen readers."""

import re
from html.parser import HTMLParser

import pytest

from alcaldia.agenda.models import Agenda
from alcaldia.procedures import definitions
from alcaldia.procedures.actions import reviewing
from alcaldia.procedures.models import Case, Draft
from alcaldia.procedures.rules.languages import texts
from tests.factories.people import log_in, made_person
from tests.procedures.conftest import sent
from tests.procedures.officials import official
from tests.procedures.test_verified import opened, seen

pytestmark = pytest.mark.django_db(transaction=True)
VOID = {"meta", "link", "input", "br", "img", "path", "rect", "hr"}
# Words of Spanish sentences that no name of a street, an agency or a procedure needs.
TELLTALES = re.compile(
    r"\b(solicitud|procede|falta|enviar|usted|escriba|revise|elija|resuelve|resolvió|recibió|venció|dependencia|dependencias|plazo|visita"
    r"|trámite|trámites|días|hasta|predio|sin|con|para|que|cuánto|qué|dónde|los|las|del|pagar|pago|cita|costo|otra|otro|según|año|sí)\b",
    re.IGNORECASE,
)


class Words(HTMLParser):
    """The words of a page that do not say that they are Spanish, and those that do. A title cannot: it has no markup."""

    def __init__(self):
        super().__init__()
        self.open, self.words, self.marked, self.in_title = [], [], [], False

    def handle_starttag(self, tag, attrs):
        self.in_title = tag == "title"
        if tag not in VOID:
            self.open.append(dict(attrs).get("lang") or "")
        spoken = [
            value for name, value in attrs if name in ("alt", "aria-label", "placeholder", "title") and value
        ]
        self.words += [] if self.spanish else spoken

    def handle_endtag(self, tag):
        self.in_title = False
        if tag not in VOID and self.open:
            self.open.pop()

    def handle_data(self, data):
        if not self.in_title:
            (self.marked if self.spanish else self.words).append(data.strip())

    @property
    def spanish(self):
        return next((code for code in reversed(self.open) if code), "") == "es"


def read(page):
    reader = Words()
    reader.feed(page.content.decode())
    assert 'lang="en"' in page.content.decode()
    return reader


def slips(page):
    """Spanish words that a page passes off as English."""
    return [line for line in read(page).words if TELLTALES.search(line)]


def not_in_english(key, page):
    """Texts of a definition that a page shows in Spanish, though it says that they are; the official name may stand so."""
    program = definitions.programs()[key]
    own = {words["es"].strip("¿?") for _, _, words in texts(program)} - {program.definition.sheet.name.es}
    assert read(page).words
    return sorted(own & {line.strip("¿?") for line in read(page).marked if line})


@pytest.fixture
def english(client, town):
    client.post("/idioma/", {"language": "en", "next": "/"})
    return client


def follow(client, answer):
    assert answer.status_code == 302, answer.content.decode()[:300]
    return client.get(answer.url)


def test_home_search_and_cards(english):
    addresses = (
        "/", "/m/pueblo/buscar/", "/m/pueblo/buscar/?q=tienda", "/m/pueblo/puerta/pedir/", "/m/pueblo/grupo/negocio/",
        "/m/pueblo/familia/abrir-negocio/", "/m/pueblo/tramite/licencia-bajo-riesgo/", "/m/pueblo/tramite/pago-predial/",
        "/m/pueblo/tramite/licencia-bajo-riesgo/ficha/", "/m/pueblo/dependencias/", "/mi-tramite/", "/m/pueblo/citas/",
        "/m/pueblo/calendario/", "/pagar/", "/pagar/?folio=PAG-1",
    )  # fmt: skip
    found = {address: slips(english.get(address)) for address in addresses}
    assert {address: words for address, words in found.items() if words} == {}


def test_every_screen_error_and_review(english, town):
    page = follow(english, english.post("/m/pueblo/tramite/licencia-bajo-riesgo/empezar/"))
    found = {"first": slips(page)}
    page = english.post(page.request["PATH_INFO"], {"predio": "zzz"})
    found["no parcel"] = slips(page)
    page = follow(english, english.post(page.request["PATH_INFO"], {"predio": "L1"}))
    found["wrong"] = slips(
        english.post(page.request["PATH_INFO"], {"giro": "tienda", "area": "-4", "aforo": "x"})
    )
    page = follow(english, english.post(page.request["PATH_INFO"], {"giro": "461110", "area": "40", "aforo": "10", "vende_alcohol": "no"}))  # fmt: skip
    found["rfc"] = slips(english.post(page.request["PATH_INFO"], {"rfc": "X", "declara_seguridad": ""}))
    page = follow(
        english, english.post(page.request["PATH_INFO"], {"rfc": "XAXX010101000", "declara_seguridad": "si"})
    )
    found["review"] = slips(page)
    found["contact"] = slips(
        english.post(page.request["PATH_INFO"], {"aviso_correo": "x", "aviso_celular": "1"})
    )
    found["save"] = slips(english.get(f"/borrador/{Draft.objects.get().public_id}/guardar/"))
    assert {where: words for where, words in found.items() if words} == {}


FILLED = {
    "licencia-bajo-riesgo": ({"predio": "L1"}, {"giro": "461110", "area": "40", "aforo": "10", "vende_alcohol": "si"},
                             {"rfc": "XAXX010101000", "declara_seguridad": "si"}),
    "dictamen-uso-de-suelo": ({"predio": "L1"}, {"giro": "461110", "area": "40"}),
    "reporte-ciudadano": ({"que": "bache", "peligro": "no"}, {"lugar": "Hidalgo 3"}),
    "permiso-evento": ({"lugar": "Parque", "fecha": "15/06/2027"}, {"personas": "80", "alcohol": "no", "ruido": "no", "cierra_calle": "no"}),
}  # fmt: skip


@pytest.mark.parametrize("key", FILLED)
def test_card_steps_review_and_case_say_nothing_of_the_definition_in_spanish(english, town, broker, key):
    pages = [english.get(f"/m/pueblo/tramite/{key}/"), english.get(f"/m/pueblo/tramite/{key}/ficha/")]
    pages.append(follow(english, english.post(f"/m/pueblo/tramite/{key}/empezar/")))
    for given in FILLED[key]:
        pages.append(english.post(pages[-1].request["PATH_INFO"], {}))
        pages.append(follow(english, english.post(pages[-1].request["PATH_INFO"], given)))
    pages.append(follow(english, english.post(pages[-1].request["PATH_INFO"])))
    assert pages[-1].request["PATH_INFO"].startswith("/tramite/SOL-")
    assert [not_in_english(key, page) for page in pages] == [[]] * len(pages)


def test_what_is_owed_is_named_in_english(english, town, broker):
    page = english.get(f"/pagar/{opened(town).order}/")
    assert (not_in_english("licencia-bajo-riesgo", page), "Operating licence" in read(page).words) == (
        [],
        True,
    )


def test_english_words_find_a_procedure(english, town):
    found = {
        words: english.get("/m/pueblo/buscar/", {"q": words})
        for words in ("report a pothole", "open a shop", "poner una tienda")
    }
    firsts = [re.search(r"/tramite/([a-z-]+)/", page.content.decode())[1] for page in found.values()]
    assert firsts == ["reporte-ciudadano", "licencia-bajo-riesgo", "licencia-bajo-riesgo"]


def test_a_case_is_read_from_its_sending_to_its_paper(english, town):
    page = follow(english, english.post("/m/pueblo/tramite/dictamen-uso-de-suelo/empezar/"))
    page = follow(english, english.post(page.request["PATH_INFO"], {"predio": "L1"}))
    page = follow(english, english.post(page.request["PATH_INFO"], {"giro": "461110", "area": "40"}))
    page = follow(english, english.post(page.request["PATH_INFO"]))
    assert (slips(page), b"Delivered" in page.content, b"Decided: granted" in page.content) == (
        [],
        True,
        True,
    )


def test_a_case_that_agencies_review_is_corrected_and_appealed(english, town, broker):
    case, code = sent(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    english.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    found = {"open": slips(english.get(f"/tramite/{case.folio}/"))}
    english.post(f"/tramite/{case.folio}/retirar/")
    found["withdrawn"] = slips(english.get(f"/tramite/{case.folio}/"))
    found["too late"] = slips(english.post(f"/tramite/{case.folio}/retirar/"))
    assert {where: words for where, words in found.items() if words} == {}
    assert b"Withdrawn by you" in english.get(f"/tramite/{case.folio}/").content


def test_a_paid_licence_with_its_visit_and_its_data(english, town, broker):
    case = opened(town)
    found = {
        "order": slips(english.get(f"/pagar/{case.order}/")),
        "case": slips(english.get(f"/tramite/{case.folio}/")),
    }
    seen(case, official(town, "inspectora", "proteccion-civil", "inspector"))
    found["visited"] = slips(english.get(f"/tramite/{case.folio}/"))
    assert {where: words for where, words in found.items() if words} == {}


def test_what_agencies_ask_and_say(english, town, broker):
    case, code = sent(town, "permiso-evento", lugar="Parque", fecha="15/06/2027", personas="400", alcohol="si", ruido="si", cierra_calle="si")  # fmt: skip
    english.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    found = {"reviewed": slips(english.get(f"/tramite/{case.folio}/"))}
    turn = case.turns.filter(kind="review", state="open").first()
    who = official(town, "revisora", turn.agency)
    reviewing.give_opinion(folio=case.folio, agency=turn.agency, opinion="favourable", note="Bien.", conditions=[], official=who, channel="t")  # fmt: skip
    other = case.turns.filter(kind="review", state="open").first()
    reviewing.ask_correction(folio=case.folio, agency=other.agency, fields={"personas": "Diga cuántas."},
                             official=official(town, "otra", other.agency), channel="t")  # fmt: skip
    found["asked"] = slips(english.get(f"/tramite/{case.folio}/"))
    found["comply"] = slips(english.get(f"/tramite/{case.folio}/completar/"))
    assert {where: words for where, words in found.items() if words} == {}


def test_an_appointment(english, town):
    Agenda.objects.create(municipality=town, key="empleo", name="Bolsa de empleo", office="desarrollo-economico", place="Palacio, planta baja",
                          minutes=10, capacity=3, hours={f"{n}": [["09:00", "13:00"]] for n in range(7)})  # fmt: skip
    days = english.get("/m/pueblo/citas/empleo/")
    day = re.findall(r"empleo/(\d{4}-\d\d-\d\d)/", days.content.decode())[1]
    hours = english.get(f"/m/pueblo/citas/empleo/{day}/")
    gone = english.post(f"/m/pueblo/citas/empleo/{day}/", {"hora": "23:00"})
    booked = follow(english, english.post(f"/m/pueblo/citas/empleo/{day}/", {"hora": "09:00"}))
    assert [slips(page) for page in (days, hours, gone, booked)] == [[], [], [], []]


def test_the_folder_names_each_paper(english, town):
    someone, _ = made_person()
    log_in(english, someone)
    case, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    Case.objects.filter(pk=case.pk).update(account=someone.public_id)
    page = english.get("/carpeta/")
    assert (slips(page), f"{case.document}</span>" in page.content.decode()) == ([], True)
    assert page.content.decode().count("Land-use ruling") == 1


def test_what_is_refused(english, town):
    found = [
        english.post("/mi-tramite/", {"folio": "SOL-2026-AAAA"}), english.get("/m/pueblo/tramite/nada/"), english.get("/m/nada/"),
        english.get("/borrador/nada/guardar/"), english.get("/m/pueblo/citas/nada/"), english.get("/pagar/PAG-2026-NADA/"),
        english.get("/tramite/SOL-2026-AAAA-BBBB-CCCC/"),
    ]  # fmt: skip
    assert [page.status_code for page in found if page.status_code < 400] == []
    assert [slips(page) for page in found if slips(page)] == []


def test_a_page_that_mixes_languages_would_be_seen(client, town):
    client.post("/idioma/", {"language": "en", "next": "/"})
    page = client.get("/m/pueblo/tramite/licencia-bajo-riesgo/ficha/")
    page.content = page.content.replace(b'lang="es"', b"")
    assert len(slips(page)) >= 4


def test_the_switch_names_every_other_language_in_its_own_words(client, town, settings):
    settings.LANGUAGES = [("es", "Español"), ("en", "English"), ("yua", "Maayat'aan")]
    page = client.get("/").content.decode()
    assert 'lang="yua">Maayat&#x27;aan</button>' in page
    assert 'value="es"' not in page
