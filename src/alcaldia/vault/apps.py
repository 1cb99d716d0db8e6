from django.apps import AppConfig


class VaultConfig(AppConfig):
    name = "alcaldia.vault"
    label = "vault"
