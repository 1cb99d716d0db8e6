from django.apps import AppConfig


class AgendaConfig(AppConfig):
    name = "alcaldia.agenda"
    default_auto_field = "django.db.models.BigAutoField"
