from django.urls import path
from django.views.i18n import set_language

from alcaldia.web.portal import views

app_name = "portal"
urlpatterns = [
    path("", views.home, name="home"),
    path("m/<slug:slug>/", views.home, name="town"),
    path("m/<slug:slug>/tema.css", views.theme, name="theme"),
    path("idioma/", set_language, name="language"),
    path("ayuda/", views.page, {"name": "help"}, name="help"),
    path("accesibilidad/", views.page, {"name": "accessibility"}, name="accessibility"),
    path("seguridad/", views.page, {"name": "security"}, name="security"),
    path("privacidad/", views.page, {"name": "privacy"}, name="privacy"),
]
