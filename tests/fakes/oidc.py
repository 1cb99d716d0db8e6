"""An identity provider on loopback: a token endpoint and a key set. What it signs is the test's to say."""

import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT = "alcaldia-pruebas"


class FakeProvider:
    """`claims` and `algorithm` are changed by a test to make the provider lie."""

    def __init__(self, address: str) -> None:
        self.address, self.key = address, RSAKey.generate_key(2048, parameters={"kid": "1"})
        self.published = [self.key]
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.asked: dict[str, str] = {}
        self.down = False

    def toml(self, **more: str) -> str:
        """Its description, as an operator would write it."""
        rows = {
            "id": "prueba", "name": "Llave de Prueba", "issuer": self.address, "client_id": CLIENT,
            "authorization_endpoint": f"{self.address}/authorize", "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks", **more,
        }  # fmt: skip
        text = "\n".join(f"{name} = {json.dumps(value)}" for name, value in rows.items())
        return text + '\nalgorithms = ["RS256"]\n[assurance]\n"Básica" = "code"\n"Verificada" = "verified"\n'

    def id_token(self, nonce: str) -> str:
        now = int(time.time())
        told = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "persona-1",
            "nonce": nonce,
            "iat": now,
            "exp": now + 300,
        }
        told |= self.claims
        if self.algorithm == "none":
            parts = ({"alg": "none"}, told)
            return (
                ".".join(urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts) + "."
            )
        header = {"alg": self.algorithm, "kid": "1"}
        if self.algorithm == "HS256":
            public = json.dumps(self.key.as_dict(private=False)).encode()
            return jwt.encode(header, told, OctKey.import_key(public), algorithms=["HS256"])
        return jwt.encode(header, told, self.key, algorithms=[self.algorithm])

    def token(self, form: dict[str, str]) -> dict[str, str]:
        """The code is the nonce and the challenge that the authorisation page was given."""
        nonce, challenge = form["code"].split("|")
        proof = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if proof != challenge:
            return {"error": "invalid_grant"}
        return {"access_token": "x", "token_type": "Bearer", "id_token": self.id_token(nonce)}


@contextmanager
def provider() -> Iterator[FakeProvider]:
    made: list[FakeProvider] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self._give({"keys": [key.as_dict(private=False) for key in made[0].published]})

        def do_POST(self):
            length = int(self.headers["Content-Length"])
            form = {k: v[0] for k, v in parse_qs(self.rfile.read(length).decode()).items()}
            self._give(made[0].token(form))

        def _give(self, answer):
            body = json.dumps(answer).encode()
            self.send_response(503 if made[0].down else 400 if "error" in answer else 200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.append(FakeProvider(f"http://127.0.0.1:{server.server_port}"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made[0]
    finally:
        server.shutdown()
        server.server_close()
