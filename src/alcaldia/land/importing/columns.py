"""Which column of a stranger's file is which field of ours: by name, or as the person maps it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from alcaldia.kernel.errors import Refusal
from alcaldia.kernel.text import fold
from alcaldia.land.rules.parameters import BY_ALIAS, BY_NAME


@dataclass(frozen=True)
class Field:
    """A field of a kind of data. `aliases` are folded column names, the surest first; `number` marks figures."""

    name: str
    label: str
    aliases: tuple[str, ...]
    number: bool = False


def _f(name: str, label: str, *aliases: str, number: bool = False) -> Field:
    return Field(name, label, (fold(name), fold(label), *aliases), number)


_CODE = (
    "codigo",
    "clave zona",
    "clave_zona",
    "zona clave",
    "cve zona",
    "clave",
    "zona",
    "zone",
    "zone code",
    "distrito",
    "sigla",
    "siglas",
    "uso clave",
    "code",
    "codigo zona",
    "zona codigo",
    "zoneamento",
)
_ZONE = _f(
    "zone_code",
    "Código de zona",
    "codigo zona",
    "clave zona",
    "cve zona",
    "zona",
    "zone",
    "distrito",
    "codigo",
    "clave",
    "sigla",
    "zona codigo",
    "code",
)
_CITATION = (
    _f("instrument", "Instrumento", "reglamento", "ordenanza", "plan", "programa", "instrumento", "fuente", "regulation", "lei"),
    _f("article", "Artículo", "articulo", "art", "article", "artigo"),
    _f("page", "Página", "pagina pdf", "pagina", "page"),
    _f("url", "Dirección web", "fuente url", "url", "enlace", "link"),
    _f("valid_from", "Vigente desde", "vigente desde", "valid from", "desde"),
    _f("valid_to", "Vigente hasta", "vigente hasta", "valid to", "hasta"),
)  # fmt: skip
_DECLARED = _f(
    "documented_area_m2",
    "Superficie documentada",
    "superficie ha",
    "superficie m2",
    "superficie",
    "sup terreno",
    "superficie terreno",
    "area terreno",
    "terreno m2",
    "area m2",
    "area",
    "sup",
    "m2",
    "area documentada",
    number=True,
)

FIELDS: dict[str, tuple[Field, ...]] = {
    "parcels": (
        _f("key", "Clave catastral", "cadastral key", "clave catastral", "cve cat", "cve catastral", "clavecat", "nomenclatura", "nomenclatura catastral", "partida", "padron", "cuenta", "cuenta predial", "numero de cuenta", "no cuenta", "num cuenta", "cuenta catastral", "clave predial", "clave del predio", "predio", "folio real", "inscricao", "clave", "key", "id predio", "parcela", "lote id", "id lote", "clave lote", "lote"),
        _DECLARED,
        _f("street", "Calle", "direccion", "domicilio", "calle", "vialidad", "address", "street", "endereco", "logradouro", "rua"),
        _f("number", "Número exterior", "numero exterior", "numero", "num ext", "no ext", "num", "altura calle", "house number"),
        _f("neighbourhood", "Colonia", "colonia", "barrio", "fraccionamiento", "bairro", "neighbourhood", "neighborhood", "localidad"),
        _f("postcode", "Código postal", "cp", "codigo postal", "postal code", "zip", "cep"),
        _f("current_use", "Uso actual", "uso actual", "uso", "uso suelo", "destino", "current use", "land use"),
        _f("street_class", "Tipo de vialidad", "tipo vialidad", "tipo de vialidad", "street class", "jerarquia vial"),
        _f("front_m", "Frente", "frente", "frente m", "frontage", "ml frente", number=True),
        _f("footprint_m2", "Desplante construido", "desplante", "huella", "footprint", "area desplante", number=True),
        _f("built_m2", "Superficie construida", "construccion", "sup construccion", "superficie construccion", "area construida", "m2 construccion", "built area", "superficie cubierta", number=True),
        _f("levels", "Niveles", "niveles", "pisos", "plantas", "levels", "floors", "pavimentos", number=True),
        _f("year_built", "Año de construcción", "anio construccion", "año construccion", "ano construccion", "anio", "año", "year built", "year", number=True),
        _f("land_value_m2", "Valor unitario del suelo", "valor m2", "valor unitario", "valor suelo m2", "vus", "land value", number=True),
    ),
    "zones": (_f("code", "Código", *_CODE), _f("name", "Nombre", "nombre", "descripcion", "denominacion", "name", "nome"), _DECLARED),
    "neighbourhoods": (
        _f("code", "Código", "clave", "codigo", "cve", "id", "code"),
        _f("name", "Nombre", "nombre", "colonia", "barrio", "neighbourhood", "bairro", "name", "nom col", "nome"),
    ),
    "buildings": (
        _f("code", "Clave catastral", "clave catastral", "clave", "codigo", "partida", "key", "code"),
        _f("name", "Nombre", "nombre", "name"),
        _f("built_m2", "Superficie construida", "area construida", "superficie construida", "area", "built area", number=True),
        _f("levels", "Niveles", "niveles", "pisos", "plantas", "levels", "floors", number=True),
        _f("year_built", "Año de construcción", "anio", "año", "year", "anio construccion", number=True),
    ),
    "layer": (
        _f("code", "Código", "codigo", "clave", "cve", "id", "code"),
        _f("name", "Nombre", "nombre", "descripcion", "name", "tipo", "nome"),
    ),
    "norms": (
        _ZONE,
        *_CITATION,
        # A long table: one limit per row. «limite» is the value where there is no other column for it.
        _f("parameter", "Parámetro", "parametro", "norma", "indicador", "concepto", "clave parametro", "nombre parametro"),
        _f("value", "Valor", "valor", "valor norma", "cantidad", "cifra", "limite"),
        _f("bound", "Sentido", "bound", "sentido", "limite", "tipo limite", "tipo de limite", "operador", "max min", "min max"),
        _f("condition", "Condición", "condicion", "condiciones", "aplica a", "cuando"),
        _f("unit", "Unidad", "unidad", "unidades", "unidad medida", "unidad de medida", "uom"),
        _f("raw", "Texto original", "texto"),
    ),
    "use-matrix": (
        _ZONE,
        _f("activity_code", "Código de giro", "codigo actividad", "codigo giro", "scian", "codigo scian", "clave scian", "clave actividad", "clave giro", "activity code", "cnae", "ciiu", "codigo uso"),
        _f("activity", "Giro", "actividad", "giro", "activity", "uso", "atividade", "rubro"),
        _f("value", "Compatibilidad", "compatibilidad", "compatible", "permiso", "resultado", "valor", "value", "condicion uso"),
        _f("description", "Descripción", "compatibilidad desc", "descripcion compatibilidad"),
        _f("confidence", "Confianza", "confianza color", "confianza", "confidence", number=True),
        _f("group", "Grupo", "uso grupo", "grupo", "group"),
        _f("conditions", "Condiciones", "condiciones", "condicionantes", "conditions"),
        _f("max_area_m2", "Superficie máxima", "superficie maxima", "superficie max", "superficie maxima m2", "superficie max m2", "sup max", "area maxima", "area max", "m2 max", "max area", number=True),
        _f("max_impact", "Impacto máximo", "impacto maximo", "impacto max", "nivel impacto", "nivel de impacto", "impacto", "max impact", number=True),
        _f("low_confidence", "Poca confianza"),
        _f("note", "Nota", "nota", "observaciones", "note"),
        _f("article", "Artículo", "articulo", "art", "article", "fundamento"),
        _f("page", "Página", "pagina pdf", "pagina", "pag", "page"),
    ),
    "activities": (
        _f("code", "Código", "codigo actividad", "scian", "codigo scian", "clave scian", "clave", "codigo", "cnae", "ciiu", "code"),
        _f("order", "Orden", "orden", "order"),
        _f("name", "Nombre", "actividad", "clase", "giro", "nombre", "name", "descripcion", "denominacion"),
        _f("group", "Grupo", "uso grupo", "grupo", "sector", "group"),
        _f("impact", "Impacto", "nivel impacto", "impacto", "impact", number=True),
        _f("synonyms", "Sinónimos", "sinonimos", "palabras", "synonyms", "keywords"),
    ),
    "land-values": (
        _f("code", "Código de zona homogénea", "codigo zona homogenea", "zona homogenea", "clave zona", "zona valor", "codigo", "clave", "zona", "code"),
        _f("name", "Nombre", "descripcion col fracc", "colonia", "fraccionamiento", "descripcion", "nombre", "name"),
        _f("fiscal_year", "Ejercicio", "anio", "año", "ejercicio", "ano", "year", "fiscal year", number=True),
        _f("value_m2", "Valor por m²", "valor m2", "valor unitario", "valor", "value", "vus", number=True),
    ),
    "crosswalk": (
        _f("from_code", "Código de origen", "scian", "desde", "origen", "from"),
        _f("to_code", "Código del plan", "codigo plan", "hacia", "destino", "to"),
        _f("note", "Nota", "nota", "note"),
    ),
}  # fmt: skip

# Norm columns that name a parameter and a condition at once.
CONDITIONED = {
    "densidad unifamiliar max": ("density", "unifamiliar"),
    "densidad multifamiliar max": ("density", "multifamiliar"),
}
DEFAULTS = {"key": "la clave", "code": "el código", "zone_code": "el código de zona"}
PERSONAL = (
    "propietario", "propietaria", "titular", "dueno", "dueño", "owner", "rfc", "curp", "dni", "cuit", "cuil", "nif", "cpf",
    "contribuyente", "apellido", "telefono", "correo", "email", "proprietario", "poseedor", "nombre propietario",
)  # fmt: skip


def recognise(kind: str, columns: Sequence[str], mapping: Mapping[str, str] | None = None) -> dict[str, str]:
    """Field → column of the file. What the person maps wins; one column serves one field.

    For norms the fields are also the parameters of `parameters.py` (and `density:unifamiliar`…).
    A mapped field or column that does not exist is refused with the ones that do.
    """
    given = _given(kind, columns, mapping or {})
    free = [column for column in columns if column not in given.values()]
    folded: dict[str, str] = {}
    for column in free:
        folded.setdefault(_called(column, kind), column)
    found = dict(given)
    for item in FIELDS[kind]:
        if item.name not in found:
            match = next((a for a in map(fold, item.aliases) if a in folded), None)
            if match is not None:
                found[item.name] = folded.pop(match)
    return {**found, **_parameters(folded, found)} if kind == "norms" else found


def norm_columns(columns: Sequence[str]) -> dict[str, str]:
    """The norm parameters among the columns of any file: parameter (or parameter:condition) → column."""
    return _parameters({_called(column, "norms"): column for column in columns}, {})


def _parameters(folded: Mapping[str, str], taken: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, column in folded.items():
        if name in CONDITIONED:
            found[":".join(CONDITIONED[name])] = column
        elif name in _PARAMETERS and _PARAMETERS[name] not in {*taken, *found}:
            found[_PARAMETERS[name]] = column
    return found


_PARAMETERS = {fold(alias): row.name for alias, row in BY_ALIAS.items()}


def unused(columns: Sequence[str], mapping: Mapping[str, str]) -> list[str]:
    """The columns of a norm table that nothing was read from: one of them may be a norm under another name."""
    return [column for column in columns if column not in mapping.values()]


_LETTERS = re.compile(r"\b(?:[a-z] ){2,}[a-z]\b")
_METRES = frozenset({"m", "mts", "mt", "metros", "m2", "ml"})


def _called(column: str, kind: str) -> str:
    """The column's folded name as our tables know it: «C.O.S.» is cos, «Altura máxima (m)» is altura maxima.

    Only units of metres are dropped: «Altura (pisos)» is another figure than «Altura».
    """
    name = _LETTERS.sub(lambda match: match[0].replace(" ", ""), fold(column))
    *head, last = name.split(" ")
    bare = " ".join(head)
    return bare if head and last in _METRES and name not in _known(kind) and bare in _known(kind) else name


@cache
def _known(kind: str) -> frozenset[str]:
    aliases = {fold(alias) for item in FIELDS[kind] for alias in item.aliases}
    return frozenset(aliases | _PARAMETERS.keys() if kind == "norms" else aliases)


def personal(columns: Sequence[str]) -> list[str]:
    """Columns whose name says that they hold a person's data; they are not loaded."""
    return [column for column in columns if set(fold(column).split()) & set(PERSONAL)]


def _given(kind: str, columns: Sequence[str], mapping: Mapping[str, str]) -> dict[str, str]:
    names = field_names(kind)
    out: dict[str, str] = {}
    for asked, column in mapping.items():
        base, _, condition = asked.partition(":")
        name = names.get(fold(base))
        if name is None:
            known = ", ".join(sorted(set(names.values())))
            raise Refusal("unknown_field", f"No conozco el campo «{asked}». Puede mapear: {known}.")
        actual = next((c for c in columns if c == column), None) or next(
            (c for c in columns if fold(c) == fold(column)), None
        )
        if actual is None:
            raise Refusal(
                "unknown_column",
                f"El archivo no trae la columna «{column}». Trae: {', '.join(columns)[:300]}.",
            )
        out[f"{name}:{condition}" if condition else name] = actual
    return out


def field_names(kind: str) -> dict[str, str]:
    """Every folded way to name a field of a kind, to its identifier."""
    names: dict[str, str] = {}
    if kind == "norms":
        names.update(_PARAMETERS)
    for item in reversed(FIELDS[kind]):
        names.update(dict.fromkeys(map(fold, item.aliases), item.name))
    names.update(
        {
            fold(name): name
            for name in (*(BY_NAME if kind == "norms" else ()), *(f.name for f in FIELDS[kind]))
        }
    )
    return names
