from django.urls import path

from alcaldia.web.portal.agenda import booking, calendar, following

app_name = "agenda"
urlpatterns = [
    path("m/<slug:slug>/citas/", booking.offices, name="offices"),
    path("m/<slug:slug>/citas/<slug:key>/", booking.days, name="days"),
    path("m/<slug:slug>/citas/<slug:key>/<str:day>/", booking.hours, name="hours"),
    path("m/<slug:slug>/cita/<str:folio>/", following.appointment, name="appointment"),
    path("m/<slug:slug>/cita/<str:folio>/cancelar/", following.cancel, name="cancel"),
    path("m/<slug:slug>/cita/<str:folio>/cita.ics", following.ics, name="ics"),
    path("m/<slug:slug>/calendario/", calendar.page, name="calendar"),
    path("m/<slug:slug>/calendario.ics", calendar.ics, name="calendar_ics"),
]
