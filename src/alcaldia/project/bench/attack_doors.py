"""Where the attack programs strike: the folders that wapiti walks, and the doors whose every parameter sqlmap tries.

`$draft` (a step of one), `$folio`, `$order`, `$parcel`, `$key`, `$day` and `$token` are put in when the demo runs.
"""

from dataclasses import dataclass

TOWN, API = "/m/demo", "/api/v1/municipalities/demo"
STRANGER, CITIZEN = "", "ciudadana"
TREASURY, LICENCES, COUNTER, PLANNING = "tesoreria", "licencias", "ventanilla", "planeacion"
PEOPLE = (CITIZEN, TREASURY, LICENCES, COUNTER, PLANNING)
"""Whose key is registered and whose cookies are carried; a stranger has none."""

WALKS: dict[str, tuple[tuple[str, ...], str]] = {
    STRANGER: (("/", f"{TOWN}/", "/visor/demo/"), "/"),
    CITIZEN: (("/cuenta/", "/boveda/", "/carpeta/"), "/"),
    **{who: (("/oficina/",), "/oficina/") for who in PEOPLE if who != CITIZEN},
}
"""Where the walk that fills every field begins, and what it does not leave."""

CRAWLS: tuple[tuple[str, str], ...] = (
    (STRANGER, "/"),
    (STRANGER, "/privacidad/"),
    (CITIZEN, "/cuenta/"),
    (CITIZEN, "/cuenta/residencia/"),
    (CITIZEN, "/boveda/"),
    (TREASURY, "/oficina/"),
    (LICENCES, "/oficina/"),
    (COUNTER, "/oficina/"),
    (PLANNING, "/oficina/"),
)


@dataclass(frozen=True)
class Door:
    """`body` is a form, JSON where it begins with a brace, or the text of a file; `*` marks a place in the path or body."""

    who: str
    path: str
    body: str = ""
    headers: tuple[str, ...] = ()
    file: str = ""
    """Name of the field that carries `body` as a file."""


DOORS: tuple[Door, ...] = (
    Door(STRANGER, f"{TOWN}/buscar/?q=tienda"),
    Door(STRANGER, f"{TOWN}/no-encontre/", "q=tienda"),
    Door(STRANGER, f"{TOWN}/tramite/licencia-bajo-riesgo/empezar/", "predio=$parcel&giro=461110"),
    Door(STRANGER, "$draft", "lugar=Calle+Morelos+10"),
    Door(STRANGER, "/mi-tramite/", "folio=$folio&codigo=ABCD-EFGH"),
    Door(STRANGER, "/tramite/$folio*/"),
    Door(STRANGER, "/pagar/?folio=$order"),
    Door(STRANGER, "/pagar/$order/", "con=simulated:card"),
    Door(STRANGER, "/pagos/aviso/simulated*/", '{"id":"evt-1","type":"paid","attempt":"$order","amount":"10.00"}'),
    Door(STRANGER, f"{TOWN}/cita/$folio*/"),
    Door(STRANGER, "/verificar/$folio*"),
    Door(STRANGER, "/visor/demo/?q=zaragoza"),
    Door(STRANGER, "/visor/demo/predio/$parcel/negocio/?giro=461110&m2=40"),
    Door(STRANGER, "/visor/demo/donde/?giro=461110&m2=40"),
    Door(STRANGER, "/privacidad/finalidades/?m=demo"),
    Door(STRANGER, f"{API}/parcels?q=zaragoza"),
    Door(STRANGER, f"{API}/activities?q=tienda"),
    Door(STRANGER, f"{API}/rulings/land-use", '{"parcel":"$key","activity":"461110","area_m2":40}'),
    Door(STRANGER, f"{API}/procedures/permiso-evento/try", '{"answers":{"lugar":"Parque Norte","personas":50}}'),
    Door(STRANGER, f"{API}/cases", '{"procedure":"numero-oficial","answers":{"predio":"$key","frente":"Benito Juárez"}}'),
    Door(STRANGER, "/api/v1/cases/$folio*"),
    Door(STRANGER, f"{API}/orders/$order*"),
    Door(STRANGER, f"{API}/sheets?agency=tesoreria&q=agua"),
    Door(CITIZEN, "/cuenta/residencia/", "municipio=demo&documentos=pasaporte"),
    Door(CITIZEN, "/cuenta/avisos/", "correo=ada@example.org"),
    Door(CITIZEN, "/boveda/consultas/?antes=9"),
    Door(CITIZEN, "/boveda/permisos/nuevo/", "office=demo%2Ftesoreria&case=C-1&purpose=complete-file&what=identity.full_name&days=1"),
    Door(CITIZEN, "/residencia/verificar/", "credencial=abc"),
    Door(TREASURY, "/oficina/datos/", "case=$folio"),
    Door(TREASURY, "/oficina/datos/cuenta/", "clave=$key&folio=$folio"),
    Door(TREASURY, "/oficina/demo/conciliacion/?proveedor=simulated&desde=$day&hasta=$day"),
    Door(TREASURY, "/oficina/demo/conciliacion/deposito/", "proveedor=simulated&dia=$day&cantidad=10.00&referencia=R1"),
    Door(TREASURY, "/oficina/demo/conciliacion/estado/", "fecha,cantidad,referencia\n$day,10.00,R-77*\n", file="archivo"),
    Door(LICENCES, "/oficina/demo/bandeja/?lista=due&dependencia=licencias&desde=${day}_1"),
    Door(LICENCES, "/oficina/demo/bandeja/", "folio=$folio"),
    Door(LICENCES, "/oficina/demo/palabras/", "palabras=changarro&tramite=licencia-bajo-riesgo"),
    Door(LICENCES, "/oficina/demo/palabras/significados/", "palabras=changarrito&significan=tienda&antes=&visto=0&probar=1"),
    Door(LICENCES, "/oficina/demo/palabras/significados/?cambiar=tienda"),
    Door(LICENCES, "/oficina/demo/espera/?tramite=permiso-evento"),
    Door(COUNTER, "/oficina/representaciones/", "folio=P-1"),
    Door(COUNTER, "/oficina/representaciones/nueva/", "representado=p_abc&nueva=&representante=p_abd&fundamento=power&para=todo&alcance=&desde=$day&hasta=&documento=P-1"),
    Door(COUNTER, "/oficina/recuperaciones/nueva/", "cuenta=p_abc"),
    Door(PLANNING, "/oficina/demo/citas/nueva/", "nombre=Ventanilla&oficina=tesoreria&desde=09:00&hasta=12:00&minutos=20&lugares=2"),
    Door(
        STRANGER, "/api/v1/counter/requests",
        '{"requests":[{"key":"aaaaaaaaaaaaaaaaaaaaaaaa","number":"M1-00001","procedure":"permiso-evento","papers":["identificacion"],"taken_at":"${day}T10:00:00Z"}]}',
        headers=("Authorization: Bearer $token",),
    ),
)  # fmt: skip
