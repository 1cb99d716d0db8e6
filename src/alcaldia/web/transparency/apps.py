from django.apps import AppConfig


class TransparencyConfig(AppConfig):
    name = "alcaldia.web.transparency"
    label = "transparency"
