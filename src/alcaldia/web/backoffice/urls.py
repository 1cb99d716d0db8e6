from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from alcaldia.web.backoffice import crosswalk, data, home, imports, reviews

app_name = "backoffice"
urlpatterns = [
    path("", home.home, name="home"),
    path("entrar/", LoginView.as_view(template_name="backoffice/login.html"), name="login"),
    path("salir/", LogoutView.as_view(next_page="/oficina/entrar/"), name="logout"),
    path("<slug:town>/datos/", data.datasets, name="datasets"),
    path("<slug:town>/datos/<int:pk>/", data.dataset, name="dataset"),
    path("<slug:town>/datos/<int:pk>/volver/", data.revert, name="revert"),
    path("<slug:town>/cargas/", imports.upload, name="upload"),
    path("<slug:town>/cargas/<int:pk>/", imports.job, name="job"),
    path("<slug:town>/cargas/<int:pk>/columnas/", imports.remap, name="remap"),
    path("<slug:town>/cargas/<int:pk>/publicar/", imports.publish, name="publish"),
    path("<slug:town>/cargas/<int:pk>/descartar/", imports.discard, name="discard"),
    path("<slug:town>/equivalencias/", crosswalk.crosswalk, name="crosswalk"),
    path("<slug:town>/revisiones/", reviews.reviews, name="reviews"),
    path("<slug:town>/revisiones/<str:folio>/", reviews.review, name="review"),
]
