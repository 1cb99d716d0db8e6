from django.urls import path
from django.views.generic import RedirectView

from alcaldia.web.transparency import log_files, log_pages, program_pages, views

app_name = "transparency"
urlpatterns = [
    path("verificar/", views.verify, name="verify"),
    path("verificar/<str:text>/recibo", views.receipt, name="receipt"),
    path("verificar/<path:text>", views.folio, name="folio"),
    path("registro/", RedirectView.as_view(pattern_name="transparency:log", permanent=True)),
    path("bitacora/", log_pages.log, name="log"),
    path("bitacora/testigos/", log_pages.witnesses, name="witnesses"),
    path("bitacora/verificador/", log_pages.verifier, name="verifier"),
    path("bitacora/programa/", program_pages.program, name="program"),
    path("bitacora/programa/<str:name>", program_pages.file, name="program_file"),
    path("bitacora/llaves.json", log_files.bundle, name="bundle"),
    path("bitacora/politica.txt", log_files.policy, name="policy"),
    path("bitacora/crl/<slug:slug>.crl", log_files.revocations, name="crl"),
    path("bitacora/verifica.py", log_pages.program, {"name": "verifica"}, name="verifica"),
    path("bitacora/testigo.py", log_pages.program, {"name": "testigo"}, name="testigo"),
    path("bitacora/consejo.py", log_pages.program, {"name": "consejo"}, name="council_program"),
    path("log/checkpoint", log_files.checkpoint, name="checkpoint"),
    path("log/tile/<str:level>/<path:rest>", log_files.tile, name="tile"),
    path("log/log.vkey", log_files.verifier_key, name="key"),
    path("log/log-keys.json", log_files.log_keys, name="log_keys"),
    path("log/log-statements.json", log_files.log_statements, name="log_statements"),
    path("log/stamps.json", log_files.stamps, name="stamps"),
    path("log/roots.pem", log_files.roots, name="roots"),
    path("log/<slug:name>/checkpoint", log_files.checkpoint),
    path("log/<slug:name>/log-keys.json", log_files.log_keys),
    path("log/<slug:name>/log-statements.json", log_files.log_statements),
    path("log/<slug:name>/stamps.json", log_files.stamps),
    path("log/<slug:name>/tile/<str:level>/<path:rest>", log_files.tile),
]
