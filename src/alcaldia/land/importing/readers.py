"""Which reader reads which file."""

from pathlib import Path

from alcaldia.kernel.errors import Refusal
from alcaldia.land.importing import files, geojson, tabular, vector
from alcaldia.land.importing.table import Table


def read(path: Path, layer: str = "") -> Table:
    """The table in a file of any format we read; refuses others with the list of formats."""
    with files.opened(path) as inner:
        table = _read(inner, layer)
    if not table.rows:
        raise Refusal("empty_file", f"{path.name} no trae ninguna fila. Expórtelo de nuevo.")
    return table


def _read(path: Path, layer: str) -> Table:
    suffix = path.suffix.lower()
    if suffix in {".geojson", ".json", ".geojsonl", ".geojsons"}:
        return geojson.read(path)
    if suffix in {".csv", ".tsv", ".txt"}:
        return tabular.read_csv(path)
    if suffix in {".xlsx", ".xlsm"}:
        return tabular.read_xlsx(_checked_workbook(path))
    if suffix in {".shp", ".gpkg", ".kml", ".dxf"}:
        return vector.read(path, layer)
    raise Refusal(
        "unknown_format",
        f"No sé leer «{path.suffix or path.name}». Use GeoJSON, Shapefile en .zip, GeoPackage, KML, DXF, CSV o XLSX.",
    )


def _checked_workbook(path: Path) -> Path:
    """A workbook is a zip: the same limits apply before openpyxl opens it."""
    import zipfile

    from django.conf import settings

    try:
        with zipfile.ZipFile(path) as archive:
            total = sum(member.file_size for member in archive.infolist())
    except zipfile.BadZipFile as error:
        raise Refusal(
            "bad_xlsx", f"{path.name} no es un libro de Excel. Guárdelo de nuevo como .xlsx o CSV."
        ) from error
    if total > settings.IMPORT_MAX_BYTES:
        raise Refusal("zip_bomb", f"{path.name} crece demasiado al abrirlo. Guárdelo como CSV.", status=413)
    return path
