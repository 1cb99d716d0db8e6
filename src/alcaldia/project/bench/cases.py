"""Whole procedures over HTTP, from the card to the paper, beside a million past cases.

One case is nine requests without payment (its paper exists; nobody downloads it) and sixteen with it: card,
begin, each step read and answered, review, send, the case's page; and with payment the order, the bank, its message,
the case's page again and the signed PDF. Afterwards, and outside of that time, each paper is verified by its public page.
"""

import asyncio
import json
import os
import re
import sys
import time
from collections.abc import Callable, Coroutine
from datetime import timedelta
from itertools import count
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from alcaldia.documents.models import Document
from alcaldia.kernel.models import Municipality
from alcaldia.ledger.models import Entry
from alcaldia.payments.models import PaymentOrder
from alcaldia.procedures import definitions, registers
from alcaldia.procedures.models import Case, Turn
from alcaldia.procedures.queries import inbox
from alcaldia.project.bench import city
from alcaldia.project.bench.clock import percentile
from alcaldia.project.bench.http import broker, server
from alcaldia.project.bench.walker import Walker

PARCELS, CASES, OPEN = 100_000, 1_000_000, 100_000
AUTOMATIC, PAID = 600, 400
CITIZENS = 10
AGENCY = "proteccion-civil"
FREE = ("permiso-evento", [
    {"lugar": "Parque Norte", "fecha": "15/06/2027"}, {"personas": "50", "alcohol": "no", "ruido": "no", "cierra_calle": "no"},
])  # fmt: skip
WITH_FEE = ("ocupacion-via-publica", [
    {"lugar": "Calle Morelos 10"}, {"que": "comida", "m2": "3", "dias": "10"},
])  # fmt: skip


PAST = (
    "INSERT INTO procedures_case (municipality_id, folio, procedure, definition_id, person, account, code_hash, agency,"
    ' inspection_agency, channel, state, outcome, answers, consulted, protected, contact, fee, "order", document,'
    " submitted_at, due_on, closed_at) SELECT %s, 'SOL-PAST-' || n, 'permiso-evento', %s, '', '', '', %s, '', 'portal',"
    " CASE WHEN n <= %s THEN 'in_review' ELSE 'issued' END, '', '{{}}', '{{}}', '[]',"
    " {blank}, 0, '', '', %s, %s, CASE WHEN n <= %s THEN NULL ELSE %s END FROM {series}"
)


def run(past: int = CASES) -> dict[str, Any]:
    """Cases a second and latencies of both kinds, a step's page, an inbox of 100,000; and that nothing was lost."""
    town = town_of_cases()
    figures: dict[str, Any] = {
        "past_cases": history(town, past),
        "inbox_ms": _inbox(town),
        "inbox_of_a_post_ms": _inbox(town, signers=("", Turn.ANY_SIGNER, "juez-civico")),
    }
    os.environ["ALCALDIA_BANK"] = "simulated"
    with server() as port:
        asyncio.run(_warm(port))
        figures["automatic"] = asyncio.run(drive(port, AUTOMATIC, _automatic))
        figures["paid"] = asyncio.run(drive(port, PAID, paid))
    figures["invariants_broken"] = broken(AUTOMATIC + PAID + CITIZENS * 2)
    return figures


def town_of_cases() -> Municipality:
    """The generated city with its calendar, and room on its streets."""
    if not Municipality.objects.filter(slug=city.SLUG).exists():
        city.build(PARCELS, zones=200, layers=20)
    town = Municipality.objects.get(slug=city.SLUG)
    year = timezone.localdate().year
    town.settings = {"calendar": {"years": [year - 1, year, year + 1]}}
    town.save(update_fields=["settings"])
    with broker():
        registers.keep(town, "street_zones", [("general", {"zona": "permitida", "libres": 10_000_000})])
    return town


def history(town: Municipality, count: int) -> int:
    """Past cases by the engine's own hand (INSERT … SELECT): a million in seconds; and 100,000 open turns."""
    kept = definitions.pin(town, definitions.program_in(town.slug, "permiso-evento"))
    series = (
        f"generate_series(1, {count}) AS s(n)"
        if connection.vendor == "postgresql"
        else f"(WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count}) SELECT n FROM s)"  # noqa: S608 - a number of ours
    )
    now, due = timezone.now() - timedelta(days=400), timezone.localdate() + timedelta(days=3)
    blank = "''" if connection.vendor == "sqlite" else "''::bytea"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            PAST.format(series=series, blank=blank),
            [town.pk, kept.pk, AGENCY, OPEN, now, due, OPEN, now],
        )
        cursor.execute(
            "INSERT INTO procedures_turn (case_id, municipality_id, agency, kind, state, procedure, opened_on, due_on, opinion, signer, holder)"
            " SELECT id, municipality_id, %s, 'review', 'open', procedure, %s, %s, '', '', '' FROM procedures_case"
            " WHERE municipality_id = %s AND state = 'in_review'",
            [AGENCY, timezone.localdate(), due, town.pk],
        )
    with connection.cursor() as cursor:
        # A city that has had a million cases has also been vacuumed since; here it would happen while we measure.
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")
    return Case.objects.count()


def _inbox(
    town: Municipality, times: int = 60, signers: tuple[str | None, ...] = (None,)
) -> dict[str, float]:
    """A page of the inbox and its counts, and the next page, in the process; for a head, or for who signs as `signers`."""
    on, took = timezone.localdate(), []
    after = ""
    for _ in range(times):
        start = time.perf_counter()
        found = inbox.inbox(town, [(AGENCY, signer) for signer in signers], "due", on, after=after)
        took.append((time.perf_counter() - start) * 1000)
        after = found.after
    return {
        "p50": percentile(took, 50),
        "p95": percentile(took, 95),
        "open": float(Turn.objects.filter(agency=AGENCY).count()),
    }


Life = Callable[[Walker], Coroutine[Any, Any, bytes]]
"""One case by one citizen; its answer is the last page, which names the paper."""


async def _warm(port: int) -> None:
    for life in (_automatic, paid):
        await drive(port, CITIZENS, life)


async def drive(
    port: int,
    count: int,
    life: Life,
    person: type[Walker] = Walker,
    *,
    afterwards: Callable[[], object] = bool,
) -> dict[str, float]:
    """So many whole cases by a few citizens at a time; the time of a case is from its card to its paper.

    `afterwards` is called once, when all have theirs and before each paper is verified.
    """
    left, lives, pages, papers, failed = iter(range(count)), [], [], [], 0

    async def citizen() -> None:
        nonlocal failed
        for _ in left:
            walker, start = person(port), time.perf_counter()
            papers.append(_paper(await life(walker)))
            lives.append((time.perf_counter() - start) * 1000)
            pages.extend(walker.times)
            failed += walker.failed
            walker.close()

    start = time.perf_counter()
    await asyncio.gather(*(citizen() for _ in range(CITIZENS)))
    spent = time.perf_counter() - start
    afterwards()
    failed += await _not_verified(person(port), papers)
    every = [ms for _, ms in pages]
    steps = [ms for kind, ms in pages if kind == "step"]
    return {
        "per_second": round(count / spent, 1), "failed": failed, "case_p50_ms": percentile(lives, 50),
        "request_p95_ms": percentile(every, 95), "request_p99_ms": percentile(every, 99), "step_p95_ms": percentile(steps, 95),
    }  # fmt: skip


def _paper(page: bytes) -> str:
    found = re.search(rb"/verificar/([A-Z0-9-]+)", page)
    return found[1].decode() if found else "X"


async def _not_verified(walker: Walker, papers: list[str]) -> int:
    """How many papers the public page does not know."""
    for one in papers:
        await walker.get(f"/verificar/{one}")
    walker.close()
    return walker.failed


_places = count(1)


async def _automatic(walker: Walker) -> bytes:
    procedure, (where, *rest) = FREE
    # A place is taken once a day (ADR 46): each asks for one of their own.
    own = {**where, "lugar": f"{where['lugar']} {next(_places)}"}
    return (await walker.get(await send(walker, procedure, [own, *rest]))).body


async def send(walker: Walker, procedure: str, steps: list[dict[str, str]], slug: str = city.SLUG) -> str:
    """A whole request by the pages; the path of its case."""
    card = f"/m/{slug}/tramite/{procedure}/"
    await walker.get(card)
    at = (await walker.post(f"{card}empezar/", {})).location
    for answers in steps:
        await walker.get(at, "step")
        at = (await walker.post(at, answers)).location
    await walker.get(at)
    return (await walker.post(at, {}, "send")).location.partition("?")[0]


async def _read_paper(walker: Walker, case: str) -> bytes:
    page = await walker.get(case)
    paper = await walker.get(f"{case}documento.pdf", "pdf")
    walker.failed += not paper.body.startswith(b"%PDF")
    return page.body


async def paid(walker: Walker) -> bytes:
    case = await send(walker, *WITH_FEE)
    page = await walker.get(case)
    order = re.search(rb"/pagar/([A-Z0-9-]+)/", page.body)
    if order is None:
        walker.failed += 1
        return b""
    pay = f"/pagar/{order[1].decode()}/"
    await walker.get(pay)
    tried = (await walker.post(pay, {"con": "simulated:card"}, "order")).location
    door = re.search(rb'href="(/banco-de-prueba/[^"]+)"', (await walker.get(tried)).body)
    if door is None:
        walker.failed += 1
        return b""
    back = (await walker.post(door[1].decode(), {"pagar": "1", "caos": "none"}, "bank")).location
    await walker.get(_path(back))
    await walker.post(f"{tried}comprobar/", {}, "confirm")
    return await _read_paper(walker, case)


def _path(address: str) -> str:
    return "/" + address.split("/", 3)[3] if address.startswith("http") else address


def broken(cases: int) -> dict[str, int]:
    """What does not add up at the end; all of it should be 0."""
    made = Case.objects.exclude(folio__startswith="SOL-PAST-")
    folios = list(made.exclude(document="").values_list("document", flat=True))
    acts = Entry.objects.filter(type="procedures.document_issued")
    paid = PaymentOrder.objects.filter(state="paid").count()
    owed = made.filter(fee__gt=0).count()
    told = {json.loads(bytes(body))["case"] for body in acts.values_list("body", flat=True)}
    sys.stderr.write(f"{made.count()} casos, {len(folios)} documentos, {acts.count()} actos, {paid} pagos\n")
    return {
        "cases": abs(cases - made.count()), "papers": made.count() - len(folios), "twice": len(folios) - len(set(folios)),
        "acts": abs(acts.count() - len(folios)), "of_other_cases": len(told ^ set(made.values_list("folio", flat=True))),
        "payments": abs(paid - owed), "stored_twice": Document.objects.count() - Document.objects.values("folio").distinct().count(),
    }  # fmt: skip
