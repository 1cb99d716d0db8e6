"""What the owner of an account is told about it."""

SENTENCES: dict[str, str] = {
    "passkey_added": "Se agregó una llave de acceso: {detail}. Si no fue usted, quítela ahora.",
    "passkey_revoked": "Se quitó una llave de acceso: {detail}.",
    "passkey_flagged": "Bloqueamos la llave {detail}: alguien pudo haberla copiado. Quítela y registre otra.",
    "session_stolen": "Cerramos una sesión de {detail}: se usó desde otro navegador.",
    "recovery_code_used": "Alguien entró con un código de recuperación impreso. Si no fue usted, acuda hoy a una ventanilla.",
    "recovery_requested": "Pidieron recuperar su cuenta en ventanilla ({detail}). Si no fue usted, deténgalo aquí.",
    "proved_at_counter": "En ventanilla comprobaron quién es usted ({detail}). Si no fue usted, acuda a aclararlo.",
    "recovery_cancelled": "Se detuvo la recuperación {detail}.",
    "recovery_completed": "Su cuenta se recuperó en ventanilla ({detail}).",
    "digest_ready": "Ya está su resumen del mes {detail}: quién usó sus datos. Está en «Quién miró», en su bóveda.",
    "council_opened": "El consejo ciudadano abrió datos suyos sin su permiso ({detail}). En «Quién miró» está qué vio, quién y por qué.",
    "request_by_representative": "Enviaron una solicitud en su nombre ({detail}). Está en su carpeta; si no la quiere, retírela ahí y pida en ventanilla que terminen el permiso.",
    "may_be_acted_for": "En ventanilla registraron que alguien puede actuar en su nombre ({detail}). Si usted no lo pidió, acuda hoy a que lo retiren.",
    "mandate_withdrawn": "En ventanilla retiraron un permiso de actuar en su nombre ({detail}).",
    "bill_activated": "Con el código de su recibo abrió otra cuenta: lo que la ciudad ya guardaba de usted está en ella. Las solicitudes que hizo aquí siguen aquí.",
    "bill_beside": "Antes de abrir esta cuenta ya tenía otra en este aparato. Las solicitudes que hizo en ella siguen en ella: entre con su llave de entonces.",
    "codes_made": "Se hicieron códigos de recuperación nuevos. Los anteriores ya no sirven.",
}


def sentence(kind: str, detail: str) -> str:
    return SENTENCES[kind].format(detail=detail)
