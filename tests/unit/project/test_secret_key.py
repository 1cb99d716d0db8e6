"""The key of forms and sessions is renewed by a command; what was open before is still read."""

import stat

import pytest
from django.core import signing

from alcaldia.kernel.errors import Refusal
from alcaldia.project import environment


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("ALCALDIA_HOME", str(tmp_path))
    monkeypatch.delenv("ALCALDIA_SECRET_KEY", raising=False)
    return tmp_path


def test_what_was_signed_before_is_read_and_only_by_the_last_key_before(home, settings):
    texts = []
    for _ in range(3):
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = (
            environment.secret_key(),
            environment.secret_keys_before(),
        )
        texts.append(signing.dumps({"open": True}))
        environment.renew_secret_key()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = (
        environment.secret_key(),
        environment.secret_keys_before(),
    )
    assert signing.loads(texts[2]) == {"open": True}
    with pytest.raises(signing.BadSignature):
        signing.loads(texts[1])
    for name in ("secret_key", "secret_key.before"):
        assert stat.S_IMODE((home / "keys" / name).stat().st_mode) == 0o600


def test_a_key_from_outside_is_renewed_there(home, monkeypatch):
    monkeypatch.setenv("ALCALDIA_SECRET_KEY", "x" * 50)
    with pytest.raises(Refusal, match="ALCALDIA_SECRET_KEY"):
        environment.renew_secret_key()
