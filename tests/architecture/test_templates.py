"""Pages keep the strict content policy, compile, are used, and say their language."""

import re

import pytest
from django.template.loader import get_template
from django.urls import Resolver404, resolve

from tests.conftest import ROOT

WEB = ROOT / "src" / "alcaldia" / "web"
TEMPLATES = {path.relative_to(folder).as_posix(): path for folder in WEB.glob("*/templates") for path in folder.rglob("*.html")}  # fmt: skip
_COMMENT = re.compile(r"{#.*?#}|{% comment.*?endcomment %}", re.DOTALL)
INLINE = {
    "an inline script": re.compile(r"<script(?![^>]*\bsrc=)[^>]*>", re.IGNORECASE),
    "an inline style sheet": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"""\sstyle\s*=\s*["']""", re.IGNORECASE),
    "an event attribute": re.compile(r"""<[^>]*\son[a-z]+\s*=\s*["']""", re.IGNORECASE),
    "a javascript address": re.compile(r"""["']\s*javascript:""", re.IGNORECASE),
    "a script without the answer's nonce": re.compile(
        r"""<script(?=[^>]*\bsrc=)(?![^>]*nonce="{% nonce %}")""", re.IGNORECASE
    ),
}
# Taken by Django itself under names of its own choosing.
BY_CONVENTION: set[str] = set()


def inline(text: str) -> list[str]:
    """What the content policy would refuse to run in this template."""
    bare = _COMMENT.sub("", text)
    return [name for name, pattern in INLINE.items() if pattern.search(bare)]


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_nothing_is_inline(name):
    assert inline(TEMPLATES[name].read_text()) == []


@pytest.mark.parametrize(
    "text",
    [
        "<script>x</script>",
        "<style>p{}</style>",
        '<p style="x">',
        '<a onclick="x">',
        '<a href="javascript:x">',
        '<script src="x"></script>',
    ],
)
def test_what_is_inline_would_be_seen(text):
    assert len(inline(text)) == 1


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_every_template_compiles(name):
    assert get_template(name)


def test_no_template_is_unused():
    sources = [path for kind in ("*.py", "*.html") for path in (ROOT / "src").rglob(kind)]
    text = "\n".join(path.read_text() for path in sources)
    unused = {name for name in TEMPLATES if name not in text and not _named_in_parts(name)}
    assert unused == BY_CONVENTION


def _named_in_parts(name: str) -> bool:
    """`render(request, f"visor/{template}.html")` with "parcel" somewhere in the same face."""
    face, _, rest = name.partition("/")
    code = "\n".join(path.read_text() for path in (WEB / face).glob("*.py"))
    whole = re.search(rf'f"{face}/\{{\w+\}}\.html"', code)
    return bool(whole and f'"{rest.removesuffix(".html")}"' in code)


def test_every_page_says_its_language():
    pages = {name: path.read_text() for name, path in TEMPLATES.items() if "<html" in path.read_text()}
    assert pages, "no page has an <html> element"
    assert [name for name, text in pages.items() if not re.search(r"<html[^>]*\slang=", text)] == []


_ADDRESS = re.compile(r"""(?:href|action)="(/[^"{?#]*)["?#]""")


@pytest.mark.parametrize("name", sorted(TEMPLATES))
def test_addresses_written_out_lead_somewhere(name):
    written = _ADDRESS.findall(TEMPLATES[name].read_text())
    assert [address for address in written if not _resolves(address)] == []


def _resolves(address):
    try:
        return bool(resolve(address))
    except Resolver404:
        return False
