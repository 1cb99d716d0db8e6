from django.urls import path
from django.views.i18n import set_language

from alcaldia.web.portal import mailbox, purposes, views
from alcaldia.web.portal.account import residency

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("m/<slug:slug>/", views.home, name="town"),
    path("m/<slug:slug>/contacto/", views.contact, name="contact"),
    path("m/<slug:slug>/tema.css", views.theme, name="theme"),
    path("residencia/verificar/", residency.verify, name="credential_check"),
    path("residencia/<slug:slug>/estados", residency.statuses, name="credential_statuses"),
    path(".well-known/jwt-vc-issuer/residencia/<slug:slug>", residency.issuer, name="credential_issuer"),
    path("buzon/", mailbox.mailbox, name="mailbox"),
    path("idioma/", set_language, name="language"),
    path("ayuda/", views.page, {"name": "help"}, name="help"),
    path("accesibilidad/", views.page, {"name": "accessibility"}, name="accessibility"),
    path("seguridad/", views.page, {"name": "security"}, name="security"),
    path("privacidad/", views.page, {"name": "privacy"}, name="privacy"),
    path("privacidad/finalidades/", purposes.page, name="purposes"),
    path("privacidad/finalidades.json", purposes.file, name="purposes_file"),
]
