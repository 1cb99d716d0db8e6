"""What the public pages call the acts of the log."""

from typing import Any

from django.utils.translation import gettext as _

from alcaldia.ledger.models import Entry
from alcaldia.ledger.overview import LogView
from alcaldia.procedures.names import EVENTS as CASES
from alcaldia.vault.rules import access, offices

ACTS = {
    "agenda.agenda_opened": "Agenda de citas abierta",
    "agenda.agenda_changed": "Agenda de citas cambiada",
    "agenda.appointment_booked": "Cita tomada",
    "agenda.appointment_moved": "Cita movida",
    "agenda.appointment_cancelled": "Cita cancelada",
    "agenda.appointment_restored": "Cita recuperada",
    "agenda.appointment_attended": "Asistencia a una cita anotada",
    "catalogue.version_kept": "Catálogo del municipio cambiado",
    "catalogue.version_restored": "Catálogo del municipio vuelto a una versión anterior",
    "procedures.document_issued": "Documento de un trámite expedido",
    "procedures.alias_added": "Palabras agregadas a la búsqueda",
    "procedures.alias_dropped": "Palabras quitadas de la búsqueda",
    "procedures.absence_begun": "Ausencia de un funcionario",
    "procedures.absence_ended": "Regreso de un funcionario",
    "land.ruling_issued": "Dictamen expedido",
    "land.ruling_reviewed": "Dictamen revisado",
    "land.version_published": "Datos del territorio publicados",
    "land.municipality_added": "Municipio dado de alta",
    "land.municipality_described": "Municipio y sus reglas descritos",
    "log.key_added": "Llave del registro agregada",
    "log.key_retired": "Llave del registro retirada",
    "release.published": "Versión del programa publicada",
    "identity.credential_key_rotated": "Llave de credenciales renovada",
    "documents.seal_rotated": "Sello digital renovado",
    "documents.seal_revoked": "Sello digital revocado",
    "identity.passkey_registered": "Llave de acceso registrada",
    "identity.passkey_revoked": "Llave de acceso retirada",
    "identity.passkey_flagged": "Llave de acceso bloqueada",
    "identity.act_signed": "Firma de un funcionario",
    "identity.official_added": "Funcionario dado de alta",
    "identity.official_ended": "Funcionario dado de baja",
    "identity.post_given": "Puesto asignado",
    "identity.post_ended": "Puesto terminado",
    "identity.representation_recorded": "Representación registrada",
    "identity.representation_revoked": "Representación terminada",
    "identity.representations_searched": "Representaciones buscadas por folio",
    "identity.proved_at_counter": "Identidad comprobada en ventanilla",
    "identity.recovery_requested": "Recuperación de cuenta pedida en ventanilla",
    "identity.recovery_cancelled": "Recuperación de cuenta cancelada",
    "identity.recovery_completed": "Cuenta recuperada",
    "identity.recovery_code_used": "Código de recuperación usado",
    "identity.residency_requested": "Residencia electrónica solicitada",
    "identity.residency_appointed": "Videocita de residencia fijada",
    "identity.residency_granted": "Residencia electrónica otorgada",
    "identity.residency_refused": "Residencia electrónica negada",
    "identity.residency_withdrawn": "Solicitud de residencia retirada",
    "identity.residency_revoked": "Residencia electrónica revocada",
    "vault.stored": "Datos guardados en una bóveda",
    "vault.erased": "Bóveda borrada a petición de su dueño",
    "vault.council_opened": "El consejo abrió datos de una persona sin su permiso",
    "vault.box_kept": "Caja sellada guardada",
    "vault.note_kept": "Texto de una caja sellada guardado",
    "vault.file_kept": "Archivo de una caja sellada guardado",
    "vault.file_dropped": "Archivo de una caja sellada quitado",
    "vault.rekeyed": "Llaves de las bóvedas renovadas",
    "counters.device_added": "Ventanilla dada de alta",
    "counters.device_revoked": "Ventanilla dada de baja",
    "counters.received": "Solicitud de ventanilla recibida",
    "counters.settled": "Solicitud de ventanilla con expediente",
    "counters.kiosk_added": "Quiosco dado de alta",
    "counters.kiosk_enrolled": "Quiosco con su llave",
    "counters.kiosk_ended": "Quiosco dado de baja",
    "payments.order_issued": "Orden de pago emitida",
    "payments.order_paid": "Pago recibido",
    "payments.order_expired": "Orden de pago vencida",
    "payments.order_cancelled": "Orden de pago cancelada",
    "payments.order_disputed": "Pago en aclaración con el banco",
    "payments.order_reinstated": "Pago confirmado tras la aclaración",
    "payments.order_refunded": "Pago devuelto",
    "payments.money_held": "Dinero en espera de conciliación",
    "payments.money_resolved": "Dinero conciliado",
    "payments.statement_read": "Estado de cuenta leído",
    "payments.shift_opened": "Caja abierta",
    "payments.shift_closed": "Caja cerrada",
    "procedures.no_debt_issued": "Certificado de no adeudo expedido",
}


# State of a witness → (is it an alarm?, words).
STATES = {
    "signs": (False, "Firma"),
    "waiting": (False, "Todavía no se le ha preguntado"),
    "offline": (False, "No responde"),
    "other_size": (False, "Se está poniendo al día"),
    "ahead": (True, "Vio un registro más largo que este"),
    "fork": (True, "Vio otra historia y no firma esta"),
    "key_unknown": (False, "No conoce la llave del registro"),
    "log_unknown": (False, "No vigila este registro"),
    "bad_signature": (True, "Su firma no es válida"),
    "refused": (False, "No quiso firmar"),
}
LOOKS = {
    access.SHOWN: "Vio datos, con permiso",
    access.USED: "Comprobó algo sin ver los datos",
    access.REFUSED: "Quiso ver y no se le permitió",
    access.IDENTIFIED: "Identificó a quien presentó su clave",
    access.EMERGENCY: "Vio datos por orden del consejo ciudadano",
}
LOGS = {
    "acts": ("Actos", "Lo que el municipio resuelve: dictámenes, versiones de los datos y de las reglas."),
    "accesses": (
        "Consultas",
        "Cada vez que una oficina usa datos de una persona, en clave: sólo ella puede leerlo.",
    ),
}


def logs(views: list[LogView]) -> list[dict[str, object]]:
    """The logs with the words of their pages."""
    found = []
    for view in views:
        title, about = LOGS.get(view.name, (view.name, ""))
        rows = [
            {"view": one, "alarm": STATES[one.state][0], "words": _(STATES[one.state][1])}
            for one in view.witnesses
        ]
        found.append({"view": view, "title": _(title), "about": _(about), "witnesses": rows})
    return found


def act_name(kind: str) -> str:
    """The public name of a type of act."""
    if kind.startswith("procedures.case_"):
        return CASES.get(kind.removeprefix("procedures.case_"), "Movimiento de una solicitud")
    return ACTS.get(kind, "Otro acto del municipio")


def short(folio: str) -> str:
    """Enough of a folio to recognise one's own."""
    return folio if len(folio) <= 12 else f"{folio[:8]}…{folio[-4:]}"


def row(entry: Entry) -> dict[str, object]:
    """A line of the public log page."""
    return {
        "place": entry.index + 1,
        "name": act_name(entry.type),
        "municipality": entry.municipality.name if entry.municipality else "",
        "at": entry.recorded_at,
        "folio": short(entry.folio),
    }


def look(told: dict[str, Any]) -> dict[str, str]:
    """A line of what offices did with personal data in a month."""
    return {
        "month": told["month"], "office": offices.name(told["office"]), "what": LOOKS[told["kind"]], "number": str(told["number"])
    }  # fmt: skip
