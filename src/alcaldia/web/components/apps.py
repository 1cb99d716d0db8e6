from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "alcaldia.web.components"
    label = "components"
