from django.apps import AppConfig


class KioskConfig(AppConfig):
    name = "alcaldia.web.kiosk"
    label = "kiosk"
