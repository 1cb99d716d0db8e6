"""The office page of what words mean: tried before it is kept, undone by a button, closed to other towns' officials."""

import re
from html import unescape

import pytest
from django.test import Client

from alcaldia.catalogue import own
from alcaldia.kernel.models import Municipality
from tests.factories.people import log_in, with_key
from tests.procedures.officials import official

pytestmark = pytest.mark.django_db(transaction=True)
PAGE, UNDO = "/oficina/pueblo/palabras/significados/", "/oficina/pueblo/palabras/significados/deshacer/"
WORSE = {"palabras": "bache, hoyo, luminaria, foco, basura", "significan": "curso", "visto": "0"}


def words(answer):
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def entered(town, name="ana"):
    one = official(town, name, "desarrollo-urbano")
    with_key(one)
    browser = Client()
    log_in(browser, one)
    return browser


def rows():
    return own.by_slug("pueblo").own_words


def send(browser, button, seen=0, palabras="jacal, tejabán", significan="construir, vivienda", **more):
    given = {"palabras": palabras, "significan": significan, "visto": seen, button: "1"}
    return browser.post(PAGE, given | more)


def test_a_word_is_tried_kept_changed_taken_away_and_brought_back(town):
    browser = entered(town)
    tried = send(browser, "probar")
    assert re.search(r"«jacal» hoy da: nada Con el cambio: .*construir", words(tried), re.I)
    assert rows() == {}
    assert send(browser, "guardar").status_code == 302
    assert "jacal, tejabán" in words(browser.get(PAGE))
    assert 'value="construir, vivienda"' in browser.get(PAGE, {"cambiar": "jacal, tejabán"}).content.decode()
    send(browser, "guardar", 1, "jacal", antes="jacal, tejabán")
    assert rows() == {"jacal": ("construir", "vivienda")}
    assert "Quitar «jacal»" in words(browser.get(PAGE, {"quitar": "jacal"}))
    browser.post(PAGE, {"palabras": "jacal", "antes": "jacal", "quitar": "1", "guardar": "1", "visto": "2"})
    assert rows() == {}
    assert browser.post(UNDO, {"visto": "3"}).status_code == 302
    assert rows() == {"jacal": ("construir", "vivienda")}


def test_what_would_lose_searches_is_kept_only_with_a_tick(town):
    browser = entered(town)
    tried = browser.post(PAGE, {**WORSE, "probar": "1"})
    assert "Dejarían de encontrarse" in words(tried)
    assert 'name="aceptar"' in tried.content.decode()
    assert browser.post(PAGE, {**WORSE, "guardar": "1"}).status_code == 409
    assert browser.post(PAGE, {**WORSE, "guardar": "1", "aceptar": "1"}).status_code == 302


TYPED = {
    "sin palabras": ({"palabras": " , "}, 422, "Escriba las palabras"),
    "nadie lo dice": ({"significan": "zzz"}, 422, "Ningún trámite dice «zzz»"),
    "no dice nada": ({"palabras": "el la los"}, 422, "palabras que digan algo"),
    "dos veces": ({"palabras": "jacal, Jacal"}, 422, "está dos veces"),
    "se fue": ({"antes": "ya no está"}, 409, "Alguien guardó"),
    "otra versión": ({"visto": "7"}, 409, "Alguien guardó"),
    "sin versión": ({"visto": "x"}, 302, ""),
    "marcas": ({"palabras": "<jacal>: [x] #"}, 302, ""),
}


@pytest.mark.parametrize("case", TYPED)
def test_what_is_typed_wrong_is_a_sentence_and_stays_in_the_form(town, case):
    given, status, sentence = TYPED[case]
    answer = send(entered(town), "guardar", **given)
    assert answer.status_code == status
    assert sentence in words(answer)
    assert case != "marcas" or list(rows()) == ["<jacal>: [x] #"]


def test_of_two_officials_who_save_at_once_the_second_reads_it(town):
    one, other = entered(town), entered(town, "beto")
    assert send(one, "guardar").status_code == 302
    late = send(other, "guardar", palabras="tejado")
    assert late.status_code == 409
    assert 'value="tejado"' in late.content.decode()
    assert other.post(UNDO, {"visto": "0"}).status_code == 409
    assert list(rows()) == ["jacal, tejabán"]


def test_an_official_of_another_town_and_whoever_has_no_session_stay_outside(town):
    other = Municipality.objects.create(slug="otro", name="Otro")
    for browser, allowed in ((entered(other), 403), (Client(), 302)):
        assert browser.get(PAGE).status_code == allowed
        assert send(browser, "guardar").status_code == allowed
        assert browser.post(UNDO, {"visto": "0"}).status_code == allowed
    assert rows() == {}


@pytest.mark.parametrize(
    "odd", ["',..)(,", "tienda') AND 1=1--", "(", "%", "½", "a" * 200, "😀", "tienda\x01"]
)
def test_odd_words_are_no_failure(town, odd):
    browser = entered(town)
    for row in ({"palabras": odd, "significan": "tienda"}, {"palabras": "changarrito", "significan": odd}):
        assert send(browser, "probar", **row).status_code in (200, 422)
