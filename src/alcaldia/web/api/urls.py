from django.urls import path

from alcaldia.web.api.appointments import router as appointments
from alcaldia.web.api.cases import router
from alcaldia.web.api.docs import documentation
from alcaldia.web.api.drafts import router as drafts
from alcaldia.web.api.paying import router as paying
from alcaldia.web.api.sheets import router as sheets
from alcaldia.web.api.uploads import router as uploads
from alcaldia.web.api.views import api

api.add_router("/v1", uploads)
api.add_router("/v1", router)
api.add_router("/v1", drafts)
api.add_router("/v1", appointments)
api.add_router("/v1", paying)
api.add_router("/v1", sheets)

urlpatterns = [path("", documentation, name="api-docs"), path("", api.urls)]
