from django.urls import path

from alcaldia.web.api.docs import documentation
from alcaldia.web.api.views import api

urlpatterns = [path("", documentation, name="api-docs"), path("", api.urls)]
