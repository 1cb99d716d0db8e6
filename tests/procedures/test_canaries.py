"""What people give with requests, files, contacts and payments is found in no row, file or log line of the city."""

import json
from io import BytesIO
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from PIL import Image

from alcaldia.connectors.simulated_bank.signing import HEADER, signature
from alcaldia.kernel.text import fold
from alcaldia.notices import actions as notices
from alcaldia.notices.ports import NotSent
from alcaldia.notices.ports import plugged as senders
from alcaldia.payments import actions as payments
from alcaldia.payments.ports import plugged
from alcaldia.procedures import attaching, wordlog
from alcaldia.procedures.models import Case
from alcaldia.project.bench.canaries import canary, dump, files_under, found_in
from tests.factories.money import SECRET, City
from tests.procedures.conftest import begun

pytestmark = pytest.mark.django_db(transaction=True)


class Down:
    """A mail server that answers nothing: the message waits, address and all."""

    def send(self, *_args, **_words):
        raise NotSent("Timeout")


def picture(text):
    """A photo that says whose it is, where cameras write such things."""
    out = BytesIO()
    Image.new("RGB", (60, 40), "red").save(out, "JPEG", comment=text.encode())
    return out.getvalue()


def lived(town, monkeypatch, tmp_path):
    """A draft that stays, a case with contact and photo, a payment and a search, each with a canary; all of them."""
    names = [canary(number) for number in range(7)]
    monkeypatch.setattr(senders, "senders", {"email": Down()})
    begun(
        town, "correccion-acta", acta="12", tipo_error="ortografico", dice=names[0], debe=names[1], prueba="x"
    )
    draft = begun(
        town, "correccion-acta", acta="12", tipo_error="ortografico", dice=names[2], debe="Otro", prueba="x"
    )
    client = Client()
    client.cookies["borrador"] = draft.code
    review = reverse("procedures:review", args=[draft.draft.public_id])
    assert client.post(review, {"aviso_correo": f"{fold(names[3])}@ejemplo.mx"}).status_code == 302
    assert client.get(f"/tramite/{Case.objects.get().folio}/").status_code == 200
    notices.deliver()
    report = begun(town, "reporte-ciudadano", que="bache", lugar="Hidalgo 3", peligro="no")
    attaching.receive(report, "foto", file_name=f"{names[4]}.jpg", data=picture(names[4]))
    city = City(tmp_path / "bank")
    monkeypatch.setattr(plugged, "providers", {"simulated": city.adapter})
    raw = json.dumps({"event": "e", "payer": {"name": names[5]}}, ensure_ascii=False).encode()
    payments.receive_webhook(provider="simulated", headers={HEADER: signature("other" + SECRET, int(city.clock()), raw)}, raw=raw)  # fmt: skip
    city.bank.store.close()
    wordlog.note(town, f"soy {names[6]}")
    return names


def test_no_canary_of_a_request_is_anywhere(town, broker, caplog, monkeypatch, tmp_path):
    caplog.set_level("DEBUG")
    names = lived(town, monkeypatch, tmp_path)
    files = list(files_under(Path(settings.HOME)))
    assert {path.name: found for path in files if (found := found_in(path.read_bytes(), names))} == {}
    assert found_in(dump(), names) == []
    assert found_in(caplog.text.encode(), names) == []
