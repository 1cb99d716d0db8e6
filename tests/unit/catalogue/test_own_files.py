"""A municipality's own tree, words and agencies: what each file must keep, said with its line and its remedy."""

import pytest

from alcaldia.catalogue import documents, files
from alcaldia.catalogue.rules import agencies, tree, words
from alcaldia.kernel.errors import Refusal


def door(key, groups="[{key: g, name: G, families: [{key: f, name: F}]}]"):
    return f"  - {{key: {key}, name: Puerta, groups: {groups}}}\n"


def group(number, families="[{key: f%d, name: F}]"):
    return f"{{key: g{number}, name: G, families: {families.replace('%d', str(number))}}}"


def doors(*one):
    return "doors:\n" + "".join(one)


THREE = (door("b", f"[{group(20)}]"), door("c", f"[{group(21)}]"))
TREES = {
    "doors": doors(door("a")),
    "too_many": doors(door("a", "[" + ", ".join(map(group, range(10))) + "]"), *THREE),
    "too_many families": doors(
        door("a", "[{key: g, name: G, families: [" + ", ".join(f"{{key: x{n}, name: X}}" for n in range(10)) + "]}]"), *THREE),
    "twice": doors(door("a", f"[{group(20)}]"), *THREE),
    "bad_key": doors(door("Con Espacio"), *THREE),
    "too_long": doors(door("a", "[{key: g, name: " + "n" * 61 + ", families: [{key: f, name: F}]}]"), *THREE),
    "no_choice": doors(door("a", "[{key: g, name: G, families: [{key: f, name: F, questions: [{asks: '¿Qué?', answers: [{says: Eso, leads_to: [x]}]}]}]}]"), *THREE),
}  # fmt: skip


@pytest.mark.parametrize("case", TREES)
def test_a_crooked_tree_is_refused_with_its_line(case):
    given = documents.read(TREES[case])
    found = [one for one in documents.alone(given) if one.level == "error"]
    assert {one.code for one in found} == {case.split()[0]}
    assert all(sentence.startswith("Línea ") for sentence in given.sentences(found))


SHAPELESS = {
    "a,b,c\n1,2,3\n": "not_a_catalogue",
    "- una\n- lista\n": "not_a_catalogue",
    "palabras: {}\n": "not_a_catalogue",
    "": "bad_yaml",
    "words: &a [*a, *a]\n": "bad_yaml",
    "words:\n  tienda: [negocio]\n  tienda: [abrir]\n": "bad_yaml",
    "words:\n  tienda: negocio\n": "bad_catalogue",
    "doors: []\ncolour: red\n": "bad_catalogue",
    "agencies:\n  cultura: {name: Cultura}\n": "bad_catalogue",
}


@pytest.mark.parametrize(("text", "code"), SHAPELESS.items())
def test_what_is_no_catalogue_is_said_to_be_none(text, code):
    with pytest.raises(Refusal) as told:
        documents.read(text)
    assert told.value.code == code
    assert code == "not_a_catalogue" or "Línea " in told.value.detail


WORDS = {
    "twice": "words:\n  tienda, bazar: [negocio]\n  Bazar: [abrir]\n",
    "bad_words": "words:\n  el la los: [negocio]\n",
    "bad_words long": "words:\n  quiero abrir puesto elotes asados grandes: [negocio]\n",
    "bad_words official": "words:\n  tienda: ['¿?']\n",
    "too_many": "words:\n  tienda: [a1, b1, c1, d1, e1, f1, g1, h1, i1, j1]\n",
}


@pytest.mark.parametrize("case", WORDS)
def test_words_that_could_not_be_searched_are_refused(case):
    found = documents.alone(documents.read(WORDS[case]))
    assert {one.code for one in found} == {case.split()[0]}


def test_official_words_must_be_said_by_some_procedure():
    given = documents.read("words:\n  bazar: [negocio, zzz]\n  zzz: [bazar]\n").content
    found = words.fit(given, lambda word: word == "negocio")
    assert [one.path for one in found] == [("words", "bazar", 1), ("words", "zzz", 0)]


def test_own_words_stand_before_those_of_the_first_day_and_nothing_takes_a_word_away():
    first = {"tienda, bazar": ("negocio",), "bar": ("alcohol",)}
    own = {"Tiendas": ("plaza",), "bar": (), "tianguis": ("puesto",)}
    assert words.merged(first, own) == {"bazar": ("negocio",), "Tiendas": ("plaza",), "tianguis": ("puesto",)}


def test_answers_lead_to_procedures_of_their_family_and_no_procedure_is_left_without_one():
    asks = "questions: [{asks: '¿Qué?', answers: [{says: A, leads_to: [uno]}, {says: B, leads_to: [dos, tres]}]}]"
    given = documents.read(
        doors(door("a", f"[{{key: g, name: G, families: [{{key: f, name: F, {asks}}}]}}]"), *THREE)
    )
    found = tree.fit(given.content, {"uno": "f", "dos": "otra", "cuatro": "f20"})
    assert [one.code for one in found] == ["other_family", "unknown_procedure", "family_gone"]
    assert "«dos»" in found[2].text


def test_an_agency_that_a_procedure_names_cannot_disappear():
    given = documents.read("agencies:\n  salud: {name: Salud, about: Higiene.}\n").content
    [found] = agencies.fit(given, {"salud": ("uno",), "ecologia": ("dos", "tres")})
    assert (found.code, "«dos», «tres»" in found.text) == ("agency_gone", True)


@pytest.mark.parametrize("kind", files.FILES)
def test_what_the_first_day_says_is_a_catalogue_too(kind):
    given = documents.read(files.text(kind))
    assert given.kind == kind
    assert documents.alone(given) == []
