from django.urls import path

from alcaldia.web.portal.account import (
    acting,
    activating,
    certified,
    coded,
    devices,
    entering,
    federated,
    recovering,
    residency,
)

app_name = "account"
urlpatterns = [
    path("", devices.home, name="home"),
    path("entrar/", entering.enter, name="enter"),
    path("registro/", entering.register, name="register"),
    path("activar/<str:code>/", activating.activate, name="activate"),
    path("recibo/", activating.billed, name="billed"),
    path("codigo/", coded.send, name="code"),
    path("codigo/entrar/", coded.enter, name="code_enter"),
    path("con-codigo/", coded.coded, name="coded"),
    path("con/<slug:name>/", federated.go, name="oidc"),
    path("con/<slug:name>/regreso/", federated.come_back, name="oidc_back"),
    path("certificado/", certified.certificate, name="certificate"),
    path("certificado/texto/", certified.text, name="certificate_text"),
    path("residencia/", residency.apply, name="residency"),
    path("residencia/adjuntar/<slug:slug>/", residency.attach, name="residency_attach"),
    path("residencia/<str:folio>/retirar/", residency.withdraw, name="residency_withdraw"),
    path("residencia/<str:folio>/credencial/", residency.credential, name="credential"),
    path("salir/", entering.leave, name="leave"),
    path("llaves/agregar/", devices.add, name="add"),
    path("llaves/<int:pk>/nombre/", devices.rename, name="rename"),
    path("llaves/<int:pk>/quitar/", devices.revoke, name="revoke"),
    path("sesiones/<int:pk>/cerrar/", devices.close, name="close"),
    path("sesiones/cerrar/", devices.close_all, name="close_all"),
    path("avisos/", devices.read, name="read"),
    path("codigos/", recovering.codes, name="codes"),
    path("recuperar/", recovering.recover, name="recover"),
    path("recuperar/detener/", recovering.stop, name="stop"),
    path("actuar-por/", acting.act_for, name="act_for"),
]
