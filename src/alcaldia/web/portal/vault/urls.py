from django.urls import path

from alcaldia.web.portal.vault import accesses, counter, data, entry, permits, sealed, spares

app_name = "vault"
urlpatterns = [
    path("", data.home, name="home"),
    path("abrir/", entry.open_vault, name="open"),
    path("datos/<slug:group>/", data.write, name="write"),
    path("sellado/", sealed.box, name="sealed"),
    path("sellado/llaves/", sealed.keys, name="sealed_keys"),
    path("sellado/texto/", sealed.note, name="sealed_note"),
    path("sellado/archivo/", sealed.keep_file, name="sealed_keep_file"),
    path("sellado/archivo/<str:name>/", sealed.file, name="sealed_file"),
    path("sellado/archivo/<str:name>/quitar/", sealed.drop_file, name="sealed_drop_file"),
    path("sellado/tirar/", sealed.discard, name="sealed_discard"),
    path("repuestos/", spares.spares, name="spares"),
    path("repuestos/nueva/", spares.new, name="new_spare"),
    path("repuestos/firmar/", spares.sign, name="sign_spare"),
    path("repuestos/confianza/", spares.trust, name="trust_code"),
    path("repuestos/restaurar/", spares.restore, name="restore"),
    path("repuestos/<str:id>/quitar/", spares.remove, name="remove_spare"),
    path("repuestos/<str:id>/pedir/", spares.ask, name="ask_help"),
    path("repuestos/<str:id>/ayudar/", spares.help_restore, name="help_restore"),
    path("borrar/", data.erase, name="erase"),
    path("permisos/", permits.permits, name="permits"),
    path("ventanilla/", counter.code, name="assist_code"),
    path("anular/", counter.void, name="void"),
    path("permisos/nuevo/", permits.new, name="new_permit"),
    path("permisos/dar/", permits.give, name="give"),
    path("permisos/<str:id>/retirar/", permits.revoke, name="revoke"),
    path("permisos/<str:id>/retirar/firmado/", permits.revoke_signed, name="revoke_signed"),
    path("consultas/", accesses.accesses, name="accesses"),
    path("consultas/menciones/", accesses.mentions, name="mentions"),
    path("consultas/por-numero/", accesses.numbers, name="numbers"),
    path("consultas/resumenes/", accesses.digests, name="digests"),
    path("consultas/nuevas/", accesses.newest, name="newest"),
    path("consultas/<int:id>/prueba/", accesses.proof, name="proof"),
]
