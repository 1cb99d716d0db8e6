"""What a vault can hold: groups and fields with their names in Spanish. Data, not code."""

from dataclasses import dataclass

from alcaldia.kernel.text import sentence

PROTECTED, SEALED = "protected", "sealed"
"""Tiers: the broker may process "protected" data under a grant; "sealed" data opens only in the person's browser."""

CASE = "case"
"""The group of what was given with one request: its items are folios, its fields those of the procedure.

What comes several times with the same name, such as the photos of a visit, has items FOLIO.NAME.
"""


SEAL = "sello_de_firma_"
"""Begins the name of what lies beside the data of a request to prove that they are those that its person signed."""
SEAL_LABEL = "Sello de lo que firmó"


@dataclass(frozen=True)
class Field:
    name: str
    label: str
    own: bool = True
    """May the person write it themself? What a register says, only the register changes."""


@dataclass(frozen=True)
class Group:
    code: str
    label: str
    about: str
    fields: tuple[Field, ...]
    several: bool = False
    tier: str = PROTECTED


CITY = Field("city", "Municipio", own=False)
"""The municipality's slug: two towns may give two parcels, or two accounts, one key."""

GROUPS: tuple[Group, ...] = (
    Group("identity", "Quién es usted", "Su nombre y los datos con que se le identifica.", (
        Field("full_name", "Nombre completo"), Field("id_code", "CURP o clave de identidad"),
        Field("tax_code", "RFC"), Field("birth_date", "Fecha de nacimiento"),
    )),
    Group("contact", "Cómo encontrarle", "Para avisarle de sus trámites.", (
        Field("email", "Correo electrónico"), Field("phone", "Teléfono"),
    )),
    Group("address", "Dónde vive", "Su domicilio.", (
        Field("street", "Calle"), Field("number", "Número"), Field("neighbourhood", "Colonia"),
        Field("postcode", "Código postal"),
    )),
    Group("assets", "Sus predios", "Lo que el Catastro tiene a su nombre.", (
        Field("parcel", "Clave catastral", own=False), CITY, Field("share", "Parte que le corresponde", own=False),
    ), several=True),
    Group("tax", "Impuesto predial", "Lo que la Tesorería lleva de cada predio.", (
        Field("parcel", "Clave catastral", own=False), CITY, Field("account", "Cuenta", own=False),
        Field("paid", "Pagado este año", own=False), Field("due", "Por pagar", own=False),
    ), several=True),
    Group("water", "Agua", "Lo que el organismo de agua lleva de cada toma.", (
        Field("parcel", "Clave catastral", own=False), CITY, Field("account", "Cuenta", own=False),
        Field("paid", "Pagado este año", own=False), Field("due", "Por pagar", own=False),
    ), several=True),
    Group("accounts", "Cuentas para recibir pagos", "Dónde depositarle un apoyo o una devolución.", (
        Field("bank", "Banco"), Field("clabe", "CLABE"),
    )),
    Group("health", "Salud", "Sólo lo que usted quiera guardar para una emergencia.", (
        Field("blood_type", "Tipo de sangre"), Field("allergies", "Alergias"), Field("conditions", "Padecimientos"),
    )),
    Group(CASE, "Sus solicitudes", "Lo que dio con cada trámite; sólo sirve para ese trámite.", (), several=True),
)  # fmt: skip
SEALED_GROUPS: tuple[Group, ...] = (
    Group(
        "private_health",
        "Salud, sólo para usted",
        "Padecimientos, medicinas, a quién avisar.",
        (),
        tier=SEALED,
    ),
    Group(
        "papers",
        "Papeles importantes",
        "Números de pólizas, escrituras, dónde está cada cosa.",
        (),
        tier=SEALED,
    ),
    Group("family", "Para su familia", "Lo que deben saber si a usted le pasa algo.", (), tier=SEALED),
)
"""One text each, encrypted in the person's browser: the server never opens them, and no permit names them."""
BY_CODE = {group.code: group for group in GROUPS}
LABELS = {f"{group.code}.{field.name}": field.label for group in GROUPS for field in group.fields}
MONEY = {"paid", "due"}

OFFICES = {
    "tesoreria": "Tesorería",
    "catastro": "Catastro",
    "planeacion": "Planeación urbana",
    "agua": "Organismo de agua",
    "atencion": "Atención ciudadana",
    "desarrollo-social": "Desarrollo social",
    "desarrollo-urbano": "Desarrollo urbano",
    "padron-y-licencias": "Padrón y licencias",
    "proteccion-civil": "Protección civil",
    "ecologia": "Ecología",
    "salud": "Salud",
    "vialidad": "Vialidad",
    "seguridad": "Seguridad pública",
    "agua-y-drenaje": "Agua y drenaje",
    "servicios-publicos": "Servicios públicos",
    "comercio-y-via-publica": "Comercio y vía pública",
    "cultura-y-deporte": "Cultura y deporte",
    "desarrollo-economico": "Desarrollo económico",
    "juzgado-civico": "Juzgado cívico",
    "registro-civil": "Registro civil",
    "secretaria-ayuntamiento": "Secretaría del ayuntamiento",
}
SOURCES = {
    "declared": "Lo dijo usted",
    "catastro": "Catastro municipal",
    "tesoreria": "Tesorería municipal",
    "agua": "Organismo de agua",
}


def label(field: str) -> str:
    """The Spanish name of ``group.field``; the field itself where the catalogue does not know it."""
    group, _, name = field.partition(".")
    if group == CASE and name.startswith(SEAL):
        return SEAL_LABEL
    if group == CASE:
        return sentence("Dato del trámite: %(name)s", name=name.replace("_", " "))
    return LABELS.get(field, field)


def label_in_group(field: str) -> str:
    """The same, with the group's where groups share it: both taxes and water have an account."""
    group = BY_CODE.get(field.partition(".")[0])
    if group is None or not group.several:
        return label(field)
    return sentence("%(label)s (%(group)s)", label=label(field), group=group.label.lower())


def in_case(item: str, folio: str) -> bool:
    """Was this item of the group CASE given with the request of that folio?"""
    return item == folio or item.startswith(f"{folio}.")


def known(field: str) -> bool:
    """Is this ``group.field`` in the catalogue?"""
    return field in LABELS or (field.startswith(f"{CASE}.") and len(field) <= 81)
