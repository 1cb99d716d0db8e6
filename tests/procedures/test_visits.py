"""An inspector's phone: photos are kept as they are taken, opened only by the permit, and are evidence by their hash."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from alcaldia.kernel.errors import Refusal
from alcaldia.notices.models import Message
from alcaldia.procedures import attaching, definitions, engine, filestore, registers, scanning, visiting
from alcaldia.procedures.actions import clocks, reviewing
from alcaldia.procedures.models import Attachment, Case, Turn
from tests.factories.people import log_in
from tests.procedures.conftest import sent
from tests.procedures.officials import official, opens_vault
from tests.procedures.test_attachments import picture

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def case(town, broker):
    """A finished work that somebody must go and see."""
    registers.keep(town, "licences", [("LIC-1", {"vigente": True, "m2": 40})])
    return sent(town, "terminacion-obra", licencia="LIC-1", m2_final="40", fotos="sin-archivo")[0]


@pytest.fixture
def inspector(town, case):
    return official(town, "inspectora", "desarrollo-urbano", "inspector")


@pytest.fixture
def phone(client, inspector):
    log_in(client, inspector)
    return client


def seen_well(case):
    found = definitions.pinned(case.definition).definition.inspections[0].points
    return dict.fromkeys(found, "bien")


def address(case, end=""):
    return f"/oficina/{case.municipality.slug}/solicitud/{case.folio}/{end}"


def photo(name="IMG_1.jpg"):
    return SimpleUploadedFile(name, picture(), content_type="image/jpeg")


def points(phone, case):
    import re

    found = re.findall(r'name="(punto\.[^"]+)"', phone.get(address(case, "visita/")).content.decode())
    return dict.fromkeys(found, "bien")


def test_a_photo_is_kept_at_once_and_what_was_typed_stays(phone, case):
    page = phone.post(
        address(case, "visita/"), {"subir": "1", "foto": [photo(), photo()], "nota": "Media obra"}
    )
    text = page.content.decode()
    assert "Se guardaron 2 fotos" in text
    assert ">Media obra</textarea>" in text
    assert attaching.photos(case).count() == 2


def test_a_file_that_is_no_photo_is_refused_and_what_was_typed_stays(phone, case):
    wrong = SimpleUploadedFile("virus.jpg", b"MZ program")
    page = phone.post(
        address(case, "visita/"), {"subir": "1", "foto": [photo(), wrong], "nota": "Media obra"}
    )
    assert page.status_code == 415
    assert ">Media obra</textarea>" in page.content.decode()
    assert attaching.photos(case).count() == 1


def test_a_virus_is_refused(case, inspector, monkeypatch):
    monkeypatch.setattr(scanning, "scan", lambda data: (_ for _ in ()).throw(scanning._infected()))
    with pytest.raises(Refusal, match="virus"):
        visiting.add_photo(
            folio=case.folio, file_name="a.jpg", data=picture(), official=inspector, channel="t"
        )
    assert not Attachment.objects.exists()


def test_a_photo_is_taken_back_before_the_visit_is_written_down(phone, case):
    phone.post(address(case, "visita/"), {"subir": "1", "foto": photo()})
    one = attaching.photos(case).get()
    path = filestore.path_of(one.public_id)
    assert path.exists()
    page = phone.post(address(case, "visita/"), {"quitar": one.public_id})
    assert "se quitó" in page.content.decode()
    assert not path.exists()


def test_the_visit_is_written_with_its_photos_and_its_observations_become_conditions(phone, case):
    answers = {**points(phone, case), "nota": "Se ve bien.", "resultado": "observations", "foto": photo(),
               "observaciones": "Falta barandal\n\n"}  # fmt: skip
    assert phone.post(address(case, "visita/"), answers).status_code == 302
    event = case.events.get(kind="inspected")
    [one] = attaching.photos(case)
    assert event.facts["photos"] == [{"file": one.public_id, "sha256": one.sha256}]
    assert event.facts["conditions"] == ["Falta barandal"]
    page = phone.get(address(case)).content.decode()
    assert "Fotos de la visita" in page
    assert "Falta barandal" in page


def test_the_observations_of_a_visit_are_conditions_of_the_resolution(case, inspector, town):
    visiting.inspect(folio=case.folio, findings=seen_well(case), note="Bien.", result="observations", observations=["Barandal"],
                     official=inspector, channel="t")  # fmt: skip
    head = official(town, "jefa", "desarrollo-urbano", "director")
    reviewing.resolve(folio=case.folio, outcome="conditional", reasons=["Cumple"], official=head, channel="t",
                      signature={"post": "Jefa"})  # fmt: skip
    assert case.events.get(kind="decided").facts["conditions"] == ["Barandal"]


def test_a_photo_opens_only_with_the_permit_of_the_case(phone, inspector, case, broker):
    phone.post(address(case, "visita/"), {"subir": "1", "foto": [photo(), photo()]})
    one = attaching.photos(case).last()
    where = address(case, f"archivo/{one.public_id}/")
    assert "/datos/abrir/" in phone.post(where).url
    opens_vault(phone, inspector, broker, "desarrollo-urbano")
    assert phone.post(where).content.startswith(b"\xff\xd8\xff")
    opens_vault(phone, inspector, broker, "tesoreria")
    assert phone.post(where).status_code == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"resultado": ""},
        {"resultado": "observations"},
        {"nota": " "},
        {"punto.Inventado": "bien"},
        {"punto.Medidas": "regular"},
    ],
)
def test_an_unfinished_visit_is_refused_with_a_sentence_and_its_photo_stays(phone, case, wrong):
    answers = {**points(phone, case), "nota": "Bien.", "resultado": "favourable", "foto": photo(), **wrong}
    page = phone.post(address(case, "visita/"), answers)
    assert page.status_code in (400, 409, 422)
    assert attaching.photos(case).count() == 1
    assert Case.objects.get(pk=case.pk).state == "inspection"


def test_only_the_agency_of_the_visit_makes_it_and_only_once(case, inspector, town):
    other = official(town, "otra", "salud", "inspector")
    with pytest.raises(Refusal, match="necesita un puesto"):
        visiting.add_photo(folio=case.folio, file_name="a", data=picture(), official=other, channel="t")
    seen = {
        "folio": case.folio,
        "findings": seen_well(case),
        "note": "Bien.",
        "result": "favourable",
        "official": inspector,
    }
    visiting.inspect(**seen, channel="t")
    with pytest.raises(Refusal, match="no espera una visita"):
        visiting.inspect(**seen, channel="t")


def test_a_request_without_personal_data_can_still_keep_photos_of_its_visit(town, broker):
    case, _ = sent(town, "poda-derribo-arbol", lugar="Juárez 3", propio="no", accion="poda", motivo="Toca cables",
                   fotos="sin-archivo")  # fmt: skip
    assert case.person


def told(case):
    """Subjects of what heads were told."""
    return list(Message.objects.filter(template="escalated").values_list("subject", flat=True))


def test_a_late_visit_passes_once_to_who_heads_its_agency_and_the_request_goes_on(case, town):
    town.settings = {**town.settings, "contact": {"email": "presidencia@pueblo.example"}}
    town.save()
    turn = case.turns.get(kind="inspection")
    on_time = clocks.run(town, turn.due_on)
    late = turn.due_on + timedelta(days=1)
    done, again = clocks.run(town, late), clocks.run(town, late + timedelta(days=1))
    assert [one.escalated for one in (on_time, done, again)] == [0, 1, 0]
    case.refresh_from_db()
    assert (case.state, case.escalated_on, told(case)) == (
        "inspection", None, [f"case:{case.folio}/desarrollo-urbano"],
    )  # fmt: skip
    assert case.turns.get(kind="inspection").escalated_on == late
    assert case.turns.get(kind="decision").escalated_on is None


def test_the_head_sees_the_late_visit_and_it_can_still_be_made(client, case, town, inspector):
    late = case.turns.get(kind="inspection").due_on + timedelta(days=1)
    clocks.run(town, late)
    log_in(client, official(town, "jefa", "desarrollo-urbano", "director"))
    page = client.get("/oficina/pueblo/carga/").content.decode()
    assert (case.folio in page, "pasó a usted" in page, "Visita" in page) == (True, True, True)
    assert "se avisó a su titular" in client.get(address(case)).content.decode()
    seen = {"findings": seen_well(case), "note": "Bien.", "result": "favourable", "official": inspector}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(engine, "today", lambda town: late)
        assert visiting.inspect(folio=case.folio, channel="t", **seen).state == "to_sign"


def test_a_visit_as_late_as_the_whole_request_is_told_with_it(case, town):
    Turn.objects.filter(case=case, kind="inspection").update(due_on=case.due_on)
    done = clocks.run(town, case.due_on + timedelta(days=1))
    assert (done.tacit, done.escalated, done.failed) == (1, 0, [])
