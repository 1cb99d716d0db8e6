"""Reference systems: what the file says, what is plausible, and metres for measuring."""

from functools import lru_cache
from typing import Any

import numpy as np
import pyproj
import shapely
from pyproj.exceptions import CRSError

from alcaldia.kernel.errors import Refusal

WGS84 = "EPSG:4326"
NEAR_DEGREES = 1.5
ASK = "Indique el sistema de coordenadas (EPSG) del archivo, por ejemplo 32613; en la consola, con --srid."


def source(declared: str, srid: int | None, shapes: np.ndarray) -> str:
    """The file's reference system: the one asked for, the declared one, or degrees where they fit.

    Refuses a silent file whose coordinates cannot be degrees, and coordinates outside the range
    of the system they claim.
    """
    minx, miny, maxx, maxy = _bounds(shapes)
    degrees = minx >= -180 and maxx <= 180 and miny >= -90 and maxy <= 90
    name = f"EPSG:{srid}" if srid else declared or (WGS84 if degrees else "")
    turned = not degrees and minx >= -90 and maxx <= 90 and miny >= -180 and maxy <= 180
    if turned and not (name and _crs(name).is_projected):
        detail = "La latitud y la longitud vienen cambiadas. Exporte el archivo con la longitud primero."
        raise Refusal("swapped_axes", detail)
    if not name:
        raise Refusal("unknown_crs", f"El archivo no dice en qué coordenadas está y no parecen grados. {ASK}")
    if _crs(name).is_geographic and not degrees:
        raise Refusal(
            "wrong_crs",
            f"El archivo dice estar en grados pero trae valores como {maxx:.7g}, {maxy:.7g}. {ASK}",
        )
    if _crs(name).is_projected and degrees:
        raise Refusal(
            "wrong_crs",
            f"Se indicaron metros ({name}) pero las coordenadas parecen grados. Quite el sistema de coordenadas o corríjalo.",
        )
    return name


def check_metric(srid: int) -> None:
    """Refuses a municipality's system that does not measure in metres."""
    crs = _crs(f"EPSG:{srid}")
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre" or srid == 3857:
        raise Refusal(
            "not_metric",
            f"EPSG:{srid} no mide en metros reales. Elija el huso UTM o la faja de su municipio.",
        )


def check_near(wgs84: np.ndarray, srid: int, known: tuple[float, float, float, float] | None) -> None:
    """Refuses land that lies far from where this municipality's system, or its published data, is."""
    present = wgs84[~shapely.is_missing(wgs84) & ~shapely.is_empty(wgs84)]
    if not len(present):
        return
    centres = shapely.get_coordinates(shapely.centroid(present))
    lon, lat = (float(v) for v in np.nanmedian(centres, axis=0))
    if not np.isfinite([lon, lat]).all():
        raise Refusal("wrong_crs", f"Las coordenadas no caben en el sistema que se declaró. {ASK}")
    area = _crs(f"EPSG:{srid}").area_of_use
    box = known or ((area.west, area.south, area.east, area.north) if area else (-180, -90, 180, 90))
    if _near(lon, lat, box, NEAR_DEGREES):
        return
    swapped = " Parece que latitud y longitud están invertidas." if _near(lat, lon, box, NEAR_DEGREES) else ""
    raise Refusal(
        "far_away",
        f"Los datos caen en {lon:.3f}, {lat:.3f}, lejos del municipio.{swapped} Revise el sistema de coordenadas (EPSG; en la consola, --srid) o las coordenadas.",
    )


def utm_zone(wgs84: np.ndarray) -> int:
    """The WGS84 UTM zone in which these shapes are measured with least distortion, as EPSG code."""
    present = wgs84[~shapely.is_missing(wgs84) & ~shapely.is_empty(wgs84)]
    lon, lat = np.nanmedian(shapely.get_coordinates(shapely.centroid(present)), axis=0)
    zone = min(int((float(lon) + 180) // 6) + 1, 60)
    return (32700 if lat < 0 else 32600) + zone


def transform(shapes: np.ndarray, from_crs: str, to_crs: str) -> np.ndarray:
    """The shapes in another system; missing ones stay missing, unreachable coordinates become infinite."""
    if _crs(from_crs) == _crs(to_crs):
        return shapes
    change: Any = _transformer(from_crs, to_crs).transform
    return np.asarray(shapely.transform(shapes, change, interleaved=False), dtype=object)


def _near(x: float, y: float, box: tuple[float, float, float, float], tolerance: float) -> bool:
    west, south, east, north = box
    return west - tolerance <= x <= east + tolerance and south - tolerance <= y <= north + tolerance


def _bounds(shapes: np.ndarray) -> tuple[float, float, float, float]:
    minx, miny, maxx, maxy = (float(v) for v in shapely.total_bounds(shapes))
    if not np.isfinite([minx, miny, maxx, maxy]).all():
        raise Refusal("wrong_crs", f"Hay coordenadas infinitas o que no son números. {ASK}")
    return minx, miny, maxx, maxy


@lru_cache(maxsize=64)
def _crs(name: str) -> pyproj.CRS:
    try:
        crs = pyproj.CRS.from_user_input(name)
    except CRSError as error:
        raise Refusal("unknown_crs", f"No conozco el sistema de coordenadas «{name[:60]}». {ASK}") from error
    return crs.to_2d() if len(crs.axis_info) == 3 else crs


@lru_cache(maxsize=64)
def _transformer(from_crs: str, to_crs: str) -> pyproj.Transformer:
    return pyproj.Transformer.from_crs(_crs(from_crs), _crs(to_crs), always_xy=True)
