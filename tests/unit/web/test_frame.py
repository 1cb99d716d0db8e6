"""A frame is drawn once for the same words and language, and sees nothing else of the page."""

from django.template import Context, Template
from django.utils import translation

HEADER = Template('{% load frame %}{% frame "components/bar.html" slug=slug name=name entered=entered %}')
FOOTER = Template('{% load frame %}{% frame "components/footer.html" slug=slug %}')


def shown(template: Template, **words: str) -> str:
    return template.render(Context(words))


def test_each_town_and_each_language_has_its_own() -> None:
    assert "/m/uno/contacto/" in shown(FOOTER, slug="uno")
    assert "/m/dos/contacto/" in shown(FOOTER, slug="dos")
    assert "contacto" not in shown(FOOTER, slug="")
    with translation.override("en"):
        assert "Contact<" in shown(FOOTER, slug="uno")


def test_who_is_here_changes_one_word_and_no_name_is_kept() -> None:
    assert "Entrar" in shown(HEADER, entered="")
    inside = shown(HEADER, entered="yes", person="Rosa")
    assert "Mi cuenta" in inside
    assert "Rosa" not in inside


def test_a_name_is_escaped() -> None:
    assert "<b>" not in shown(HEADER, slug="uno", name="<b>Uno</b>")
