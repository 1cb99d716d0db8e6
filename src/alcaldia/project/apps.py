from django.apps import AppConfig


class ProjectConfig(AppConfig):
    name = "alcaldia.project"
    label = "project"

    def ready(self) -> None:
        from alcaldia.project import wiring

        wiring.connect()
