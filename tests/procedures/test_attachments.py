"""Files are what their bytes say, are written anew, and lie encrypted."""

from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from PIL import Image

from alcaldia.kernel.errors import Refusal
from alcaldia.procedures import attaching, filestore, opened, scanning
from alcaldia.procedures.actions import clocks
from alcaldia.procedures.models import Attachment
from alcaldia.procedures.opened import FILES
from tests.procedures.conftest import begun

SECRET = b"GPSLatitude-hidden"


def picture(kind="JPEG", size=(600, 400)):
    out = BytesIO()
    Image.new("RGB", size, (10, 120, 60)).save(out, kind, comment=SECRET) if kind == "JPEG" else Image.new(
        "RGB", size
    ).save(out, kind)
    return out.getvalue()


def paper():
    out, made = BytesIO(), pikepdf.new()
    made.add_blank_page()
    made.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    made.save(out)
    return out.getvalue()


def test_a_photo_is_drawn_anew_without_what_hides_in_it():
    kind, clean = attaching.cleaned(picture(), ("image",))
    assert kind == "image"
    assert SECRET not in clean
    assert Image.open(BytesIO(clean)).size == (600, 400)


def test_a_pdf_loses_what_acts():
    _, clean = attaching.cleaned(paper(), ("pdf",))
    assert b"JavaScript" not in clean
    with pikepdf.open(BytesIO(clean)) as found:
        assert "/OpenAction" not in found.Root
        assert len(found.pages) == 1


@pytest.mark.parametrize(
    ("data", "accepts", "code"),
    [
        (b"", ("pdf",), "empty_file"),
        (b"MZ\x90\x00program", ("pdf", "image"), "file_type"),
        (b"<html><script>", ("pdf",), "file_type"),
        (picture("PNG"), ("pdf",), "file_type"),
        (b"%PDF-1.7 broken", ("pdf",), "bad_pdf"),
        (picture()[:300], ("image",), "bad_image"),
        (b"\xff\xd8\xff" + b"0" * (attaching.MOST_BYTES + 1), ("image",), "file_too_large"),
    ],
)
def test_what_is_not_a_harmless_file_is_refused_with_a_sentence(data, accepts, code):
    with pytest.raises(Refusal) as refused:
        attaching.cleaned(data, accepts)
    assert refused.value.code == code
    assert refused.value.detail.endswith(".")


def test_the_test_virus_is_found_without_any_scanner():
    with pytest.raises(Refusal, match="virus"):
        scanning.scan(b"x" + scanning.EICAR)


@pytest.mark.django_db
def test_an_attached_file_lies_encrypted_and_opens_with_its_key(town, settings):
    draft = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    attaching.receive(draft, "foto", file_name="../../mi foto.png", data=picture())
    [row] = Attachment.objects.all()
    told = opened.by_code(draft.draft.public_id, draft.code).personal[FILES][row.public_id]
    stored = filestore.path_of(row.public_id).read_bytes()
    assert told["name"] == "mi foto.jpg"
    assert b"JFIF" not in stored
    assert attaching.opened_file(row, told["key"]).startswith(b"\xff\xd8\xff")


@pytest.mark.django_db(transaction=True)
def test_the_files_of_an_expired_draft_are_gone_with_it(town):
    draft = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    attaching.receive(draft, "foto", file_name="foto.jpg", data=picture())
    path = filestore.path_of(Attachment.objects.get().public_id)
    assert path.exists()
    clocks.run(town, draft.draft.expires_on + timedelta(days=40))
    assert not path.exists()
    assert not Attachment.objects.exists()


def with_catalogue(change):
    """A PDF of one page whose catalogue was changed."""
    out, made = BytesIO(), pikepdf.new()
    made.add_blank_page()
    change(made)
    made.save(out)
    return out.getvalue()


def scripted_outline(made):
    item = made.make_indirect(
        pikepdf.Dictionary(Title="x", A=pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)"))
    )
    made.Root.Outlines = made.make_indirect(pikepdf.Dictionary(First=item, Last=item, Count=1))


def associated_file(made):
    carried = pikepdf.Dictionary(F=made.make_stream(b"MZ a program"))
    made.Root.AF = pikepdf.Array([made.make_indirect(pikepdf.Dictionary(F="x.exe", EF=carried))])
    made.pages[0].obj.AF = made.Root.AF


def names_that_are_none(made):
    made.Root.Names = 5


@pytest.mark.parametrize("change", [scripted_outline, associated_file, names_that_are_none])
def test_a_pdf_keeps_only_what_it_is_drawn_by(change):
    kind, clean = attaching.cleaned(with_catalogue(change), ("pdf",))
    with pikepdf.open(BytesIO(clean)) as found:
        assert kind == "pdf"
        assert set(found.Root.keys()) <= attaching.DRAWN_BY
        assert set(found.pages[0].obj.keys()) <= attaching.PAGE_DRAWN_BY
    assert b"a program" not in clean
    assert b"alert" not in clean


@pytest.mark.django_db
def test_a_photo_is_replaced_as_often_as_one_likes_and_only_the_last_is_kept(town):
    draft = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    for _ in range(attaching.MOST_FILES + 1):
        draft = attaching.receive(draft, "foto", file_name="a.jpg", data=picture())
    assert Attachment.objects.count() == 1
