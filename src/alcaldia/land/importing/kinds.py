"""Which builder makes the rows of which kind."""

from collections.abc import Callable
from typing import Any

from alcaldia.land.importing import matrix, norms, shaped, tables
from alcaldia.land.importing.context import Companion, Context

__all__ = ["KEY_FIELD", "Companion", "Context", "build"]

BUILDERS: dict[str, Callable[[Context], list[Any]]] = {
    "parcels": shaped.parcels,
    "zones": shaped.features,
    "neighbourhoods": shaped.features,
    "buildings": shaped.features,
    "layer": shaped.features,
    "norms": norms.build,
    "use-matrix": matrix.build,
    "activities": tables.activities,
    "land-values": tables.land_values,
    "crosswalk": tables.crosswalk,
}

# What --key names in each kind.
KEY_FIELD = {
    "parcels": "key",
    "norms": "zone_code",
    "use-matrix": "activity_code",
    "crosswalk": "from_code",
    **dict.fromkeys(("zones", "neighbourhoods", "buildings", "layer", "activities", "land-values"), "code"),
}


def build(context: Context) -> list[Any]:
    """Unsaved rows of the context's kind; findings, companions and facts stay in the context."""
    return BUILDERS[context.kind](context)
