"""What exactly this program is made of: a manifest of its files, a bill of its materials, and an act that fixes both."""

import hashlib
import json
import re
import subprocess
import tomllib
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from alcaldia.kernel.folio import new_folio
from alcaldia.ledger.actions import record
from alcaldia.ledger.events import Act
from alcaldia.project.environment import ROOT

MANIFEST, BILL = "programa.sha256", "programa.cdx.json"
# Folders that hold the program where it was unpacked without its history.
PARTS = ("src", "docs", "tests", "verifica", "witness", "counter", "municipalities")
NEVER = {"__pycache__", ".git", "var"}
_LOCKED = re.compile(
    r"^([a-z0-9][a-z0-9._-]*)==(\S+)((?: ;[^\\\n]*)?(?: \\\n +--hash=sha256:[0-9a-f]{64})+)", re.MULTILINE
)


@dataclass(frozen=True)
class Release:
    """The two files of a release, and what its act says of them."""

    version: str
    manifest: bytes
    bill: bytes

    def body(self) -> dict[str, Any]:
        return {
            "version": self.version,
            "files": self.manifest.count(b"\n"),
            "manifest_sha256": hashlib.sha256(self.manifest).hexdigest(),
            "sbom_sha256": hashlib.sha256(self.bill).hexdigest(),
        }


def made() -> Release:
    """The release that these files are; the same files give the same bytes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    bill = json.dumps(sbom(lock, project["version"]), indent=1, sort_keys=True, ensure_ascii=False)
    return Release(project["version"], manifest(files()), bill.encode() + b"\n")


def files() -> list[Path]:
    """Every file of the program: those under version control, or all of PARTS where there is none."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0 and listed.stdout:
        found = [ROOT / name.decode() for name in listed.stdout.split(b"\0") if name]
    else:
        inside = (path for part in PARTS for path in (ROOT / part).rglob("*"))
        found = [*inside, *ROOT.iterdir()]
    return sorted(path for path in found if path.is_file() and not NEVER & set(path.parts))


def manifest(paths: list[Path]) -> bytes:
    """One line a file, as `sha256sum -c` reads it."""
    lines = (f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(ROOT).as_posix()}\n" for path in paths)  # fmt: skip
    return "".join(lines).encode()


def sbom(lock: str, version: str) -> dict[str, Any]:
    """CycloneDX 1.6 of a pip lock file and of what lies in the repository; no clock, so that it can be repeated."""
    own = {"type": "application", "name": "alcaldia", "version": version, "bom-ref": "alcaldia"}
    parts = [_library(*found) for found in _LOCKED.findall(lock)] + _vendored()
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, version + lock)}",
        "version": 1,
        "metadata": {"component": own},
        "components": parts,
        "dependencies": [{"ref": "alcaldia", "dependsOn": [part["bom-ref"] for part in parts]}],
    }


def _library(name: str, version: str, hashes: str) -> dict[str, Any]:
    purl = f"pkg:pypi/{name}@{version}"
    digests = re.findall(r"[0-9a-f]{64}", hashes)
    told = [{"name": "alcaldia:sha256-of-a-distribution", "value": digest} for digest in digests]
    return {"type": "library", "name": name, "version": version, "purl": purl, "bom-ref": purl, "properties": told}  # fmt: skip


def _vendored() -> list[dict[str, Any]]:
    """Libraries copied into the repository: each folder of `vendor/` has a README that names package and version."""
    found = []
    for page in sorted((ROOT / "src").rglob("static/*/vendor/*/README.md")):
        told = re.search(r"npm package `([\w@/-]+)` ([\d.]+)", page.read_text(encoding="utf-8"))
        if told:
            purl = f"pkg:npm/{told[1]}@{told[2]}"
            found.append(
                {"type": "library", "name": told[1], "version": told[2], "purl": purl, "bom-ref": purl}
            )
    return found


def folder() -> Path:
    """Where the newest published release lies, for everybody to download."""
    return Path(settings.HOME) / "public" / "release"


@transaction.atomic
def publish(release: Release, *, by: str, channel: str) -> str:
    """Keep both files for the public pages and record their hashes in the log; returns the folio."""
    folio = new_folio("PRG", timezone.now().year)
    record(Act("release.published", folio, release.body()), by=by, channel=channel)
    write(release, folder())
    return folio


def write(release: Release, place: Path) -> None:
    place.mkdir(parents=True, exist_ok=True)
    (place / MANIFEST).write_bytes(release.manifest)
    (place / BILL).write_bytes(release.bill)
