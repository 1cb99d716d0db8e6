"""What the program is made of: known, hashed, repeatable, recorded; and no secret or machine lies in it."""

import hashlib
import json
import re
import subprocess

import pytest

from alcaldia.ledger.models import Entry
from alcaldia.project import releases
from alcaldia.project.cli import main
from alcaldia.project.commands import check
from tests.conftest import ROOT

LOCKS = ("requirements.lock", "requirements-dev.lock")


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_one_version_and_hashes(name):
    text = (ROOT / name).read_text()
    entries = re.split(r"\n(?=[a-z0-9])", "\n" + text)
    packages = [
        entry
        for entry in entries
        if re.match(r"\n?[a-z0-9][\w.-]*", entry.strip()) and not entry.strip().startswith("#")
    ]
    assert len(packages) > 30
    for entry in packages:
        assert re.match(
            r"[a-z0-9][a-z0-9._-]*(?:\[[\w,-]+\])?==[\w.+!-]+(?: ;[^\\]*)? \\\n\s+--hash=sha256:[0-9a-f]{64}",
            entry.strip(),
        ), entry[:80]
    assert not re.search(r"--(?:extra-)?index-url|--trusted-host|--find-links|git\+|https?://", text)


def test_every_invited_package_is_locked():
    import tomllib

    invited = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    names = {re.split(r"[^\w.-]", one, maxsplit=1)[0].lower() for one in invited}
    locked = set(
        re.findall(r"^([a-z0-9][a-z0-9._-]*)", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
    assert names <= locked


def test_the_bill_names_every_library_once_with_version_and_hash():
    bill = json.loads(releases.made().bill)
    names = [part["name"] for part in bill["components"]]
    locked = re.findall(r"^([a-z0-9][a-z0-9._-]*)==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    assert sorted(names) == sorted([*locked, "maplibre-gl"])
    assert all(
        part["version"] and part["purl"].endswith("@" + part["version"]) for part in bill["components"]
    )
    assert {one["ref"] for one in bill["dependencies"]} == {"alcaldia"}


def test_the_same_files_give_the_same_release_and_one_changed_byte_another(tmp_path, monkeypatch):
    assert releases.made() == releases.made()
    monkeypatch.setattr(releases, "ROOT", tmp_path)
    one = tmp_path / "a.py"
    one.write_text("x = 1\n")
    before = releases.manifest([one])
    one.write_text("x = 2\n")
    assert releases.manifest([one]) != before


def test_sha256sum_reads_the_manifest(tmp_path):
    release = releases.made()
    releases.write(release, tmp_path)
    done = subprocess.run(
        ["sha256sum", "-c", "--quiet", str(tmp_path / releases.MANIFEST)], cwd=ROOT, capture_output=True
    )
    assert (done.returncode, done.stdout) == (0, b"")
    assert release.manifest.count(b"\n") > 400


@pytest.mark.django_db
def test_a_published_release_is_an_act_that_anybody_compares(client, capsys, settings, tmp_path):
    settings.HOME = tmp_path
    assert main(["release", "--publish"]) == 0
    act = Entry.objects.get(type="release.published")
    body = json.loads(bytes(act.body))
    for name, field in ((releases.MANIFEST, "manifest_sha256"), (releases.BILL, "sbom_sha256")):
        served = client.get(f"/bitacora/programa/{name}")
        assert hashlib.sha256(served.content).hexdigest() == body[field]
    page = client.get("/bitacora/programa/").content.decode()
    assert act.folio in page
    assert body["manifest_sha256"] in page
    assert client.get("/bitacora/programa/../../keys/secret_key").status_code == 404


def test_vendored_files_are_the_ones_their_page_names():
    (page,) = (ROOT / "src").rglob("vendor/*/README.md")
    rows = re.findall(r"^\| ([\w.-]+) \| ([0-9a-f]{64}) \|", page.read_text(), re.MULTILINE)
    assert len(rows) == 3
    assert all(
        hashlib.sha256((page.parent / name).read_bytes()).hexdigest() == digest for name, digest in rows
    )


SECRETS = {
    "a private key": re.compile(rb"-----BEGIN (?:[A-Z ]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}"),
    "a cloud key": re.compile(rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a token": re.compile(rb"\b(?:ghp|gho|github_pat|glpat|xox[abp]|sk_live|npm)[_-][A-Za-z0-9_-]{20,}"),
    "a token in three parts": re.compile(rb"\beyJ[\w-]{20,}\.eyJ[\w-]{20,}\.[\w-]{20,}"),
    "a password in an address": re.compile(rb"\b[a-z]+://[^\s:/@'\"<>{}]+:[^\s:/@'\"<>{}]{6,}@[\w.-]+"),
    "an assigned secret": re.compile(rb"(?i)\b(?:secret_key|password|passwd|api_key|client_secret)\s*=\s*['\"][A-Za-z0-9+/_-]{24,}['\"]"),
    "a folder of a machine": re.compile(rb"(?<![\w./])/(?:work|root|home/[a-z]+)/[\w.-]+"),
}  # fmt: skip
# Where a pattern is itself the subject.
ALLOWED = {"tests/security/test_supply.py"}


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("no history here to look through")
    return [name.decode() for name in listed.stdout.split(b"\0") if name]


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_and_no_machine_lies_in_the_repository(kind):
    found = {}
    for name in set(tracked()) - ALLOWED:
        path = ROOT / name
        if (
            path.is_file()
            and path.stat().st_size < 2_000_000
            and (hit := SECRETS[kind].search(path.read_bytes()))
        ):
            found[name] = hit[0][:60]
    assert found == {}


PLANTED = {
    "a private key": b"-----BEGIN EC PRIVATE KEY-----\nMHcCAQEEIIGlRFzRiFtOwMHcCAQEEIIGlRFzRiFtOwMHcCAQ\n",
    "a cloud key": b"AKIAIOSFODNN7EXAMPLE",
    "a token": b"ghp_abcdefghijklmnopqrstuvwxyz0123",
    "a token in three parts": b"eyJhbGciOiJFUzI1NiJ9aaaaaa.eyJzdWIiOiIxMjM0NTY3ODkwIn0aaaa.abcdefghijklmnopqrstuvwxyz",
    "a password in an address": b"postgresql://city:hunter22@db.example/city",
    "an assigned secret": b"client_secret = 'abcdefghijklmnopqrstuvwxyz'",
    "a folder of a machine": b" /root/city",
}


@pytest.mark.parametrize("kind", PLANTED)
def test_a_planted_one_would_be_seen(kind):
    assert SECRETS[kind].search(PLANTED[kind])


def test_no_key_and_no_home_is_under_version_control():
    wrong = [
        name
        for name in tracked()
        if re.search(r"(?:^|/)(?:var|keys)/|\.(?:key|p12|pfx|sqlite3)$|(?:^|/)\.env", name)
    ]
    assert wrong == []


def test_dangerous_calls_are_part_of_the_check():
    (command,) = [command for name, command in check.STEPS if name == "peligros"]
    assert {"-ll", "src", "verifica", "witness"} <= set(command)


def test_bandit_finds_nothing_of_medium_or_high_severity():
    (command,) = [command for name, command in check.STEPS if name == "peligros"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:]
