"""Comprueba un documento sin conexión: 0 es válido, 1 no lo es, 2 no se pudo saber."""

import argparse
import json
import sys
from pathlib import Path

from alcaldia.project import django_setup


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("document", metavar="ARCHIVO.pdf | FOLIO")
    parser.add_argument(
        "--log-key", type=Path, metavar="log.vkey", help="llave pública del registro (si no es la de aquí)"
    )
    parser.add_argument(
        "--root", type=Path, action="append", metavar="root.pem", help="raíz del municipio; puede repetirse"
    )
    parser.add_argument("--json", action="store_true", help="un solo documento JSON")


def run(args: argparse.Namespace) -> int:
    path = Path(args.document)
    if path.is_file():
        django_setup.start()
        data = path.read_bytes()
    else:
        found = _of_folio(args.document)
        if isinstance(found, str):
            return _say(args.json, None, [("document", False, found)])
        data = found
    return _verify(data, args)


def _of_folio(text: str) -> bytes | str:
    """The stored file, or a sentence that says why there is none to look at."""
    from alcaldia.kernel.folio import read_folio

    folio = read_folio(text)
    if folio is None:
        return f"No existe el archivo «{text}» ni es un folio. Escriba la ruta del PDF o el folio completo."
    django_setup.start(migrate=True)
    from alcaldia.documents import queries, store

    queries.document(folio)
    lost = "El archivo se perdió; el acto sigue en el registro. Pida a la oficina digital que lo reponga."
    return store.read(folio) or lost


def _verify(data: bytes, args: argparse.Namespace) -> int:
    from cryptography import x509

    from alcaldia.documents import keys
    from alcaldia.documents.verification import verify_pdf
    from alcaldia.ledger import timestamps
    from alcaldia.ledger.keys import public_keys
    from alcaldia.ledger.rules.keyset import KeySet
    from alcaldia.ledger.rules.note import BadNote

    try:
        log = KeySet.of(args.log_key.read_text(encoding="utf-8")) if args.log_key else public_keys()
        given = [x509.load_pem_x509_certificate(path.read_bytes()) for path in args.root or ()]
    except (OSError, BadNote, ValueError):
        sentence = "No se pudo leer la llave pública que indicó. Revise los archivos de --log-key y --root."
        return _say(args.json, None, [("keys", False, sentence)])
    found = verify_pdf(
        data,
        trusted_log=log,
        trusted_roots=given or keys.trusted_roots(),
        crls=keys.crls(),
        tsa_roots=timestamps.known_roots(),
    )
    checks = [(check.name, check.ok, check.sentence) for check in found.checks]
    return _say(args.json, found.valid, checks, leaf=found.leaf.__dict__ if found.leaf else None)


def _say(
    as_json: bool, valid: bool | None, checks: list[tuple[str, bool, str]], *, leaf: object = None
) -> int:
    if as_json:
        found = [{"name": name, "ok": ok, "sentence": sentence} for name, ok, sentence in checks]
        answer = {"valid": valid, "checks": found, "act": leaf}
        sys.stdout.write(json.dumps(answer, ensure_ascii=False) + "\n")
    else:
        verdict = {True: "VÁLIDO", False: "NO VÁLIDO", None: "NO SE PUDO SABER"}[valid]
        out = sys.stdout if valid else sys.stderr
        out.write(verdict + "\n" + "".join(f"{'✓' if ok else '✗'} {text}\n" for _, ok, text in checks))
    return {True: 0, False: 1, None: 2}[valid]
