"""The public pages of the log with a witness that signs, one that is off and one that saw another history."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.helpers import DESKTOP, PHONE, fits
from tests.browser.test_pages import violations
from tests.factories.witnesses import answering, door, made, serving

pytestmark = pytest.mark.browser


@pytest.fixture
def witnessed(page: Page, demo: str, home_folder, tmp_path):
    """The demo's log with a policy of three, of which one is enough."""
    vkeys = [row["vkey"] for row in page.request.get(f"{demo}/log/log-keys.json").json()["keys"]]
    names = ("consejo", "universidad", "vecina")
    found = {name: made(tmp_path / name, f"example.org/{name}", *vkeys) for name in names}
    path = home_folder / "keys" / "witness-policy.txt"
    with serving(door(found["consejo"])) as one, serving(answering(422, b"no")) as other:
        addresses = {"consejo": one, "universidad": "http://127.0.0.1:9", "vecina": other}
        lines = [f"witness {name} {found[name].vkeys()[0]} {addresses[name]}" for name in names]
        path.write_text("\n".join([*lines, "group g 1 consejo universidad vecina", "quorum g", ""]))
        yield demo
    path.unlink()


def test_each_witness_is_told_in_words_and_the_quorum_too(page: Page, witnessed: str):
    page.goto(f"{witnessed}/bitacora/testigos/")
    said = ("Vio otra historia", "Los testigos firmaron hasta el último acto.")
    for _ in range(
        240
    ):  # while the demo loads its accounts, each second brings acts that nobody has signed yet
        page.reload()
        if all(page.get_by_text(one).count() for one in said):
            break
        page.wait_for_timeout(250)
    # The accesses have a section of their own as soon as somebody opened a vault.
    acts = page.locator("section[aria-labelledby=testigos-acts]")
    expect(acts.locator("li", has_text="consejo")).to_contain_text("Firma")
    expect(acts.locator("li", has_text="universidad")).to_contain_text("No responde")
    expect(acts.locator("li", has_text="vecina")).to_contain_text("Vio otra historia y no firma esta")
    expect(acts.get_by_text("Los testigos firmaron hasta el último acto.")).to_be_visible()
    for address in ("/bitacora/", "/bitacora/testigos/"):
        page.goto(witnessed + address)
        for size in (PHONE, DESKTOP):
            page.set_viewport_size(size)
            fits(page)
            assert violations(page) == []


def test_the_served_verifier_brings_its_keys_and_keeps_a_strict_policy(page: Page, demo: str):
    answer = page.goto(f"{demo}/bitacora/verificador/")
    policy = answer.headers["content-security-policy"]
    assert "unsafe" not in policy
    assert re.search(r"script-src 'sha256-[\w+/=]+';", policy)
    expect(page.get_by_text("Llaves del registro")).to_be_visible()
    for name in ("verifica.py", "testigo.py", "llaves.json", "politica.txt"):
        assert page.request.get(f"{demo}/bitacora/{name}").ok


def test_the_old_address_still_leads_there(page: Page, demo: str):
    page.goto(f"{demo}/registro/")
    expect(page).to_have_url(f"{demo}/bitacora/")
