from django.urls import path

from alcaldia.web.transparency import log_files, views

app_name = "transparency"
urlpatterns = [
    path("verificar/", views.verify, name="verify"),
    path("verificar/<str:text>/recibo", views.receipt, name="receipt"),
    path("verificar/<path:text>", views.folio, name="folio"),
    path("registro/", views.log, name="log"),
    path("log/checkpoint", log_files.checkpoint, name="checkpoint"),
    path("log/tile/<str:level>/<path:rest>", log_files.tile, name="tile"),
    path("log/log.vkey", log_files.verifier_key, name="key"),
    path("log/roots.pem", log_files.roots, name="roots"),
]
