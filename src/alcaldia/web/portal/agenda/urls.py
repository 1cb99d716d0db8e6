from django.urls import path

from alcaldia.web.portal.agenda import booking, calendar, following

app_name = "agenda"
urlpatterns = [
    path("m/<slug:slug>/citas/", booking.offices, name="offices"),
    path("m/<slug:slug>/citas/<slug:key>/", booking.days, name="days"),
    path("m/<slug:slug>/citas/<slug:key>/<str:day>/", booking.hours, name="hours"),
    path("m/<slug:slug>/cita/<str:folio>/", following.appointment, name="appointment"),
    path("tramite/<str:folio>/cita/<slug:key>/", booking.case_days, name="case_days"),
    path("tramite/<str:folio>/cita/<slug:key>/<str:day>/", booking.case_hours, name="case_hours"),
    path("m/<slug:slug>/cita/<str:folio>/mover/", following.move_days, name="move"),
    path("m/<slug:slug>/cita/<str:folio>/mover/<str:day>/", following.move_hours, name="move_hours"),
    path("m/<slug:slug>/cita/<str:folio>/recuperar/", following.restore, name="restore"),
    path("m/<slug:slug>/cita/<str:folio>/cancelar/", following.cancel, name="cancel"),
    path("m/<slug:slug>/cita/<str:folio>/cita.ics", following.ics, name="ics"),
    path("m/<slug:slug>/calendario/", calendar.page, name="calendar"),
    path("m/<slug:slug>/calendario.ics", calendar.ics, name="calendar_ics"),
]
