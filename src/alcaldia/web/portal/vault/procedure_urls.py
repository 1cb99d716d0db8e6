from django.urls import path

from alcaldia.web.portal.vault import accesses, no_debt

urlpatterns = [
    path("tramites/no-adeudo/", no_debt.choose, name="no-debt"),
    path("tramites/no-adeudo/confirmar/", no_debt.confirm, name="no-debt-confirm"),
    path("tramites/no-adeudo/expedir/", no_debt.issue, name="no-debt-issue"),
    path("tramites/no-adeudo/<str:folio>/", no_debt.issued, name="no-debt-issued"),
    path("tramites/no-adeudo/<str:folio>/certificado.pdf", no_debt.pdf, name="no-debt-pdf"),
    path("api/v1/me/findUsage", accesses.find_usage, name="find-usage"),
]
