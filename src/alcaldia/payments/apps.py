from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "alcaldia.payments"
    label = "payments"
