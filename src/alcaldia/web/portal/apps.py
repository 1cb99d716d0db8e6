from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "alcaldia.web.portal"
    label = "portal"
