"""Lighthouse, as on a phone, on the pages that a citizen meets first; needs Node's npx and Chromium."""

import asyncio
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project.bench import cases
from alcaldia.project.bench.http import server
from alcaldia.project.bench.walker import Walker

VERSION = "13.5.0"
TOWN = f"/m/{cases.city.SLUG}"
PAGES = {
    "home": "/", "search": f"{TOWN}/buscar/?q=quiero+poner+una+tienda", "door": f"{TOWN}/puerta/pedir/",
    "card": f"{TOWN}/tramite/licencia-bajo-riesgo/", "follow": "/mi-tramite/", "pay": "/pagar/", "agencies": f"{TOWN}/dependencias/",
}  # fmt: skip
FLAGS = "--headless=new --no-sandbox --disable-dev-shm-usage"
CATEGORIES = ("performance", "accessibility", "best-practices")
RUNS = 3


def run() -> dict[str, Any]:
    """Scores from 0 to 100 by page; the lowest of each category over all of them."""
    if shutil.which("npx") is None or shutil.which("chromium") is None:
        raise Refusal("no_lighthouse", "Lighthouse necesita Node (npx) y Chromium. Instálelos y repita.")
    cases.town_of_cases()
    found: dict[str, Any] = {}
    with server() as port, tempfile.TemporaryDirectory() as folder:
        step, cookies, case = asyncio.run(_walked(port))
        for name, path in {**PAGES, "step": step, "case": case}.items():
            url, out = f"http://localhost:{port}{path}", Path(folder) / f"{name}.json"
            found[name] = _scores(url, out, cookies if name == "step" else "")
    return {**found, "lowest": {one: min(row[one] for row in found.values()) for one in CATEGORIES}}


async def _walked(port: int) -> tuple[str, str, str]:
    """Path of a first step and the cookies that open it; path of a case."""
    walker, case = Walker(port), Walker(port)
    step = (await walker.post(f"{TOWN}/tramite/{cases.FREE[0]}/empezar/", {})).location
    sent = await cases.send(case, *cases.FREE)
    for one in (walker, case):
        one.close()
    return step, "; ".join(f"{name}={value}" for name, value in walker.cookies.items()), sent


def _scores(url: str, out: Path, cookies: str) -> dict[str, float]:
    """Three runs of a page, as Lighthouse advises for a machine that does other things; the middle of each score."""
    command = [
        "npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", f"--only-categories={','.join(CATEGORIES)}",
        f"--chrome-flags={FLAGS}", "--output=json", f"--output-path={out}",
        *([f"--extra-headers={json.dumps({'Cookie': cookies})}"] if cookies else []),
    ]  # fmt: skip
    runs = []
    for _ in range(RUNS):
        environment = {**os.environ, "CHROME_PATH": shutil.which("chromium") or ""}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise Refusal("no_lighthouse", f"Lighthouse no pudo medir {url}: {done.stderr[-300:]}")
        told = json.loads(out.read_text(encoding="utf-8"))
        runs.append({one: told["categories"][one]["score"] * 100 for one in CATEGORIES})
    return {one: round(median(run[one] for run in runs)) for one in CATEGORIES}
