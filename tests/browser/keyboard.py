"""A person who has a keyboard and nothing else: whatever is answered or pressed has the focus because Tab brought it there."""

from typing import Any

from playwright.sync_api import Page

from tests.browser.helpers import FOCUS, stop, tab_to
from tests.samples.applications import file

STOPS = 60


def skip(page: Page) -> None:
    """Past the header by the first stop of every page; whoever did so before is there already, for addresses keep it."""
    if not page.url.endswith("#contenido"):
        tab_to(page, "Saltar al contenido", limit=1)
        page.keyboard.press("Enter")
    assert page.evaluate(FOCUS)["tag"] == "MAIN", page.url


def enter(page: Page) -> None:
    """Enter on what has the focus, and the page that answers."""
    with page.expect_navigation():
        page.keyboard.press("Enter")


def follow(page: Page, *texts: str) -> None:
    """Through as many pages as there are texts: Tab to what says each, and Enter."""
    for text in texts:
        tab_to(page, text)
        enter(page)


def answer(page: Page, answers: dict[str, str], *, button: str = "Continuar") -> list[tuple[str, str]]:
    """Fill in the form that is shown, in its order, and press Enter on its button; kind and value of what was answered."""
    page.on("filechooser", listening)
    skip(page)
    done: list[tuple[str, str]] = []
    for _ in range(STOPS):
        found = stop(page)
        if found["text"] == button:
            enter(page)
            return done
        if found["name"] in answers:
            one(page, found, answers[found["name"]])
            done.append((found["type"], answers[found["name"]]))
    raise AssertionError(f"Tab never reached «{button}»")


def listening(_chooser: object) -> None:
    """Chromium must know in time that files are chosen by the test: asked at the key itself, it is late once in ten."""


def one(page: Page, found: dict[str, Any], value: str) -> None:
    """Answer what has the focus."""
    if found["type"] == "radio":
        choose(page, found, value)
    elif found["type"] == "checkbox":
        if found["checked"] != (found["value"] == value):
            page.keyboard.press("Space")
    elif found["type"] == "select-one":
        for key in ["Home"] + ["ArrowDown"] * found["options"].index(value):
            found = stop(page, key)
        assert found["value"] == value
    elif found["type"] == "file":
        name, kind, data = file(value)
        with page.expect_file_chooser() as chosen:
            page.keyboard.press("Space")
        chosen.value.set_files({"name": name, "mimeType": kind, "buffer": data})
    else:
        page.keyboard.press("Control+A")
        page.keyboard.type(value) if value else page.keyboard.press("Delete")


def choose(page: Page, found: dict[str, Any], value: str) -> None:
    """Once round a group by its arrows, so that each option is reached, and on to the wanted one, or else to the first."""
    options = found["options"]
    at, wanted = options.index(found["value"]), options.index(value) if value in options else 0
    page.keyboard.press("Space")
    assert [stop(page, "ArrowDown")["value"] for _ in options] == [*options[at + 1 :], *options[: at + 1]]
    for _ in range((wanted - at) % len(options)):
        found = stop(page, "ArrowDown")
    assert page.evaluate(FOCUS)["checked"]


def go_round(page: Page) -> None:
    """Tab from the first stop of the page to its last, and out of it: nothing out of order, jumped over or trapped."""
    first = stop(page)
    for _ in range(first["left"]):
        stop(page)
    page.keyboard.press("Tab")
    after = page.evaluate(FOCUS)
    # Chromium without a window goes on to the page's body, or at once to its first stop.
    assert after["tag"] == "BODY" or after["left"] >= first["left"], f"Tab stays on {after} of {page.url}"
