from django.urls import path

from alcaldia.web.kiosk import views

app_name = "kiosk"
urlpatterns = [
    path("", views.start, name="start"),
    path("registro/", views.enrol, name="enrol"),
    path("codigo/", views.code, name="code"),
    path("revisar/", views.review, name="review"),
    path("dar/", views.give, name="give"),
]
