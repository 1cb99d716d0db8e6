"""The door for providers' messages: small, without cookies, and silent until all is written."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from alcaldia.kernel.errors import Refusal
from alcaldia.payments import actions

LARGEST = 64 * 1024


@csrf_exempt
@require_POST
def notice(request: HttpRequest, name: str) -> HttpResponse:
    """200 only after the commit; 400 for a signature that is not theirs; otherwise they send it again."""
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST or len(request.body) > LARGEST:
        return _plain("demasiado grande", 413)
    try:
        event = actions.receive_webhook(provider=name, headers=dict(request.headers), raw=request.body)
    except Refusal as refusal:
        return _plain(refusal.code, refusal.status)
    if event is not None and not event.signature_ok:
        return _plain("firma no válida", 400)
    return _plain("recibido", 200)


def _plain(words: str, status: int) -> HttpResponse:
    return HttpResponse(words, content_type="text/plain; charset=utf-8", status=status)
