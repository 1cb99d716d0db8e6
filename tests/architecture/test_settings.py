"""Behind TLS the settings pass Django's own checks for production; each exception has its reason."""

import json
import os
import subprocess
import sys

from tests.conftest import ROOT

# Check → why it does not concern this program.
SILENCED = {
    "security.W001": "our SecurityHeaders middleware sets what SecurityMiddleware would",
    "security.W002": "our SecurityHeaders middleware sets X-Frame-Options and frame-ancestors",
}
ASK = """
import json, django
from django.core import checks
django.setup()
found = checks.run_checks(include_deployment_checks=True)
print(json.dumps([c.id for c in found if c.level >= checks.WARNING]))
"""


def warnings(**environment: str) -> set[str]:
    given = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "src"),
        "DJANGO_SETTINGS_MODULE": "alcaldia.project.settings",
        **environment,
    }
    done = subprocess.run([sys.executable, "-c", ASK], env=given, capture_output=True, text=True, check=True)
    return set(json.loads(done.stdout.splitlines()[-1]))


def test_production_settings_have_only_explained_warnings():
    assert warnings(ALCALDIA_TLS="true") == set(SILENCED)


def test_without_tls_the_cookies_are_reported():
    assert "security.W016" in warnings(ALCALDIA_TLS="")


COOKIES = """
from alcaldia.project import django_setup
django_setup.start()
from django.conf import settings
from alcaldia.web.components import sessions
names = [*sessions.COOKIES.values(), *sessions.VAULT_COOKIES.values(), sessions.DEVICE_COOKIE, settings.CSRF_COOKIE_NAME]
print(all(name.startswith("__Host-") for name in names), settings.CSRF_COOKIE_SECURE)
"""


def test_behind_tls_every_cookie_that_opens_something_is_bound_to_the_host():
    given = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "ALCALDIA_TLS": "true"}
    done = subprocess.run(
        [sys.executable, "-c", COOKIES], env=given, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["True", "True"]


def test_the_headers_that_replace_djangos_are_there():
    from alcaldia.web.components.headers import HEADERS

    assert HEADERS["X-Frame-Options"] == "DENY"
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert "frame-ancestors 'none'" in HEADERS["Content-Security-Policy"]
    assert "unsafe" not in HEADERS["Content-Security-Policy"]
