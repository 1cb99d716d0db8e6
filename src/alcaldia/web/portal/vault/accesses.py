"""Who looked at my data: every read, with a proof to take home; new ones appear by themselves."""

import json
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alcaldia.kernel.text import whole_number
from alcaldia.vault import custodian
from alcaldia.web.portal.vault.entry import for_machines, token_of, with_vault
from alcaldia.web.portal.vault.shown import accessed, numbered, told_apart

PAGE = 100
COUNTED = 500
"""The newest looks that the months are counted from; earlier months are in the summaries."""
NEWEST = 2**62
MOST = 10**9
FEW = 10
"""Lines of one's own numbers that the first page shows; the rest are a page of their own."""


@with_vault
@require_safe
def accesses(request: HttpRequest) -> HttpResponse:
    """Others' looks first, a page at a time, all the way back; one's own and one's permits apart."""
    token, before = token_of(request), _whole(request.GET.get("antes"), 0)
    others = asked(token, "others", before=before or NEWEST, limit=PAGE + 1)
    context = {
        "others": others[:PAGE], "older": others[PAGE - 1]["id"] if len(others) > PAGE else 0, "before": before,
        "newest": custodian.ask("my_newest", token=token), "section": "vault", "tab": "accesses",
        **({} if before else _beside(token)),
    }  # fmt: skip
    return render(request, "vault/accesses.html", context)


def _beside(token: str) -> dict[str, Any]:
    """What the first page has beside the looks."""
    recent, mentions = asked(token, "others", limit=COUNTED), asked(token, "mentions", limit=COUNTED)
    return {
        "rest": asked(token, "own"), "digest": digest_of(recent), "all_counted": len(recent) < COUNTED,
        "mentions": f"{len(mentions)}{'' if len(mentions) < COUNTED else '+'}" if mentions else "",
        "numbers": _by_number(token, NEWEST, FEW),
    }  # fmt: skip


def asked(
    token: str, of: str, *, before: int = NEWEST, limit: int = PAGE, skip: int = 0
) -> list[dict[str, Any]]:
    """A list of the person's accesses as pages show them."""
    told = custodian.ask("my_accesses", token=token, of=of, before=before, limit=limit, skip=skip)
    return told_apart([accessed(one) for one in told])


@with_vault
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """When somebody looked at data of another person in which one appears too: who and when, never whose case."""
    before = _whole(request.GET.get("antes"), 0)
    found = asked(token_of(request), "mentions", before=before or NEWEST, limit=PAGE + 1)
    older = found[PAGE - 1]["id"] if len(found) > PAGE else 0
    return render(
        request,
        "vault/mentions.html",
        {"mentions": found[:PAGE], "older": older, "section": "vault", "tab": "accesses"},
    )


@with_vault
@require_safe
def numbers(request: HttpRequest) -> HttpResponse:
    """When a register was asked by a number of one's own: which and for what, never by whom, for anybody may type it."""
    found = _by_number(token_of(request), _whole(request.GET.get("antes"), 0) or NEWEST, PAGE + 1)
    older = found[PAGE - 1]["id"] if len(found) > PAGE else 0
    context = {"numbers": found[:PAGE], "older": older, "section": "vault", "tab": "accesses"}
    return render(request, "vault/numbers.html", context)


def _by_number(token: str, before: int, limit: int) -> list[dict[str, Any]]:
    told = custodian.ask("my_accesses", token=token, of="numbers", before=before, limit=limit)
    return [numbered(one) for one in told]


@with_vault
@require_safe
def digests(request: HttpRequest) -> HttpResponse:
    """The month's summaries as they were counted when each month ended."""
    months = custodian.ask("my_digests", token=token_of(request))
    for one in months:
        one["counted"] = datetime.fromisoformat(one["at"])
    return render(request, "vault/digests.html", {"months": months, "section": "vault", "tab": "accesses"})


def digest_of(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By month, newest first: how many times others looked, or tried to."""
    months = groupby(told, key=lambda one: timezone.localtime(one["at"]).replace(day=1).date())
    made = []
    for month, group in months:
        kinds = [one["kind"] for one in group]
        counts = {name: kinds.count(name) for name in ("shown", "used", "refused", "identified", "emergency")}
        made.append({"month": month, **counts})
    return made


@with_vault
@require_safe
def newest(request: HttpRequest) -> HttpResponse:
    """The id of the newest line, for the page that asks every second; it does not keep the session alive."""
    return JsonResponse({"newest": custodian.ask("my_newest", token=token_of(request))})


@with_vault
@require_safe
def proof(request: HttpRequest, id: int) -> HttpResponse:
    """Event, salt and receipt: whoever holds the file can show that this was read, without asking us."""
    told = custodian.ask("my_proof", token=token_of(request), id=id)
    text = json.dumps(told, ensure_ascii=False, indent=1)
    response = HttpResponse(text, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="consulta-{id}.json"'
    return response


@for_machines
@with_vault
@require_safe
def find_usage(request: HttpRequest) -> HttpResponse:
    """Estonia's findUsage: `logtime`, `action` and `receiver`, the office's code. Ours besides: `receiver_name`, its Spanish name."""
    offset, limit = _whole(request.GET.get("offset"), 0), min(_whole(request.GET.get("limit"), PAGE), 500)
    chosen = asked(token_of(request), "others", limit=limit, skip=offset)
    rows = [
        {
            "logtime": one["at"].isoformat(), "action": one["word"],
            "receiver": one["office_code"], "receiver_name": one["office"],
        }
        for one in chosen
    ]  # fmt: skip
    return JsonResponse({"usages": rows, "offset": offset, "limit": limit})


def _whole(text: str | None, usual: int) -> int:
    found = whole_number(text or "", digits=11)
    return usual if found is None else min(found, MOST)
