"""In the end: what is to be destroyed is, files first; what stays belongs to nobody; the paper stays; and it is told."""

import json
from dataclasses import replace
from datetime import date, timedelta

import pytest

from alcaldia.kernel.errors import Refusal
from alcaldia.ledger.models import Entry
from alcaldia.procedures import attaching, definitions, engine, filestore, forgetting
from alcaldia.procedures.actions import citizens, clocks, drafts
from alcaldia.procedures.actions.citizens import Bearer
from alcaldia.procedures.models import Attachment, Case
from alcaldia.procedures.queries import cases
from alcaldia.procedures.rules import retention
from alcaldia.procedures.rules.deadlines import Calendar, add_working_days
from alcaldia.procedures.rules.findings import check
from alcaldia.vault import custodian
from alcaldia.vault import queries as vault
from alcaldia.vault.models import RecordVersion
from tests.conftest import ROOT
from tests.factories.definition import program
from tests.procedures.conftest import installed, later, submitted
from tests.procedures.test_attachments import picture

pytestmark = pytest.mark.django_db(transaction=True)
FILE = ROOT / "tests" / "samples" / "definitions" / "beca-musica.yaml"
NAME = "Hermenegilda Piedraluna"


@pytest.fixture
def grants(town, broker):
    """The file in the town's folder."""
    with installed(town, FILE):
        yield town


@pytest.fixture
def kept(grants):
    """The same, with nothing anonymous."""
    path = definitions.home_of(grants.slug) / FILE.name
    path.write_text(path.read_text().replace("    keep: anonymise\n", ""))
    return grants


def asked(town):
    started = drafts.begin(town=town, procedure="beca-musica", channel="test")
    named = {"public_id": started.draft.public_id, "code": started.code}
    opened = drafts.answer(**named, answers={"instrumento": "tuba", "nombre": NAME})
    attaching.receive(opened, "carta", file_name="carta.jpg", data=picture())
    return submitted(**named, by="citizen", channel="test"), started.code


def told(case, code):
    """What the person reads of their vault."""
    token = custodian.ask("enter_coded", code=code)["token"]
    return {one.field: one.value for one in vault.own(case.person, token, ["case"])}


def over(case):
    """The first day on which it is due."""
    return Case.objects.get(pk=case.pk).keep_until + timedelta(days=1)


def test_the_file_has_nothing_to_mend():
    assert [one.sentence() for one in definitions.check_file(FILE)[1]] == []


def test_it_is_due_when_the_appeal_term_of_the_definition_is_over(kept):
    case, _ = asked(kept)
    day = add_working_days(engine.calendar_of(kept), engine.state_of(case).last_on, 10)
    assert case.keep_until == day
    assert clocks.run(kept, day).destroyed == 0
    assert Attachment.objects.exists()


def test_a_year_that_nobody_loaded_holds_up_no_paper_and_shortens_no_term(kept):
    case, _ = asked(kept)
    found = replace(engine.state_of(case), last_on=date(2030, 12, 20))
    day = retention.due(definitions.pinned(case.definition), found, Calendar({2030: frozenset()}))
    assert day > date(2031, 1, 6)


def test_what_is_to_be_deleted_is_gone_from_vault_disk_and_case_and_the_paper_stays(kept):
    case, code = asked(kept)
    path = filestore.path_of(Attachment.objects.get().public_id)
    assert (told(case, code)["nombre"], path.exists()) == (NAME, True)
    day = over(case)
    assert (clocks.run(kept, day).destroyed, clocks.run(kept, day).destroyed) == (1, 0)
    case.refresh_from_db()
    assert told(case, code)["nombre"].startswith(forgetting.WORDS)
    assert (path.exists(), Attachment.objects.exists(), case.protected) == (False, False, [])
    assert (case.answers, bool(case.document), case.keep_until) == ({"instrumento": "tuba"}, True, None)
    assert case.events.filter(kind="data_destroyed").count() == 1
    assert Entry.objects.filter(type="procedures.case_data_destroyed", folio=case.folio).count() == 1


def test_the_person_reads_it_on_the_page_of_their_case(kept, client):
    case, _ = asked(kept)
    clocks.run(kept, over(case))
    page = client.get(f"/tramite/{case.folio}/").content.decode()
    assert (
        "Se destruyeron: Carta, Cómo se llama. El documento se conserva, como manda la ley de archivos"
        in page
    )


def test_nothing_is_taken_for_stolen_afterwards(kept):
    case, code = asked(kept)
    clocks.run(kept, over(case))
    token = custodian.ask("enter_coded", code=code)["token"]
    assert vault.missing(case.person, token) == []
    assert vault.unrecorded() == []


def test_what_is_cut_from_its_person_keeps_only_what_is_nobody_s(grants):
    case, code = asked(grants)
    person = case.person
    clocks.run(grants, over(case))
    case.refresh_from_db()
    assert (case.person, case.account, case.code_hash, bytes(case.contact), case.answers) == ("", "", "", b"", {"instrumento": "tuba"})  # fmt: skip
    assert {row.mark for row in RecordVersion.objects.filter(holder__subject=person)} == {"destroyed"}
    with pytest.raises(Refusal):
        citizens.check_bearer(case, Bearer(code))
    assert "ligado" in cases.status(case.folio).steps[-1].text


def test_an_appeal_holds_it_and_after_its_end_the_term_begins_again(kept):
    case, code = asked(kept)
    citizens.appeal(
        folio=case.folio, reasons="No me parece.", bearer=Bearer(code), by="citizen", channel="test"
    )
    assert Case.objects.get(pk=case.pk).keep_until is None


def test_files_that_went_before_a_crash_do_not_hold_up_the_rest(kept, monkeypatch):
    case, code = asked(kept)

    def crash(*_, **__):
        raise Refusal("crash", "Se cayó.")

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "_sealed", crash)
        assert clocks.run(kept, over(case)).failed == [case.folio]
    assert Attachment.objects.exists()
    assert clocks.run(kept, over(case)).destroyed == 1
    assert told(case, code)["nombre"].startswith(forgetting.WORDS)


def test_once_destroyed_it_cannot_be_contested(kept):
    case, code = asked(kept)
    clocks.run(kept, later(case, 60))
    with pytest.raises(Refusal, match="anterior|destruyeron"):
        citizens.appeal(folio=case.folio, reasons="Tarde.", bearer=Bearer(code), by="citizen", channel="test")


def test_no_act_of_the_log_ever_said_it(kept):
    asked(kept)
    assert all(NAME.encode() not in bytes(one.body) for one in Entry.objects.all())
    assert NAME not in json.dumps([*Case.objects.values_list("answers", flat=True)])


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ({"type": "number", "personal": "personal", "keep": "anonymise"}, "cannot_be_anonymous"),
        ({"type": "number", "keep": "delete"}, "cannot_be_destroyed"),
        ({"type": "number", "personal": "personal", "keep": "delete"}, ""),
        ({"type": "number", "keep": "anonymise"}, "still_linked"),
    ],
)
def test_what_cannot_be_kept_so_is_said_with_its_remedy(field, code):
    found = check(program(data__area={"label": "Metros", "min": 1, **field}))
    codes = {"cannot_be_anonymous", "cannot_be_destroyed", "still_linked"} & {one.code for one in found}
    assert code in codes or (not code and not codes)
