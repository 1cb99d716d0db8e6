"""Who looked at my data: every read, with a proof to take home; new ones appear by themselves."""

import json
from datetime import datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from alcaldia.vault import custodian
from alcaldia.vault.rules.access import MENTIONED
from alcaldia.web.portal.vault.entry import token_of, with_vault
from alcaldia.web.portal.vault.shown import accessed

PAGE = 100
MOST = 1000


@with_vault
@require_safe
def accesses(request: HttpRequest) -> HttpResponse:
    """Others' looks first; one's own and one's permits apart."""
    token = token_of(request)
    told = [accessed(one) for one in custodian.ask("my_accesses", token=token, limit=500)]
    others = [one for one in told if one["by_others"]]
    rest = [one for one in told if not one["by_others"] and one["kind"] != MENTIONED]
    context = {
        "others": others[:PAGE], "rest": rest[:PAGE], "newest": told[0]["id"] if told else 0, "section": "vault", "tab": "accesses",
        "digest": digest_of(told), "mentions": sum(one["kind"] == MENTIONED for one in told),
    }  # fmt: skip
    return render(request, "vault/accesses.html", context)


@with_vault
@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """When somebody looked at data of another person in which one appears too: who and when, never whose case."""
    told = [accessed(one) for one in custodian.ask("my_accesses", token=token_of(request), limit=500)]
    found = [one for one in told if one["kind"] == MENTIONED][:PAGE]
    return render(request, "vault/mentions.html", {"mentions": found, "section": "vault", "tab": "accesses"})


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
    others = [one for one in told if one["by_others"]]
    months = groupby(others, key=lambda one: timezone.localtime(one["at"]).replace(day=1).date())
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


@with_vault
@require_safe
def find_usage(request: HttpRequest) -> HttpResponse:
    """Compatible with Estonia's findUsage: three fields a record (logtime, action, receiver)."""
    offset, limit = (_whole(request.GET.get(name), usual) for name, usual in (("offset", 0), ("limit", PAGE)))
    told = [accessed(one) for one in custodian.ask("my_accesses", token=token_of(request), limit=500)]
    chosen = [one for one in told if one["by_others"]][offset : offset + limit]
    rows = [
        {"logtime": one["at"].isoformat(), "action": one["word"], "receiver": one["office"]} for one in chosen
    ]
    return JsonResponse({"usages": rows, "offset": offset, "limit": limit})


def _whole(text: str | None, usual: int) -> int:
    return min(int(text), MOST) if text and text.isascii() and text.isdigit() and len(text) < 7 else usual
