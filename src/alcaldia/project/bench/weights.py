"""What a citizen downloads: the bytes of a first view, compressed as served."""

import gzip
import re
import urllib.request
from typing import Any
from urllib.parse import urljoin

from alcaldia.kernel.models import Municipality
from alcaldia.project.bench.http import server
from alcaldia.project.commands import demo

# The map's library stands in data attributes: it is fetched after the page, and it counts.
_ASSET = re.compile(r'(?:<script[^>]+src|<link[^>]+href|<img[^>]+src|data-(?:lib|worker|css))="([^"]+)"')
_IMPORT = re.compile(r"""from\s*["']([^"']+)["']|import\s*["']([^"']+)["']""")


PAGES = {
    "search": "/m/demo/buscar/?q=quiero+poner+una+tienda", "card": "/m/demo/tramite/licencia-bajo-riesgo/",
    "follow": "/mi-tramite/", "pay": "/pagar/", "enter": "/cuenta/entrar/",
}  # fmt: skip
"""What a citizen may see first besides the home page."""


def run() -> dict[str, Any]:
    """Kilobytes of a first view: home, the heaviest of the other pages and its scripts, and the visor with its map library."""
    if not Municipality.objects.filter(slug=demo.SLUG).exists():
        demo.load()
    with server(1) as port:
        base = f"http://127.0.0.1:{port}"
        others = [weigh(base + path) for path in PAGES.values()]
        return {
            "home_kb": weigh(f"{base}/")[0], "heaviest_page_kb": max(all for all, _ in others),
            "heaviest_scripts_kb": max(scripts for _, scripts in others), "visor_kb": weigh(f"{base}/visor/{demo.SLUG}/")[0],
        }  # fmt: skip


def weigh(url: str) -> tuple[float, float]:
    """The page and every script, style and image that it names, and the modules those import; and the scripts alone."""
    seen: dict[str, int] = {}
    _fetch(url, seen)
    scripts = sum(size for name, size in seen.items() if name.partition("?")[0].endswith((".js", ".mjs")))
    return round(sum(seen.values()) / 1000, 1), round(scripts / 1000, 1)


def _fetch(url: str, seen: dict[str, int]) -> None:
    if url in seen or not url.startswith("http://127.0.0.1"):
        return
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        data = answer.read()
        zipped = answer.headers.get("Content-Encoding") == "gzip"
        kind = answer.headers.get("Content-Type", "")
    seen[url] = len(data)
    text = (gzip.decompress(data) if zipped else data).decode("utf-8", "replace")
    if "html" in kind:
        found = [name for name in _ASSET.findall(text) if not name.startswith("/") or "/static/" in name]
    elif "javascript" in kind:
        found = [a or b for a, b in _IMPORT.findall(text)]
        found = [name for name in found if name.startswith((".", "/static/"))]
    else:
        found = []
    for name in found:
        _fetch(urljoin(url, name), seen)
