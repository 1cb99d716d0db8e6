from django.urls import path  # noqa: F401

app_name = "visor"
urlpatterns: list = []
