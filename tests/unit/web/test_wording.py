"""Words in the page's language: whole sentences, their facts, and nothing that could be markup."""

from django.utils.translation import override

from alcaldia.kernel.shape import Text
from alcaldia.kernel.text import either, listed, named, sentence
from alcaldia.web.components.wording import bare, marked

LONG = sentence("El texto pasa de %(n)s letras. Escríbalo más corto.", n=200)
ONE = sentence("Escriba al menos %(n)s letra.", "Escriba al menos %(n)s letras.", n=1)


def test_in_spanish_it_is_what_was_said():
    assert (marked(LONG), bare(ONE), marked(Text((("es", "Hola <b>"),)))) == (
        str(LONG),
        "Escriba al menos 1 letra.",
        "Hola &lt;b&gt;",
    )


def test_in_english_template_and_facts_are_translated():
    with override("en"):
        assert marked(LONG) == "The text has more than 200 characters. Write it shorter."
        assert bare(ONE) == "Write at least 1 character."
        assert bare(either(["un PDF", "una foto", "un plano DWG"])) == "a PDF or a photo or a DWG drawing"
        assert bare(named(Text((("es", "Casa"), ("en", "House"))))) == "House"


def test_what_nobody_translated_says_that_it_is_spanish_even_within():
    with override("en"):
        assert marked("Avenida Juárez") == '<span lang="es">Avenida Juárez</span>'
        said = sentence("%(agency)s: opinión favorable", agency="Bomberos")
        assert marked(said) == '<span lang="es">Bomberos</span>: favourable opinion'
        assert (marked("12 %"), marked("No"), marked("")) == ("12 %", "No", "")


def test_nothing_becomes_markup():
    with override("en"):
        said = sentence("Esta solicitud ya se envió con el folio %(folio)s.", folio="<script>")
        assert "<script>" not in marked(said) + marked("<script>") + marked(listed(["<script>", "&"]))
