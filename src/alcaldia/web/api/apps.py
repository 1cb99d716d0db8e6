from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "alcaldia.web.api"
    label = "api"
