"""Spanish first: another language is the person's own choice, never guessed from the browser."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

OFFICE = "/oficina/"
"""Its pages are written in Spanish only; one that called itself English would be read aloud as gibberish."""


class ChosenLanguage:
    """The language of the cookie that the language switch sets; Spanish otherwise.

    Cheap phones and kiosks are often sold with an English browser, so Accept-Language says little.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        language = chosen if chosen in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE
        if request.path.startswith(OFFICE):
            language = settings.LANGUAGE_CODE
        with translation.override(language):
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        return response
