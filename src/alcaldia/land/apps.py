from django.apps import AppConfig


class LandConfig(AppConfig):
    name = "alcaldia.land"
    label = "land"
    default_auto_field = "django.db.models.BigAutoField"
