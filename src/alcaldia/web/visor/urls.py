from django.urls import path

from alcaldia.web.visor import mapping, rulings, views

app_name = "visor"
urlpatterns = [
    path("", views.choose, name="choose"),
    path("<slug:slug>/", views.home, name="home"),
    path("<slug:slug>/punto/", views.point, name="point"),
    path("<slug:slug>/predio/<str:public_id>/", views.parcel, name="parcel"),
    path("<slug:slug>/predio/<str:public_id>/croquis.svg", mapping.sketch, name="sketch"),
    path("<slug:slug>/predio/<str:public_id>/ficha.pdf", views.sheet_pdf, name="sheet-pdf"),
    path("<slug:slug>/predio/<str:public_id>/volumen.json", mapping.volume, name="volume"),
    path("<slug:slug>/predio/<str:public_id>/negocio/", rulings.LandUse.as_view(), name="land-use"),
    path("<slug:slug>/predio/<str:public_id>/obra/", rulings.Construction.as_view(), name="construction"),
    path("<slug:slug>/dictamen/<str:folio>/", rulings.issued, name="issued"),
    path("<slug:slug>/dictamen/<str:folio>/hoy/", rulings.today, name="today"),
    path("<slug:slug>/dictamen/<str:folio>/pdf", rulings.pdf, name="pdf"),
    path("<slug:slug>/donde/", views.where, name="where"),
    path("<slug:slug>/donde.json", mapping.favourable, name="favourable"),
    path("<slug:slug>/tema/<str:name>/", views.theme, name="theme"),
    path("<slug:slug>/capas/", views.layers, name="layers"),
    path("<slug:slug>/estilo.json", mapping.style, name="style"),
]
