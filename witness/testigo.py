#!/usr/bin/env python3
"""Testigo: una máquina pequeña que vigila que un registro público nunca olvide ni cambie su pasado.

    testigo.py init  --folder DIR --name NOMBRE --log LLAVE_O_DIRECCIÓN [--log …]
    testigo.py serve --folder DIR [--host 0.0.0.0] [--port 8765]
    testigo.py check --log DIRECCIÓN_O_CARPETA [--folder DIR] [--hours 24]      0 íntegro · 1 alterado · 2 no se supo

One long file on purpose, with nothing but the standard library and `cryptography`: whoever guards a log copies it to a small
machine, reads it whole and compares its hash with the one in the log of releases. Speaks c2sp.org/tlog-witness (add-checkpoint), tlog-cosignature
(Ed25519 0x04; ML-DSA-44 0x06 where `cryptography` has it), tlog-checkpoint and tlog-tiles. Apache-2.0.
"""
import argparse
import base64
import contextlib
import hashlib
import http.server
import json
import os
import pathlib
import secrets
import sys
import threading
import time
import urllib.error
import urllib.request

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

try:
    from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey
except ImportError:  # an older `cryptography`, as Raspberry Pi OS ships it: Ed25519 alone
    MLDSA44PrivateKey = MLDSA44PublicKey = None

ED25519, COSIGNATURE, MLDSA = 1, 4, 6
ALGORITHMS = {"ed25519": ED25519, "ml-dsa-44": MLDSA}
MAX_BODY, MAX_FILE, TIMEOUT = 256 * 1024, 32 * 1024 * 1024, 20


class Bad(Exception):
    """What was received does not hold; the sentence says why."""


class Unknown(Exception):
    """It could not be told: no network, no file."""


def sha(data):
    return hashlib.sha256(data).digest()


def unbase64(text):
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Bad("base64 ilegible") from error
    if base64.b64encode(data).decode() != text:
        raise Bad("base64 no canónico")
    return data


# --- Keys, notes, checkpoints -------------------------------------------------------------------------------


def key_id(name, kind, public):
    return sha(name.encode() + b"\n" + bytes((kind,)) + public)[:4]


def vkey(name, kind, public):
    return f"{name}+{key_id(name, kind, public).hex()}+{base64.b64encode(bytes((kind,)) + public).decode()}"


def read_vkey(text):
    """(name, kind, public bytes) of a verifier key."""
    name, _, rest = text.strip().partition("+")
    given, _, data = rest.partition("+")
    raw = unbase64(data)
    if not name or raw[:1] not in (b"\1", b"\6") or key_id(name, raw[0], raw[1:]).hex() != given:
        raise Bad(f"no es la llave de un registro: {text[:60]}")
    return name, raw[0], raw[1:]


def message(text, name, kind, at):
    """The bytes that a signature of this kind covers."""
    if kind == ED25519:
        return text.encode()
    if kind == COSIGNATURE:
        return f"cosignature/v1\ntime {at}\n{text}".encode()
    origin, size, root = read_checkpoint(text)
    named, logged = name.encode(), origin.encode()
    parts = (b"subtree/v1\n\0", bytes((len(named),)), named, at.to_bytes(8, "big"), bytes((len(logged),)), logged)
    return b"".join(parts) + bytes(8) + size.to_bytes(8, "big") + root


def read_checkpoint(text):
    """(origin, size, root) of the text of a checkpoint."""
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1] or "" in lines[:-1] or not lines[1].isdecimal() or len(lines[1]) > 18:
        raise Bad("no es una raíz firmada (checkpoint)")
    root = unbase64(lines[2])
    if str(int(lines[1])) != lines[1] or len(root) != 32:
        raise Bad("no es una raíz firmada (checkpoint)")
    return lines[0], int(lines[1]), root


def checkable(kind):
    return kind != MLDSA or MLDSA44PublicKey


def open_note(note, keys):
    """The text of a note that keys of EVERY algorithm among them signed, and none of them wrongly."""
    text, found, lines = note.rpartition("\n\n")
    if not found or not lines.endswith("\n") or lines.count("\n") > 64:
        raise Bad("la raíz no trae firmas")
    text, held = text + "\n", set()
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, data = rest.rpartition(" ")
        if dash != "—" or not name:
            raise Bad("una línea de firma está mal escrita")
        blob = unbase64(data)
        for known, kind, public in keys:
            if known == name and blob[:4] == key_id(name, kind, public) and checkable(kind):
                verify(kind, public, name, blob[4:], text)
                held.add(kind)
    if not held:
        raise Bad("ninguna llave conocida firmó la raíz")
    if held != {kind for _, kind, _ in keys if checkable(kind)}:
        raise Bad("a la raíz le falta la firma de uno de los dos algoritmos")
    return text


def read_change(body):
    """(note, origin, size, keys) of a told change of a log's keys; not believed yet."""
    try:
        told = json.loads(body)
        note, keys = told["note"], [read_vkey(text) for text in told["keys"]]
        named, size, root = read_checkpoint(note.rpartition("\n\n")[0] + "\n")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Bad("el aviso de llaves está mal escrito") from error
    origin = named[:-5] if named.endswith(" keys") else ""
    if not 1 <= len(keys) <= 16 or {key[0] for key in keys} != {origin} or sha("\n".join(told["keys"]).encode()) != root:
        raise Bad("la lista de llaves no es la firmada")
    return note, origin, size, keys


def believe(change, known, since=0, without=()):
    """The keys after a change: only if EVERY key known so far signed it, and it is not older than the last one (`since`)."""
    note, _, size, keys = change
    if size < since:
        raise Bad("ese cambio de llaves es anterior al último que se aprendió")
    for key in known:
        if checkable(key[1]):  # one key that does not sign, and nothing is learned
            open_note(note, [key])
    keys = [key for key in keys if key[1] not in without]
    if not any(checkable(kind) for _, kind, _ in keys):
        raise Bad("aquí no se puede comprobar ninguna de las llaves nuevas")
    return keys


def verify(kind, public, name, blob, text):
    at, signature = (0, blob) if kind == ED25519 else (int.from_bytes(blob[:8], "big"), blob[8:])
    try:
        maker = MLDSA44PublicKey if kind == MLDSA else Ed25519PublicKey
        maker.from_public_bytes(public).verify(signature, message(text, name, kind, at))
    except (InvalidSignature, ValueError) as error:
        raise Bad("la firma del registro no es válida") from error


# --- Merkle trees (RFC 6962, RFC 9162) ------------------------------------------------------------------------


def node(left, right):
    return sha(b"\1" + left + right)


def extends(old, old_root, new, new_root, proof):
    """Is the tree (new, new_root) an extension of (old, old_root)? RFC 9162 section 2.1.4.2."""
    if old == 0:
        return not proof
    if old == new:
        return old_root == new_root and not proof
    if not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            first, second = node(sibling, first), node(sibling, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node(second, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and first == old_root and second == new_root


class Tree:
    """The right edge of a tree: grows by leaves, tells its root; a few hashes whatever its size."""

    def __init__(self, size=0, edge=()):
        self.size, self.edge = size, list(edge)

    def add(self, entry):
        value, size = sha(b"\0" + entry), self.size
        while size & 1:
            value, size = node(self.edge.pop(), value), size >> 1
        self.edge.append(value)
        self.size += 1

    def root(self):
        if not self.edge:
            return sha(b"")
        value = self.edge[-1]
        for left in reversed(self.edge[:-1]):
            value = node(left, value)
        return value


# --- What is kept ---------------------------------------------------------------------------------------------


def write(path, data):
    """Whole or not at all, on the disk on return."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def evidence(folder, why, *notes):
    """Keep what shows that the log misbehaved; the same twice is kept once."""
    text = f"{why}\n\n" + "\n==========\n\n".join(notes)
    path = folder / "evidencia" / f"{sha(text.encode()).hex()[:16]}.txt"
    if not path.exists() and len(list(path.parent.glob("*.txt")) if path.parent.exists() else ()) < 1000:
        write(path, text.encode())
    return path


class Witness:
    """Remembers the newest head of every log, and cosigns only what extends it."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        config = json.loads((self.folder / "testigo.json").read_text(encoding="utf-8"))
        self.name, self.logs = config["name"], {}
        self.changed, self.without = config.get("changed", {}), config.get("without", [])
        for text in config["logs"]:
            key = read_vkey(text)
            self.logs.setdefault(key[0], []).append(key)
        seed = base64.b64decode((self.folder / "testigo.key").read_text())
        self.keys = [(COSIGNATURE, Ed25519PrivateKey.from_private_bytes(seed))]
        if MLDSA44PrivateKey:
            seed = sha(b"testigo ml-dsa-44\0" + seed)
            self.keys.append((MLDSA, MLDSA44PrivateKey.from_seed_bytes(seed)))
        self.turn = threading.Lock()

    def vkeys(self):
        return [vkey(self.name, kind, key.public_key().public_bytes_raw()) for kind, key in self.keys]

    def head_path(self, origin):
        return self.folder / "heads" / f"{sha(origin.encode()).hex()[:32]}.note"

    def newest(self, origin):
        """(size, root, note) of the newest head that was cosigned; (0, b"", "") before the first."""
        path = self.head_path(origin)
        if not path.exists():
            return 0, b"", ""
        note = path.read_text(encoding="utf-8")
        return *read_checkpoint(note.rpartition("\n\n")[0] + "\n")[1:], note

    def add(self, body):
        """(HTTP status, answer, content type) for an add-checkpoint request, as c2sp.org/tlog-witness says."""
        plain = "text/plain; charset=utf-8"
        try:
            head, _, note = body.decode().partition("\n\n")
            first, *lines = head.split("\n")
            old = int(first[4:]) if first.startswith("old ") and first[4:].isdecimal() else -1
            if old < 0 or first != f"old {old}" or len(lines) > 63:
                raise Bad("la primera línea dice «old N»")
            proof = [unbase64(line) for line in lines]
            origin = note.split("\n", 1)[0]
            if origin not in self.logs:
                return 404, "No conozco ese registro.\n", plain
        except (Bad, ValueError) as error:
            return 400, f"No se entiende: {error}\n", plain
        try:
            text = open_note(note, self.logs[origin])
            _, size, root = read_checkpoint(text)
        except Bad as error:
            return 403, f"No se firma: {error}.\n", plain
        if old > size:
            return 400, "La raíz es más corta que lo que dice «old».\n", plain
        with self.turn:  # comparing and keeping are one step: two requests must not roll back each other
            return self.decide(origin, old, size, root, proof, text, note)

    def learn(self, body):
        """(HTTP status, answer) for a change of a log's keys; see `believe`."""
        try:
            change = note, origin, size, keys = read_change(body)
        except Bad as error:
            return 400, f"No se entiende: {error}\n"
        with self.turn:
            if origin not in self.logs:
                return 404, "No conozco ese registro.\n"
            if set(keys) == set(self.logs[origin]):
                return 200, "Ya las conocía.\n"
            try:
                keys = believe(change, self.logs[origin], self.changed.get(origin, 0), self.without)
            except Bad as error:
                return 403, f"No se aprende: {error}.\n"
            write(self.folder / "llaves" / f"{sha(note.encode()).hex()[:16]}.json", body)
            logs, changed = {**self.logs, origin: keys}, {**self.changed, origin: size}
            kept = [vkey(*key) for held in logs.values() for key in held]
            config = {"name": self.name, "logs": kept, "changed": changed, "without": self.without}
            write(self.folder / "testigo.json", json.dumps(config, indent=1).encode())
            self.logs, self.changed = logs, changed
            sys.stderr.write(f"{time.strftime('%F %T')} aprendí las llaves nuevas de {origin} ({size} anotaciones)\n")
            return 200, "Aprendidas.\n"

    def decide(self, origin, old, size, root, proof, text, note):
        kept, kept_root, kept_note = self.newest(origin)
        if old != kept:
            if size == kept and root != kept_root:
                evidence(self.folder, "Dos raíces distintas para el mismo tamaño.", kept_note, note)
            return 409, f"{kept}\n", "text/x.tlog.size"
        if size == kept and kept_note and root != kept_root:
            evidence(self.folder, "Dos raíces distintas para el mismo tamaño.", kept_note, note)
            return 409, f"{kept}\n", "text/x.tlog.size"
        if not extends(old, kept_root, size, root, proof):
            evidence(self.folder, f"La raíz nueva no continúa la anterior. Prueba: {proof!r}", kept_note, note)
            return 422, "La prueba de continuidad no corresponde: el registro cambió su pasado.\n", "text/plain"
        if size != kept or not kept_note:
            write(self.head_path(origin), note.encode())
        return 200, self.cosign(text), "text/plain; charset=utf-8"

    def cosign(self, text):
        now, lines = int(time.time()), []
        for kind, key in self.keys:
            public = key.public_key().public_bytes_raw()
            blob = key_id(self.name, kind, public) + now.to_bytes(8, "big") + key.sign(message(text, self.name, kind, now))
            lines.append(f"— {self.name} {base64.b64encode(blob).decode()}\n")
        return "".join(lines)


class Handler(http.server.BaseHTTPRequestHandler):
    """POST /add-checkpoint; GET / tells in Spanish what this machine does and what it has seen."""

    protocol_version = "HTTP/1.1"
    timeout = TIMEOUT
    witness = None

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        act = {"/add-checkpoint": self.witness.add, "/add-keys": self.witness.learn}.get(self.path)
        if not act or not length.isdecimal() or int(length) > MAX_BODY:
            self.close_connection = True
            return self.answer(413 if act else 404, "Aquí sólo se recibe /add-checkpoint o /add-keys.\n")
        try:
            return self.answer(*act(self.rfile.read(int(length))))
        except OSError:
            return self.answer(503, "El testigo no pudo guardar la raíz; por eso no la firma. Revise su disco.\n")

    def do_GET(self):
        if self.path == "/keys":
            return self.answer(200, "\n".join(self.witness.vkeys()) + "\n")
        if self.path != "/":
            return self.answer(404, "No hay nada aquí.\n")
        seen = "".join(f"  {origin}: {self.witness.newest(origin)[0]} anotaciones\n" for origin in self.witness.logs)
        kept = list((self.witness.folder / "evidencia").glob("*.txt"))
        alarm = f"ATENCIÓN: hay {len(kept)} prueba(s) de un registro alterado en la carpeta «evidencia».\n" if kept else ""
        learned = len(list((self.witness.folder / "llaves").glob("*.json")))
        alarm += f"Cambios de llaves que aprendió (firmados por las anteriores): {learned}.\n" if learned else ""
        return self.answer(200, f"Testigo «{self.witness.name}»\n{alarm}Lo más nuevo que ha visto y firmado:\n{seen}")

    def answer(self, status, text, kind="text/plain; charset=utf-8"):
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        if len(words) > 2 and str(words[2])[:1] not in ("2", "-"):
            sys.stderr.write(f"{time.strftime('%F %T')} {words[0] % words[1:]}\n")


# --- The monitor ----------------------------------------------------------------------------------------------


def fetch(base, path):
    """The bytes of a file of the log, from its address or folder. Unknown where it cannot be had."""
    try:
        if base.startswith(("http://", "https://")):
            with urllib.request.urlopen(f"{base}/{path}", timeout=TIMEOUT) as answer:  # noqa: S310
                return answer.read(MAX_FILE)
        return (pathlib.Path(base) / path).read_bytes()
    except (OSError, ValueError) as error:
        raise Unknown(f"no se pudo leer {path} de {base}") from error


def tile_path(index, width):
    groups = [f"{index % 1000:03d}"]
    while index >= 1000:
        index //= 1000
        groups.insert(0, f"x{index % 1000:03d}")
    return f"tile/entries/{'/'.join(groups)}" + ("" if width == 256 else f".p/{width}")


def entries_of(base, start, end):
    """The entries [start, end) of the log, from its bundles."""
    for index in range(start // 256, -(-end // 256)):
        data, at, place = fetch(base, tile_path(index, min(256, end - index * 256))), 0, index * 256
        while at + 2 <= len(data) and place < end:
            length = int.from_bytes(data[at : at + 2], "big")
            if place >= start:
                yield data[at + 2 : at + 2 + length]
            at, place = at + 2 + length, place + 1
        if at > len(data) or place < min(end, index * 256 + 256):
            raise Bad(f"faltan anotaciones en {tile_path(index, 256)}")


def in_force(listed):
    """Verifier keys of a published list, without those that were retired."""
    return [row["vkey"] for row in json.loads(listed)["keys"] if row.get("until") is None]


def signed_by(note, key):
    try:
        return bool(open_note(note, [key]))
    except Bad:
        return not checkable(key[1])


def remembered(path, origin):
    """(tree, note, keys, size of the last change of keys) of the last visit; None before the first.

    Of its keys only those that signed its note: until 2026 a visit also kept what the server merely listed.
    """
    if not path.exists():
        return None
    old = json.loads(path.read_text(encoding="utf-8"))
    if old["origin"] != origin:
        raise Bad(f"el registro ahora se llama {origin}; antes era {old['origin']}")
    keys = [key for key in map(read_vkey, old["keys"]) if signed_by(old["note"], key)]
    return Tree(old["size"], map(bytes.fromhex, old["edge"])), old["note"], keys, old.get("changed", 0)


def follow(base, note, known, since, without):
    """(text, keys, since) of a note that the keys known open, or those that they gave way to, change by change."""
    try:
        return open_note(note, known), known, since
    except Bad as problem:
        unknown = problem
    with contextlib.suppress(Unknown, ValueError, TypeError):  # whoever hides the changes is not believed either
        for told in json.loads(fetch(base, "log-statements.json")):
            with contextlib.suppress(Bad):
                change = read_change(told)
                known, since = believe(change, known, since, without), change[2]
                return open_note(note, known), known, since
    raise unknown


def check(base, folder, hours, given=(), without=()):
    """Replay what is new since the last visit; (0, sentence) or Bad or Unknown."""
    folder, base = pathlib.Path(folder), base.rstrip("/")
    state = folder / "visitas" / f"{sha(base.encode()).hex()[:32]}.json"
    note = fetch(base, "checkpoint").decode()
    tree, before, known, since = remembered(state, note.split("\n", 1)[0]) or (Tree(), "", (), 0)
    if given or not state.exists():  # the first visit believes the list it finds, unless the keys were handed over
        handed = [line for path in given or () for line in logs_of(path)]
        known, since = [read_vkey(text) for text in handed or in_force(fetch(base, "log-keys.json"))], 0
    known = [key for key in known if key[1] not in without]
    text, trusted, since = follow(base, note, known, since, without)
    origin, size, root = read_checkpoint(text)
    if size < tree.size:
        raise Bad(f"el registro se encogió de {tree.size} a {size} anotaciones; {evidence(folder, 'Se encogió.', before, note)}")
    was = tree.size
    for entry in entries_of(base, was, size):
        tree.add(entry)
    if tree.root() != root:
        raise Bad(f"las anotaciones no dan la raíz firmada: cambió el pasado; {evidence(folder, 'No continúa.', before, note)}")
    now = time.time()
    old = json.loads(state.read_text()) if state.exists() else {"grown_at": now}
    grown = now if size > was else old["grown_at"]
    kept = {"origin": origin, "size": size, "edge": [value.hex() for value in tree.edge], "note": note,
            "keys": [vkey(*key) for key in trusted], "changed": since, "grown_at": grown}  # fmt: skip
    write(state, json.dumps(kept).encode())
    if now - grown > hours * 3600:
        raise Bad(f"el registro no crece desde hace {int((now - grown) // 3600)} horas: está detenido o le ocultan lo nuevo")
    return f"Íntegro: {origin} tiene {size} anotaciones ({size - was} nuevas desde la última visita)."


# --- Commands -------------------------------------------------------------------------------------------------


def logs_of(text):
    """Verifier keys of a log: the key itself, a file of keys, or the address of the log."""
    if text.startswith(("http://", "https://")):
        return in_force(fetch(text.rstrip("/"), "log-keys.json"))
    if pathlib.Path(text).is_file():
        data = pathlib.Path(text).read_text(encoding="utf-8")
        return in_force(data) if data.startswith("{") else data.split()
    return [text]


def prepare(folder, name, keys, without=()):
    """The witness' folder: its key, made once, and the logs that it watches."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    keys = [key for key in keys if read_vkey(key)[1] not in without]
    if not (folder / "testigo.key").exists():
        write(folder / "testigo.key", base64.b64encode(Ed25519PrivateKey.generate().private_bytes_raw()))
    write(folder / "testigo.json", json.dumps({"name": name, "logs": keys, "without": [*without]}, indent=1).encode())


def dropped(args):
    return [ALGORITHMS[args.without]] if args.without else []


def init(args):
    folder = pathlib.Path(args.folder)
    prepare(folder, args.name, [key for text in args.log for key in logs_of(text)], dropped(args))
    print("Listo. Entregue al municipio una de estas líneas (es pública):")
    for key in Witness(folder).vkeys():
        print(f"  witness {args.name.split('/')[-1]} {key} http://ESTA-MÁQUINA:8765")
    return 0


def serve(args):
    Handler.witness = Witness(args.folder)
    with http.server.ThreadingHTTPServer((args.host, args.port), Handler) as server:
        server.daemon_threads = True
        print(f"Testigo «{Handler.witness.name}» escucha en el puerto {server.server_address[1]}.", flush=True)
        server.serve_forever()


def run_check(args):
    try:
        print(check(args.log[0], args.folder, args.hours, args.key, dropped(args)))
        return 0
    except Bad as problem:
        print(f"ALERTA: {problem}.", file=sys.stderr)
        return 1
    except (Unknown, OSError, ValueError, KeyError) as problem:
        print(f"No se pudo saber: {problem}.", file=sys.stderr)
        return 2


def main(words=None):
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    commands = parser.add_subparsers(dest="command", required=True)
    for name, act in (("init", init), ("serve", serve), ("check", run_check)):
        one = commands.add_parser(name)
        one.set_defaults(act=act)
        one.add_argument("--folder", default=str(pathlib.Path.home() / "testigo"), help="carpeta del testigo")
        if name != "serve":
            one.add_argument("--log", action="append", required=True, help="llave, archivo de llaves, dirección o carpeta")
            one.add_argument("--without", choices=ALGORITHMS, help="no exigir ni creer este algoritmo (si un día se rompe)")
    commands.choices["init"].add_argument("--name", required=True, help="como ayuntamiento.example/consejo")
    commands.choices["serve"].add_argument("--host", default="0.0.0.0")  # noqa: S104
    commands.choices["serve"].add_argument("--port", type=int, default=8765)
    commands.choices["check"].add_argument("--hours", type=float, default=24)
    commands.choices["check"].add_argument("--key", action="append", help="archivo con llaves del registro")
    args = parser.parse_args(words)
    try:
        return args.act(args)
    except (Bad, Unknown) as problem:
        print(f"No se pudo: {problem}.", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
