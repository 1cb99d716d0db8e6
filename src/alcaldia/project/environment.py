"""Environment variables, read once and typed. A wrong one is one sentence that says what to do."""

import ipaddress
import os
import secrets
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlparse

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.keyfiles import write_whole

ROOT = Path(__file__).resolve().parents[3]
# Nothing waits for ever: five minutes for one statement or an idle transaction, half a minute for a lock.
# PostgreSQL takes any box for 0.5 % of the city and would gather a single point from parallel workers (seen in plans).
# A statement that was planned while its table was one page would read it whole until the next ANALYZE, also where an
# index fits: the server's part of a paid request grew from 14 to 23 ms within a thousand of them. With these prices of
# a page, those of disks that turn the other way round, an index is taken from the first row on (9 to 11 ms, and it stays).
PG_OPTIONS = (
    "-c jit=off -c max_parallel_workers_per_gather=0 -c random_page_cost=1.1 -c seq_page_cost=3 -c statement_timeout=300000 -c lock_timeout=30000 "
    "-c idle_in_transaction_session_timeout=300000"
)


def home() -> Path:
    """`ALCALDIA_HOME`: everything that must survive a restart (default: var/ beside the program)."""
    return Path(os.environ.get("ALCALDIA_HOME") or ROOT / "var").resolve()


def broker_folder() -> Path:
    """Where the broker lives: its store, keys, log and sockets."""
    return home() / "broker"


def data_folder() -> Path:
    """`ALCALDIA_DATA`: real municipal files that recipes name and the repository never holds."""
    return Path(os.environ.get("ALCALDIA_DATA") or ROOT.parent / "shared" / "data").resolve()


def flag(name: str, default: bool = False) -> bool:
    value = os.environ.get(name)
    return default if value is None else value.lower() in {"1", "true", "yes", "si", "sí"}


def port() -> int:
    """`ALCALDIA_PORT` (default 8000)."""
    text = os.environ.get("ALCALDIA_PORT", "8000")
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise SystemExit("ALCALDIA_PORT debe ser un número entre 1 y 65535.")
    return int(text)


def text(name: str) -> str:
    """One word or path, "" where it is not set."""
    return os.environ.get(name, "").strip()


def renew_seconds() -> float:
    """`ALCALDIA_RENEW_SECONDS` (default 300): see project/fresh_workers; 0 never."""
    text = os.environ.get("ALCALDIA_RENEW_SECONDS", "300")
    if not text.isdigit():
        raise SystemExit("ALCALDIA_RENEW_SECONDS debe ser un número entero de segundos; 0 no renueva.")
    return float(text)


def simulated_bank() -> bool:
    """`ALCALDIA_BANK`: only "simulated" says something, that the bank of the demo is wanted."""
    given = os.environ.get("ALCALDIA_BANK", "")
    if given not in {"", "simulated"}:
        raise SystemExit(
            "ALCALDIA_BANK sólo puede decir simulated; los bancos de verdad van en keys/payments.toml."
        )
    return bool(given)


def words(name: str) -> tuple[str, ...]:
    """Words with spaces between them, such as the addresses of `ALCALDIA_TSA`; none where it is not set."""
    return tuple(os.environ.get(name, "").split())


def networks(name: str) -> tuple[str, ...]:
    """Networks in CIDR notation with spaces between them; a wrong one stops the program."""
    found = words(name)
    for text in found:
        try:
            ipaddress.ip_network(text)
        except ValueError:
            raise SystemExit(f"{name}: «{text}» no es una red como 10.1.0.0/16 o 127.0.0.1/32.") from None
    return found


def seconds(name: str, default: float) -> float:
    """A length of time in seconds, such as `ALCALDIA_WITNESS_WAIT`; 0 does not wait at all."""
    text = os.environ.get(name) or str(default)
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found < 3600:
        raise SystemExit(f"{name} son segundos: un número de 0 a 3599, como 1.5.")
    return found


def public_url() -> str:
    """`ALCALDIA_PUBLIC_URL`: the address people see, printed in documents (default: this machine)."""
    return (os.environ.get("ALCALDIA_PUBLIC_URL") or f"http://localhost:{port()}").rstrip("/")


def secret_key() -> str:
    """`ALCALDIA_SECRET_KEY`, or one made on first use and kept in keys/ with mode 0600."""
    given = os.environ.get("ALCALDIA_SECRET_KEY")
    if given:
        return given
    return private_text(home() / "keys" / "secret_key", secrets.token_urlsafe(50))


def secret_keys_before() -> list[str]:
    """The key before the last renewal: what was signed by it is still read, nothing is signed with it any more."""
    path = home() / "keys" / "secret_key.before"
    return [path.read_text(encoding="utf-8").strip()] if path.exists() else []


def renew_secret_key() -> None:
    """A new key in `keys/`; the one before is kept for what is open. Raises Refusal where it comes from outside."""
    if os.environ.get("ALCALDIA_SECRET_KEY"):
        raise Refusal("secret_elsewhere", "La llave está en ALCALDIA_SECRET_KEY: cámbiela allí y reinicie.")
    keys = home() / "keys"
    write_whole(keys / "secret_key.before", secret_key().encode(), mode=0o600)
    write_whole(keys / "secret_key", secrets.token_urlsafe(50).encode(), mode=0o600)


def private_text(path: Path, fresh: str) -> str:
    """The text of a file only its owner reads; `fresh` is written when there is none.

    The exclusive creation makes two processes that start together agree on one key.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        return path.read_text(encoding="utf-8").strip()
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(fresh)
    return fresh


def database() -> dict[str, object]:
    """The Django database entry: SQLite under home, or what `DATABASE_URL` names (postgres://…)."""
    url = os.environ.get("DATABASE_URL")
    if not url:
        return _sqlite(home() / "main.sqlite3")
    parts = urlparse(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SystemExit("DATABASE_URL debe empezar con postgresql:// (o quítela para usar SQLite).")
    return {
        "ENGINE": "alcaldia.kernel.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": dict(parse_qsl(parts.query)).get("host", parts.hostname or ""),
        "PORT": dict(parse_qsl(parts.query)).get("port", str(parts.port or "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # Compiling a query that runs once costs more than running it. Planning each anew cost a sheet half of
        # its time: bound by the server and prepared, a repeated query is planned once a connection.
        "OPTIONS": {"options": PG_OPTIONS, "server_side_binding": True, "prepare_threshold": 2},
    }


def _sqlite(path: Path) -> dict[str, object]:
    # synchronous=FULL: an acknowledged act survives a power cut, not only a killed process.
    pragmas = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000; PRAGMA cache_size=-65536;"
    return {
        "ENGINE": "alcaldia.kernel.sqlite",
        "NAME": path,
        "CONN_MAX_AGE": None,
        "OPTIONS": {"init_command": pragmas, "transaction_mode": "IMMEDIATE", "timeout": 20},
    }
