"""A municipality's own tree, words and agencies: kept as versions, in force at once everywhere, undone by one act."""

import json
from contextlib import suppress

import pytest
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from alcaldia.catalogue import files, own
from alcaldia.catalogue.models import CatalogueVersion
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.procedures import definitions, proposing, representing
from alcaldia.procedures.actions import catalogue
from alcaldia.procedures.names import agency_name
from alcaldia.project import cli
from alcaldia.project.commands import doctor

pytestmark = pytest.mark.django_db(transaction=True)
TREE = files.text("tree").replace("{es: Casa y agua, en: House and water}", "Casa y agua potable")
AGENCIES = files.text("agencies").replace("{es: Tesorería, en: Treasury}", "Hacienda municipal")
WORDS = "words:\n  jacal, tejabán: [construir, vivienda]\n"


class Interrupted(Exception):
    pass


def keep(town, text, **more):
    return catalogue.keep(proposal=proposing.of_text(town, text), by="ana", channel="test", **more)


def again(town):
    return Municipality.objects.get(pk=town.pk)


def pages(client, *paths):
    return [client.get(f"/m/pueblo/{path}").content.decode() for path in paths]


def test_every_page_shows_the_towns_own_and_asks_nothing_more(client, town):
    def asked():
        with CaptureQueriesContext(connection) as found:
            pages(client, "", "puerta/pagar/", "grupo/casa-y-agua/", "buscar/?q=jacal", "dependencias/")
        return len(found)

    asked()
    before = asked()
    for text in (TREE, WORDS, AGENCIES):
        keep(town, text)
    home, door, group, offices, sheet = pages(
        client,
        "",
        "puerta/pagar/",
        "grupo/casa-y-agua/",
        "dependencias/",
        "tramite/pago-predial/ficha-legal/",
    )
    assert "casa y agua potable" in home
    assert "Casa y agua potable" in door
    assert "Casa y agua potable" in group
    assert "Hacienda municipal" in offices
    assert asked() == before


def test_words_lead_the_search_of_that_town_alone(client, town):
    def first(slug):
        return definitions.search("jacal", municipality=slug)[0]

    Municipality.objects.create(slug="otro", name="Otro")
    assert first("pueblo").nearest
    keep(town, WORDS)
    assert first("pueblo").family == "construir"
    assert first("otro").nearest
    found = client.get("/api/v1/municipalities/pueblo/procedures?q=jacal").json()
    assert found[0]["family"] == "construir"


def test_names_scopes_and_checks_follow(client, town):
    keep(town, AGENCIES + "  turismo: {name: Turismo, about: Visitas.}\n")
    keep(town, TREE)
    here = again(town)
    assert agency_name(here, "tesoreria") == "Hacienda municipal"
    assert representing.known_scopes(here)["casa-y-agua"] == "Casa y agua potable"
    assert "turismo" in definitions.around("pueblo", catalogue=own.of(here)).agencies
    sheet = client.get("/api/v1/municipalities/pueblo/sheets/pago-predial").json()
    assert sheet["agency_name"] == "Hacienda municipal"


REFUSED = {
    "«predial»": files.text("tree").replace("key: predial", "key: impuesto"),
    "«juzgado-civico»": "\n".join(line for line in files.text("agencies").splitlines() if "juzgado-civico" not in line),
    "«zzz»": "words:\n  jacal: [zzz]\n",
}  # fmt: skip


@pytest.mark.parametrize("named", REFUSED)
def test_what_would_leave_something_behind_is_refused_by_name_and_nothing_is_kept(town, named):
    with pytest.raises(Refusal, match="Corrija") as told:
        keep(town, REFUSED[named])
    assert named in told.value.detail
    assert "Línea " in told.value.detail
    assert not CatalogueVersion.objects.exists()
    assert again(town).catalogue == ""


def test_words_that_lose_searches_are_kept_only_on_purpose(town):
    worse = "words:\n" + "".join(f"  {word}: [curso]\n" for word in ("bache", "hoyo", "luminaria", "foco"))
    with pytest.raises(Refusal, match="Dejarían de encontrarse"):
        keep(town, worse)
    kept = keep(town, worse, accept_worse=True)
    assert json.loads(bytes(Entry.objects.get(folio=kept.folio).body))["search"]["worse"] > 0
    keep(town, "words: {}\n")
    back = proposing.of_version(town, "words", kept.number)
    assert catalogue.keep(proposal=back, by="ana", channel="test").restores == kept.number


def test_going_back_is_one_version_more_and_ends_at_the_first_day(town):
    first, second = keep(town, WORDS), keep(town, WORDS + "  bajareque: [construir]\n")

    def undo():
        return catalogue.keep(proposal=proposing.of_version(town, "words", None), by="ana", channel="test")

    assert (undo().restores, own.of(again(town)).own_words) == (
        first.number,
        {"jacal, tejabán": ("construir", "vivienda")},
    )
    assert undo().restores == 0
    assert again(town).catalogue == ""
    with pytest.raises(Refusal, match="nada que deshacer"):
        undo()
    catalogue.keep(proposal=proposing.of_version(town, "words", second.number), by="ana", channel="test")
    assert "bajareque" in own.of(again(town)).own_words
    assert (
        Entry.objects.filter(type__startswith="catalogue.").count() == CatalogueVersion.objects.count() == 5
    )


def test_of_two_who_save_at_once_the_second_is_told(town):
    one, other = proposing.of_text(town, WORDS), proposing.of_text(town, TREE)
    catalogue.keep(proposal=one, by="ana", channel="test")
    with pytest.raises(Refusal, match="Alguien guardó"):
        catalogue.keep(proposal=other, by="beto", channel="test")


def test_what_was_rolled_back_is_never_shown(town):
    with suppress(Interrupted), transaction.atomic():
        keep(town, WORDS)
        assert "jacal, tejabán" in own.of(again(town)).own_words
        raise Interrupted
    assert own.of(again(town)).own_words == {}
    keep(town, "words:\n  bajareque: [construir]\n")
    assert list(own.of(again(town)).own_words) == ["bajareque"]


def test_the_doctor_names_a_procedure_that_came_after_the_tree(town, tmp_path):
    source = definitions.paths()["reporte-ciudadano"].read_text(encoding="utf-8")
    keep(town, AGENCIES)
    assert [fine for fine, _ in doctor._catalogues()] == [True]
    late = source.replace("key: reporte-ciudadano", "key: tarde", 1).replace(
        "family: reportes", "family: nueva", 1
    )
    keep(town, TREE)
    (folder := definitions.home_of("pueblo")).mkdir(parents=True, exist_ok=True)
    (folder / "tarde.yaml").write_text(late, encoding="utf-8")
    [(fine, sentence)] = doctor._catalogues()
    (folder / "tarde.yaml").unlink()
    assert (fine, "«tarde»" in sentence) == (False, True)


def test_a_version_is_neither_changed_nor_deleted(town):
    kept = keep(town, WORDS)
    for act in (lambda: CatalogueVersion.objects.update(body=b""), kept.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()


def test_a_family_comes_before_its_procedures_and_is_not_shown_until_then(client, town):
    more = TREE.replace("families:\n", "families:\n          - {key: panteones, name: Panteones}\n", 1)
    proposal = proposing.of_text(town, more)
    assert [one.code for one in proposal.problems] == ["empty"]
    catalogue.keep(proposal=proposal, by="ana", channel="test")
    assert "Panteones" not in client.get("/m/pueblo/grupo/casa-y-agua/").content.decode()


def test_the_commands_import_list_export_and_undo(town, tmp_path, capsys):
    file, back = tmp_path / "palabras.yaml", tmp_path / "vuelta.yaml"
    file.write_text(WORDS)
    of = ["--municipality", "pueblo"]
    assert cli.main(["catalogue", "import", str(file), *of, "--dry-run"]) == 0
    assert not CatalogueVersion.objects.exists()
    assert cli.main(["catalogue", "import", str(file), *of]) == 0
    assert cli.main(["catalogue", "export", "words", str(back), *of]) == 0
    assert back.read_text() == WORDS
    capsys.readouterr()
    assert cli.main(["catalogue", "import", str(back), *of, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["same"]
    assert cli.main(["catalogue", "undo", "words", *of]) == 0
    assert cli.main(["catalogue", "list", *of]) == 0
    assert "words 2" in capsys.readouterr().out


def test_the_commands_refuse_what_is_not_there(town, tmp_path, capsys):
    of = ["--municipality", "pueblo"]
    table = tmp_path / "arbol.csv"
    table.write_text("clave,nombre\na,b\n")
    assert cli.main(["catalogue", "import", str(table), *of]) == 1
    assert "empieza con doors" in capsys.readouterr().err
    assert cli.main(["catalogue", "import", str(tmp_path / "nada.yaml"), *of]) == 1
    assert cli.main(["catalogue", "undo", "tree", *of]) == 1
    assert cli.main(["catalogue", "undo", "tree", "--to", "7", *of]) == 1
    assert "0 es la del primer día" in capsys.readouterr().err
