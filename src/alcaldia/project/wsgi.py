import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "alcaldia.project.settings")
django_application = get_wsgi_application()

from django.conf import settings  # noqa: E402

from alcaldia.project import environment  # noqa: E402
from alcaldia.project.fresh_workers import in_a_server, watched  # noqa: E402
from alcaldia.project.payments import bank_door  # noqa: E402 - Django must be set up first
from alcaldia.project.runtime import settle  # noqa: E402 - Django must be set up first
from alcaldia.project.warming import warm  # noqa: E402
from alcaldia.project.whole_answers import whole  # noqa: E402
from alcaldia.web.visor.tile_door import tile_door  # noqa: E402

pages = watched(whole(django_application), home=settings.HOME, every=environment.renew_seconds())
application = tile_door(bank_door(pages))
if in_a_server():
    warm()
settle()
