from django.apps import AppConfig


class CountersConfig(AppConfig):
    name = "alcaldia.counters"
    label = "counters"
