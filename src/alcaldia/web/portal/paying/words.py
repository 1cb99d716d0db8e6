"""How states and ways of paying are said."""

from django.utils.translation import gettext_lazy as _

from alcaldia.payments.models import PaymentAttempt, PaymentOrder

# State → (tone, sign, words).
STATES = {
    "issued": ("warn", "!", _("Por pagar")),
    "late": ("none", "–", _("Vencida")),
    "paid": ("good", "✓", _("Pagada")),
    "expired": ("none", "–", _("Vencida")),
    "cancelled": ("none", "–", _("Cancelada")),
    "disputed": ("warn", "!", _("En aclaración con el banco")),
    "refunded": ("none", "–", _("Devuelta")),
}
WAYS = {
    "card": (_("Tarjeta"), _("Se confirma en el momento.")),
    "store": (
        _("Efectivo en tienda"),
        _("Imprima la ficha o muéstrela en su teléfono; se confirma en minutos u horas."),
    ),
    "transfer": (_("Transferencia SPEI"), _("Desde la aplicación de su banco, por la cantidad exacta.")),
    "terminal": (_("Terminal de tarjeta"), _("En la ventanilla o el quiosco.")),
    "wallet": (_("Cuenta digital"), _("Con su cuenta o tarjeta guardada.")),
}
ATTEMPTS = {
    "started": _("Preparando"),
    "waiting": _("Esperando su pago"),
    "succeeded": _("Pago recibido"),
    "failed": _("El pago no se hizo"),
    "lapsed": _("La ficha venció"),
}


def badge(order: PaymentOrder, *, late: bool) -> dict[str, object]:
    state = "late" if late and order.state == "issued" else order.state
    return dict(zip(("tone", "sign", "word"), STATES[state], strict=True))


def attempt_word(attempt: PaymentAttempt) -> object:
    return ATTEMPTS[attempt.state]
