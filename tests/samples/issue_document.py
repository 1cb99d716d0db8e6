"""Run by tests as a process: a document with its completed receipt in a fresh home. issue_document.py FOLDER"""

import sys
from pathlib import Path

import httpx

from alcaldia.project import django_setup

django_setup.start(migrate=True)

from django.db import transaction  # noqa: E402

from alcaldia.documents import actions as documents  # noqa: E402
from alcaldia.documents import queries  # noqa: E402
from alcaldia.kernel.models import Municipality  # noqa: E402
from alcaldia.ledger import actions, keys, witnessing  # noqa: E402
from alcaldia.ledger.events import Act  # noqa: E402
from alcaldia.web.transparency.bundle import keys_bundle  # noqa: E402
from tests.factories.witnesses import door, made, serving  # noqa: E402
from tests.samples import ruling_bodies  # noqa: E402

FOLIO = "DUS-2026-7K3M-9QXF-04TC"


def main(folder: Path) -> None:
    town = Municipality.objects.create(slug="demo", name="Villa Ejemplo", state="Jalisco")
    witness = made(folder / "w", "w.example", *[row.key.text() for row in keys.signer().keys.keys])
    with serving(door(witness)) as address, httpx.Client(trust_env=False) as client:
        witnessing.policy_path().write_text(
            f"witness consejo {witness.vkeys()[0]} {address}\nquorum consejo\n"
        )
        with transaction.atomic():
            body = ruling_bodies.body() | {"folio": FOLIO}
            entry = actions.record(Act("land.ruling_issued", FOLIO, body, town), by="t", channel="cli")
        witnessing.run_rounds(client)
        documents.issue(entry=entry, template="ruling", sketch_svg=None, municipality=town)
    (folder / "documento.pdf").write_bytes(queries.pdf(FOLIO))
    (folder / "llaves.json").write_text(keys_bundle(), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
