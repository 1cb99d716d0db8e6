from django.urls import path

from alcaldia.web.visor.tiles import tile

urlpatterns = [path("<slug:slug>/<slug:layer>/<int:z>/<int:x>/<int:y>.mvt", tile, name="tile")]
