"""Mide lo prometido en ambos motores: land documents http comodoro mexicali weights peer trust (trust_log trust_acts trust_vault trust_canaries trust_ransom attacks) procedures search payments killed lighthouse."""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import django_setup, environment, postgres, promises

BOTH_ENGINES = ("land", "documents", "http", "cases", "killed", "trust_acts", "trust_canaries")
ONCE = (
    "comodoro",
    "mexicali",
    "weights",
    "peer",
    "procedures",
    "search",
    "payments",
    "lighthouse",
    *(name for name in promises.NAMES if name not in BOTH_ENGINES),
)
ON_POSTGRESQL = ("peer",)
"""Among those done once: they start an engine of their own."""
DURABLE = ("trust_acts", "trust_canaries", "killed")
"""Among those done on both engines: a backup is taken, the database killed, or commits counted, which wants them on the disk."""
ALL = (*BOTH_ENGINES, *ONCE)
TOGETHER = {"trust": promises.NAMES, "procedures": ("procedures", "cases")}
"""One name that stands for several."""
NAMES = tuple(dict.fromkeys((*ALL, *TOGETHER)))


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(NAMES))
    parser.add_argument("--json", type=Path, metavar="FILE", dest="file")
    parser.add_argument("--parcels", type=int, default=300_000, help="predios de la ciudad generada")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)


def run(args: argparse.Namespace) -> int:
    """Each engine in a process and a home of its own; `bench land documents` prints both side by side; 1 where a promise is short."""
    names = expanded(args.names)
    unknown = [name for name in names if name not in ALL]
    if unknown:
        raise Refusal(
            "unknown_bench",
            f"No hay una medición «{unknown[0]}». Las que hay: {', '.join(NAMES)}.",
        )
    # The generated city of `land` is the one that the others then use.
    names.sort(key=ALL.index)
    if args.inside:
        sys.stdout.write(json.dumps(_measure(names, args.parcels)) + "\n")
        return 0
    failed: list[str] = []
    results = _engines(names, args.parcels, failed)
    _table(results)
    rows = [row for found in results.values() for row in promises.rows(found)]
    for row in rows:
        sys.stderr.write("{:44}{:>16}{:>18}  {}\n".format(*row))
    document = _by_name(results)
    if args.file:
        args.file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(json.dumps(document) + "\n")
    short = sum(row[-1] == "short" for row in rows)
    if short:
        sys.stderr.write(f"Promesas incumplidas: {short} (las que dicen «short»).\n")
    if failed:
        sys.stderr.write(f"No se pudo medir: {', '.join(failed)}. El motivo está arriba.\n")
    return 1 if short or failed else 0


def expanded(given: list[str]) -> list[str]:
    """The measurements that these names stand for, each once; all of them where there is none."""
    wanted = (one for name in given for one in TOGETHER.get(name, (name,)))
    return list(dict.fromkeys(wanted)) or list(ALL)


def _measure(names: list[str], parcels: int) -> dict[str, Any]:
    django_setup.start(migrate=True)
    import importlib

    found = {}
    for name in names:
        module = importlib.import_module(f"alcaldia.project.bench.{name}")
        found[name] = module.run(parcels) if name == "land" else module.run()
    return found


def _engines(names: list[str], parcels: int, failed: list[str]) -> dict[str, dict[str, Any]]:
    """Engine → name → figures; `failed` gets the names of what told none."""
    both = [name for name in names if name in BOTH_ENGINES]
    once: dict[str, Any] = {}
    for group in homes(names):
        once |= _child(group, parcels, "", failed)
    results = {"sqlite": {name: found for name, found in once.items() if name not in ON_POSTGRESQL}}
    try:
        for durable in (False, True):
            for group in homes([name for name in both if (name in DURABLE) is durable]):
                with postgres.server(durable=durable) as url:
                    results.setdefault("postgresql", {}).update(_child(group, parcels, url, failed))
    except RuntimeError as missing:
        sys.stderr.write(f"Sin PostgreSQL: {missing}\n")
    for name in (name for name in ON_POSTGRESQL if name in once):
        results.setdefault("postgresql", {})[name] = once[name]
    return results


def homes(names: list[str]) -> list[list[str]]:
    """What shares a home: all that the generated city of `land` serves. What trust promises counts everything in its own."""
    shared = [name for name in names if name not in promises.NAMES]
    alone = [[name] for name in names if name in promises.NAMES]
    return [shared, *alone] if shared else alone


def _child(names: list[str], parcels: int, url: str, failed: list[str]) -> dict[str, Any]:
    """Their figures, none where one of them failed: it has said why, and the others go on."""
    with tempfile.TemporaryDirectory(prefix="alcaldia-bench-") as home:
        path = str(environment.ROOT / "src")
        given = {**os.environ, "ALCALDIA_HOME": home, "DATABASE_URL": url, "PYTHONPATH": path}
        command = [
            sys.executable,
            "-m",
            "alcaldia.project",
            "bench",
            *names,
            "--inside",
            "--parcels",
            str(parcels),
        ]
        done = subprocess.run(command, env=given, stdout=subprocess.PIPE, check=False)
        if done.returncode:
            failed += names
            return {}
        return dict(json.loads(done.stdout.splitlines()[-1]))


def _by_name(results: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """{name: {metric: value}}, with the engine as the last part of the metric's name."""
    found: dict[str, dict[str, Any]] = {}
    for engine, names in results.items():
        for name, figures in names.items():
            for metric, value in _flat(figures):
                found.setdefault(name, {})[f"{metric}.{engine}"] = value
    return found


def _flat(figures: dict[str, Any], before: str = "") -> list[tuple[str, Any]]:
    rows: list[tuple[str, Any]] = []
    for key, value in figures.items():
        rows += _flat(value, f"{before}{key}.") if isinstance(value, dict) else [(f"{before}{key}", value)]
    return rows


def _table(results: dict[str, dict[str, Any]]) -> None:
    engines = list(results)
    rows: dict[str, dict[str, Any]] = {}
    for engine, names in results.items():
        for name, figures in names.items():
            for metric, value in _flat(figures):
                rows.setdefault(f"{name}.{metric}", {})[engine] = value
    sys.stderr.write(f"{'':44}" + "".join(f"{engine:>14}" for engine in engines) + "\n")
    for metric, values in rows.items():
        cells = "".join(f"{values.get(engine, '–')!s:>14}" for engine in engines)
        sys.stderr.write(f"{metric:44}{cells}\n")
