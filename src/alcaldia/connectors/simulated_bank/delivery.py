"""The bank's postman: carries what is in the outbox to the city, again and again until it answers 200."""

import time

import httpx

from alcaldia.connectors.simulated_bank.bank import Bank
from alcaldia.connectors.simulated_bank.signing import HEADER, signature

TRIES, PAUSE, LONGEST = 12, 2.0, 300.0


def deliver(bank: Bank, client: httpx.Client) -> int:
    """One round: every message that is due, in the order in which it was written; how many arrived."""
    due = bank.store.all(
        "SELECT * FROM outbox WHERE done IS NULL AND due <= ? AND tries < ? ORDER BY seq LIMIT 200",
        bank.clock(),
        TRIES,
    )
    arrived = 0
    for row in due:
        taken = _send(bank, client, row["notify"], bytes(row["body"]), bool(row["honest"]))
        wait = min(PAUSE * 2 ** row["tries"], LONGEST)
        with bank.store.connection() as books:
            if taken:
                books.execute("UPDATE outbox SET done = ? WHERE seq = ?", (bank.clock(), row["seq"]))
            else:
                books.execute(
                    "UPDATE outbox SET tries = tries + 1, due = ? WHERE seq = ?",
                    (bank.clock() + wait, row["seq"]),
                )
        arrived += taken
    return arrived


def _send(bank: Bank, client: httpx.Client, notify: str, body: bytes, honest: bool) -> bool:
    at = int(bank.clock())
    secret = bank.secret if honest else "another secret"
    headers = {HEADER: signature(secret, at, body), "Content-Type": "application/json"}
    try:
        # A refused signature is an answer too: a liar does not insist.
        return client.post(notify, content=body, headers=headers).status_code in {200, 400}
    except httpx.HTTPError:
        return False


def addresses(bank: Bank) -> list[str]:
    """Where the bank was asked to tell: the allow-list of its postman."""
    return [row["notify"] for row in bank.store.all("SELECT DISTINCT notify FROM outbox WHERE done IS NULL")]


def forever(bank: Bank, client: httpx.Client, every: float = 0.5) -> None:
    while True:
        deliver(bank, client)
        time.sleep(every)
