from django.urls import path

from alcaldia.web.counter import views

app_name = "counter"
urlpatterns = [
    path("procedures", views.procedures, name="procedures"),
    path("requests", views.requests, name="requests"),
]
