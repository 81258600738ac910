"""A provider of OpenID Connect on loopback: small, but one that checks what a provider checks and signs with a real key.

What it says may be changed, so that tests see what becomes of a wrong answer.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

CLIENT_ID, CLIENT_SECRET = "the-register", "a-secret-of-the-register"


class FakeProvider:
    """One provider: who signs in there, and what of its answers is other than it should be."""

    def __init__(self, kind: str = "RSA") -> None:
        self.key = (
            RSAKey.generate_key(2048, {"kid": "one"}) if kind == "RSA" else ECKey.generate_key("P-256", {"kid": "one"})
        )
        self.algorithm = "RS256" if kind == "RSA" else "ES256"
        self.issuer = ""
        self.subject = "subject-of-ada"
        self.metadata: dict[str, Any] = {}
        """What the discovery document says instead."""
        self.claims: dict[str, Any] = {}
        """What identities claim instead; None leaves a claim out."""
        self.signs_with: Any = None
        """The key of somebody else, under the same name."""
        self.unsigned = False
        self.token: dict[str, Any] | None = None
        """What the token endpoint answers instead."""
        self.status = 200
        self.denied = False
        self.exchanged = 0
        self._codes: dict[str, dict[str, str]] = {}

    # -- what a browser meets ------------------------------------------------------------------------------------

    def visit(self, url: str) -> str:
        """Open the address to which the register sent a browser; return the one to which the provider sends it back."""
        answer = requests.get(url, allow_redirects=False, timeout=10)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]

    def authorise(self, asked: dict[str, str]) -> str:
        """Sign the one person in that there is."""
        assert asked["client_id"] == CLIENT_ID
        assert (asked["response_type"], asked["code_challenge_method"]) == ("code", "S256")
        assert "openid" in asked["scope"].split()
        if self.denied:
            answer = {"error": "access_denied", "error_description": "<b>no</b>", "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self._codes[code] = asked
            answer = {"code": code, "state": asked["state"], "iss": self.described()["issuer"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    # -- what the register asks ----------------------------------------------------------------------------------

    def described(self) -> dict[str, Any]:
        """Describe the provider."""
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": [self.algorithm, "none", "HS256"],
            **self.metadata,
        }

    def exchange(self, given: dict[str, str], authorization: str) -> dict[str, Any]:
        """Give the tokens for a code, once, to the client that has its verifier."""
        asked = self._codes.pop(given["code"])
        client = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        assert authorization == f"Basic {client}"
        assert given["redirect_uri"] == asked["redirect_uri"]
        challenge = base64.urlsafe_b64encode(hashlib.sha256(given["code_verifier"].encode()).digest()).rstrip(b"=")
        assert challenge.decode() == asked["code_challenge"]
        self.exchanged += 1
        if self.token is not None:
            return self.token
        return {
            "access_token": "x",
            "token_type": "Bearer",
            "expires_in": 60,
            "id_token": self.identity(asked["nonce"]),
        }

    def identity(self, nonce: str) -> str:
        """Sign who it is."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT_ID,
            "exp": now + 60,
            "iat": now,
            "nonce": nonce,
        }
        claims = {name: value for name, value in (claims | self.claims).items() if value is not None}
        if self.unsigned:
            parts = [json.dumps(part).encode() for part in ({"alg": "none"}, claims)]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts) + "."
        return jwt.encode({"alg": self.algorithm, "kid": "one"}, claims, self.signs_with or self.key)

    def keys(self) -> dict[str, Any]:
        """Show the public key."""
        return dict(KeySet([self.key]).as_dict(private=False))


@contextmanager
def provider(kind: str = "RSA") -> Iterator[FakeProvider]:
    """Run a provider on a free port."""
    made = FakeProvider(kind)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(url.query).items()}
            match url.path:
                case "/authorize":
                    self.send_response(302)
                    self.send_header("Location", made.authorise(asked))
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                case "/.well-known/openid-configuration":
                    self.tell(made.described())
                case "/keys":
                    self.tell(made.keys())
                case _:
                    self.send_error(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            given = {name: values[0] for name, values in parse_qs(body).items()}
            self.tell(made.exchange(given, self.headers.get("Authorization", "")))

        def tell(self, document: Any) -> None:
            content = document if isinstance(document, bytes) else json.dumps(document).encode()
            self.send_response(made.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, name="identity provider")
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
