"""The bank's pages. Everything that came from outside goes through `html.escape`."""

import sqlite3
from datetime import UTC, datetime
from html import escape
from typing import Any

from alcaldia.connectors.simulated_bank.bank import CHAOS, Bank

TITLES = {
    "card": "Pago con tarjeta", "store": "Pago en la tienda", "transfer": "Transferencia SPEI",
    "terminal": "Terminal de tarjeta",
}  # fmt: skip
DO = {
    "card": "Pagar",
    "store": "Cobrar en la caja de la tienda",
    "transfer": "Transferir",
    "terminal": "Acercar la tarjeta",
}
STATES = {"open": "Sin pagar", "paid": "Pagado", "refunded": "Devuelto", "disputed": "En contracargo"}


def page(prefix: str, title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="es"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)} · Banco de prueba</title><link rel="stylesheet" href="{prefix}/banco.css"></head><body>'
        f'<header><a href="{prefix}/">Banco de prueba</a><p>No existe: aquí no se mueve dinero.</p></header>'
        f"<main><h1>{escape(title)}</h1>{body}</main></body></html>"
    )


def missing(prefix: str) -> str:
    return page(
        prefix, "No existe ese cobro", "<p>Revise la dirección o vuelva a la página del municipio.</p>"
    )


def charge(bank: Bank, prefix: str, one: sqlite3.Row) -> str:
    """What a person sees who pays: the card's page, the till of a store, a transfer, a terminal."""
    facts = {
        "Concepto": one["concept"], "Orden": one["folio"], "Cantidad": money(one["cents"], one["currency"]),
        "CLABE" if one["method"] == "transfer" else "Referencia": one["reference"], "Vence": day(one["expires"]),
        "Estado": STATES[one["state"]],
    }  # fmt: skip
    body = (
        "<dl>"
        + "".join(f"<div><dt>{name}</dt><dd>{escape(str(value))}</dd></div>" for name, value in facts.items())
        + "</dl>"
    )
    if one["state"] == "open":
        body += f'<form method="post">{_card_fields(one)}<p><button name="pagar" value="1">{DO[one["method"]]} {facts["Cantidad"]}</button></p>{_chaos()}</form>'
    if one["method"] == "card" and one["state"] == "open":
        body += '<form method="post"><p><button class="quiet" name="cancelar" value="1">Cancelar y volver</button></p></form>'
    elif one["state"] != "open":
        body += f'<p><a class="button" href="{escape(one["back"], quote=True)}">Volver a la página del municipio</a></p>'
    return page(prefix, TITLES[one["method"]], body)


def _card_fields(one: sqlite3.Row) -> str:
    if one["method"] != "card":
        return ""
    return '<p class="note">Tarjeta de prueba: 4242 4242 4242 4242. No escriba una de verdad; aquí no se pide ninguna.</p>'


def _chaos() -> str:
    choices = "".join(
        f'<label><input type="radio" name="caos" value="{name}"{" checked" if name == "none" else ""}> {words}</label>'
        for name, words in CHAOS.items()
    )
    return f"<details><summary>Menú de caos: qué sale mal</summary><fieldset><legend>Al pagar</legend>{choices}</fieldset></details>"


def overview(bank: Bank, prefix: str) -> str:
    """The last charges with what can still go wrong, and what waits to be told."""
    rows = bank.store.all(
        "SELECT c.*, p.id AS payment, p.state AS paid_state FROM charges c LEFT JOIN payments p ON p.charge = c.id ORDER BY c.made DESC LIMIT 50"
    )
    waiting = bank.store.one("SELECT count(*) AS n FROM outbox WHERE done IS NULL")
    table = (
        "".join(_row(prefix, row) for row in rows) or '<tr><td colspan="5">Todavía no hay cobros.</td></tr>'
    )
    return page(
        prefix, "Cobros recientes",
        f'<p>Avisos por entregar: {waiting["n"] if waiting else 0}. <a href="{prefix}/liquidacion/{day(bank.clock())[:10]}.csv">Liquidación de hoy (CSV)</a></p>'
        f"<table><thead><tr><th>Cobro</th><th>Orden</th>"
        f"<th>Cantidad</th><th>Estado</th><th>Caos</th></tr></thead><tbody>{table}</tbody></table>",
    )  # fmt: skip


def settlement(rows: list[dict[str, Any]]) -> str:
    """The day's report as CSV: ids and figures of our own making, nothing that a person typed."""
    lines = ["renglon,operacion,tipo,bruto,comision,iva,neto,fecha,dispersion"]
    for row in rows:
        sums = ",".join(f"{row[name] / 100:.2f}" for name in ("gross", "fee", "tax", "net"))
        lines.append(f"{row['row']},{row['charge']},{row['kind']},{sums},{row['on']},{row['payout']}")
    return "\r\n".join(lines) + "\r\n"


def _row(prefix: str, row: sqlite3.Row) -> str:
    state = row["paid_state"] or row["state"]
    button = ""
    if row["paid_state"] == "paid":
        button = f'<form method="post" action="{prefix}/contracargo/{row["payment"]}"><button class="quiet">Contracargo</button></form>'
    return (
        f'<tr><td><a href="{prefix}/pagar/{row["id"]}">{TITLES[row["method"]]}</a></td><td>{escape(row["folio"])}</td>'
        f"<td>{money(row['cents'], row['currency'])}</td><td>{STATES[state]}</td><td>{button}</td></tr>"
    )


def money(cents: int, currency: str) -> str:
    return f"${cents / 100:,.2f} {escape(currency)}"


def day(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")
