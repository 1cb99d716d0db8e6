"""Which post may do what: the whole table, to be read by whoever must answer for it."""

from dataclasses import dataclass
from datetime import date

ROLES: dict[str, str] = {
    "planner": "Planeación urbana",
    "cadastre": "Catastro",
    "reviewer": "Revisión de dictámenes",
    "treasury": "Tesorería",
    "cashier": "Caja",
    "clerk": "Ventanilla",
    "registrar": "Registro de identidad",
    "operator": "Operación del sistema",
    "inspector": "Inspección",
    "director": "Dirección",
}

# Permission → (what it is called, which posts carry it).
PERMISSIONS: dict[str, tuple[str, frozenset[str]]] = {
    "land.load": ("Cargar, publicar y revertir datos", frozenset({"planner", "cadastre", "operator"})),
    "land.review": ("Revisar dictámenes", frozenset({"planner", "reviewer", "operator"})),
    "accounts.load": ("Cargar cuentas de predial y agua", frozenset({"treasury"})),
    "payments.cash": ("Cobrar en caja", frozenset({"cashier", "treasury"})),
    "payments.reconcile": ("Conciliar y devolver pagos", frozenset({"treasury"})),
    "vault.ask": ("Pedir datos con permiso de la persona", frozenset({"treasury", "cadastre", "planner", "clerk", "reviewer", "registrar", "inspector", "director"})),
    "counter.attend": ("Atender lo que ventanilla tomó sin conexión", frozenset({"clerk", "registrar"})),
    "identity.recover": ("Recuperar una cuenta en ventanilla", frozenset({"clerk", "registrar", "treasury", "cadastre"})),
    "identity.verify": ("Comprobar la identidad de una persona", frozenset({"clerk", "registrar"})),
    "identity.represent": ("Registrar quién actúa por quién", frozenset({"clerk", "registrar"})),
    "identity.reside": ("Resolver la residencia electrónica", frozenset({"registrar"})),
    "cases.attend": ("Atender solicitudes de su dependencia", frozenset({"planner", "cadastre", "reviewer", "treasury", "clerk", "registrar", "inspector", "director"})),
    "cases.sign": ("Firmar resoluciones de su dependencia", frozenset({"director"})),
    "cases.head": ("Ver la carga y los plazos de su dependencia", frozenset({"director"})),
    "identity.invite": ("Dar de alta a personal y puestos", frozenset({"operator"})),
}  # fmt: skip


@dataclass(frozen=True)
class Held:
    """A post as the rule sees it."""

    role: str
    municipality: str
    since: date
    until: date | None


def current(post: Held, on: date) -> bool:
    """Both days of a post belong to it."""
    return post.since <= on and (post.until is None or on <= post.until)


def roles_with(permission: str) -> frozenset[str]:
    """KeyError for a permission that the table does not know: a typing error must not open or close anything."""
    return PERMISSIONS[permission][1]


def allows(posts: tuple[Held, ...], permission: str, municipality: str, on: date) -> bool:
    """Does any current post in that municipality carry the permission? Nothing else ever does."""
    roles = roles_with(permission)
    return any(p.role in roles and p.municipality == municipality and current(p, on) for p in posts)
