from django.urls import path

from alcaldia.web.backoffice import crosswalk, data, home, imports, people, recoveries, reviews, vault

app_name = "backoffice"
urlpatterns = [
    path("", home.home, name="home"),
    path("entrar/", people.enter, name="login"),
    path("salir/", people.leave, name="logout"),
    path("invitacion/<str:code>", people.invited, name="invited"),
    path("mi-cuenta/", people.account, name="account"),
    path("mi-cuenta/llaves/agregar/", people.add, name="add_passkey"),
    path("mi-cuenta/llaves/<int:pk>/quitar/", people.revoke, name="revoke_passkey"),
    path("mi-cuenta/sesiones/cerrar/", people.close_all, name="close_all"),
    path("datos/", vault.case, name="vault"),
    path("datos/abrir/", vault.open_vault, name="vault_open"),
    path("datos/ver/", vault.look, name="vault_look"),
    path("recuperaciones/", recoveries.recoveries, name="recoveries"),
    path("recuperaciones/nueva/", recoveries.begin, name="recovery_begin"),
    path("recuperaciones/<str:folio>/confirmar/", recoveries.confirm, name="recovery_confirm"),
    path("recuperaciones/<str:folio>/detener/", recoveries.cancel, name="recovery_cancel"),
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
