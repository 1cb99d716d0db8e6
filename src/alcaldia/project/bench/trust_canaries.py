"""Ten thousand planted names, a day's work over them, and the search of everything an intruder could carry away."""

import json
import logging
import os
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alcaldia.broker import process
from alcaldia.project.bench import canaries
from alcaldia.project.bench.trust_vault import ADDRESS, Key, make_official
from alcaldia.project.together import child_environment

HOW_MANY, OWNERS = int(os.environ.get("ALCALDIA_CANARIES", "10000")), 40
WORKER = """
import json, os, sys
import django; django.setup()
from alcaldia.vault import custodian
for given in json.loads(sys.stdin.readline()):
    custodian.ask("use", **given)
print("idle", flush=True)
sys.stdin.readline()
"""


def run() -> dict[str, Any]:
    """How many were planted, where was searched, and how many were found in each kind of place (promised: 0)."""
    from django.conf import settings

    home = Path(settings.HOME)
    with tempfile.TemporaryDirectory(prefix="canaries-") as aside, process.running(home / "broker", ADDRESS):
        (home / "logs").mkdir(exist_ok=True)
        handler = logging.FileHandler(home / "logs" / "all.log")
        logging.getLogger().addHandler(handler)
        logging.getLogger().setLevel(logging.DEBUG)
        try:
            names, numbers = _plant()
            memory = _a_day(numbers)
            copy = Path(aside) / "copy"
            _alcaldia("backup", str(copy))
        finally:
            logging.getLogger().removeHandler(handler)
            handler.close()
        return _searched(names, memory, home, copy)


def _plant() -> tuple[list[str], list[str]]:
    """Accounts of as many persons, through the import of the operator."""
    from alcaldia.vault.importing import import_accounts

    names = [canaries.canary(number) for number in range(HOW_MANY)]
    numbers = [f"B{number:06d}" for number in range(HOW_MANY)]
    rows = (
        {
            "cuenta": number, "clave": f"K{number}", "identificador": f"X{secrets.token_hex(6)}", "titular": name,
            "predial_pagado": "0.00", "predial_pendiente": "0.00", "agua_pagada": "0.00", "agua_pendiente": "0.00",
        }
        for name, number in zip(names, numbers, strict=True)
    )  # fmt: skip
    import_accounts(rows, town="bench", by="bench", channel="bench")
    return names, numbers


def _a_day(numbers: list[str]) -> bytes:
    """Some owners come, look, permit; an official looks; a worker uses without showing. Returns the worker's memory."""
    from alcaldia.vault import actions, custodian, queries

    web, operator = (custodian._link(custodian.folder() / name / "socket") for name in ("web", "operator"))
    official, asked = make_official(web, operator), []
    for number in numbers[:OWNERS]:
        told = operator.ask("activation", kind="account", value=f"bench {number}")
        owner = Key(web, told["subject"], {"kind": "code", "code": told["code"]})
        queries.own(owner.subject, owner.token)
        grant, send = _permit(owner, "show")
        actions.give(send, owner.sign(send.challenge()))
        actions.show(grant, grant.fields, token=official.token)
        asked.append(_use(owner))
    return _worked(asked)


def _permit(owner: Key, mode: str, **more: Any) -> tuple[Any, Any]:
    from alcaldia.vault import actions
    from alcaldia.vault.rules.grant import Send

    grant = actions.ask(
        person=owner.subject, fields=("identity.full_name",), purpose="complete-file", case="C-1", office="tesoreria",
        mode=mode, **more,
    )  # fmt: skip
    return grant, Send("00" * 32, (grant,))


def _use(owner: Key) -> dict[str, Any]:
    from alcaldia.vault import actions, queries
    from alcaldia.vault.rules.grant import AUTOMATIC, Operation

    operation = Operation("equals", "identity.full_name", (), "nadie", "")
    grant, send = _permit(owner, "use", role=AUTOMATIC, operations=(operation,))
    actions.give(send, owner.sign(send.challenge()))
    return {
        "grant": grant.id, "operation": operation.body(), "purpose": grant.purpose, "case": grant.case,
        "token": owner.token, "records": queries.records(owner.subject, {"identity"}),
    }  # fmt: skip


def _worked(asked: list[dict[str, Any]]) -> bytes:
    child = subprocess.Popen(
        [sys.executable, "-c", WORKER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=child_environment()
    )  # fmt: skip
    assert child.stdin and child.stdout  # noqa: S101, PT018
    try:
        child.stdin.write(json.dumps(asked) + "\n")
        child.stdin.flush()
        if child.stdout.readline() != "idle\n":
            raise RuntimeError("the worker did not finish")
        return canaries.memory_of(child.pid)
    finally:
        child.kill()
        child.communicate()


def _alcaldia(*words: str) -> None:
    command = [sys.executable, "-m", "alcaldia.project", *words]
    subprocess.run(command, env=child_environment(), check=True, stdout=subprocess.DEVNULL)


def _searched(names: list[str], memory: bytes, home: Path, copy: Path) -> dict[str, Any]:
    def found(paths: Iterator[Path]) -> int:
        return sum(len(canaries.found_in(one.read_bytes(), names)) for one in paths)

    hits = {
        "in_home": found(canaries.files_under(home)),
        "in_backup": found(canaries.files_under(copy)),
        "in_dump": len(canaries.found_in(canaries.dump(), names)),
        "in_memory": len(canaries.found_in(memory, names)),
    }
    searched = sum(1 for _ in canaries.files_under(home, copy))
    return {"planted": len(names), "files": searched, **hits, "found": sum(hits.values())}
