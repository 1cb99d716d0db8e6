"""Files from outside, opened with suspicion: size, compression bombs, names that climb out of a folder."""

import gzip
import hashlib
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from alcaldia.kernel.errors import NotFound, Refusal

MAX_ENTRIES = 500
MAX_RATIO = 200
BLOCK = 1 << 20


def sha256(path: Path) -> str:
    """Lower-case hexadecimal SHA-256 of the file as it came."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def check(path: Path) -> None:
    """Refuses a file that is missing, empty or larger than `IMPORT_MAX_BYTES`."""
    if not path.is_file():
        raise NotFound("no_file", f"No encuentro el archivo {path.name}. Revise la ruta.")
    size = path.stat().st_size
    if size == 0:
        raise Refusal("empty_file", f"El archivo {path.name} está vacío. Expórtelo de nuevo.")
    _fits(size)


@contextmanager
def opened(path: Path) -> Iterator[Path]:
    """The readable file behind `path`: itself, or what its .gz or .zip holds, in a folder that vanishes.

    A zip may hold one dataset: a Shapefile with its companions, or one file of another format.
    """
    check(path)
    suffix = path.suffix.lower()
    if suffix not in {".gz", ".zip", ".kmz"}:
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="alcaldia-import-") as folder:
        try:
            yield _gunzip(path, Path(folder)) if suffix == ".gz" else _unzip(path, Path(folder))
        except (
            zipfile.BadZipFile,
            gzip.BadGzipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            RuntimeError,
        ) as error:
            raise Refusal(
                "bad_archive", f"{path.name} está dañado o cifrado. Comprímalo de nuevo sin contraseña."
            ) from error


def _fits(size: int) -> None:
    limit = settings.IMPORT_MAX_BYTES
    if size > limit:
        raise Refusal(
            "too_large",
            f"El archivo mide {size // 2**20} MB y el límite es {limit // 2**20} MB. Divídalo por sectores o quite columnas.",
            status=413,
        )


def _copy(source: object, target: Path, packed: int, budget: int) -> int:
    """Unpack at most `budget` bytes; a stream that grows past it, or past the ratio, is a bomb."""
    written = 0
    with target.open("wb") as out:
        while block := source.read(BLOCK):  # type: ignore[attr-defined]
            written += len(block)
            if written > budget or (written > 16 * BLOCK and written > MAX_RATIO * max(packed, 1)):
                raise Refusal(
                    "zip_bomb",
                    "El archivo comprimido crece demasiado al abrirlo. Envíelo sin comprimir.",
                    status=413,
                )
            out.write(block)
    return written


def _gunzip(path: Path, folder: Path) -> Path:
    target = folder / (Path(path.name[:-3]).name or "data")
    with gzip.open(path) as source:
        _copy(source, target, path.stat().st_size, settings.IMPORT_MAX_BYTES)
    return target


def _unzip(path: Path, folder: Path) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir() and not m.filename.startswith("__MACOSX")]
        if len(members) > MAX_ENTRIES:
            raise Refusal(
                "zip_bomb",
                f"El comprimido trae más de {MAX_ENTRIES} archivos. Deje solo los de la capa.",
                status=413,
            )
        budget = settings.IMPORT_MAX_BYTES
        for member in members:
            _safe_name(member.filename)
            with archive.open(member) as source:
                budget -= _copy(source, folder / Path(member.filename).name, member.compress_size, budget)
    return _one_dataset(folder, path.name)


def _safe_name(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise Refusal("bad_archive", "El comprimido trae rutas que salen de su carpeta. Comprímalo de nuevo.")


def _one_dataset(folder: Path, name: str) -> Path:
    for pattern in ("*.shp", "*.gpkg", "*.geojson", "*.json", "*.kml", "*.dxf", "*.csv", "*.tsv", "*.xlsx"):
        found = sorted(p for p in folder.iterdir() if p.match(pattern) or p.match(pattern.upper()))
        if len(found) > 1:
            raise Refusal("many_layers", f"{name} trae {len(found)} capas. Envíe una por archivo.")
        if found:
            return found[0]
    raise Refusal(
        "unknown_format",
        f"{name} no trae ninguna capa que se pueda leer (Shapefile, GeoPackage, GeoJSON, KML, DXF, CSV).",
    )
