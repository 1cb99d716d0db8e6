"""The map's style, made from the published layers: the cadastre itself is the ground."""

from typing import Any

from django.urls import reverse

from alcaldia.land import thematic
from alcaldia.land.sheet import LayerInfo, layers

PAPER, BLOCK, PARCEL_LINE, INK = "#f6f3ec", "#fffdf8", "#cfc6b6", "#41474a"
FONT = ["system-ui", "Noto Sans", "Liberation Sans", "sans-serif"]
"""No glyph server: MapLibre draws these with the fonts of the device."""
PARCELS_FROM = 13
MAX_TILE_ZOOM = 16
Layer = dict[str, Any]


def build(slug: str) -> dict[str, Any]:
    """Sources and layers; layers of the panel start hidden, thematic colours wait in `metadata`."""
    found = layers(slug)
    sources = {layer.name: _source(slug, layer) for layer in found}
    sources["labels"] = _label_source(slug)
    sources |= {name: _empty() for name in ("selected", "volumes")}
    return {
        "version": 8,
        "name": slug,
        "sources": sources,
        "layers": [{"id": "paper", "type": "background", "paint": {"background-color": PAPER}}, *_ground(found),
                   *_overlays(found), *_chosen(), *_words(found)],
        "metadata": {"bare": _bare(found), "themes": {name: _colours(slug, name) for name in thematic.NAMES if name != "zone"}},
    }  # fmt: skip


def _source(slug: str, layer: LayerInfo) -> dict[str, Any]:
    address = reverse("tile", args=[slug, layer.name, 0, 0, 0]).removesuffix("0/0/0.mvt")
    low = PARCELS_FROM if layer.kind in {"parcels", "buildings"} else 9
    return {
        "type": "vector", "tiles": [f"{address}{{z}}/{{x}}/{{y}}.mvt?v={layer.version}-{layer.sha256[:8]}"],
        "minzoom": low, "maxzoom": MAX_TILE_ZOOM, "attribution": layer.source,
    }  # fmt: skip


def _empty() -> dict[str, Any]:
    return {"type": "geojson", "data": {"type": "FeatureCollection", "features": []}}


def _label_source(slug: str) -> dict[str, Any]:
    points = [
        {
            "type": "Feature",
            "properties": {"name": name},
            "geometry": {"type": "Point", "coordinates": [lon, lat]},
        }
        for name, lon, lat in thematic.labels(slug)
    ]
    return {"type": "geojson", "data": {"type": "FeatureCollection", "features": points}}


def _layer(layer: LayerInfo, kind: str, paint: dict[str, Any], *, name: str = "", **more: Any) -> Layer:
    return {"id": name or f"{layer.name}-{kind}", "type": kind, "source": layer.name, "source-layer": layer.name,
            "paint": paint, **more}  # fmt: skip


def _ground(found: list[LayerInfo]) -> list[Layer]:
    """Blocks and water first, then parcels, buildings and the zones' colour."""
    drawn: list[Layer] = []
    for layer in (one for one in found if one.kind == "layer" and one.theme == "Base"):
        colour = layer.style.get("colour", BLOCK)
        if layer.style.get("kind") == "fill":
            drawn.append(_layer(layer, "fill", {"fill-color": colour}))
    for layer in found:
        if layer.kind == "parcels":
            drawn.append(_layer(layer, "fill", {"fill-color": _bare(found)}, name="parcels-fill"))
            line = {
                "line-color": PARCEL_LINE,
                "line-width": ["interpolate", ["linear"], ["zoom"], 14, 0.2, 18, 1.2],
            }
            drawn.append(_layer(layer, "line", line, name="parcels-line"))
        if layer.kind == "zones":
            hidden = {"visibility": "none"}
            tint = {"fill-color": _zone_colours(layer), "fill-opacity": 0.72}
            drawn.append(_layer(layer, "fill", tint, name="zones-fill", layout=hidden))
            drawn.append(
                _layer(
                    layer,
                    "line",
                    {"line-color": "#5b5348", "line-width": 1},
                    name="zones-line",
                    layout=hidden,
                )
            )
    for layer in (one for one in found if one.kind == "buildings"):
        drawn.append(
            _layer(
                layer,
                "fill",
                {"fill-color": "#b9ab94", "fill-opacity": 0.45},
                name="buildings-fill",
                minzoom=15.5,
            )
        )
    return drawn


def _bare(found: list[LayerInfo]) -> str:
    """The colour of a parcel without a theme: clear where blocks and gardens show through, paper elsewhere."""
    ground = any(one.theme == "Base" and one.style.get("kind") == "fill" for one in found)
    return "rgba(255, 253, 248, 0)" if ground else BLOCK


def _zone_colours(layer: LayerInfo) -> Any:
    colours = layer.style.get("colours", {})
    pairs = [part for code, colour in sorted(colours.items()) for part in (code, colour)]
    return ["match", ["get", "code"], *pairs, thematic.MISSING] if pairs else thematic.CATEGORIES[0]


def _overlays(found: list[LayerInfo]) -> list[Layer]:
    """Layers of the panel: one fill, line or point layer each, with an outline where it is an area."""
    drawn: list[Layer] = []
    hidden = {"visibility": "none"}
    for layer in (one for one in found if one.kind == "layer" and one.theme != "Base"):
        colour, kind = layer.style.get("colour", "#777777"), layer.style.get("kind", "fill")
        if kind == "circle":
            paint = {
                "circle-color": colour,
                "circle-radius": 6,
                "circle-stroke-color": "#fff",
                "circle-stroke-width": 2,
            }
            drawn.append(_layer(layer, "circle", paint, layout=hidden))
        else:
            if kind == "fill":
                drawn.append(
                    _layer(layer, "fill", {"fill-color": colour, "fill-opacity": 0.3}, layout=hidden)
                )
            drawn.append(_layer(layer, "line", {"line-color": colour, "line-width": 2}, layout=hidden))
    return drawn


def _chosen() -> list[Layer]:
    height: Layer = {"fill-extrusion-height": ["get", "height"], "fill-extrusion-base": 0}
    tones = (("permitted", "#4a9fd0", 0.45), ("existing", "#b98a5e", 1.0))
    volumes: list[Layer] = [
        {"id": f"volume-{kind}", "type": "fill-extrusion", "source": "volumes", "filter": ["==", ["get", "kind"], kind],
         "paint": height | {"fill-extrusion-color": colour, "fill-extrusion-opacity": opacity}}
        for kind, colour, opacity in reversed(tones)
    ]  # fmt: skip
    return [
        {"id": "selected-fill", "type": "fill", "source": "selected", "paint": {"fill-color": "#0b4f7d", "fill-opacity": 0.14}},
        {"id": "selected-line", "type": "line", "source": "selected", "paint": {"line-color": "#0b4f7d", "line-width": 3}},
        *volumes,
    ]  # fmt: skip


def _words(found: list[LayerInfo]) -> list[Layer]:
    halo = {"text-color": INK, "text-halo-color": "#ffffff", "text-halo-width": 1.6}
    drawn: list[Layer] = []
    for layer in (one for one in found if one.style.get("kind") == "line" and one.theme == "Base"):
        layout = {"symbol-placement": "line", "text-field": ["get", "name"], "text-font": FONT, "text-size": 12,
                  "text-max-angle": 30}  # fmt: skip
        drawn.append(_layer(layer, "symbol", halo, layout=layout, minzoom=15))
    for layer in (one for one in found if one.kind == "parcels"):
        layout = {"text-field": ["get", "number"], "text-font": FONT, "text-size": 11}
        drawn.append(_layer(layer, "symbol", halo, layout=layout, minzoom=17.5))
    layout = {"text-field": ["get", "name"], "text-font": FONT, "text-size": 14}
    drawn.append(
        {"id": "names", "type": "symbol", "source": "labels", "layout": layout, "paint": halo, "maxzoom": 16}
    )
    return drawn


def _colours(slug: str, name: str) -> Any:
    """A MapLibre expression with the classes of the server; what has no figure stays grey."""
    found = thematic.theme(slug, name)
    value = ["get", found.attribute]
    steps = [one for one in found.bins if one.low is not None]
    if steps:
        ramp: list[Any] = ["step", value, steps[0].colour]
        for one in steps[1:]:
            ramp += [one.low, one.colour]
        return ["case", ["has", found.attribute], ramp, thematic.MISSING]
    named = [part for one in found.bins if one.value for part in (one.value, one.colour)]
    rest = next((one.colour for one in found.bins if not one.value), thematic.MISSING)
    return (
        ["case", ["has", found.attribute], ["match", value, *named, rest], thematic.MISSING]
        if named
        else rest
    )
