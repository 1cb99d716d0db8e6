"""An official uploads, reads the audit, publishes, goes back; nobody else gets in."""

import datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from alcaldia.land import permissions
from alcaldia.land.models import CrosswalkRow, Dataset, ImportJob, IssuedRuling, Parcel
from tests.factories.people import log_in, made_official
from tests.unit.land.importing.helpers import feature, square, town, write

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 11, 22)
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def plain(settings, tmp_path):
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.TASKS = {"default": {"BACKEND": "django_tasks.backends.immediate.ImmediateBackend"}}
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if "whitenoise" not in name]
    settings.UPLOADS_DIR = tmp_path / "uploads"


def official(city, role="planner", since=TODAY - DAY, until=None):
    return made_official(city, role, username="ana", since=since, until=until)


@pytest.fixture
def city():
    return town()


@pytest.fixture
def ana(client, city):
    log_in(client, official(city, since=timezone.localdate() - DAY))
    return client


def upload(client, path, kind="parcels"):
    file = SimpleUploadedFile(path.name, path.read_bytes())
    page = client.post("/oficina/prueba/cargas/", {"tipo": kind, "archivo": file})
    return page, ImportJob.objects.order_by("pk").last()


def parcels(tmp_path, *keys, column="clave"):
    return write(
        tmp_path / "predios.geojson", *[feature({column: key}, square(i)) for i, key in enumerate(keys)]
    )


def test_upload_preview_publish_and_revert(ana, city, tmp_path):
    page, job = upload(ana, parcels(tmp_path, "A", "A"))
    preview = ana.get(page.url).content.decode()
    ana.post(f"{page.url}publicar/")
    _, second = upload(ana, parcels(tmp_path, "B"))
    ana.post(f"/oficina/prueba/cargas/{second.pk}/publicar/")
    dataset = Dataset.objects.get()
    ana.post(f"/oficina/prueba/datos/{dataset.pk}/volver/")

    dataset.refresh_from_db()
    assert "Filas que repiten su clave: 2" in preview
    assert (dataset.current.number, dataset.current.published_by) == (3, "ana")
    assert dataset.current.file_name == "predios.geojson"
    assert list(Parcel.objects.filter(version=dataset.current).values_list("key", flat=True)) == ["A", "A"]
    assert "Volver a la versión anterior" in ana.get(f"/oficina/prueba/datos/{dataset.pk}/").content.decode()


def test_nothing_is_published_by_the_preview_and_discarding_deletes_the_file(ana, tmp_path, settings):
    page, job = upload(ana, parcels(tmp_path, "A"))

    ana.post(f"{page.url}descartar/")

    job.refresh_from_db()
    assert (job.state, Dataset.objects.count()) == ("discarded", 0)
    assert list(settings.UPLOADS_DIR.iterdir()) == []


def test_mapping_a_column_audits_again(ana, tmp_path):
    page, job = upload(ana, parcels(tmp_path, "A", column="rara"))

    ana.post(f"{page.url}columnas/", {"campo_key": "rara"})
    ana.post(f"{page.url}publicar/")

    assert Parcel.objects.get().key == "A"


def test_a_file_with_no_column_known_asks_which_is_which_under_its_own_name(ana, tmp_path):
    file = tmp_path / "normas.csv"
    file.write_text("sector,tope\nH1,0.8\n", encoding="utf-8")
    page, job = upload(ana, file, kind="norms")
    shown = ana.get(page.url).content.decode()
    assert (job.state, "normas.csv se puede cargar" in shown) == ("refused", True)
    assert "<option>tope</option>" in shown

    ana.post(f"{page.url}columnas/", {"campo_zone_code": "sector", "campo_cos": "tope"})

    job.refresh_from_db()
    assert (job.state, job.report["rows"]) == ("ready", 1)


def test_a_layer_without_a_name_is_refused_before_it_is_kept(ana, settings):
    file = SimpleUploadedFile("a.geojson", b"{}")
    page = ana.post("/oficina/prueba/cargas/", {"archivo": file, "tipo": "layer"})
    assert "Una capa necesita nombre" in page.content.decode()
    assert ImportJob.objects.count() == 0


def test_a_bad_file_shows_its_sentence(ana, tmp_path):
    (tmp_path / "roto.geojson").write_text("{")

    page, job = upload(ana, tmp_path / "roto.geojson")

    assert job.state == "refused"
    assert "no es JSON válido" in ana.get(page.url).content.decode()


def test_a_body_over_the_limit_is_refused_before_it_is_read(ana, settings):
    settings.IMPORT_MAX_BYTES = 10

    page = ana.post("/oficina/prueba/cargas/", {"archivo": SimpleUploadedFile("a.csv", b"x" * 100_000)})

    assert page.status_code == 413
    assert ImportJob.objects.count() == 0


def test_publishing_twice_is_refused(ana, tmp_path):
    page, _ = upload(ana, parcels(tmp_path, "A"))

    assert ana.post(f"{page.url}publicar/").status_code == 302
    assert ana.post(f"{page.url}publicar/").status_code == 409


def test_the_crosswalk_is_published_and_half_a_pair_is_refused(ana, city):
    url = "/oficina/prueba/equivalencias/"

    done = ana.post(url, {"origen": ["7225", ""], "destino": ["3.1", ""], "nota": ["", ""]})
    half = ana.post(url, {"origen": ["7225"], "destino": [""], "nota": [""]})

    assert (done.status_code, half.status_code) == (302, 422)
    assert CrosswalkRow.objects.get().to_code == "3.1"
    assert 'value="7225"' in ana.get(url).content.decode()


def test_a_flagged_ruling_is_reviewed_once_with_a_note(ana, city):
    IssuedRuling.objects.create(
        folio="DUS-2026-7K3M-9QXF-04TC", municipality=city, kind="land-use", parcel_id="x", question={}, document={},
        trace_sha256="", outcome="undetermined", issued_at=timezone.now(), valid_until=TODAY, review_flags=["undetermined"],
    )  # fmt: skip
    url = "/oficina/prueba/revisiones/"

    shown = ana.get(url).content.decode()
    first = ana.post(f"{url}DUS-2026-7K3M-9QXF-04TC/", {"nota": "Correcto"})
    second = ana.post(f"{url}DUS-2026-7K3M-9QXF-04TC/", {"nota": "Otra vez"})

    assert "No se pudo determinar" in shown
    assert "Un dictamen se emitió" in shown
    assert "/visor/prueba/dictamen/DUS-2026-7K3M-9QXF-04TC/" in shown
    assert (first.status_code, second.status_code) == (302, 409)
    assert "No hay dictámenes por revisar" in ana.get(url).content.decode()


PAGES = ["", "prueba/datos/", "prueba/equivalencias/", "prueba/revisiones/"]


@pytest.mark.parametrize("where", PAGES)
def test_a_stranger_is_sent_to_the_login(client, city, where):
    answer = client.get(f"/oficina/{where}")

    assert (answer.status_code, "/oficina/entrar/" in answer.url) == (302, True)


# role, since, until, may load, may review
POSTS = [
    ("planner", TODAY, None, True, True),
    ("cadastre", TODAY, TODAY, True, False),
    ("reviewer", TODAY, None, False, True),
    ("operator", TODAY - DAY, None, True, True),
    ("planner", TODAY + DAY, None, False, False),
    ("planner", TODAY - DAY, TODAY - DAY, False, False),
]


@pytest.mark.parametrize(("role", "since", "until", "load", "review"), POSTS)
def test_the_current_post_decides(city, role, since, until, load, review):
    person = official(city, role, since, until)

    assert permissions.can_load(person, city, TODAY) is load
    assert permissions.can_review(person, city, TODAY) is review


@pytest.mark.parametrize("where", PAGES[1:])
def test_the_post_of_another_city_opens_nothing(client, city, where):
    elsewhere = type(city).objects.create(slug="otra", name="Otra")
    log_in(client, official(elsewhere, since=timezone.localdate()))

    assert client.get(f"/oficina/{where}").status_code == 403
