#!/usr/bin/env python3
"""Comprueba sin conexión, y sin el programa del municipio, un documento o la bitácora entera.

    verifica.py DOCUMENTO.pdf --llaves llaves.json [--recibo FOLIO.tlog-proof] [--exigir-testigos]
    verifica.py consulta-12.json --llaves llaves.json    (la prueba de quién vio sus datos)
    verifica.py bitacora CARPETA --llaves llaves.json                    0 válido · 1 no válido · 2 no se pudo saber

One file, standard library and `cryptography` (50 or later for ML-DSA-44). `llaves.json` comes from /bitacora/llaves.json:
get it once, from somebody you trust. RFC 5652/PAdES, RFC 6962, c2sp.org tlog-proof, tlog-policy, tlog-tiles. Apache-2.0.
"""
import argparse, base64, hashlib, json, pathlib, re, sys, zlib  # noqa: E401
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import Encoding

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:
    mldsa = None

ED25519, COSIGNATURE, MLDSA = 1, 4, 6
class Bad(Exception):
    """No es válido; dice por qué."""
def need(condition, why):
    if not condition:
        raise Bad(why)
sha = lambda data: hashlib.sha256(data).digest()  # noqa: E731
def unbase64(text):
    data = base64.b64decode(text, validate=True)
    need(base64.b64encode(data).decode() == text, "hay base64 mal escrito")
    return data
def der(data, at=0):
    """(tag, content, whole value, end) of the DER value at a place."""
    tag, size, start = data[at], data[at + 1], at + 2
    if size & 0x80:
        count = size & 0x7F
        size, start = int.from_bytes(data[start : start + count], "big"), start + count
    need(start + size <= len(data), "la firma está cortada")
    return tag, data[start : start + size], data[at : start + size], start + size

def parts(data):
    """The values inside a DER content."""
    found, at = [], 0
    while at < len(data):
        found.append(der(data, at))
        at = found[-1][3]
    return found
def covered(data):
    """SHA-256 of everything but the signature's own place, and the signature container."""
    ranges = re.findall(rb"/ByteRange\s*\[\s*(\d+)\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", data)
    need(len(ranges) == 1, "el archivo no tiene un sello, o tiene más de uno")
    start, gap, resume, rest = map(int, ranges[0])
    hole = data[gap:resume]
    need(start == 0 and resume + rest == len(data), "el sello no abarca el archivo completo: se le agregó o quitó algo")
    padded = bytes.fromhex(hole.decode("ascii")[1:-1]) if hole[:1] + hole[-1:] == b"<>" else b""
    container = der(padded)[2]
    need(not padded[len(container) :].strip(b"\0"), "hay datos escondidos junto al sello")
    return sha(data[:gap] + data[resume:]), container
DIGEST, TYPE, DATA = (bytes.fromhex(f"06092a864886f70d01{end}") for end in ("0904", "0903", "0701"))
CERTIFICATE = bytes.fromhex("060b2a864886f70d010910022f")
def sealed_by(data):
    """The certificate whose key sealed exactly this file."""
    digest, container = covered(data)
    signed = parts(parts(parts(parts(container)[0][1])[1][1])[0][1])
    (signer,) = parts(signed[-1][1])
    certificate = x509.load_der_x509_certificate(next(p for p in signed if p[0] == 0xA0)[1])
    fields = parts(signer[1])
    attributes = next(field for field in fields if field[0] == 0xA0)
    signature = fields[fields.index(attributes) + 2][1]
    values = {parts(one)[0][2]: parts(parts(one)[1][1])[0] for _, one, *_ in parts(attributes[1])}
    need(values[DIGEST][1] == digest, "el archivo cambió desde que se selló")
    need(values[TYPE][2] == DATA, "el sello es de otra cosa")
    need(sha(certificate.public_bytes(Encoding.DER)) in values[CERTIFICATE][2], "el sello nombra otro certificado")
    covered_attributes = b"\x31" + attributes[2][1:]
    certificate.public_key().verify(signature, covered_attributes, ec.ECDSA(hashes.SHA256()))
    return certificate

def trusted(certificate, keys, moment):
    """The certificate is of a municipality of the keys, for sealing, in force at that moment and never revoked."""
    for pem in keys["roots"]:
        root = x509.load_pem_x509_certificate(pem.encode())
        try:
            certificate.verify_directly_issued_by(root)
        except (ValueError, InvalidSignature):
            continue
        need(certificate.extensions.get_extension_for_class(x509.KeyUsage).value.content_commitment, "el certificado no es para sellar")
        need(moment <= min(certificate.not_valid_after_utc, root.not_valid_after_utc), "el certificado había vencido")
        for text in keys.get("crls", []):
            crl = x509.load_pem_x509_crl(text.encode())
            row = crl.get_revoked_certificate_by_serial_number(certificate.serial_number)
            ours = crl.issuer == root.subject and crl.is_signature_valid(root.public_key())
            need(not ours or row is None, "el sello se revocó y ya no prueba nada: descargue otro ejemplar con el folio")
        return certificate.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value
    raise Bad("el certificado del sello no es de ningún municipio de estas llaves")

def attachments(data):
    """The embedded files of the PDF, by their content alone: what they are is told by what they prove."""
    found = []
    for match in re.finditer(rb"/Length (\d+)[^>]{0,80}/Type/EmbeddedFile(/Filter/FlateDecode)?", data):
        body = data[data.index(b"stream\n", match.end()) + 7 :][: int(match[1])]
        found.append(zlib.decompressobj().decompress(body, 8 << 20) if match[2] else body)  # what would not shrink is left as it is
    return found

def read_key(text):
    """(name, algorithm, public bytes, id) of a verifier key."""
    name, _, rest = text.strip().partition("+")
    given, _, data = rest.partition("+")
    raw = unbase64(data)
    identity = sha(name.encode() + b"\n" + raw)[:4]
    need(identity.hex() == given, "una llave está mal copiada")
    return name, raw[0], raw[1:], identity

def message(text, name, algorithm, at):
    if algorithm != MLDSA:
        return (f"cosignature/v1\ntime {at}\n" * (algorithm == COSIGNATURE) + text).encode()
    origin, size, root = text.split("\n")[:3]
    named, logged = (bytes((len(one.encode()),)) + one.encode() for one in (name, origin))
    head = b"subtree/v1\n\0" + named + at.to_bytes(8, "big") + logged
    return head + bytes(8) + int(size).to_bytes(8, "big") + unbase64(root)

def signers(note, keys):
    """Which of the keys signed the note; a line of theirs that does not hold is fatal."""
    text, _, lines = note.rpartition("\n\n")
    found = set()
    for line in lines.strip("\n").split("\n"):
        _, name, data = line.split(" ")
        blob = unbase64(data)
        for key in keys:
            if (key[0], key[3]) != (name, blob[:4]) or (key[1] == MLDSA and mldsa is None):
                continue
            at, signature = (0, blob[4:]) if key[1] == ED25519 else (int.from_bytes(blob[4:12], "big"), blob[12:])
            maker = mldsa.MLDSA44PublicKey if key[1] == MLDSA else ed25519.Ed25519PublicKey
            maker.from_public_bytes(key[2]).verify(signature, message(text + "\n", name, key[1], at))
            found.add(key)
    return found

def head_of(note, keys):
    """(size, root) of a checkpoint that every key of the log in force at that size signed."""
    origin, size, root = note.split("\n")[:3]
    need(origin == keys["log"]["origin"], "la raíz es de otro registro")
    rows = [row for row in keys["log"]["keys"] if row["since"] <= int(size) <= (row["until"] or int(size))]
    wanted = {key for key in (read_key(row["vkey"]) for row in rows) if key[1] != MLDSA or mldsa}
    need(bool(wanted) and signers(note, wanted) == wanted, "el registro no firmó esa raíz")
    return int(size), unbase64(root)

def quorum(note, policy):
    """(enough witnesses?, names of those who cosigned) by a c2sp.org/tlog-policy text."""
    witnesses, groups, wanted = {}, [], "none"
    for words in (line.split() for line in policy.split("\n") if line.strip() and not line.strip().startswith("#")):
        if words[0] == "witness":
            witnesses[read_key(words[2])] = words[1]
        elif words[0] == "group":
            enough = {"any": 1, "all": len(words) - 3}.get(words[2]) or int(words[2])
            groups.append((words[1], enough, words[3:]))
        wanted = words[1] if words[0] == "quorum" else wanted
    names = sorted(witnesses[key] for key in signers(note, witnesses))
    reached = set(names)
    for name, enough, members in groups:
        if len(reached & set(members)) >= enough:
            reached.add(name)
    return wanted == "none" or wanted in reached, names
node = lambda left, right: sha(b"\1" + left + right)  # noqa: E731
def root_from(index, size, leaf, proof):
    """RFC 9162 section 2.1.3.2."""
    need(0 <= index < size, "el recibo señala un lugar que no existe")
    place, last, value = index, size - 1, leaf
    for sibling in proof:
        need(last > 0, "la prueba es demasiado larga")
        if place & 1 or place == last:
            value = node(sibling, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node(value, sibling)
        place, last = place >> 1, last >> 1
    need(last == 0, "la prueba es demasiado corta")
    return value

def read_receipt(text, keys):
    """(entry, checkpoint) of a tlog-proof that holds."""
    need(text, "el documento no trae su recibo")
    head, _, note = text.partition("\n\n")
    first, extra, index, *proof = head.split("\n")
    need((first, extra[:6], index[:6]) == ("c2sp.org/tlog-proof@v1", "extra ", "index "), "no es un recibo")
    entry = unbase64(extra[6:])
    size, root = head_of(note, keys)
    need(root == root_from(int(index[6:]), size, sha(b"\0" + entry), list(map(unbase64, proof))), "el acto no está en el registro donde dice el recibo")
    return entry, note

def document(args, keys):
    data = pathlib.Path(args.what).read_bytes()
    certificate = sealed_by(data)
    print("✓ El sello abarca el archivo completo y nadie lo cambió.")
    inside = attachments(data)
    text = next((one for one in inside if one.startswith(b"c2sp.org/tlog-proof@v1\n")), b"")
    entry, note = read_receipt(text.decode(), keys)
    leaf = json.loads(entry)
    print(f"✓ Lo selló {trusted(certificate, keys, datetime.fromisoformat(leaf['at']))}.")
    need(any(hashlib.sha256(one).hexdigest() == leaf["sha256"] for one in inside), "el acto de adentro no es el inscrito")
    print(f"✓ El acto {leaf['folio']} ({leaf['type']}, {leaf['at'][:10]}) está en el registro público.")
    later, note = read_receipt(pathlib.Path(args.recibo).read_text("utf-8"), keys) if args.recibo else (entry, note)
    need(later == entry, "el recibo aparte es de otro acto")
    return 2 if not witnessed(note, keys) and args.exigir_testigos else 0

def witnessed(note, keys):
    """Whether enough witnesses signed this root, said aloud; a city without any asks for none."""
    if not any(words[:1] == ["quorum"] and words[1:] != ["none"] for words in map(str.split, keys.get("policy", "").split("\n"))):
        return True
    enough, names = quorum(note, keys["policy"])
    print(f"{'✓ Testigos' if enough else '? Pendiente de testigos; firmaron'}: {', '.join(names) or 'ninguno'}.")
    return enough

def access(args, keys):
    """One look at somebody's data, as its person downloaded the proof: event, salt and place in the log of accesses."""
    told = json.loads(pathlib.Path(args.what).read_text("utf-8"))
    plain = lambda value: json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()  # noqa: E731
    entry, note = read_receipt(told["receipt"], {"log": keys["accesses"]})
    mark = sha(base64.urlsafe_b64decode(told["salt"] + "==") + plain(told["event"])).hex()
    need(entry == plain({"v": 1, "type": "vault.access", "sha256": mark}), "lo que dice no es lo que se anotó")
    print("✓ Se anotó antes de abrirse:", ", ".join(f"{name} {value}" for name, value in told["event"].items() if value))
    return 2 if not witnessed(note, keys) and args.exigir_testigos else 0

def tile_path(level, index, width):
    groups = f"{index % 1000:03d}"
    while index := index // 1000:
        groups = f"x{index % 1000:03d}/{groups}"
    return f"tile/{level}/{groups}" + ("" if width == 256 else f".p/{width}")
def fold(row):
    return row[0] if len(row) == 1 else fold([node(row[at], row[at + 1]) for at in range(0, len(row), 2)])

def log_folder(args, keys):
    """Every entry, every tile and the signed root of a folder of tiles."""
    folder = pathlib.Path(args.folder)
    note = (folder / "checkpoint").read_text(encoding="utf-8")
    size, root = head_of(note, keys)
    rows = [[]]
    def push(level, value, place):
        if level == len(rows):
            rows.append([])
        rows[level].append(value)
        if len(rows[level]) == 256:
            same(level, place // 256, rows[level])
            full, rows[level] = fold(rows[level]), []
            push(level + 1, full, place // 256)
    def same(level, index, row):
        path = tile_path(level, index, len(row))
        need((folder / path).read_bytes() == b"".join(row), f"el mosaico {path} no corresponde a los actos")
    for index in range(-(-size // 256)):
        width = min(256, size - index * 256)
        data, at = (folder / tile_path("entries", index, width)).read_bytes(), 0
        for turn in range(width):
            length = int.from_bytes(data[at : at + 2], "big")
            push(0, sha(b"\0" + data[at + 2 : at + 2 + length]), index * 256 + turn)
            at += 2 + length
        need(at == len(data), f"el grupo de actos {index} está cortado o tiene algo de más")
    edge = []
    for level, row in reversed(list(enumerate(rows))):
        if row:
            same(level, (size >> 8 * level) // 256, row)
        while row:
            count = 1 << len(row).bit_length() - 1
            edge, row = [*edge, fold(row[:count])], row[count:]
    value = edge.pop() if edge else sha(b"")
    while edge:
        value = node(edge.pop(), value)
    need(value == root, "los actos no dan la raíz firmada: alguien cambió, quitó o reordenó alguno")
    print(f"✓ La bitácora está íntegra: {size} actos, raíz {root.hex()}.")
    witnessed(note, keys)
    return 0

def main(words=None):
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("what", metavar="DOCUMENTO.pdf | consulta.json | bitacora")
    parser.add_argument("folder", nargs="?", metavar="CARPETA")
    for name, how in (("llaves", {"required": True}), ("recibo", {}), ("exigir-testigos", {"action": "store_true"})):
        parser.add_argument(f"--{name}", **how)
    args = parser.parse_args(words)
    act = log_folder if args.what == "bitacora" else access if args.what.endswith(".json") else document
    place = args.folder or "" if act is log_folder else args.what
    try:
        keys = json.loads(pathlib.Path(args.llaves).read_text(encoding="utf-8"))
        if not place or not pathlib.Path(place).exists():
            raise OSError("no está el archivo o la carpeta")
    except (OSError, ValueError) as problem:
        print(f"NO SE PUDO SABER: {problem}.", file=sys.stderr)
        return 2
    try:
        status = act(args, keys)
    except Exception as problem:  # whatever a forged file makes a parser do, it is not valid
        print(f"NO VÁLIDO: {problem if isinstance(problem, Bad) else 'está alterado o incompleto'}.", file=sys.stderr)
        return 1
    print("VÁLIDO" if status == 0 else "NO SE PUDO SABER: todavía faltan testigos.")
    return status
if __name__ == "__main__":
    sys.exit(main())
