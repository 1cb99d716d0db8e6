"""How long a slow reader and typist takes to open a shop, counted on the pages themselves.

Nobody is timed here: every word that each page shows is read once, every key is typed and every choice is thought over, at
half the pace or less of what studies found. Sources: Trauzettel-Klosinski and Dietz 2012 (adults read 218 words of Spanish a
minute), Palin and others 2019 (people type 36 words a minute on their phones), Card, Moran and Newell 1980 (1.35 s for a
decision, 1.1 s for pointing).
"""

import re
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from tests.browser.keyboard import answer
from tests.browser.test_procedures import SCREENS, phone
from tests.samples.applications import ANSWERS

assert phone
pytestmark = pytest.mark.browser
READ, TYPED, CHOICE = 60 / 100, 1.0, 2 * (1.35 + 1.1)
"""Seconds for a word, for a key and for a choice or a press."""
PROMISED = 18 * 60
LICENCE = "licencia-bajo-riesgo"


@dataclass
class Person:
    """Somebody in front of a phone, who reads everything."""

    page: Page
    words: int = 0
    keys: int = 0
    choices: int = 0

    def read(self) -> None:
        self.words += len(self.page.locator("main").inner_text().split())

    def press(self, role: str, name: re.Pattern | str, *, exact: bool = True) -> None:
        self.page.get_by_role(role, name=name, exact=exact).first.press("Enter")  # type: ignore[arg-type]
        self.choices += 1
        self.page.wait_for_load_state()
        self.read()

    def answer(self, answers: dict[str, str]) -> None:
        """The screen that is shown, sent by its button."""
        for kind, value in answer(self.page, answers):
            self.keys += len(value) if kind not in ("radio", "checkbox", "select-one", "file") else 0
            self.choices += 1
        self.choices += 1
        self.read()

    def seconds(self) -> float:
        return self.words * READ + self.keys * TYPED + self.choices * CHOICE


def test_a_slow_person_opens_a_shop_in_less_than_eighteen_minutes(phone: Page, demo: str):
    person, asked = Person(phone), "quiero poner una tienda"
    phone.goto(f"{demo}/m/demo/")
    person.read()
    phone.get_by_role("searchbox").first.press_sequentially(asked)
    person.keys += len(asked)
    person.press("button", "Buscar")
    phone.locator(f"main a[href*='/tramite/{LICENCE}/']").first.press("Enter")
    phone.wait_for_url(re.compile(LICENCE))
    person.choices += 1
    person.read()
    person.press("button", "Empezar ahora")
    for _ in range(SCREENS):
        if "/paso/" not in phone.url:
            break
        person.answer(ANSWERS[LICENCE])
    person.press("button", "Enviar")
    person.press("link", "Pagar")
    person.press("button", "Pagar con Tarjeta")
    phone.locator("a[href*='banco-de-prueba']").first.press("Enter")
    person.press("button", re.compile("^Pagar"))
    phone.locator("a[href*='/tramite/SOL-']").first.press("Enter")
    expect(phone.get_by_role("link", name="Descargar sin datos personales")).to_be_visible()
    person.read()
    assert person.seconds() < PROMISED
