#!/usr/bin/env python3
"""consejo.py: la llave de un integrante del consejo ciudadano. Un archivo; sólo pide Python y `cryptography`.

  python3 consejo.py key                 hace su llave en ~/consejo.key y escribe la mitad pública
  python3 consejo.py sign orden.json     lee la orden en voz alta, pregunta, y escribe su firma (o cambio.json: el consejo que sigue)
  python3 consejo.py program SITIO --llaves llaves.json     ¿sirve la ciudad los programas de navegador que publicó en su
                                         registro? Necesita verifica.py en la misma carpeta.   0 sí · 1 no · 2 no se supo
                                         Recuerda en llaves.json.visto la versión más nueva que vio: una anterior es alarma

La llave se queda en su equipo. Firma sólo órdenes de abrir, sin permiso de la persona, datos de UNA persona por el folio
de su expediente, y la entrega a otro consejo; si el papel pide otra cosa, no firma.
"""

import argparse
import base64
import hashlib
import json
import os
import sys
import urllib.request
from datetime import datetime, timezone
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

FILES = ("programa.sha256", "acto.json", "acto.tlog-proof")
KEYS = {
    "emergency order": {"v", "kind", "case", "office", "fields", "reason", "not_before", "not_after", "nonce"},
    "council change": {"v", "kind", "needed", "members", "instead_of", "since"},
}


def to_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def canonical(told: dict) -> bytes:
    """RFC 8785 for what is signed here: text, lists of text and small whole numbers."""
    return json.dumps(told, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def read_key(path: Path) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes.fromhex(path.read_text(encoding="ascii").strip()))


def make_key(path: Path) -> int:
    """A fresh key that only its owner reads; one that is there is left alone."""
    if not path.exists():
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as out:
            out.write(Ed25519PrivateKey.generate().private_bytes_raw().hex() + "\n")
    sys.stdout.write(to_text(read_key(path).public_key().public_bytes_raw()) + "\n")
    return 0


def read_order(path: Path) -> dict:
    told = json.loads(path.read_text(encoding="utf-8"))
    if told.get("v") != 1 or set(told) != KEYS.get(str(told.get("kind"))):
        raise ValueError("no es una orden que este programa entienda")
    numbers, lists = {"v", "needed"}, {"fields", "members", "instead_of"}
    texts = [one for name in lists & set(told) for one in told[name]]
    texts += [told[name] for name in set(told) - numbers - lists]
    if any(not isinstance(one, str) for one in texts) or any(not told[name] for name in lists & set(told)):
        raise ValueError("la orden no está completa")
    if not all(one.isprintable() for one in texts):
        # A terminal obeys them: what is read aloud would not be what is signed.
        raise ValueError("la orden trae signos invisibles, que en la pantalla mostrarían otra cosa")
    return told


def aloud(told: dict) -> str:
    """What is about to be signed, in Spanish."""
    if told["kind"] == "council change":
        members = "\n              ".join(told["members"])
        return (
            f"\nSe le pide entregar el consejo a otros: desde entonces ellos, y ya no ustedes, podrán ordenar que se abra.\n"
            f"  Firmarán:   {told['needed']} de {len(told['members'])}\n  Sus llaves: {members}\n"
            f"Quedará en el registro público con sus firmas, y vale siete días después.\n"
        )
    return (
        f"\nSe le pide abrir datos de una persona SIN su permiso.\n"
        f"  Expediente: {told['case']}\n  Los verá:   {told['office']}\n  Datos:      {', '.join(told['fields'])}\n"
        f"  Motivo:     {told['reason']}\n  Vale:       de {told['not_before']} a {told['not_after']}\n"
        f"La persona lo sabrá de inmediato y su firma quedará en el registro público.\n"
    )


def sign(order: Path, key: Path, *, sure: bool) -> int:
    """Say what it is in Spanish; sign only after the member types FIRMAR."""
    try:
        told = read_order(order)
    except (ValueError, OSError) as error:
        sys.stderr.write(f"No se firmó nada: {error}\n")
        return 1
    sys.stderr.write(aloud(told))
    if not sure:
        sys.stderr.write("Escriba FIRMAR si está de acuerdo: ")
        sys.stderr.flush()
        if sys.stdin.readline().strip() != "FIRMAR":
            sys.stderr.write("No se firmó nada.\n")
            return 1
    private = read_key(key)
    public, made = to_text(private.public_key().public_bytes_raw()), private.sign(f"alcaldia {told['kind']}\n".encode() + canonical(told))
    sys.stdout.write(json.dumps({"key": public, "signature": to_text(made)}) + "\n")
    return 0


def fetch(site: str, path: str) -> bytes:
    with urllib.request.urlopen(f"{site}/{path}", timeout=20) as answer:  # noqa: S310
        found: bytes = answer.read(32 * 1024 * 1024)
    return found


def check_program(site: str, trusted: Path) -> int:
    """The scripts that the city serves, one by one, against the list whose hash its log holds.

    What encrypts a sealed box is such a script: run this now and then, from a machine that the city does not know. The
    city's word for what it published is not taken: the act must be in the log that the keys of `trusted` signed.
    """
    try:
        keys = json.loads(trusted.read_text(encoding="utf-8"))
        manifest, act, receipt = (fetch(site, f"bitacora/programa/{name}") for name in FILES)
        lines = [line.split(None, 1) for line in manifest.decode().splitlines() if line.strip()]
        scripts = {path.partition("/static/")[2]: digest for digest, path in lines
                   if "/static/" in path and path.endswith((".js", ".mjs"))}  # fmt: skip
        if not scripts:
            raise ValueError("la lista no nombra ningún programa del navegador")
        served = {name: hashlib.sha256(fetch(site, f"static/{name}")).hexdigest() for name in scripts}
        seen = published(manifest, act, receipt.decode(), keys)
        versions = seen_versions(trusted)
    except ImportError:
        sys.stderr.write("No se pudo saber: deje verifica.py junto a este archivo (está en /bitacora/verifica.py).\n")
        return 2
    except (OSError, TypeError, ValueError) as problem:
        sys.stderr.write(f"No se pudo saber: {problem}\n")
        return 2
    wrong = sorted(name for name, digest in scripts.items() if served[name] != digest)
    if seen is None:
        wrong.append("la propia lista: no es la de un acto del registro")
    if wrong:
        sys.stderr.write(f"ALERTA: no es lo publicado: {', '.join(wrong)}\n")
        return 1
    enough, at = seen or (False, "")
    if not enough:
        sys.stderr.write("No se pudo saber: a la raíz del registro todavía le faltan testigos.\n")
        return 2
    newest = versions.get(site, "")
    if at < newest:
        sys.stderr.write(f"ALERTA: la ciudad sirve la versión que publicó el {at[:10]}, y usted ya vio la del {newest[:10]}. Pregunte por qué volvió.\n")
        return 1
    remember(trusted, versions | {site: at})
    sys.stdout.write(f"Los {len(scripts)} programas del navegador son los de la versión que la ciudad publicó el {at[:10]}.\n")
    return 0


def seen_versions(trusted: Path) -> "dict[str, str]":
    """Site → when the newest version was published that this member ever found there.

    An earlier one is as genuine, and may have the hole for which it was replaced.
    """
    place = seen_file(trusted)
    return dict(json.loads(place.read_text(encoding="utf-8"))) if place.exists() else {}


def seen_file(trusted: Path) -> Path:
    return trusted.with_name(f"{trusted.name}.visto")


def remember(trusted: Path, versions: "dict[str, str]") -> None:
    made = seen_file(trusted).with_suffix(".nuevo")
    try:
        made.write_text(json.dumps(versions), encoding="utf-8")
        made.replace(seen_file(trusted))
    except OSError as problem:
        sys.stderr.write(f"No se pudo recordar esta versión ({problem.strerror}): la próxima vez no se sabrá si la ciudad volvió a una anterior.\n")


def published(manifest: bytes, act: bytes, receipt: str, keys: dict) -> "tuple[bool, str] | None":
    """Did enough witnesses see the act of the log that fixes this list, and when was it published? None: there is none."""
    sys.path.insert(0, str(Path(__file__).resolve().parent))
    import verifica

    try:
        entry, note = verifica.read_receipt(receipt, keys)
        leaf, said = json.loads(entry), json.loads(act)
        holds = (
            leaf["type"] == "release.published"
            and leaf["sha256"] == hashlib.sha256(act).hexdigest()
            and said["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
        )
        enough: bool = verifica.quorum(note, keys.get("policy", "quorum none"))[0]
        at = datetime.fromisoformat(leaf["at"]).astimezone(timezone.utc).isoformat(timespec="microseconds")  # noqa: UP017 - Python 3.9
    except Exception:  # whatever a forged receipt makes a parser do, it proves nothing
        return None
    return (enough, at) if holds else None


def main(words: "list[str] | None" = None) -> int:
    parser = argparse.ArgumentParser(description="La llave de un integrante del consejo ciudadano.")
    parser.add_argument("--key", type=Path, default=Path.home() / "consejo.key")
    actions = parser.add_subparsers(dest="action", required=True)
    actions.add_parser("key")
    signing = actions.add_parser("sign")
    signing.add_argument("order", type=Path)
    signing.add_argument("--yes", action="store_true", help="sin preguntar; sólo para pruebas")
    checking = actions.add_parser("program")
    checking.add_argument("site")
    checking.add_argument("--llaves", type=Path, required=True, help="llaves.json, de alguien a quien le tenga confianza")
    given = parser.parse_args(words)
    if given.action == "program":
        return check_program(given.site.rstrip("/"), given.llaves)
    return make_key(given.key) if given.action == "key" else sign(given.order, given.key, sure=given.yes)


if __name__ == "__main__":
    raise SystemExit(main())
