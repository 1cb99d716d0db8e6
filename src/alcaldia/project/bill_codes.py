"""Activation codes for whoever prints the bills: one for each account whose person has no key yet, in a CSV of their own."""

import csv
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import IO, Any

from alcaldia.kernel.csv_cells import csv_safe
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold

BATCH = 200
HEAD = ("cuenta", "codigo", "enlace", "vence")
Ask = Callable[..., Any]
"""The operator's line to the broker."""


@dataclass
class Made:
    """How it went: codes written, accounts whose person has a key, and accounts that no vault knows."""

    codes: int = 0
    has_keys: int = 0
    unknown: int = 0


def accounts(lines: Iterable[str], names: Iterable[str]) -> Iterator[str]:
    """The account numbers of a CSV text stream, each once; `names` are what its column may be called. Raises Refusal."""
    stream = iter(lines)
    head = next(stream, "").lstrip("\ufeff")
    delimiter = ";" if head.count(";") > head.count(",") else ","
    columns = [fold(one.replace("_", " ")) for one in next(csv.reader([head], delimiter=delimiter), [])]
    place = next((at for at, column in enumerate(columns) if column in set(names)), None)
    if place is None:
        raise Refusal(
            "missing_columns", "Al archivo le falta la columna cuenta. Póngala en el primer renglón."
        )
    seen = {""}
    for row in csv.reader(stream, delimiter=delimiter):
        number = row[place].strip() if len(row) > place else ""
        if number not in seen:
            seen.add(number)
            yield number


def opened(path: Path) -> IO[str]:
    """A new file that only its owner reads. Raises Refusal where there is one already: its codes may be on paper."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        detail = f"Ya hay un archivo «{path}» y no se reemplaza: sus códigos siguen sirviendo. Indique otro nombre."
        raise Refusal("file_exists", detail) from None
    return os.fdopen(descriptor, "w", encoding="utf-8", newline="")


def write(numbers: Iterable[str], out: IO[str], *, town: str, address: str, days: int, ask: Ask) -> Made:
    """A row for each account of the town, in the order given; what was written holds also where a later batch fails."""
    made, writer, stream = Made(), csv.writer(out), iter(numbers)
    until = f"{datetime.now(UTC) + timedelta(days=days):%Y-%m-%d}"
    writer.writerow(HEAD)
    while batch := list(islice(stream, BATCH)):
        told = ask("activations", kind="account", values=[f"{town} {one}" for one in batch], days=days)
        for number, one in zip(batch, told, strict=True):
            if "code" in one:
                made.codes += 1
                writer.writerow(
                    (csv_safe(number), one["code"], f"{address}/cuenta/activar/{one['code']}/", until)
                )
            else:
                setattr(made, one["told"], getattr(made, one["told"]) + 1)
        out.flush()
    return made
