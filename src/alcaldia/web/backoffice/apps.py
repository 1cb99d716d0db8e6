from django.apps import AppConfig


class BackofficeConfig(AppConfig):
    name = "alcaldia.web.backoffice"
    label = "backoffice"
