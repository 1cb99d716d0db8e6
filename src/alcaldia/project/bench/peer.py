"""tipg (PostGIS) beside us: same parcels, same answers, one process each, in one run.

Needs PostGIS and the package registry; says nothing ({}) where either is missing.
"""

import os
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alcaldia.project import postgres
from alcaldia.project.bench import load
from alcaldia.project.bench.places import place
from alcaldia.project.commands import serve

PACKAGES = ("tipg==1.6.1", "uvicorn==0.54.0")
OURS, THEIRS, DATABASE_PORT = 8471, 8472, 5471
REQUESTS = 600
TABLE = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE peer_parcel AS SELECT id, public_id, key, street, number, neighbourhood, postcode, area_m2, current_use,
  levels, built_m2, year_built, land_value_m2, ST_GeomFromWKB(geom, 4326)::geometry(Polygon, 4326) AS geom FROM land_parcel;
ALTER TABLE peer_parcel ADD PRIMARY KEY (id);
CREATE INDEX peer_parcel_geom ON peer_parcel USING gist (geom);
ANALYZE peer_parcel;
"""


def run() -> dict[str, Any]:
    """Requests a second of both, and the ratio ours / theirs."""
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        sys.stderr.write("Sin PostGIS no hay con quién comparar (apt-get install postgresql-15-postgis-3).\n")
        return {}
    with tempfile.TemporaryDirectory(prefix="alcaldia-peer-") as folder:
        python = _install(Path(folder))
        if python is None:
            return {}
        with postgres.server(DATABASE_PORT) as url:
            points = _fill(url, folder)
            return _compare(url, folder, python, points)


def _install(folder: Path) -> Path | None:
    """A virtual environment of its own for the peer."""
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    python = folder / "venv" / "bin" / "python"
    done = subprocess.run([python, "-m", "pip", "install", "-q", *PACKAGES], check=False)
    if done.returncode:
        sys.stderr.write("tipg no se pudo instalar; se omite la comparación.\n")
        return None
    return python


def _fill(url: str, home: str) -> list[tuple[float, float]]:
    """The generated city in a fresh database, and the peer's own table of the same parcels."""
    script = (
        "from alcaldia.project import django_setup; django_setup.start(migrate=True)\n"
        "import json\nfrom django.db import connection\nfrom alcaldia.project.bench import city\n"
        "made = city.build(100_000, zones=100, layers=1)\n"
        f"connection.cursor().execute({TABLE!r})\n"
        "print(json.dumps(made.points))"
    )
    given = {**serve.child_environment(), "ALCALDIA_HOME": home, "DATABASE_URL": url}
    done = subprocess.run([sys.executable, "-c", script], env=given, stdout=subprocess.PIPE, check=True)
    import json

    return [tuple(point) for point in json.loads(done.stdout)]


def _compare(url: str, home: str, python: Path, points: list[tuple[float, float]]) -> dict[str, Any]:
    ours = {**serve.child_environment(), "ALCALDIA_HOME": home, "DATABASE_URL": url}
    theirs = {
        **os.environ,
        "DATABASE_URL": url,
        "TIPG_DB_SCHEMAS": '["public"]',
        "TIPG_DEFAULT_FEATURES_LIMIT": "100",
    }
    theirs_command = [
        str(python),
        "-m",
        "uvicorn",
        "tipg.main:app",
        "--port",
        str(THEIRS),
        "--log-level",
        "error",
    ]
    base = "/api/v1/municipalities/banco-de-pruebas/layers/parcels/items"
    boxes = [
        f"{lon - 6e-4:.6f},{lat - 5e-4:.6f},{lon + 6e-4:.6f},{lat + 5e-4:.6f}"
        for lon, lat in points[:REQUESTS]
    ]
    tiles = [place(lon, lat, 18) for lon, lat in points[:REQUESTS]]
    ours_items = [load.get(f"{base}?bbox={box}&limit=100", OURS) for box in boxes]
    theirs_items = [
        load.get(f"/collections/public.peer_parcel/items?bbox={box}&limit=100", THEIRS) for box in boxes
    ]
    ours_tiles = [load.get(f"/tiles/banco-de-pruebas/parcels/18/{x}/{y}.mvt", OURS) for x, y in tiles]
    theirs_tiles = [
        load.get(f"/collections/public.peer_parcel/tiles/WebMercatorQuad/18/{x}/{y}", THEIRS)
        for x, y in tiles
    ]
    figures: dict[str, Any] = {}
    with _running(serve.command("127.0.0.1", OURS, 1), ours, OURS), _running(theirs_command, theirs, THEIRS):
        for name, mine, peer in (("items", ours_items, theirs_items), ("tile_z18", ours_tiles, theirs_tiles)):
            load.drive(OURS, mine[:50], 4)
            load.drive(THEIRS, peer[:50], 4)
            # Our cold tiles: the first fifty are warm, the rest are encoded now.
            us, them = load.drive(OURS, mine[50:], 4), load.drive(THEIRS, peer[50:], 4)
            ratio = round(us.per_second / them.per_second, 2)
            figures[name] = {"ours": us.figures(), "tipg": them.figures(), "ratio": ratio}
    return figures


@contextmanager
def _running(command: list[str], environment: dict[str, str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, env=environment)
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=1).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)
