from django.apps import AppConfig


class VisorConfig(AppConfig):
    name = "alcaldia.web.visor"
    label = "visor"
