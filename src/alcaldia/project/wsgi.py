import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
django_application = get_wsgi_application()

from alcaldia.project.payments import bank_door  # noqa: E402 - Django must be set up first
from alcaldia.project.runtime import settle  # noqa: E402 - Django must be set up first
from alcaldia.web.visor.tile_door import tile_door  # noqa: E402

application = tile_door(bank_door(django_application))
settle()
