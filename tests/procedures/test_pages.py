"""A person on a cheap phone, without JavaScript: find, begin, fill in, send, follow; each door once."""

import re
from html import unescape

import pytest

from alcaldia.procedures import registers
from alcaldia.procedures.models import Case, Draft
from tests.procedures.conftest import sent

pytestmark = pytest.mark.django_db(transaction=True)


def words(page):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", page.content.decode())))


def follow(client, answer):
    assert answer.status_code == 302, words(answer)[:400]
    return client.get(answer.url)


def test_from_peoples_words_to_the_paper_in_hand(client, town):
    found = client.get("/m/pueblo/buscar/", {"q": "que se puede poner en mi lote"})
    assert "/m/pueblo/tramite/dictamen-uso-de-suelo/" in found.content.decode()
    page = follow(client, client.post("/m/pueblo/tramite/dictamen-uso-de-suelo/empezar/"))
    page = follow(client, client.post(page.request["PATH_INFO"], {"predio": "L1"}))
    page = client.post(page.request["PATH_INFO"], {"giro": "tienda", "area": "40"})
    assert page.status_code == 422
    assert 'value="461110"' in page.content.decode()
    page = follow(client, client.post(page.request["PATH_INFO"], {"giro": "461110", "area": "40"}))
    assert "Procede" in words(page)
    page = follow(client, client.post(page.request["PATH_INFO"]))
    assert "Entregada" in words(page)
    case = Case.objects.get()
    assert client.get(f"/tramite/{case.folio}/documento.pdf").content.startswith(b"%PDF")
    assert client.get(f"/verificar/{case.document}").status_code == 200


def test_errors_stand_beside_the_field_and_nothing_typed_is_lost(client, town):
    page = follow(client, client.post("/m/pueblo/tramite/ocupacion-via-publica/empezar/"))
    page = follow(client, client.post(page.request["PATH_INFO"], {"lugar": "Plaza"}))
    page = client.post(page.request["PATH_INFO"], {"que": "comida", "m2": "mucho", "dias": "3"})
    assert page.status_code == 422
    assert "Escriba sólo el número" in words(page)
    assert 'aria-invalid="true"' in page.content.decode()
    assert Draft.objects.get().answers["dias"] == "3"


def test_a_draft_goes_on_elsewhere_only_with_its_code(client, town):
    page = follow(client, client.post("/m/pueblo/tramite/reporte-ciudadano/empezar/"))
    draft = Draft.objects.get()
    code = re.search(
        r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}", words(client.get(f"/borrador/{draft.public_id}/guardar/"))
    )[0]
    client.cookies.clear()
    assert "Escriba el código" in words(client.get(f"/borrador/{draft.public_id}/"))
    wrong = client.post(f"/borrador/{draft.public_id}/", {"codigo": "AAAA-BBBB-CCCC-DDDD"})
    assert wrong.status_code == 403
    assert client.post(f"/borrador/{draft.public_id}/", {"codigo": code.lower()}).status_code == 302
    assert page.status_code == 200


def test_a_page_that_only_shows_writes_nothing(client, town):
    case, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    for path in ("/m/pueblo/puerta/pedir/", "/m/pueblo/grupo/negocio/", "/m/pueblo/familia/abrir-negocio/",
                 "/m/pueblo/tramite/licencia-bajo-riesgo/", "/m/pueblo/dependencias/", "/mi-tramite/", f"/tramite/{case.folio}/"):  # fmt: skip
        assert client.get(path).status_code == 200, path


def test_every_family_is_three_touches_from_home(client, town):
    from alcaldia.catalogue import files

    home = client.get("/").content.decode()
    for door in files.tree().doors:
        assert f"/m/pueblo/puerta/{door.key}/" in home
        groups = client.get(f"/m/pueblo/puerta/{door.key}/").content.decode()
        for group in door.groups:
            if len(group.families) > 1:
                assert f"/m/pueblo/grupo/{group.key}/" in groups
            for family in group.families:
                assert client.get(f"/m/pueblo/familia/{family.key}/").status_code in {200, 302}


def test_who_finds_a_case_by_folio_cannot_touch_it(client, town):
    case, code = sent(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    page = follow(client, client.post("/mi-tramite/", {"folio": case.folio.lower()}))
    assert "Retirar" not in words(page)
    assert client.post(f"/tramite/{case.folio}/retirar/").status_code == 403
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    assert client.post(f"/tramite/{case.folio}/retirar/").status_code == 302
    case.refresh_from_db()
    assert case.state == "withdrawn"


def test_an_unknown_folio_or_procedure_is_a_sentence(client, town):
    assert "No hay una solicitud" in words(client.post("/mi-tramite/", {"folio": "SOL-2026-AAAA"}))
    assert client.get("/m/pueblo/tramite/nada/").status_code == 404
    assert client.get("/tramite/SOL-2026-AAAA-BBBB-CCCC/").status_code == 404


def test_what_nobody_found_is_counted_without_anybody(client, town, settings):
    from alcaldia.procedures import wordlog
    from alcaldia.procedures.models import SearchWords

    wordlog.collect()
    client.get("/m/pueblo/buscar/", {"q": "Curso de Natación"})
    client.get("/m/pueblo/buscar/", {"q": "soy Juana Pérez CURP GOMC900514"})
    client.get("/m/pueblo/tramite/inscripcion-cursos/", {"de": "Curso de Natación"})
    client.post("/m/pueblo/no-encontre/", {"q": "curso de natacion"})
    wordlog.collect()
    [row] = SearchWords.objects.all()
    assert (row.words, row.times, row.opened, row.not_found) == ("curso de natacion", 1, 1, 1)


def test_a_search_that_only_finds_what_is_near_says_so_and_counts_as_not_found(client, town):
    from alcaldia.procedures import wordlog
    from alcaldia.procedures.models import SearchWords

    wordlog.collect()
    page = client.get("/m/pueblo/buscar/", {"q": "xyzzy plugh"})
    assert "Ningún trámite tiene esas palabras" in words(page)
    wordlog.collect()
    assert SearchWords.objects.get().not_found == 1
    assert "Ningún trámite" not in words(client.get("/m/pueblo/buscar/", {"q": "curso de natación"}))


def test_a_name_is_counted_and_read_by_nobody_until_it_was_searched_on_three_days(client, town, settings):
    from alcaldia.procedures import wordlog
    from alcaldia.procedures.models import SearchWords

    wordlog.collect()
    for day in (1, 1, 2, 3):
        wordlog.note(town, "Xóchitl Ñandú")
        [path] = wordlog._folder().glob("*.jsonl")
        path.rename(path.with_name(f"2026-03-0{day}.jsonl"))
        row = SearchWords.objects.first()
        assert row is None or row.words == ""
        wordlog.collect()
    row = SearchWords.objects.get()
    assert (row.words, row.times, row.days) == ("xochitl ñandu", 4, 3)


def test_an_alias_that_would_hide_something_else_is_refused(town):
    from alcaldia.kernel.errors import Refusal
    from alcaldia.procedures import definitions
    from alcaldia.procedures.actions import words as act
    from tests.procedures.officials import official

    who = official(town, "w", "atencion")
    act.add_alias(town=town, words="ponchar taxi", procedure="reporte-ciudadano", by=who, channel="test")
    assert definitions.search("ponchar taxi", municipality="pueblo")[0].procedure == "reporte-ciudadano"
    stolen = "pagar el predio"
    assert "pago-predial" in [hit.procedure for hit in definitions.search(stolen, municipality="pueblo")]
    with pytest.raises(Refusal, match="dejarían de encontrarse"):
        _crowd_out(town, who)


def _crowd_out(town, who):
    """Give one procedure every word of another until a known query is lost."""
    from alcaldia.procedures.actions import words as act

    for text in (
        "predial",
        "pagar predial",
        "pagar el predio",
        "impuesto de la casa",
        "boleta predial",
        "recibo del predial",
    ):
        for procedure in ("vinculacion-empleo", "inscripcion-cursos", "microcredito-mujeres"):
            act.add_alias(
                town=town, words=f"{text} {procedure[:3]}", procedure=procedure, by=who, channel="test"
            )


def test_a_procedure_written_from_scratch_runs_without_touching_code(client, town, tmp_path):
    from alcaldia.procedures import definitions

    source = definitions.paths()["reporte-ciudadano"].read_text(encoding="utf-8")
    mine = tmp_path / "barda-caida.yaml"
    mine.write_text(source.replace("key: reporte-ciudadano", "key: barda-caida", 1), encoding="utf-8")
    kept = definitions.keep("pueblo", mine)
    try:
        page = follow(client, client.post("/m/pueblo/tramite/barda-caida/empezar/"))
        while "/paso/" in page.request["PATH_INFO"]:
            answers = {"que": "bache", "lugar": "Hidalgo", "peligro": "no"}
            page = follow(client, client.post(page.request["PATH_INFO"], answers))
        follow(client, client.post(page.request["PATH_INFO"]))
        assert Case.objects.get().procedure == "barda-caida"
        assert client.get("/api/v1/municipalities/pueblo/procedures/barda-caida").status_code == 200
    finally:
        kept.unlink()


def test_registers_are_not_asked_of_a_guest_for_somebody_else(town):
    town.settings = {**town.settings, "registries": {}}
    town.save()
    registers.keep(town, "property_tax", [("L1", {"adeudo": "500"})])
    case, _ = sent(town, "constancia-no-adeudo-predial", predio="L1")
    assert case.outcome == ""
    assert "500" not in str(case.consulted["values"])


def test_one_or_two_questions_lead_to_the_procedure(client, town):
    page = client.get("/m/pueblo/familia/construir/").content.decode()
    assert "¿Qué necesita ahora?" in page
    assert client.get("/m/pueblo/familia/construir/?r=0.0").url.endswith(
        "/tramite/pre-dictamen-construccion/"
    )
    page = client.get("/m/pueblo/familia/construir/?r=0.1").content.decode()
    assert "¿Es su casa o un negocio?" in page
    assert client.get("/m/pueblo/familia/construir/?r=0.1,1.0").url.endswith(
        "/tramite/licencia-construccion-vivienda/"
    )


@pytest.mark.parametrize("odd", ["9.9", "0.9", "x", "0", "0.0.0", "-1.0", "0.1,,"])
def test_an_odd_answer_only_asks_again(client, town, odd):
    assert client.get("/m/pueblo/familia/construir/", {"r": odd}).status_code == 200


def test_every_question_leads_to_procedures_of_its_own_family():
    from alcaldia.catalogue import files
    from alcaldia.procedures import definitions

    kept = {key: one.definition.sheet.family for key, one in definitions.programs().items()}
    for family in files.tree().families.values():
        variants = {key for key, of in kept.items() if of == family.key}
        for question in family.questions:
            assert {key for one in question.answers for key in one.leads_to} <= variants
        if len(variants) > 1:
            assert family.questions, family.key


def test_the_folder_has_requests_papers_payments_and_appointments(client, town):
    from datetime import timedelta

    from django.utils import timezone

    from alcaldia.agenda.models import Agenda, Appointment
    from alcaldia.identity.ids import new_subject
    from alcaldia.identity.models import Person
    from tests.factories.money import order
    from tests.factories.people import log_in

    person = Person.objects.create(public_id=new_subject("p"), created_at=timezone.now())
    case, _ = sent(town, "dictamen-uso-de-suelo", predio="L1", giro="461110", area="40")
    owed = order(subject=f"case:{case.folio}")
    Case.objects.filter(pk=case.pk).update(account=person.public_id, order=owed.folio)
    agenda = Agenda.objects.create(
        municipality=town, key="a", name="Bolsa", office="a", minutes=20, capacity=1
    )
    at = timezone.now() + timedelta(days=2)
    Appointment.objects.create(agenda=agenda, folio="CIT-1", starts_at=at, minutes=20, seat=1, booked_at=at,
                               subject=f"case:{case.folio}")  # fmt: skip
    log_in(client, person)
    page = client.get("/carpeta/").content.decode()
    assert all(
        words in page
        for words in (case.document, "812.40", "Bolsa", "Mis pagos", "Mis citas", "Mis documentos")
    )


def test_who_to_call_is_what_the_town_says(client, town):
    assert "todavía no publica" in client.get("/m/pueblo/contacto/").content.decode()
    town.settings = {
        **town.settings,
        "contact": {"phone": "378 1", "agencies": {"ecologia": {"address": "Molino 14"}}},
    }
    town.save()
    assert 'href="tel:378 1"' in client.get("/m/pueblo/contacto/").content.decode()
    assert "Molino 14" in client.get("/m/pueblo/dependencias/").content.decode()
    assert "/m/pueblo/contacto/" in client.get("/m/pueblo/").content.decode()
