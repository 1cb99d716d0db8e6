from django.urls import path

from alcaldia.web.api.cases import router
from alcaldia.web.api.docs import documentation
from alcaldia.web.api.views import api

api.add_router("/v1", router)

urlpatterns = [path("", documentation, name="api-docs"), path("", api.urls)]
