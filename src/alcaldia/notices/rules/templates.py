"""The words of a notice: folio, procedure, what to do next, a link; never a person's data nor the outcome of the case,
since a telephone's screen is read by whoever sits beside it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SHORTEST = 70
"""Letters of a procedure's name that an SMS keeps."""


@dataclass(frozen=True)
class Written:
    """A message as it is sent: `title` for channels that have one."""

    title: str
    text: str


SAYINGS: Mapping[str, tuple[str, str]] = {
    "received": ("Recibimos su solicitud", "Recibimos su solicitud. No tiene que hacer nada; le avisaremos."),
    "payment_due": (
        "Falta su pago para empezar",
        "Su solicitud empieza cuando la pague{until}. Si no la paga, se archiva y no se cobra nada.",
    ),
    "waiting_list": (
        "Quedó en la lista de espera",
        "Quedó en la lista de espera. No pague nada: le avisaremos en cuanto haya un lugar para usted.",
    ),
    "place_given": (
        "Hay un lugar para usted",
        "Se liberó un lugar y es suyo. Si lleva pago, páguelo a tiempo en su página o pasará a quien sigue.",
    ),
    "list_closed": (
        "Se cerró la lista de espera",
        "Se cerró la lista de espera en la que estaba. El motivo y lo que puede hacer están en su página.",
    ),
    "correction_asked": (
        "Falta que complete su solicitud",
        "Falta que usted complete un dato o documento{until}. Ábralo y complete lo que se pide.",
    ),
    "term_near": (
        "Está por vencer su plazo",
        "Su plazo para completar la solicitud vence pronto{until}. Si no la completa se archiva.",
    ),
    "decided": ("Ya hay respuesta", "Ya hay respuesta a su solicitud. Léala en su página."),
    "silence": (
        "Su solicitud avanzó",
        "Una dependencia no respondió a tiempo y su solicitud siguió adelante, como dice la ley.",
    ),
    "paid": ("Recibimos su pago", "Recibimos su pago. Su recibo está en la página de su solicitud."),
    "opinion": (
        "Su solicitud avanzó",
        "Una dependencia terminó su revisión. Quién sigue y hasta cuándo está en su página.",
    ),
    "inspection": (
        "Espere una visita",
        "Su solicitud pasó a visita: irá una persona de la dependencia{until}. Pídale su identificación.",
    ),
    "verification": (
        "Irán a verificar lo que declaró",
        "Después de entregarle su documento irá una persona a verificar lo que declaró{until}. Pídale su identificación.",
    ),
    "visited": (
        "Se hizo la visita de verificación",
        "Quedó registrada la visita de verificación. Lo que se vio está en su página.",
    ),
    "lapsed": (
        "Su solicitud se archivó",
        "Venció el plazo para completar o pagar su solicitud y se archivó. Puede pedirlo de nuevo; toma pocos minutos.",
    ),
    "appeal_resolved": (
        "Ya hay respuesta a su recurso",
        "Se resolvió su recurso. Lea la respuesta en su página.",
    ),
    "annulled": (
        "Su documento dejó de ser válido",
        "Un documento de su solicitud se anuló. El motivo y lo que puede hacer están en su página.",
    ),
    "appointment_near": (
        "Mañana tiene una cita",
        "Le recordamos su cita{until}. Puede moverla o cancelarla en su página.",
    ),
    "escalated": (
        "Venció un plazo de su dependencia",
        "Venció el plazo de su dependencia en esta solicitud y nadie la ha atendido. Le toca a usted, como titular.",
    ),
    "appeal_came": (
        "Llegó un recurso a su dependencia",
        "Una persona no está de acuerdo con esta resolución. Le toca a usted, como titular, que alguien distinto de quien resolvió la conteste.",
    ),
    "payment_disputed": (
        "El banco retiró un pago",
        "El banco retiró el pago de esta solicitud (contracargo). Le toca a usted, como titular, decidir qué sigue; lo entregado sigue valiendo entre tanto.",
    ),
    "account_changed": (
        "Un pago por aplicar a mano",
        "Se pagó lo que se había cobrado, pero la cuenta cambió entre tanto. Aplique el pago en su padrón.",
    ),
    "renewal_due": (
        "Su documento está por vencer",
        "Renueve su documento{until}: es el último día en que vale. En su página ya está escrito lo que dijo antes.",
    ),
    "issued": ("Su documento está listo", "Su documento firmado está listo. Descárguelo en su página."),
}


ACCOUNT = "account"
"""What is told of an account: `text` and `link` are its facts."""
WARNING = "Nunca le pediremos contraseñas ni datos de su tarjeta por mensaje."


def _of_account(channel: str, facts: Mapping[str, str]) -> Written:
    title = "Un aviso de su cuenta en la ciudad"
    if channel == "sms":
        return Written(title, f"{facts['text']} {facts['link']}")
    return Written(title, "\n\n".join((facts["text"], facts["link"], WARNING)))


def write(template: str, channel: str, facts: Mapping[str, str]) -> Written:
    """The message for these facts: town, folio, name, link, where there is a term `until`, where there is a moment `at`.

    Raises KeyError.
    """
    if template == ACCOUNT:
        return _of_account(channel, facts)
    title, saying = SAYINGS[template]
    until = f" a más tardar el {facts['until']}" if facts.get("until") else ""
    until = f": {facts['at']}" if facts.get("at") else until
    said = saying.format(until=until)
    if channel == "sms":
        name = _short(facts["name"])
        return Written(title, f"{facts['town']}: {name}, folio {facts['folio']}. {said} {facts['link']}")
    lines = (
        said,
        f"Trámite: {facts['name']}",
        f"Folio: {facts['folio']}",
        facts["link"],
        f"{facts['town']}. {WARNING}",
    )
    return Written(f"{title}: {facts['name']}", "\n\n".join(lines))


def _short(name: str) -> str:
    return name if len(name) <= SHORTEST else name[: SHORTEST - 1].rstrip() + "…"
