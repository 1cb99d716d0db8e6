"""Every door of the program. Faces bring their own urls; this file only places them."""

from django.urls import include, path

from alcaldia.web.components.health import health

urlpatterns = [
    path("health", health),
    # Places are tried in this order, and a case is many pages: theirs come first (2 % of its processor, measured).
    path("", include("alcaldia.web.portal.procedures.urls")),
    path("", include("alcaldia.web.portal.paying.urls")),
    path("", include("alcaldia.web.portal.urls")),
    path("", include("alcaldia.web.portal.agenda.urls")),
    path("", include("alcaldia.web.transparency.urls")),
    path("cuenta/", include("alcaldia.web.portal.account.urls")),
    path("boveda/", include("alcaldia.web.portal.vault.urls")),
    path("", include("alcaldia.web.portal.vault.procedure_urls")),
    path("visor/", include("alcaldia.web.visor.urls")),
    path("oficina/", include("alcaldia.web.backoffice.urls")),
    path("quiosco/", include("alcaldia.web.kiosk.urls")),
    path("api/v1/counter/", include("alcaldia.web.counter.urls")),
    path("api/", include("alcaldia.web.api.urls")),
    path("tiles/", include("alcaldia.web.visor.tile_urls")),
]
handler400 = "alcaldia.web.components.refusals.bad_request"
handler404 = "alcaldia.web.components.refusals.page_not_found"
handler500 = "alcaldia.web.components.refusals.server_error"
