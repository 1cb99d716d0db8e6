#!/usr/bin/env python3
"""Mostrador: una ventanilla que sigue atendiendo cuando el servidor no responde.

    mostrador.py init  --folder DIR --server https://EL-MUNICIPIO --token TOKEN --name M1
    mostrador.py serve --folder DIR [--port 8780]        abra http://localhost:8780 en el navegador de esta máquina
    mostrador.py status --folder DIR                     cuántas esperan, cuántas llegaron

One file, standard library only. A request is on the disk before its slip is shown; it is sent until the server says that
it has it, under a key that makes it the same request however often it arrives. Apache-2.0.
"""
import argparse
import html
import http.server
import json
import os
import pathlib
import secrets
import sqlite3
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request

EVERY, TIMEOUT, AT_ONCE = 5.0, 10, 20
PAPERS = {
    "identification": "Identificación", "address": "Comprobante de domicilio", "deed": "Escritura o título", "receipt": "Recibo de pago",
    "plan": "Plano o croquis", "proxy": "Poder o carta poder", "other": "Otro papel",
}
TABLE = """
CREATE TABLE IF NOT EXISTS request (
  number INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, procedure TEXT NOT NULL,
  papers TEXT NOT NULL, taken TEXT NOT NULL, state TEXT NOT NULL DEFAULT 'waiting', detail TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS request_waiting ON request (number) WHERE state = 'waiting';
"""
STYLE = """
body { font: 18px/1.5 system-ui, sans-serif; max-width: 44rem; margin: 1rem auto; padding: 0 1rem; color: #111; background: #fff; }
label { display: block; font-weight: 600; margin-top: 1rem; } input, select, textarea { font: inherit; width: 100%; padding: .5rem; box-sizing: border-box; }
button { font: inherit; font-weight: 600; padding: .7rem 1.2rem; margin: 1rem 0; background: #0b5394; color: #fff; border: 0; border-radius: .3rem; }
.number { font: 700 2.6rem ui-monospace, monospace; margin: .5rem 0; } .note { background: #fff3cd; padding: .6rem 1rem; border-left: .3rem solid #8a6d00; }
fieldset { margin-top: 1rem; border: 1px solid #767676; } legend { font-weight: 600; } .tick { font-weight: 400; margin: .4rem 0; } .tick input { width: 1.2rem; height: 1.2rem; vertical-align: -.2rem; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .3rem .5rem; border-bottom: 1px solid #ccc; }
@media print { nav, button, .screen { display: none; } }
"""


class Queue:
    """What was taken down: one SQLite file, flushed to the disk at every step."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.config = json.loads((self.folder / "mostrador.json").read_text(encoding="utf-8"))
        self.path = self.folder / "cola.sqlite3"
        with self.open() as store:
            store.executescript(TABLE)
        self.path.chmod(0o600)

    def open(self):
        store = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        store.row_factory = sqlite3.Row
        store.execute("PRAGMA journal_mode=WAL")
        store.execute("PRAGMA synchronous=FULL")  # a slip in somebody's hand survives a power cut
        return store

    def take(self, key, procedure, papers):
        """The row of a request; the same key again is the same row (a page sent twice is one slip)."""
        taken = time.strftime("%Y-%m-%dT%H:%M:%S+00:00", time.gmtime())
        store = self.open()
        try:
            store.execute(
                "INSERT OR IGNORE INTO request (key, procedure, papers, taken) VALUES (?, ?, ?, ?)",
                (key, procedure, ",".join(papers), taken),
            )
            return store.execute("SELECT * FROM request WHERE key = ?", (key,)).fetchone()
        finally:
            store.close()

    def read(self, sql, *given):
        store = self.open()
        try:
            return store.execute(sql, given).fetchall()
        finally:
            store.close()

    def one(self, key):
        return next(iter(self.read("SELECT * FROM request WHERE key = ?", key)), None)

    def counts(self):
        return {state: count for state, count in self.read("SELECT state, count(*) FROM request GROUP BY state")}

    def slip(self, row):
        """The number on paper."""
        return f"{self.config['name']}-{row['number']:05d}"

    def procedures(self):
        path = self.folder / "tramites.json"
        return json.loads(path.read_text(encoding="utf-8"))["procedures"] if path.exists() else []

    def names(self):
        return {one["slug"]: one["name"] for one in self.procedures()}

    def ask(self, path, body=None):
        """The server's answer as JSON. OSError or ValueError where there is none."""
        headers = {"Authorization": f"Bearer {self.config['token']}", "Content-Type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        asked = urllib.request.Request(f"{self.config['server']}/api/v1/counter/{path}", data, headers)
        with urllib.request.urlopen(asked, timeout=TIMEOUT) as answer:
            return json.loads(answer.read(4 * 1024 * 1024))

    def send(self):
        """Hand in what waits; how many the server has now. What it does not acknowledge goes again."""
        waiting = self.read("SELECT * FROM request WHERE state = 'waiting' ORDER BY number LIMIT ?", AT_ONCE)
        if not waiting:
            return 0
        told = [
            {"key": row["key"], "number": self.slip(row), "procedure": row["procedure"],
             "papers": codes_of(row), "taken_at": row["taken"]}
            for row in waiting
        ]
        answers = self.ask("requests", {"requests": told})["answers"]
        known = {row["key"] for row in waiting}
        done = [(one["state"], str(one["detail"])[:300], one["key"]) for one in answers
                if one["key"] in known and one["state"] in ("received", "refused")]
        store = self.open()
        try:
            store.execute("BEGIN IMMEDIATE")
            store.executemany("UPDATE request SET state = ?, detail = ? WHERE key = ? AND state = 'waiting'", done)
            store.execute("COMMIT")
        finally:
            store.close()
        return len(done)

    def refresh(self):
        """Keep the list of procedures for when there is no server."""
        told = self.ask("procedures")
        write(self.folder / "tramites.json", json.dumps({"procedures": told["procedures"]}).encode())


def codes_of(row):
    return [code for code in row["papers"].split(",") if code]


def write(path, data):
    """Whole or not at all, readable by its owner."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


class Sender(threading.Thread):
    """Tries every few seconds; `trouble` says why the last try failed, "" when all is well."""

    def __init__(self, queue, every=EVERY):
        super().__init__(daemon=True)
        self.queue, self.every, self.trouble = queue, every, "todavía no se intenta"

    def run(self):
        fresh = 0.0
        while True:
            try:
                while self.queue.send() == AT_ONCE:
                    pass
                if time.monotonic() > fresh:  # after what waits: a list that can not be had must hold up no slip
                    self.queue.refresh()
                    fresh = time.monotonic() + 3600
                self.trouble = ""
            except urllib.error.HTTPError as error:
                self.trouble = "el servidor no acepta a esta ventanilla" if error.code == 401 else f"el servidor contestó {error.code}"
            except (OSError, ValueError, KeyError, TypeError):
                self.trouble = "el servidor no responde"
            time.sleep(self.every)


def page(title, inside):
    nav = '<nav class="screen"><a href="/">Nueva solicitud</a> · <a href="/lista">Lista</a></nav>'
    head = f'<!doctype html><html lang="es"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{title}</title>'
    return f"{head}<link rel=\"stylesheet\" href=\"/estilo.css\"><body>{nav}<main><h1>{title}</h1>{inside}</main></body></html>"


class Handler(http.server.BaseHTTPRequestHandler):
    """Pages for whoever sits at this machine; nobody else reaches them."""

    queue = sender = None
    secret = ""
    timeout = 30

    def allowed(self):
        # A page of another site that resolves its name to this machine still says its own name here.
        return self.headers.get("Host", "").rpartition(":")[0] in ("localhost", "127.0.0.1")

    def do_GET(self):
        path = urllib.parse.urlsplit(self.path).path
        if not self.allowed():
            return self.answer(403, page("No", "<p>Abra http://localhost en esta máquina.</p>"))
        if path == "/estilo.css":
            return self.answer(200, STYLE, "text/css; charset=utf-8")
        if path == "/":
            return self.answer(200, page("Nueva solicitud", self.state() + self.form()))
        if path == "/lista":
            return self.answer(200, page("Solicitudes", self.state() + self.listed()))
        if path.startswith("/papel/"):
            found = self.queue.one(path[7:])
            if found:
                return self.answer(200, page("Solicitud recibida", self.paper(found)))
        return self.answer(404, page("No está", "<p>Esa página no existe.</p>"))

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        if not self.allowed() or not length.isdecimal() or int(length) > 16_384:
            return self.answer(403, page("No", "<p>No se recibió.</p>"))
        sent = urllib.parse.parse_qs(self.rfile.read(int(length)).decode("utf-8", "replace"))
        given = {name: values[0] for name, values in sent.items()}
        if not secrets.compare_digest(given.get("secret", ""), self.secret):
            return self.answer(403, page("Actualice la página", "<p>La página era de otra sesión. <a href='/'>Empiece de nuevo</a>; no se guardó nada.</p>"))
        procedure, key = given.get("procedure", ""), given.get("key", "")
        if not procedure or not 22 <= len(key) <= 64 or not key.replace("-", "a").replace("_", "a").isalnum():
            return self.answer(422, page("Falta el trámite", "<p>Elija qué trámite es. <a href='/'>Volver</a></p>"))
        papers = [code for code in PAPERS if code in sent.get("papers", ())]
        try:
            row = self.queue.take(key, procedure[:80], papers)
        except sqlite3.Error:
            return self.answer(503, page("No se guardó", "<p>El disco de esta máquina no aceptó la solicitud. Anótela en papel y avise.</p>"))
        self.send_response(303)
        self.send_header("Location", f"/papel/{row['key']}")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def state(self):
        waiting = self.queue.counts().get("waiting", 0)
        trouble = self.sender.trouble
        said = f"Sin conexión: {html.escape(trouble)}. " if trouble else "Con conexión. "
        return f'<p class="note" role="status">{said}{waiting} en espera de envío.</p>'

    def form(self):
        listed = "".join(f'<option value="{html.escape(one["slug"])}">{html.escape(one["name"])}</option>' for one in self.queue.procedures())
        if not listed:
            listed = '<option value="otro">Otro (la lista llega con la primera conexión)</option>'
        ticks = "".join(f'<label class="tick"><input type="checkbox" name="papers" value="{code}"> {words}</label>' for code, words in PAPERS.items())
        return (
            f'<form method="post"><input type="hidden" name="secret" value="{self.secret}"><input type="hidden" name="key" value="{secrets.token_urlsafe(18)}">'
            f'<label for="procedure">Trámite</label><select id="procedure" name="procedure" required>{listed}</select>'
            f"<fieldset><legend>Papeles que trajo y se lleva</legend>{ticks}</fieldset>"
            "<button>Guardar e imprimir papel</button></form>"
            "<p>Aquí no se escribe nada de la persona: sus datos los da ella, con su permiso, cuando se abra el expediente. El número de su papel basta para encontrarla.</p>"
        )

    def paper(self, row):
        number, when = self.queue.slip(row), html.escape(row["taken"].replace("T", " ")[:16])
        parts = f"<dl><dt>Trámite</dt><dd>{html.escape(self.queue.names().get(row['procedure'], row['procedure']))}</dd>"
        brought = ", ".join(PAPERS[code] for code in codes_of(row))
        parts += f"<dt>Papeles</dt><dd>{brought}</dd>" if brought else ""
        return (
            f'<p class="number">{html.escape(number)}</p><p><strong>Número provisional</strong>, {when} (hora universal).</p>{parts}</dl>'
            "<p>El sistema estaba sin conexión. Su solicitud quedó guardada y entrará con esta fecha. Vuelva con este papel, o preséntelo en cualquier "
            "ventanilla, para abrir su expediente. Este papel no es una resolución ni un recibo de pago.</p>"
            '<p class="screen">Imprima con Ctrl+P. <a href="/">Siguiente persona</a></p>'
        )

    def listed(self):
        words = {"waiting": "En espera", "received": "Llegó", "refused": "No la aceptó el servidor"}
        names = self.queue.names()
        rows = "".join(
            f"<tr><td><a href='/papel/{row['key']}'>{html.escape(self.queue.slip(row))}</a></td><td>{html.escape(names.get(row['procedure'], row['procedure']))}</td>"
            f"<td>{words[row['state']]} {html.escape(row['detail'])}</td></tr>"
            for row in self.queue.read("SELECT * FROM request ORDER BY number DESC LIMIT 100")
        )
        return f"<table><thead><tr><th>Número</th><th>Trámite</th><th>Estado</th></tr></thead><tbody>{rows}</tbody></table>"

    def answer(self, status, text, kind="text/html; charset=utf-8"):
        data = text.encode()
        self.send_response(status)
        for name, value in (("Content-Type", kind), ("Content-Length", str(len(data))), ("Cache-Control", "no-store"),
                            ("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'"),
                            ("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer")):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *words):
        pass


def run_init(args):
    folder = pathlib.Path(args.folder)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    server = args.server.rstrip("/")
    host = urllib.parse.urlsplit(server).hostname
    if not server.startswith("https://") and host not in ("localhost", "127.0.0.1"):
        sys.stderr.write("La dirección debe empezar con https://: el token no viaja en claro.\n")
        return 1
    write(folder / "mostrador.json", json.dumps({"server": server, "token": args.token, "name": args.name}).encode())
    # Made once: a page that was open when the machine went down still belongs to this counter afterwards.
    if not (folder / "pagina.secreto").exists():
        write(folder / "pagina.secreto", secrets.token_urlsafe(24).encode())
    Queue(folder)
    sys.stdout.write("Listo. Arranque con: mostrador.py serve\n")
    return 0


def run_serve(args):
    queue = Queue(args.folder)
    Handler.queue, Handler.secret = queue, (queue.folder / "pagina.secreto").read_text()
    Handler.sender = Sender(queue, args.every)
    with http.server.ThreadingHTTPServer(("127.0.0.1", args.port), Handler) as server:
        server.daemon_threads = True
        Handler.sender.start()
        sys.stdout.write(f"Ventanilla «{queue.config['name']}» en http://localhost:{server.server_address[1]}\n")
        sys.stdout.flush()
        server.serve_forever()


def run_status(args):
    found = Queue(args.folder).counts()
    sys.stdout.write("En espera {waiting}, llegaron {received}, no aceptadas {refused}.\n".format(
        **{name: found.get(name, 0) for name in ("waiting", "received", "refused")}))
    return 0


def main(words=None):
    parser = argparse.ArgumentParser(description="Ventanilla que sigue sin servidor.")
    commands = parser.add_subparsers(required=True)
    for name, act in (("init", run_init), ("serve", run_serve), ("status", run_status)):
        one = commands.add_parser(name)
        one.add_argument("--folder", default="mostrador")
        one.set_defaults(act=act)
    for name in ("server", "token", "name"):
        commands.choices["init"].add_argument(f"--{name}", required=True)
    commands.choices["serve"].add_argument("--port", type=int, default=8780)
    commands.choices["serve"].add_argument("--every", type=float, default=EVERY)
    args = parser.parse_args(words)
    try:
        return args.act(args)
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
