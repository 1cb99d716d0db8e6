"""A correction takes the files that were asked, is judged again on everything, and loses nothing by any door."""

import re
from base64 import b64encode
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import attaching, engine, papers
from alcaldia.procedures.actions import citizens, clocks, drafts, reviewing
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Attachment
from alcaldia.procedures.queries import cases
from tests.factories.people import log_in
from tests.procedures.conftest import SAMPLES, installed, later, submitted
from tests.procedures.officials import official, opens_vault
from tests.procedures.test_attachments import paper, picture
from tests.procedures.test_pages import words
from tests.procedures.test_paying import pay

pytestmark = pytest.mark.django_db(transaction=True)
ASK = {"predio": "L1", "area": "40", "nombre": "Hermenegilda", "alcohol": "no"}


@pytest.fixture
def street(town, broker):
    """A town whose definition of awnings has everything that a correction can touch."""
    with installed(town, SAMPLES / "permiso-toldo.yaml"):
        yield town


def at_the_desk(client, town, broker):
    """An official of roads, inside, whose vault is open."""
    someone = official(town, "otra", "vialidad")
    log_in(client, someone)
    opens_vault(client, someone, broker, "vialidad")


def awning(town, **changes):
    """A request that waits for the roads office, and its code."""
    started = drafts.begin(town=town, procedure="permiso-toldo", channel="test")
    named = {"public_id": started.draft.public_id, "code": started.code}
    draft = drafts.answer(**named, answers={**ASK, **changes})
    draft = attaching.receive(draft, "croquis", file_name="malo.jpg", data=picture())
    if changes.get("alcohol") == "si":
        attaching.receive(draft, "anuencia", file_name="vecinos.jpg", data=picture())
    return submitted(**named, by="citizen", channel="test"), started.code


def ask(case, town, *fields):
    who = official(town, "vial", "vialidad")
    reviewing.ask_correction(folio=case.folio, agency="vialidad", fields=dict.fromkeys(fields, "Corrija esto."),
                             official=who, channel="test")  # fmt: skip
    return who


def comply(case, code, **answers):
    return citizens.comply(
        folio=case.folio, answers=answers, bearer=Bearer(code), by="citizen", channel="test"
    )


def mine(client, case, code):
    """The page where the person completes it."""
    client.post("/mi-tramite/", {"folio": case.folio, "codigo": code})
    return f"/tramite/{case.folio}/completar/"


def upload(data=None, name="bueno.jpg"):
    return SimpleUploadedFile(name, picture() if data is None else data)


def test_the_sample_has_nothing_to_mend():
    from alcaldia.procedures import definitions

    assert [one.sentence() for one in definitions.check_file(SAMPLES / "permiso-toldo.yaml")[1]] == []


# ── the three doors ──────────────────────────────────────────────────────────────────────────────────────────────


def test_on_the_page_a_file_is_corrected_and_the_office_opens_the_new_one(client, street, broker):
    case, code = awning(street)
    ask(case, street, "croquis")
    page = mine(client, case, code)
    assert 'enctype="multipart/form-data"' in client.get(page).content.decode()
    assert "Falta este dato" in words(client.post(page, {"_vistos": "croquis"}))
    old = Attachment.objects.get(case=case)
    assert client.post(page, {"_vistos": "croquis", "croquis": upload()}).status_code == 302
    case.refresh_from_db()
    new = case.attachments.exclude(pk=old.pk).get()
    assert (case.state, case.answers["croquis"]) == ("in_review", new.public_id)
    at_the_desk(client, street, broker)
    where = f"/oficina/pueblo/solicitud/{case.folio}/"
    assert client.post(f"{where}archivo/{new.public_id}/").content.startswith(b"\xff\xd8\xff")
    assert old.public_id not in client.get(where).content.decode()


def test_by_the_api_only_a_real_file_is_a_file(client, street):
    case, code = awning(street)
    ask(case, street, "croquis")
    path = f"/api/v1/municipalities/pueblo/cases/{case.folio}/comply"

    def post(value):
        body = {"code": code, "answers": {"croquis": value}}
        return client.post(path, body, content_type="application/json")

    for wrong in (
        "un texto",
        "",
        {"name": "x.pdf", "data": "¡"},
        {"name": "x.pdf", "data": b64encode(b"MZ").decode()},
    ):
        refused = post(wrong)
        assert (refused.status_code, set(refused.json()["errors"])) == (422, {"croquis"}), wrong
    assert case.attachments.count() == 1
    done = post({"name": "bueno.pdf", "data": b64encode(paper()).decode()})
    assert (done.status_code, done.json()["state"]) == (200, "in_review")
    assert case.attachments.get(kind="pdf").field == "croquis"


def test_the_office_asks_for_fields_of_this_case_by_their_names(client, street):
    case, _ = awning(street)
    log_in(client, official(street, "vial", "vialidad"))
    page = f"/oficina/pueblo/solicitud/{case.folio}/"
    shown = client.get(page).content.decode()
    assert 'value="croquis"' in shown
    assert 'value="anuencia"' not in shown
    told = {"dependencia": "vialidad", "dato": ["anuencia"], "porque.anuencia": "Falta."}
    assert client.post(f"{page}completar/", told).status_code >= 400
    assert (
        client.post(f"{page}completar/", {**told, "dato": ["area"], "porque.area": "Mida."}).status_code
        == 302
    )
    page = words(client.get(page))
    assert "Se pidió completar: Metros" in page


# ── judged again ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_corrected_figure_changes_fee_agencies_and_paper(street):
    case, code = awning(street)
    who = ask(case, street, "area")
    assert (case.fee, case.turns.filter(kind="review").count()) == (Decimal(80), 1)
    done = comply(case, code, area="400")
    assert (done.state, done.fee) == ("in_review", Decimal(800))
    assert set(done.turns.filter(kind="review", state="open").values_list("agency", flat=True)) == {
        "vialidad",
        "proteccion-civil",
    }
    for agency, one in (("vialidad", who), ("proteccion-civil", official(street, "pc", "proteccion-civil"))):
        case = reviewing.give_opinion(
            folio=case.folio, agency=agency, opinion="favourable", note="Bien.", official=one, channel="t"
        )
    told = cases.status(case.folio)
    assert (case.outcome, case.fee, bool(case.order)) == ("granted", Decimal(800), True)
    assert told.rules["reasons"] == ["Es grande y lo ve protección civil."]


def test_what_the_paper_says_is_what_was_corrected(street):
    case, code = awning(street)
    who = ask(case, street, "area")
    comply(case, code, area="50")
    reviewing.give_opinion(
        folio=case.folio, agency="vialidad", opinion="favourable", note="Bien.", official=who, channel="t"
    )
    held = engine.Held(cases.case_of(case.folio), engine.state_of(case),
                       {one.kind: one.facts for one in engine.events_of(case)})  # fmt: skip
    from alcaldia.procedures import definitions

    body = papers.body(held, definitions.pinned(held.row.definition), "TOL-X")
    [[label, value]] = body["facts"]
    assert (label, value.split()[0]) == ("Metros", "50")


def test_what_the_rule_denies_after_a_correction_is_told_before_and_decided_at_once(client, street):
    case, code = awning(street)
    ask(case, street, "area")
    page = mine(client, case, code)
    told = client.post(page, {"_vistos": "area", "area": "4000"})
    assert "la regla dice que no" in words(told)
    case.refresh_from_db()
    assert case.state == "correction_requested"
    assert client.post(page, {"_vistos": "area", "area": "4000", "confirmado": "1"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.outcome) == ("issued", "denied")
    assert not case.turns.exclude(state="done").exists()


def test_another_cost_is_read_before_sending_and_one_may_go_back(client, street):
    case, code = awning(street)
    ask(case, street, "area", "croquis")
    page = mine(client, case, code)
    told = client.post(page, {"_vistos": "area,croquis", "area": "90", "croquis": upload()})
    assert "Ahora es $180.00; antes era $80.00" in words(told)
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', told.content.decode()))
    back = client.post(page, {**hidden, "corregir": "1"}).content.decode()
    assert 'value="90"' in back
    assert "bueno.jpg" in back
    assert client.post(page, hidden).status_code == 302
    case.refresh_from_db()
    assert (case.fee, case.answers["area"], case.attachments.count()) == (Decimal(180), "90", 2)


def test_a_field_that_the_answer_makes_apply_is_asked_too(client, street):
    case, code = awning(street)
    ask(case, street, "alcohol")
    page = mine(client, case, code)
    asked = client.post(page, {"_vistos": "alcohol", "alcohol": "si"})
    assert (asked.status_code, "Anuencia de vecinos" in words(asked)) == (200, True)
    assert "Falta este dato" not in words(asked)
    assert "Falta este dato" in words(client.post(page, {"_vistos": "alcohol,anuencia", "alcohol": "si"}))
    sent = {"_vistos": "alcohol,anuencia", "alcohol": "si", "anuencia": upload()}
    assert client.post(page, sent).status_code == 302
    case.refresh_from_db()
    assert {"anuencia", "croquis", "nombre"} == set(case.protected)


def test_an_answer_to_what_no_longer_applies_is_forgotten(street):
    case, code = awning(street, alcohol="si")
    assert case.answers["anuencia"]
    ask(case, street, "alcohol")
    done = comply(case, code, alcohol="no")
    assert (done.answers["alcohol"], "anuencia" in done.answers) == ("no", False)


def test_what_an_answer_makes_apply_is_missing_by_any_door(street):
    case, code = awning(street)
    ask(case, street, "alcohol")
    with pytest.raises(Refusal, match="señalados") as refused:
        comply(case, code, alcohol="si")
    assert set(refused.value.facts["errors"]) == {"anuencia"}


@pytest.fixture
def prepaid(town, broker, tmp_path):
    """The same procedure, paid before anybody looks."""
    text = (SAMPLES / "permiso-toldo.yaml").read_text(encoding="utf-8")
    mine = tmp_path / "permiso-toldo.yaml"
    mine.write_text(
        text.replace("concept: Toldo,", "concept: Toldo, moment: before_review,"), encoding="utf-8"
    )
    with installed(town, mine):
        yield town


def test_what_was_paid_stands_and_a_person_sees_the_difference(prepaid):
    case, code = awning(prepaid)
    pay(case)
    who = ask(case, prepaid, "area")
    assert comply(case, code, area="90").fee == Decimal(80)
    case = reviewing.give_opinion(
        folio=case.folio, agency="vialidad", opinion="favourable", note="Bien.", official=who, channel="t"
    )
    rules = cases.status(case.folio).rules
    assert (case.state, case.outcome) == ("to_sign", "")
    assert rules["reasons"][-1] == "Ya se pagaron $80.00 y con lo corregido corresponde $180.00."


# ── nothing is lost ──────────────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_added_and_taken_away_and_nothing_typed_is_lost(client, street):
    case, code = awning(street)
    ask(case, street, "postes", "croquis", "area")
    page = mine(client, case, code)
    typed = {"_vistos": "area,postes,croquis", "area": "41", "postes.0.alto": "3", "postes_agregar": "1"}
    shown = client.post(page, {**typed, "croquis": upload()})
    text = shown.content.decode()
    case.refresh_from_db()
    assert (shown.status_code, case.state) == (200, "correction_requested")
    assert 'name="postes.1.alto"' in text
    assert text.count("Corrija esto.") == 3
    assert 'value="41"' in text
    assert "bueno.jpg" in text
    hidden = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', text))
    rest = {"area": "40", "postes.0.alto": "3", "postes.1.alto": "4"}
    assert client.post(page, {**hidden, **rest}).status_code == 302
    case.refresh_from_db()
    assert case.answers["postes"] == [{"alto": "3"}, {"alto": "4"}]
    assert case.attachments.count() == 2


def test_a_parcel_that_is_none_is_refused_by_every_door(client, street):
    case, code = awning(street)
    ask(case, street, "predio")
    page = mine(client, case, code)
    wrong = client.post(page, {"_vistos": "predio", "predio": "calle que no existe"})
    assert (wrong.status_code, "No encontramos ese predio" in words(wrong)) == (422, True)
    with pytest.raises(Refusal, match="señalados"):
        comply(case, code, predio="calle que no existe")
    assert client.post(page, {"_vistos": "predio", "predio": " L1 "}).status_code == 302
    case.refresh_from_db()
    assert case.answers["predio"] == "L1"


def test_a_file_of_another_case_or_with_another_key_is_not_taken(client, street):
    case, code = awning(street)
    ask(case, street, "croquis")
    told = attaching.for_correction(case, "croquis", file_name="x.jpg", data=picture())
    other, _ = awning(street)
    assert attaching.again(case, "croquis", file=told["file"], key=told["key"], file_name="x.jpg") == told
    for changed in ({"key": "A" * 43}, {"key": "no"}, {"file": other.attachments.get().public_id}):
        assert (
            attaching.again(
                case, "croquis", file_name="x", **{"file": told["file"], "key": told["key"], **changed}
            )
            is None
        )
    assert "Falta este dato" in words(
        client.post(mine(client, case, code), {"croquis._archivo": f"{told['file']}~no~x"})
    )


def test_what_is_personal_in_a_correction_is_sealed_and_the_office_may_read_it(client, street, broker):
    case, code = awning(street)
    ask(case, street, "nombre")
    done = comply(case, code, nombre="Casimira Ficticia")
    assert "Casimira" not in str([done.answers, list(done.events.values_list("facts", flat=True))])
    at_the_desk(client, street, broker)
    page = words(client.post(f"/oficina/pueblo/solicitud/{case.folio}/datos/"))
    assert "Casimira Ficticia" in page
    assert "Hermenegilda" not in page


def test_a_correction_after_its_day_is_refused_before_anything_is_kept(street, monkeypatch):
    from alcaldia.procedures import correcting

    case, code = awning(street)
    ask(case, street, "nombre")
    monkeypatch.setattr(correcting, "today", lambda town: later(case, 60))
    with pytest.raises(Refusal, match="terminó el"):
        comply(case, code, nombre="Tarde")


def test_a_file_left_loose_goes_with_the_request_that_lapses(street):
    case, _ = awning(street)
    ask(case, street, "croquis")
    attaching.for_correction(case, "croquis", file_name="x.jpg", data=picture())
    assert case.attachments.count() == 2
    clocks.run(street, later(case, 60))
    case.refresh_from_db()
    assert (case.state, case.attachments.count()) == ("lapsed", 1)
