"""A private PostgreSQL for tests and benchmarks: own directory, own socket, gone afterwards."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Durability off: these databases live for minutes. Parallel workers would blur timings on two cores.
OPTIONS = "-c fsync=off -c synchronous_commit=off -c max_parallel_workers=0 -c shared_buffers=256MB"

DURABLE = "-c fsync=on -c synchronous_commit=on -c shared_buffers=256MB"


def binaries() -> Path | None:
    """The directory with initdb of the newest PostgreSQL ≥ 15 on this machine, or None."""
    found = {
        int(path.parent.name): path
        for path in Path("/usr/lib/postgresql").glob("*/bin")
        if (path / "initdb").exists() and path.parent.name.isdigit() and int(path.parent.name) >= 15
    }
    if found:
        return found[max(found)]
    elsewhere = shutil.which("initdb")
    return Path(elsewhere).resolve().parent if elsewhere else None


@contextmanager
def server(port: int | None = None, *, durable: bool = False) -> Iterator[str]:
    """Start a cluster; yields its DATABASE_URL. Raises RuntimeError where none can be started.

    `durable` commits as a production server does.

    It listens on its own socket only; with `port` also on loopback, for programs that know no sockets.
    """
    bin_dir = binaries()
    if bin_dir is None:
        raise RuntimeError("No hay PostgreSQL 15 o posterior en esta máquina (apt-get install postgresql).")
    directory = Path(tempfile.mkdtemp(prefix="alcaldia-pg-"))
    user = _owner(directory)
    data = directory / "data"
    number = str(port or 5432)
    where = f"-c listen_addresses={'127.0.0.1' if port else ''} -p {number} -k {directory}"
    _run(
        user,
        bin_dir / "initdb",
        "-D",
        data,
        *["-U", "alcaldia", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8"],
    )
    try:
        control = (bin_dir / "pg_ctl", "-D", data, "-w")
        options = DURABLE if durable else OPTIONS
        _run(user, *control, "-o", f"{options} {where}", "-l", directory / "log", "start")
        _run(user, bin_dir / "createdb", "-h", directory, "-p", number, "-U", "alcaldia", "alcaldia")
        host = f"127.0.0.1:{number}" if port else ""
        yield f"postgresql://alcaldia@{host}/alcaldia" + ("" if port else f"?host={directory}")
    finally:
        _run(user, bin_dir / "pg_ctl", "-D", data, "-m", "immediate", "stop", check=False)
        shutil.rmtree(directory, ignore_errors=True)


@contextmanager
def opened(data: Path) -> Iterator[str]:
    """Start a restored data directory on a socket of its own; yields its DATABASE_URL once it takes writes."""
    bin_dir = binaries()
    if bin_dir is None:
        raise RuntimeError("No hay PostgreSQL 15 o posterior en esta máquina (apt-get install postgresql).")
    directory = Path(tempfile.mkdtemp(prefix="alcaldia-pg-"))
    user = _owner(directory)
    if user:
        _run(None, "chown", "-R", user, data.parent)
        _run(None, "chmod", "o+x", *list(data.parents)[:-1][:4])
    control = (bin_dir / "pg_ctl", "-D", data, "-w")
    where = f"{OPTIONS} -c listen_addresses='' -k {directory}"
    try:
        _run(user, *control, "-t", "120", "-o", where, "-l", directory / "log", "start")
        yield f"postgresql://alcaldia@/alcaldia?host={directory}"
    finally:
        _run(user, *control, "-m", "immediate", "stop", check=False)
        shutil.rmtree(directory, ignore_errors=True)


def _owner(directory: Path) -> str | None:
    """initdb refuses root: the cluster then belongs to the distribution's postgres user."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam("postgres")
    except KeyError:
        raise RuntimeError(
            "PostgreSQL no se puede iniciar como root y no existe el usuario postgres."
        ) from None
    os.chown(directory, entry.pw_uid, entry.pw_gid)
    return "postgres"


def _run(user: str | None, *command: object, check: bool = True) -> None:
    words = [str(word) for word in command]
    if user:
        words = ["runuser", "-u", user, "--", *words]
    done = subprocess.run(words, capture_output=True, text=True, cwd="/", check=False)
    if check and done.returncode:
        raise RuntimeError(
            f"PostgreSQL no arrancó: {done.stderr.strip()[-300:] or done.stdout.strip()[-300:]}"
        )
