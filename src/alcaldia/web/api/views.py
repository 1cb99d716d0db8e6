"""The JSON door: the same acts as every other window, typed and documented."""

from dataclasses import asdict
from decimal import Decimal
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Router

from alcaldia.kernel.canonical import plain
from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.models import Municipality
from alcaldia.land import parcels as parcel_store
from alcaldia.land import queries, rulebook
from alcaldia.land.items import MAX_LIMIT, items, read_box
from alcaldia.land.plan import Rulebook
from alcaldia.land.search import Place, search
from alcaldia.land.sheet import Sheet, layers, sheet
from alcaldia.procedures import actions
from alcaldia.web.api import problems
from alcaldia.web.api.schemas import (
    ConstructionIn,
    LandUseIn,
    LayerOut,
    MunicipalityOut,
    ParcelOut,
    Problem,
    RulingOut,
    SheetOut,
)

api = problems.DocumentedAPI(
    parser=problems.BoundedParser(),
    title="Alcaldía",
    version="1",
    description="Predios, capas, dictámenes, trámites y expedientes. Los errores son application/problem+json.",
    urls_namespace="api",
    docs_url=None,
    openapi_url="/openapi.json",
)
problems.install(api)
router = Router(tags=["Suelo"])
ERRORS = {400: Problem, 404: Problem, 409: Problem, 413: Problem, 422: Problem, 503: Problem}
CHANNEL = "api"
GEOJSON = "application/geo+json"


def answer(value: Any, status: int = 200) -> HttpResponse:
    """JSON bytes; values are already checked by the domain, so they are not validated twice."""
    return HttpResponse(orjson.dumps(value), status=status, content_type="application/json")


@api.get(
    "/v1/municipalities",
    summary="Los municipios de esta instalación.",
    response=list[MunicipalityOut],
    tags=["Suelo"],
)
def municipalities(request: HttpRequest) -> HttpResponse:
    """The municipalities of this installation."""
    rows = Municipality.objects.values("slug", "name", "state", "country", "srid")
    return answer(list(rows))


@router.get(
    "/{slug}/parcels",
    summary="Predios en un punto (lon, lat), por clave (key) o por palabras (q).",
    response={200: list[ParcelOut], **ERRORS},
)
def find_parcels(
    request: HttpRequest,
    slug: str,
    lon: float | None = None,
    lat: float | None = None,
    key: str | None = None,
    q: str | None = None,
) -> HttpResponse:
    """Parcels at a point (`lon`, `lat`), by cadastral key (`key`) or by words (`q`)."""
    book = rulebook.published(slug)
    if key is not None:
        return answer([_parcel(book, parcel_store.by_key(book, key))])
    if lon is not None and lat is not None:
        return answer([_parcel(book, record) for record in parcel_store.at_point(book, lon, lat)])
    if q is not None:
        return answer([_place(place) for place in search(book, q) if place.public_id])
    raise Refusal("missing_parameter", "Diga qué predio: lon y lat, key o q.", status=400)


def _place(place: Place) -> dict[str, Any]:
    return {
        "id": place.public_id,
        "key": place.detail.split(" · ")[-1],
        "label": place.label,
        "detail": place.detail,
        "lon": place.lon,
        "lat": place.lat,
    }


def _parcel(book: Rulebook, record: parcel_store.ParcelRecord) -> dict[str, Any]:
    minx, miny, maxx, maxy = record.box or (None, None, None, None)
    return {
        "id": record.public_id,
        "key": record.key,
        "label": f"Predio {record.key or record.public_id}",
        "detail": record.key,
        "lon": None if minx is None or maxx is None else (minx + maxx) / 2,
        "lat": None if miny is None or maxy is None else (miny + maxy) / 2,
    }


@router.get(
    "/{slug}/parcels/{parcel_id}",
    summary="La ficha de un predio: superficies, zonas, normas, lo que hay y lo que se permite.",
    response={200: SheetOut, **ERRORS},
)
def parcel_sheet(request: HttpRequest, slug: str, parcel_id: str) -> HttpResponse:
    """The parcel sheet: areas, zones, norms, existing and permitted intensity, layers."""
    return answer(sheet_json(sheet(slug, parcel_id)))


def sheet_json(found: Sheet) -> dict[str, Any]:
    """The sheet as plain JSON; money is text so that no cent is lost."""
    known = found.facts
    return plain(
        {
            "id": found.record.public_id,
            "key": found.record.key,
            "address": found.address,
            "neighbourhood": found.parcel.neighbourhood,
            "area_m2": known.area_m2,
            "documented_area_m2": known.documented_area_m2,
            "buildable_m2": found.buildable_m2,
            "zones": [{"code": p.code, "share": p.share, "area_m2": p.area_m2} for p in known.zones],
            "norms": [
                {
                    "zone": line.zone,
                    "label": line.label,
                    "value": line.norm.value,
                    "bound": line.norm.bound,
                    "unit": line.unit,
                    "condition": line.norm.condition,
                    "basis": line.norm.citation.basis,
                    "source": line.norm.citation.source,
                }
                for line in found.norms
            ],
            "cos": asdict(found.potential.cos),
            "cus": asdict(found.potential.cus),
            "extra_cus": {
                "limit": found.potential.cus_optional,
                "area_m2": found.potential.purchasable_m2,
                "price": _money(found.potential.price),
            },
            "land_value": _money(found.land_value),
            "layers": [hit._asdict() for hit in found.layers],
            "geometry": found.geojson,
            "versions": found.versions,
        }
    )


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{amount:f}"


@router.get(
    "/{slug}/layers",
    summary="Las capas publicadas, con versión, licencia y dirección de sus teselas.",
    response={200: list[LayerOut], **ERRORS},
)
def list_layers(request: HttpRequest, slug: str) -> HttpResponse:
    """What can be drawn on a map, with version, licence and tile address."""
    fields = ("name", "kind", "title", "theme", "source", "licence", "version", "sha256", "used_in_ruling")
    return answer(
        [
            {name: getattr(layer, name) for name in fields}
            | {"tiles": f"/tiles/{slug}/{layer.name}/{{z}}/{{x}}/{{y}}.mvt"}
            for layer in layers(slug)
        ]
    )


@router.get(
    "/{slug}/layers/{layer}/items",
    summary="Elementos de una capa dentro de un recuadro (bbox), en GeoJSON.",
    response={200: dict[str, Any], **ERRORS},
)
def layer_items(
    request: HttpRequest, slug: str, layer: str, bbox: str, limit: int = 100, offset: int = 0
) -> HttpResponse:
    """GeoJSON features of a layer that touch `bbox` (lon,lat,lon,lat), with exact counts and links."""
    if not (1 <= limit <= MAX_LIMIT and offset >= 0):
        raise Refusal("bad_limit", f"limit va de 1 a {MAX_LIMIT} y offset desde 0.", status=400)
    page = items(rulebook.published(slug), layer, read_box(bbox), limit=limit, offset=offset)
    here = request.build_absolute_uri(request.path) + f"?bbox={bbox}&limit={limit}"
    links = [{"rel": "self", "type": GEOJSON, "href": f"{here}&offset={offset}"}]
    if offset + limit < page.matched:
        links.append({"rel": "next", "type": GEOJSON, "href": f"{here}&offset={offset + limit}"})
    body = {
        "type": "FeatureCollection",
        "timeStamp": timezone.now().isoformat(timespec="seconds"),
        "numberMatched": page.matched,
        "numberReturned": len(page.features),
        "links": links,
        "features": page.features,
    }
    return HttpResponse(orjson.dumps(body), content_type=GEOJSON)


@router.get(
    "/{slug}/activities",
    summary="Giros que responden a estas palabras; perdona errores de escritura.",
    response={200: list[dict[str, Any]], **ERRORS},
)
def find_activities(request: HttpRequest, slug: str, q: str) -> HttpResponse:
    """Business activities that answer these words, best first."""
    from alcaldia.land.activities import suggest

    return answer(
        [{"code": a.code, "name": a.name, "group": a.group} for a in suggest(rulebook.published(slug), q)]
    )


@router.post(
    "/{slug}/rulings/land-use",
    summary="¿Se puede operar este giro aquí? Con issue, emite el dictamen firmado.",
    response={200: RulingOut, 201: RulingOut, **ERRORS},
)
def rule_land_use(request: HttpRequest, slug: str, payload: LandUseIn) -> HttpResponse:
    """May this activity operate here? With `issue`, a signed document (201, `folio`)."""
    if not payload.issue:
        return answer(queries.land_use_ruling(slug, payload.parcel, payload.activity, payload.area_m2))
    ruling = actions.issue_land_use_ruling(
        municipality=slug,
        parcel=payload.parcel,
        activity=payload.activity,
        area_m2=payload.area_m2,
        by="public",
        channel=CHANNEL,
    )
    return answer(ruling.document, 201)


@router.post(
    "/{slug}/rulings/construction",
    summary="¿Se puede construir esto aquí? Con issue, emite el predictamen firmado.",
    response={200: RulingOut, 201: RulingOut, **ERRORS},
)
def rule_construction(request: HttpRequest, slug: str, payload: ConstructionIn) -> HttpResponse:
    """May this be built here? With `issue`, a signed document (201, `folio`)."""
    if not payload.issue:
        return answer(queries.construction_ruling(slug, payload.parcel, payload.project))
    ruling = actions.issue_construction_ruling(
        municipality=slug, parcel=payload.parcel, project=payload.project, by="public", channel=CHANNEL
    )
    return answer(ruling.document, 201)


api.add_router("/v1/municipalities", router)
