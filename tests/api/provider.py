"""A small identity provider in this process: discovery, log-in, token and keys, on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

CLIENT, SECRET = "outreach", "a client's secret"


@dataclass
class Provider:
    """Who is at its keyboard (`claims`), and what it does wrong where a test asks for it (`lies`)."""

    address: str
    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, auto_kid=True))
    signing: RSAKey | None = None

    def discovery(self) -> dict[str, str]:
        doors = {"authorization_endpoint": "login", "token_endpoint": "token", "jwks_uri": "keys"}
        return {"issuer": self.lies.get("issuer", self.address)} | {
            name: f"{self.address}/{door}" for name, door in doors.items()
        }

    def log_in(self, query: dict[str, str]) -> str:
        """The address that the browser is sent back to."""
        code = f"code-{len(self.asked)}"
        self.asked[code] = query
        return f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state']})}"

    def token(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """A code is good once, for the client and the verifier it was made for."""
        asked = self.asked.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        challenge = base64.urlsafe_b64encode(
            hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        ).rstrip(b"=")
        if (
            asked is None
            or authorization != f"Basic {basic}"
            or asked["code_challenge"] != challenge.decode()
        ):
            return None
        told = {
            "iss": self.address,
            "aud": CLIENT,
            "sub": "s-1",
            "exp": 4_000_000_000,
            "iat": 1_700_000_000,
            "nonce": asked["nonce"],
        }
        signing = self.signing or self.key
        header = {"alg": "RS256", "kid": self.key.kid}
        made = jwt.encode(header, told | self.claims | self.lies.get("claims", {}), signing)
        return {"access_token": "x", "token_type": "Bearer", "id_token": made}


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider that listens until the end of the block."""

    class Doors(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(url.query).items()}
            if url.path == "/login":
                self.send_response(302)
                self.send_header("Location", made.log_in(query))
                self.end_headers()
            elif url.path == "/keys":
                self._tell(KeySet([made.key]).as_dict(private=False))
            else:
                self._tell(made.discovery())

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            told = made.token(form, self.headers.get("Authorization", ""))
            self._tell(told or {"error": "invalid_grant"}, 200 if told else 400)

        def _tell(self, document: object, status: int = 200) -> None:
            raw = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Doors)
    made = Provider(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
