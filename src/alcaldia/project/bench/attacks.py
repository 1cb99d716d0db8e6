"""sqlmap, wapiti, schemathesis and every field filled oddly, against the demo as it is served: from outside and with the cookies of people inside.

The first two are programs of their own (GPL), installed beside the project and never imported. No time-based guesses: on two
cores shared with the server they feign findings. What the broker itself throttles answers 429 also here.
"""

import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment
from alcaldia.project.bench import fields, scans
from alcaldia.project.bench.attack_doors import CRAWLS, DOORS, WALKS, Door
from alcaldia.project.bench.attack_scene import Scene, scene
from alcaldia.project.bench.walker import CSRF

VENV = environment.ROOT / ".venv-attacks"
PACKAGES = ("sqlmap==1.10.10", "wapiti3==3.2.3")
EVERY, CRAWL_SECONDS, MODULE_SECONDS, EXAMPLES = 1, 60, 12, 30
ODD = fields.ODD
"""Each how manieth door and crawl is attacked (a test takes fewer), and for how long (s) wapiti walks and tries one kind; examples of schemathesis for an operation; what a field is filled with."""
TURNS = 3
"""How often wapiti may begin the same walk."""
MODULES = "sql,file,redirect,xss,permanentxss,upload,exec,crlf,xxe,csp,http_headers,methods,log4shell"
"""Not cookieflags: the demo has no TLS, and tests/security/test_headers.py sees the flag where there is."""
ANSWERS = "400,401,403,404,405,409,410,422,429"
"""Refusals of ours, from which sqlmap is to learn as from any other page."""


def run() -> dict[str, Any]:
    """What was walked and tried, and what was found (promised: 0). Every finding is told in full on stderr."""
    programs, source = installed(), scans.bandit()
    with scene() as city, tempfile.TemporaryDirectory(prefix="attacks-") as aside:
        filled = [asyncio.run(_fields(city, who, *where)) for who, where in WALKS.items()]
        asked = scans.schemathesis(city.address, Path(aside), EXAMPLES)
        walked = [_wapiti(programs, city, who, path, Path(aside)) for who, path in CRAWLS[::EVERY]]
        tried = [_sqlmap(programs, city, door, Path(aside)) for door in DOORS[::EVERY]]
    found = {"fields": _sum(filled), "wapiti": _sum(walked), "sqlmap": _sum(tried)}
    return {**found, "schemathesis": asked, "bandit": source}


def installed() -> Path:
    """The folder of both programs, made once. Raises Refusal where they cannot be had."""
    python, wapiti = VENV / "bin" / "python", VENV / "bin" / "wapiti"
    for command in (
        [sys.executable, "-m", "venv", str(VENV)],
        [str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check", *PACKAGES],
    ):
        if not wapiti.exists() and subprocess.run(command, stdout=sys.stderr, check=False).returncode:
            raise Refusal("no_attacks", "No se pudieron instalar sqlmap y wapiti. Revise la red y repita.")
    return VENV / "bin"


async def _fields(city: Scene, who: str, starts: tuple[str, ...], within: str) -> Counter[str]:
    walker = city.walker(who)
    found = await fields.attack(walker, starts, within, ODD)
    walker.close()
    _tell(f"campos de {who or 'cualquiera'} {dict(found)}", [])
    return found


def _wapiti(programs: Path, city: Scene, who: str, path: str, aside: Path) -> Counter[str]:
    """A walk through a folder and the modules over every form and parameter that it met."""
    told = _walked(programs, city, who, path, aside)
    rows = {
        kind: [row for found in told[kind].values() for row in found]
        for kind in ("vulnerabilities", "anomalies")
    }
    pages = told["infos"]["crawled_pages_nbr"]
    _tell(f"wapiti {path} ({who or 'cualquiera'}), {pages} páginas", [f"{row['method']} {row['path']}: {row['info']}" for found in rows.values() for row in found])  # fmt: skip
    return Counter({"walks": 1, "pages": pages, **{kind: len(found) for kind, found in rows.items()}})


def _walked(programs: Path, city: Scene, who: str, path: str, aside: Path) -> Any:
    """Its report. Raises Refusal where it made none in any of its turns.

    Wapiti falls over its own store («database is locked») where a busy machine keeps it waiting for five seconds.
    """
    said = ""
    for turn in range(TURNS):
        out, url = aside / f"wapiti-{turn}.json", city.address + path
        command = [
            str(programs / "wapiti"), "-u", url, "--scope", "folder", "-d", "4", "--max-links-per-page", "40", "--flush-session",
            "--max-scan-time", str(CRAWL_SECONDS), "--max-attack-time", str(MODULE_SECONDS), "-m", MODULES, "-C", city.cookies[who],
            "-x", f"{url}salir/", "--store-session", str(aside / f"wapiti-{turn}"), "-f", "json", "-o", str(out), "--no-bugreport",
        ]  # fmt: skip
        out.unlink(missing_ok=True)
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if out.exists():
            return json.loads(out.read_text(encoding="utf-8"))
        said = (done.stdout + done.stderr)[-400:]
        _tell(f"wapiti {path}, {turn + 1}.ª vuelta, no terminó", [said])
    raise Refusal("no_attack", f"wapiti no recorrió {path}: {said}")


def _sqlmap(programs: Path, city: Scene, door: Door, aside: Path) -> Counter[str]:
    """Every parameter of one door, or the places that it marks."""
    request, traffic = aside / "request.txt", aside / "traffic.txt"
    traffic.unlink(missing_ok=True)
    request.write_text(_request(city, door), encoding="utf-8")
    command = [
        str(programs / "sqlmap"), "-r", str(request), "--batch", "--flush-session", "--level", "2", "--risk", "1", "--timeout", "10",
        "--retries", "0", "--technique", "BEU", f"--ignore-code={ANSWERS}", "--ignore-redirects", "--skip", "Host,Cookie,X-CSRFToken",
        "--output-dir", str(aside / "sqlmap"), "-t", str(traffic), "--disable-coloring",
    ]  # fmt: skip
    said = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    injectable = said.count("identified the following injection point")
    if not injectable and "do not appear to be injectable" not in said:
        raise Refusal("no_attack", f"sqlmap no probó {door.path}: {said[-400:]}")
    answers = Counter(
        re.findall(r"^HTTP response \[#\d+\] \((\d{3})", traffic.read_text(errors="replace"), re.MULTILINE)
    )
    failed = sum(count for code, count in answers.items() if code >= "500")
    _tell(
        f"sqlmap {door.path} ({door.who or 'cualquiera'}) {dict(answers)}",
        [said] if injectable or failed else [],
    )
    return Counter(
        {"doors": 1, "requests": answers.total(), "injectable": injectable, "server_errors": failed}
    )


def _request(city: Scene, door: Door) -> str:
    """The HTTP message that sqlmap varies."""
    path, body, *headers = (_filled(text, city.known) for text in (door.path, door.body, *door.headers))
    kind = "application/json" if body.startswith("{") else "application/x-www-form-urlencoded"
    if door.file:
        body = (f'--b0unda4y\r\nContent-Disposition: form-data; name="{door.file}"; filename="libro.csv"\r\n'
                f"Content-Type: text/csv\r\n\r\n{body}\r\n--b0unda4y--\r\n")  # fmt: skip
        kind = "multipart/form-data; boundary=b0unda4y"
    headers += [f"Host: {city.address.removeprefix('http://')}", f"Origin: {city.address}"]
    headers += [
        f"Cookie: {city.cookies[door.who]}",
        f"X-CSRFToken: {CSRF}",
        *([f"Content-Type: {kind}"] if body else []),
    ]
    return "\r\n".join([f"{'POST' if body else 'GET'} {path} HTTP/1.1", *headers, "", body])


def _filled(text: str, known: dict[str, str]) -> str:
    """`$name` and `${name}` as the demo knows them."""
    return re.sub(r"\$\{?(\w+)\}?", lambda found: known[found[1]], text)


def _tell(what: str, found: list[str]) -> None:
    sys.stderr.write("\n  ".join([f"{what}: {len(found) or 'nada'}", *found]) + "\n")
    sys.stderr.flush()


def _sum(rows: list[Counter[str]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in rows:
        total.update(row)
    return dict(total)
