"""A city with its own mail and SMS, both simulated."""

import pytest

from alcaldia.connectors.simulated_post import SimulatedPost
from alcaldia.notices.ports import plugged


@pytest.fixture
def own_post(tmp_path, monkeypatch, settings):
    """What each channel was given to send, by channel."""
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
    made = {name: SimulatedPost(name, tmp_path / "post.jsonl") for name in ("email", "sms")}
    monkeypatch.setattr(plugged, "senders", made)
    monkeypatch.setattr(plugged, "public_url", "https://pueblo.example")
    return made
