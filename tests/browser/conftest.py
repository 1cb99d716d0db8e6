"""A real Chromium against a live server of the demo town; skipped where there is none, failed under CI=true."""

import os
import shutil
from pathlib import Path

import pytest

# Playwright runs an event loop in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        message = "No hay Chromium. En Debian: apt-get install chromium"
        pytest.fail(message) if os.environ.get("CI") else pytest.skip(message)
    # Software rendering: machines that run tests have no graphics card, and the map needs WebGL.
    flags = ["--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader"]
    return {**browser_type_launch_args, "executable_path": path, "args": flags}


@pytest.fixture
def demo(transactional_db, live_server, settings, tmp_path) -> str:
    """Address of a server that has the demo town."""
    from alcaldia.land.demo import generate
    from alcaldia.project.commands.municipality import load_folder

    generate(tmp_path)
    load_folder(Path(tmp_path))
    return live_server.url


@pytest.fixture(autouse=True)
def _plain_static_files(settings):
    backend = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = settings.STORAGES | {"staticfiles": backend}
