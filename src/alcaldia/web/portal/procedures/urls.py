from django.urls import path

from alcaldia.web.portal.procedures import (
    completing,
    contesting,
    filling,
    finding,
    following,
    legal,
    own_paper,
    renewing,
    sending,
)

app_name = "procedures"
urlpatterns = [
    path("m/<slug:slug>/buscar/", finding.search, name="search"),
    path("m/<slug:slug>/no-encontre/", finding.not_found, name="not_found"),
    path("m/<slug:slug>/dependencias/", finding.agencies, name="agencies"),
    path("m/<slug:slug>/puerta/<slug:key>/", finding.door, name="door"),
    path("m/<slug:slug>/grupo/<slug:key>/", finding.group, name="group"),
    path("m/<slug:slug>/familia/<slug:key>/", finding.family, name="family"),
    path("m/<slug:slug>/tramite/<slug:key>/", finding.sheet, name="sheet"),
    path("m/<slug:slug>/tramite/<slug:key>/ficha/", legal.legal, name="legal"),
    path("m/<slug:slug>/tramite/<slug:key>/empezar/", filling.begin, name="begin"),
    path("borrador/<str:public_id>/", filling.resume, name="resume"),
    path("borrador/<str:public_id>/guardar/", filling.save, name="save"),
    path("borrador/<str:public_id>/revisar/", sending.review, name="review"),
    path("borrador/<str:public_id>/paso/<str:step>/", filling.step, name="step"),
    path("mi-tramite/", following.find, name="find"),
    path("carpeta/", following.folder, name="folder"),
    path("tramite/<str:folio>/", following.case, name="case"),
    path("tramite/<str:folio>/documento.pdf", following.pdf, name="pdf"),
    path("tramite/<str:folio>/documento-con-datos.pdf", own_paper.pdf, name="own_pdf"),
    path("tramite/<str:folio>/orden/", following.new_order, name="new_order"),
    path("tramite/<str:folio>/completar/", completing.comply, name="comply"),
    path("tramite/<str:folio>/retirar/", following.withdraw, name="withdraw"),
    path("tramite/<str:folio>/renovar/", renewing.renew, name="renew"),
    path("tramite/<str:folio>/recurso/", contesting.appeal, name="appeal"),
    path("tramite/<str:folio>/datos/", following.data, name="data"),
]
