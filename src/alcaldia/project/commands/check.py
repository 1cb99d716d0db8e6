"""Revisa formato, estilo, tipos, contratos de importación, llamadas peligrosas, migraciones y documentos."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from alcaldia.project.environment import ROOT

BIN = Path(sys.executable).parent
# One line each: what it is called, and the command that proves it.
STEPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("formato", (str(BIN / "ruff"), "format", "--check", "-q", "src", "tests", "docs")),
    ("estilo", (str(BIN / "ruff"), "check", "-q", "src", "tests", "docs")),
    ("tipos", (str(BIN / "mypy"), "--no-error-summary", "src/alcaldia")),
    ("contratos", (str(BIN / "lint-imports"), "--no-cache")),
    # Medium and high: exit 1. Low findings are the asserts and subprocesses that ruff's S rules judge one by one.
    (
        "peligros",
        (
            str(BIN / "bandit"),
            "-q",
            "-c",
            "pyproject.toml",
            "-ll",
            "-r",
            "src",
            "verifica",
            "witness",
            "counter",
        ),
    ),
    ("migraciones", (sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "-v", "0")),
    (
        "documentos",
        (sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "tests/architecture/test_docs.py"),
    ),
)


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tail", action="store_true", help="muestra además los archivos y funciones más largos"
    )


def run(args: argparse.Namespace) -> int:
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "alcaldia.project.settings",
    }
    failed = 0
    for name, command in STEPS:
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        sys.stdout.write(f"{'✓' if done.returncode == 0 else '✗'} {name}\n")
        if done.returncode:
            failed += 1
            sys.stdout.write((done.stdout + done.stderr).strip() + "\n")
    if args.tail:
        sys.stdout.write(long_tail())
    return int(bool(failed))


MODULE_LINES, FUNCTION_LINES = 300, 40


def long_tail() -> str:
    """Modules and functions above what a reader holds in the head: a ratchet to look at, not a fence."""
    import ast

    rows: list[tuple[int, str]] = []
    for path in sorted((ROOT / "src").rglob("*.py")):
        if "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(ROOT)
        lines = text.count("\n")
        if lines > MODULE_LINES:
            rows.append((lines, f"{name}"))
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.end_lineno:
                length = node.end_lineno - node.lineno + 1
                if length > FUNCTION_LINES:
                    rows.append((length, f"{name}:{node.lineno} {node.name}"))
    return "".join(f"{lines:5} {where}\n" for lines, where in sorted(rows, reverse=True))
