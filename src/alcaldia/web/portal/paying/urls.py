from django.urls import path

from alcaldia.web.portal.paying import door, views

urlpatterns = [
    path("pagar/", views.find, name="pay-find"),
    path("pagar/<str:folio>/", views.order, name="pay"),
    path("pagar/<str:folio>/intento/<int:number>/", views.attempt, name="pay-attempt"),
    path("pagar/<str:folio>/intento/<int:number>/comprobar/", views.check, name="pay-check"),
    path("pagar/<str:folio>/recibo/", views.receipt, name="pay-receipt"),
    path("pagar/<str:folio>/recibo.pdf", views.receipt_pdf, name="pay-receipt-pdf"),
    path("pagos/aviso/<slug:name>/", door.notice, name="pay-notice"),
]
