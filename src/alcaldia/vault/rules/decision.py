"""May this request have what it asks for? One table, read from above: the first row that speaks refuses."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from alcaldia.vault.rules import offices
from alcaldia.vault.rules.grant import AUTOMATIC, LONGEST, USE, Grant, Operation

PERSON, OFFICIAL, KIOSK = "person", "official", "kiosk"
CLOCK_TOLERANCE = timedelta(minutes=2)
ASSISTED_LONGEST, ASSISTED_USES, ASSISTED_FIELDS = timedelta(hours=24), 3, 6
ASSISTED_TOO_MUCH = (
    "Un permiso dado en ventanilla o en un quiosco vale a lo más 24 horas, 3 consultas y 6 datos."
    " Pida uno más pequeño."
)


@dataclass(frozen=True)
class Presence:
    """Who is there, by a session of the broker's own. `kind` "" is nobody."""

    subject: str = ""
    kind: str = ""
    posts: tuple[tuple[str, str], ...] = ()
    """Office and role of each post that an official holds now."""

    def of(self, office: str) -> bool:
        return any(one == office for one, _ in self.posts)

    def has(self, office: str, role: str) -> bool:
        return (office, role) in self.posts

    def acting(self, office: str = "") -> str:
        """The office in which they ask for what is of `office`: that one where it is theirs, else their first, or ""."""
        first = self.posts[0][0] if self.posts else ""
        return office if self.of(office) else first


NOBODY = Presence()


def read_presence(told: dict[str, Any]) -> Presence:
    """In JSON types, as one broker tells it to the other. TypeError, ValueError or KeyError where it is none."""
    posts = tuple((str(office), str(role)) for office, role in told["posts"])
    return Presence(str(told["subject"]), str(told["kind"]), posts)


@dataclass(frozen=True)
class Wanted:
    """What is asked for: `operation` only where the mode is "use"."""

    mode: str
    fields: tuple[str, ...]
    purpose: str
    case: str
    operation: Operation | None = None


@dataclass(frozen=True)
class Standing:
    """What the broker knows of a grant at this moment; `latest` is the latest time it has ever seen.

    `purposed`: its purpose is one of the public catalogue, or it was given before there was one. `assisted`: how it was
    given where its person did not sign it, as accesses tell it.
    """

    now: datetime
    latest: datetime
    used: int
    signed: bool
    revoked: bool
    erased: bool
    purposed: bool
    assisted: str = ""


@dataclass(frozen=True)
class Reason:
    """Why not: a slug for machines and a sentence that says what to do."""

    code: str
    sentence: str


Test = Callable[[Grant, Wanted, Presence, Standing], bool]


def _beyond_assisted(grant: Grant, _w: Wanted, _p: Presence, standing: Standing) -> bool:
    long = grant.not_after - grant.not_before > ASSISTED_LONGEST
    return bool(standing.assisted) and (
        long or grant.max_uses > ASSISTED_USES or len(grant.fields) > ASSISTED_FIELDS
    )


def _not_the_recipient(grant: Grant, _w: Wanted, who: Presence, _s: Standing) -> bool:
    if grant.role == AUTOMATIC:
        return who.kind != PERSON or who.subject != grant.person or grant.mode != USE
    return who.kind != OFFICIAL or not who.of(grant.office)


def _of_no_town(grant: Grant, _w: Wanted, _p: Presence, _s: Standing) -> bool:
    return not offices.split(grant.office)[0]


def _other_role(grant: Grant, _w: Wanted, who: Presence, _s: Standing) -> bool:
    return grant.role not in {"", AUTOMATIC} and not who.has(grant.office, grant.role)


TABLE: tuple[tuple[str, Test, str], ...] = (
    ("clock_back", lambda g, w, p, s: s.now < s.latest - CLOCK_TOLERANCE,
     "El reloj del servidor está atrasado y no se entrega ningún dato. Avise a quien opera el sistema: debe corregir la hora."),
    ("erased", lambda g, w, p, s: s.erased,
     "La persona borró sus datos de la bóveda. Ya no existen; pídaselos a ella."),
    ("revoked", lambda g, w, p, s: s.revoked,
     "Se retiró este permiso. Si todavía necesita el dato, pida a la persona uno nuevo."),
    ("not_signed", lambda g, w, p, s: not s.signed,
     "El permiso no lleva la firma de la persona. Pídale que lo dé desde su cuenta."),
    ("unknown_purpose", lambda g, w, p, s: not s.purposed,
     "El permiso es para un fin que no está en el catálogo público. Pida a la persona uno nuevo, con una finalidad de la lista."),
    ("too_long", lambda g, w, p, s: g.not_after - g.not_before > LONGEST,
     "El permiso dura más de 90 días, que es lo más que se admite. Pida uno más corto."),
    ("assisted_limit", _beyond_assisted,
     ASSISTED_TOO_MUCH),
    ("not_yet", lambda g, w, p, s: s.now < g.not_before - CLOCK_TOLERANCE,
     "El permiso todavía no empieza. Espere a la fecha que indica."),
    ("expired", lambda g, w, p, s: s.now > g.not_after,
     "El permiso ya venció. Pida a la persona uno nuevo."),
    ("used_up", lambda g, w, p, s: s.used >= g.max_uses,
     "El permiso ya se usó todas las veces que permitía. Pida a la persona uno nuevo."),
    ("nobody_present", lambda g, w, p, s: not p.kind,
     "No hay una sesión abierta en la bóveda. Entre otra vez con su llave de acceso."),
    ("bare_office", _of_no_town,
     "El permiso es de antes de que cada oficina dijera su municipio y ya no abre nada. Pida a la persona uno nuevo."),
    ("other_recipient", _not_the_recipient,
     "El permiso es para otra oficina. Pida a la persona uno para la suya."),
    ("other_role", _other_role,
     "El permiso es para otro puesto de la oficina. Pídale la consulta a quien lo tiene."),
    ("other_mode", lambda g, w, p, s: w.mode != g.mode,
     "El permiso deja usar el dato sin verlo. Para verlo, pida a la persona otro permiso."),
    ("other_field", lambda g, w, p, s: not w.fields or not set(w.fields) <= set(g.fields),
     "El permiso no incluye ese dato. Pida a la persona uno que lo incluya."),
    ("other_operation", lambda g, w, p, s: g.mode == USE and w.operation not in g.operations,
     "El permiso no incluye esa comprobación. Pida a la persona uno que la incluya."),
    ("other_purpose", lambda g, w, p, s: w.purpose != g.purpose,
     "El permiso es para otro fin. Los datos sólo se usan para lo que la persona aceptó."),
    ("other_case", lambda g, w, p, s: w.case != g.case,
     "El permiso es para otro expediente. Abra el que corresponde."),
)  # fmt: skip


def refusal(grant: Grant, wanted: Wanted, presence: Presence, standing: Standing) -> Reason | None:
    """The first reason not to answer, or None. Total: there is no way past the table."""
    for code, speaks, sentence in TABLE:
        if speaks(grant, wanted, presence, standing):
            return Reason(code, sentence)
    return None
