"""The bank over HTTP, as a WSGI program: an API for the city, pages for people."""

import hmac
import json
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from alcaldia.connectors.simulated_bank import pages
from alcaldia.connectors.simulated_bank.bank import CHAOS, METHODS, Bank, news

Request = dict[str, Any]
Start = Callable[..., Any]
Answer = tuple[str, str, bytes, dict[str, str]]
LARGEST = 16 * 1024
SAFE = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
}
STYLE = (Path(__file__).parent / "banco.css").read_bytes()


def application(bank: Bank, prefix: str) -> Callable[[Request, Start], Iterable[bytes]]:
    """The program; `prefix` is where it is mounted, such as ``/banco-de-prueba``."""

    def serve(request: Request, start: Start) -> Iterable[bytes]:
        path = request.get("PATH_INFO", "").removeprefix(prefix) or "/"
        try:
            status, kind, body, more = route(bank, prefix, request, path)
        except (KeyError, ValueError, TypeError):
            status, kind, body, more = _json("400 Bad Request", {"error": "bad_request"})
        headers = {**SAFE, "Content-Type": kind, "Content-Length": str(len(body)), **more}
        start(status, list(headers.items()))
        return [b"" if request["REQUEST_METHOD"] == "HEAD" else body]

    return serve


def route(bank: Bank, prefix: str, request: Request, path: str) -> Answer:
    method, parts = request["REQUEST_METHOD"], [part for part in path.split("/") if part]
    if parts[:1] == ["api"]:
        return _api(bank, request, method, parts[1:])
    if method == "POST":
        return _act(bank, prefix, parts, _form(request))
    if path == "/banco.css":
        return "200 OK", "text/css; charset=utf-8", STYLE, {"Cache-Control": "max-age=600"}
    if not parts:
        return _html(pages.overview(bank, prefix))
    if len(parts) == 2 and parts[0] == "liquidacion":
        on = date.fromisoformat(parts[1].removesuffix(".csv"))
        return "200 OK", "text/csv; charset=utf-8", pages.settlement(bank.settlement(on)).encode(), {}
    charge = bank.find(parts[1]) if len(parts) == 2 and parts[0] == "pagar" else None
    return _html(pages.charge(bank, prefix, charge)) if charge else _missing(prefix)


def _act(bank: Bank, prefix: str, parts: list[str], form: dict[str, str]) -> Answer:
    """A person pays, gives up, or disputes; afterwards the browser is sent on."""
    if len(parts) == 2 and parts[0] == "pagar":
        charge = bank.find(parts[1])
        if charge is None:
            return _missing(prefix)
        chaos = form.get("caos", "none")
        if "pagar" in form and charge["state"] == "open" and chaos in CHAOS:
            bank.pay(charge, chaos)
        return _see(charge["back"] if charge["method"] == "card" else f"{prefix}/pagar/{charge['id']}")
    if len(parts) == 2 and parts[0] == "contracargo":
        if bank.store.one("SELECT 1 FROM payments WHERE id = ? AND state = 'paid'", parts[1]):
            bank.dispute(parts[1])
        return _see(f"{prefix}/")
    return _missing(prefix)


def _api(bank: Bank, request: Request, method: str, parts: list[str]) -> Answer:
    given = request.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if not hmac.compare_digest(given.encode(), bank.secret.encode()):
        return _json("401 Unauthorized", {"error": "unauthorized"})
    if method == "POST" and parts == ["charges"]:
        asked = json.loads(_read(request))
        if asked["method"] not in METHODS or not 0 < int(asked["cents"]) < 10**12:
            return _json("422 Unprocessable Content", {"error": "bad_charge"})
        return _json("200 OK", _told(bank.charge(asked)))
    if method == "GET" and len(parts) == 2 and parts[0] == "charges":
        charge = bank.find(parts[1])
        return (
            _json("200 OK", {**_told(charge), "news": _all_news(bank, charge)})
            if charge
            else _json("404 Not Found", {})
        )
    if method == "POST" and parts == ["refunds"]:
        asked = json.loads(_read(request))
        done = bank.refund(asked["payment"], int(asked["cents"]), asked["key"])
        return (
            _json("200 OK", {"returned": done["returned"], "at": bank.clock()})
            if done
            else _json("409 Conflict", {})
        )
    if method == "GET" and len(parts) == 2 and parts[0] == "settlement":
        return _json("200 OK", {"rows": bank.settlement(date.fromisoformat(parts[1]))})
    return _json("404 Not Found", {"error": "not_found"})


def _told(charge: Any) -> dict[str, Any]:
    return {
        name: charge[name] for name in ("id", "method", "reference", "cents", "currency", "expires", "state")
    }


def _all_news(bank: Bank, charge: Any) -> list[dict[str, Any]]:
    """All that happened, as it would have been told: a lost message is found here."""
    found = []
    for row in bank.payments(charge["id"]):
        known = {**dict(row), "key": charge["key"], "currency": charge["currency"]}
        kinds = ["paid", *([row["state"]] if row["state"] != "paid" else [])]
        found += [news(known, kind, now=bank.clock()) for kind in kinds]  # type: ignore[arg-type]
    return found


def _read(request: Request) -> bytes:
    size = int(request.get("CONTENT_LENGTH") or 0)
    if size > LARGEST:
        raise ValueError("too large")
    data: bytes = request["wsgi.input"].read(size)
    return data


def _form(request: Request) -> dict[str, str]:
    return {
        name: values[-1] for name, values in parse_qs(_read(request).decode(), keep_blank_values=True).items()
    }


def _json(status: str, body: dict[str, Any]) -> Answer:
    return status, "application/json", json.dumps(body).encode(), {}


def _html(text: str, status: str = "200 OK") -> Answer:
    return status, "text/html; charset=utf-8", text.encode(), {}


def _missing(prefix: str) -> Answer:
    return _html(pages.missing(prefix), "404 Not Found")


def _see(address: str) -> Answer:
    return "303 See Other", "text/plain; charset=utf-8", b"", {"Location": address}
