"""The issued file: archival, tagged, complete, sealed; read by programs that are not ours."""

import shutil
import subprocess
from io import BytesIO

import pytest
from django.db import transaction
from pypdf import PdfReader

from alcaldia.documents import actions, queries, store
from alcaldia.kernel.errors import NotFound, Refusal
from alcaldia.ledger import keys
from tests.conftest import missing
from tests.samples import independent_log, ruling_bodies


def pages(data):
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


@pytest.mark.parametrize("name", ruling_bodies.ALL)
def test_every_kind_of_ruling_is_drawn_with_its_outcome_in_words(issue, name):
    body = ruling_bodies.ALL[name]()
    _, document = issue(body)
    words = {"permitted": "PERMITIDO", "conditional": "CON CONDICIONES", "prohibited": "NO PERMITIDO"}
    assert words.get(body["outcome"], "NO SE PUEDE DETERMINAR") in pages(queries.pdf(document.folio))


def test_it_says_that_it_is_pdf_a_3a_and_pdf_ua_1_and_is_tagged_spanish(issue):
    reader = PdfReader(BytesIO(queries.pdf(issue()[1].folio)))
    packet = reader.trailer["/Root"]["/Metadata"].get_data().decode()
    for claim in ("<pdfaid:part>3<", "<pdfaid:conformance>A<", "<pdfuaid:part>1<"):
        assert claim in packet
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"].startswith("es")
    assert root.get("/Version", "/1.7") == "/1.7"


def test_act_and_receipt_travel_inside_as_associated_files(issue):
    entry, document = issue()
    reader = PdfReader(BytesIO(queries.pdf(document.folio)))
    assert reader.attachments["acto.json"] == [bytes(entry.body)]
    (receipt,) = reader.attachments["recibo.tlog-proof"]
    proven = independent_log.check_receipt(receipt.decode(), keys.signer().key.text())
    assert proven == bytes(entry.entry)
    kinds = [spec.get_object()["/AFRelationship"] for spec in reader.trailer["/Root"]["/AF"]]
    assert kinds == ["/Source", "/Supplement"]


def test_the_parcel_key_can_be_copied_from_the_page(issue):
    assert "014-038-0027" in pages(queries.pdf(issue()[1].folio))


def test_every_font_is_embedded(issue):
    reader = PdfReader(BytesIO(queries.pdf(issue()[1].folio)))
    fonts = [font.get_object() for page in reader.pages for font in page["/Resources"]["/Font"].values()]
    descriptors = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert descriptors
    assert all({"/FontFile2", "/FontFile3"} & set(found) for found in descriptors)


def test_hostile_texts_are_printed_and_never_run(issue):
    text = pages(queries.pdf(issue(ruling_bodies.hostile())[1].folio))
    for piece in ("#sys.inputs.act", "<script>alert(1)</script>", "*bold*", "$x^2$", "#panic()", "@ref"):
        assert piece in text


def test_another_reader_says_that_the_signature_covers_everything(issue, tmp_path):
    if not shutil.which("pdfsig"):
        missing("pdfsig is not installed (package poppler-utils)")
    path = tmp_path / "document.pdf"
    path.write_bytes(queries.pdf(issue()[1].folio))
    said = subprocess.run(["pdfsig", "-nocert", path], capture_output=True, text=True, check=False).stdout
    assert "Total document signed" in said
    assert "Signature is Valid" in said
    assert "ETSI.CAdES.detached" in said


def test_an_act_has_one_document(issue, town):
    entry, document = issue()
    again = actions.issue(entry=entry, template="ruling", sketch_svg=None, municipality=town)
    assert (again.pk, again.sha256) == (document.pk, document.sha256)


@pytest.mark.django_db(transaction=True)
def test_no_document_is_issued_before_its_act_is_committed(issue):
    with pytest.raises(RuntimeError, match="after the transaction"), transaction.atomic():
        issue()


def test_a_lost_file_is_made_again_from_the_act(issue):
    _, document = issue()
    store.place(document.folio).unlink()
    with pytest.raises(NotFound):
        queries.pdf(document.folio)
    assert queries.verify(actions.rebuild(document)).valid
    assert queries.verify(queries.pdf(document.folio)).valid


def test_an_altered_file_is_not_served(issue):
    _, document = issue()
    store.write(document.folio, queries.pdf(document.folio) + b"\n")
    with pytest.raises(NotFound):
        queries.pdf(document.folio)


def test_a_failed_write_leaves_what_was_there(issue, monkeypatch):
    _, document = issue()
    before = queries.pdf(document.folio)

    def full(_descriptor):
        raise OSError("No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        store.write(document.folio, b"half")
    assert queries.pdf(document.folio) == before
    assert [path.name for path in store.place(document.folio).parent.glob(".*")] == []


def svg(inner):
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 30">{inner}</svg>'


@pytest.mark.parametrize(
    "sketch",
    [
        svg('<image href="file:///etc/hostname" width="9" height="9"/>'),
        svg('<image href="http://127.0.0.1:1/x.png" width="9" height="9"/>'),
        '<!DOCTYPE s [<!ENTITY a SYSTEM "file:///etc/hostname">]>' + svg("<text>&a;</text>"),
        '<!DOCTYPE s [<!ENTITY a "x"><!ENTITY b "&a;&a;"><!ENTITY a "&b;&b;">]>'
        + svg("<text>&b;</text>")
        + "<",
        "<svg",
    ],
)
def test_a_sketch_reads_no_file_and_no_network(issue, sketch):
    with pytest.raises(Refusal):
        issue(sketch_svg=sketch)


def test_a_sketch_with_texts_that_no_font_has_is_still_drawn(issue):
    assert issue(sketch_svg=svg("<script>alert(1)</script>\t\r\n<text x='5' y='9'>\U0001f600 漢 ñ</text>"))


@pytest.mark.parametrize("template", ["../secret", "nope", "ruling.typ"])
def test_an_unknown_layout_is_refused(issue, town, template):
    entry, _ = issue()
    with pytest.raises(Refusal):
        actions.make(entry, template, "", town)


@pytest.mark.parametrize("folio", ["../etc", "a", "", "A/B"])
def test_a_folio_cannot_name_a_file_elsewhere(folio):
    with pytest.raises(ValueError, match="cannot name"):
        store.place(folio)


def test_a_fork_of_a_drawing_process_is_told_instead_of_hanging(issue, monkeypatch):
    issue()
    monkeypatch.setattr("os.getpid", lambda: -1)
    with pytest.raises(RuntimeError, match="spawn"):
        issue()
