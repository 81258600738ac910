"""The API as programs meet it: requests of anybody and of an editor to the real app on real stores."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from flask import Flask
from werkzeug.test import TestResponse

import wsgi
from signatures.room import Room
from tests.clock import FixedClock

NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
PREFIX = "/api/v1"
STATEMENT = {"reference": "sample-2021", "kind": "Resolution", "time_zone": "Europe/Berlin", "default_language": "en"}


class Api:
    """An app of an initialised, empty register, and requests to it."""

    def __init__(self, environ: dict[str, str]) -> None:
        """Make the app and a token of an editor."""
        self.clock = FixedClock(NOW)
        wsgi.initialise(environ, self.clock)
        self.app: Flask = wsgi.create_app(environ, self.clock)
        self.room: Room = self.app.extensions["room"]
        self.token = self.room.tokens.issue("test", "editor")
        self.keys = (f'"key-{n}"' for n in count(1))

    def close(self) -> None:
        """Close the stores."""
        self.room.close()

    def ask(self, path: str, method: str = "GET", **options: Any) -> TestResponse:
        """Ask as anybody."""
        return self.app.test_client().open(PREFIX + path, method=method, **options)

    def get(
        self, path: str, *, editor: bool = False, headers: dict[str, str] | None = None, **query: object
    ) -> TestResponse:
        """Read, as anybody or with the editor's token."""
        asked = f"{path}?{urlencode(query)}" if query else path
        return self.ask(asked, headers={**(self.bearer() if editor else {}), **(headers or {})})

    def post(self, path: str, body: object = None, key: str | None = None, **headers: str) -> TestResponse:
        """Write as the editor, under a key of its own unless one is given; bytes go as they are."""
        return self.write("POST", path, body, {"Idempotency-Key": key or next(self.keys), **_names(headers)})

    def put(self, path: str, body: object = None, **headers: str) -> TestResponse:
        """Replace as the editor."""
        return self.write("PUT", path, body, _names(headers))

    def write(self, method: str, path: str, body: object, headers: dict[str, str]) -> TestResponse:
        """Send a body with the editor's token."""
        content = {"data": body, "content_type": "application/json"} if isinstance(body, bytes) else {"json": body}
        return self.ask(path, method, headers={**self.bearer(), **headers}, **content)

    def bearer(self) -> dict[str, str]:
        """Show the editor's token."""
        return {"Authorization": f"Bearer {self.token}"}

    def position(self) -> int:
        """Tell the log's last position."""
        newest = self.room.store.newest()
        return newest.position if newest else 0

    # ── what most tests begin with ───────────────────────────────────────────────────────────────────────────────────

    def statement(self, reference: str = "sample-2021", text: str = "We ask for peace.", **fields: Any) -> str:
        """Draft a statement with a title and text."""
        assert 201 == self.post("/statements", {**STATEMENT, "reference": reference, **fields}).status_code
        body = {"title": "Peace now", "text": text}
        assert 201 == self.put(f"/statements/{reference}/texts/en", body, if_none_match="*").status_code
        return reference

    def sign(self, reference: str, name: str, on: str = "2021-06-07", **fields: Any) -> str:
        """Sign; return the signature's id."""
        answer = self.post(f"/statements/{reference}/signatures", {"name": name, "signed_on": on, **fields})
        assert 201 == answer.status_code, answer.text
        id_: str = answer.get_json()["signature_id"]
        return id_

    def publish(self, reference: str, as_of: str, **fields: Any) -> TestResponse:
        """Publish as received, unless orders are given, upon what is there now."""
        seen = self.get(f"/statements/{reference}", editor=True).headers["ETag"]
        answer = self.post(f"/statements/{reference}/editions", {"as_of": as_of, **fields}, if_match=seen)
        assert 201 == answer.status_code, answer.text
        return answer

    def published(self, *names: str, reference: str = "sample-2021", as_of: str = "2021-06-07") -> str:
        """Draft a statement, sign it for these organisations and publish the first edition."""
        self.statement(reference)
        for name in names:
            self.sign(reference, name)
        self.publish(reference, as_of)
        return reference


def small_api(folder: Path) -> Api:
    """Open the API of an empty register on SQLite in a folder, for what does not depend on the engine."""
    return Api(small_environ(folder))


def small_environ(folder: Path) -> dict[str, str]:
    """Name that register as its operator's environment does."""
    return {
        "SIGNATURES_DATABASE": f"sqlite:///{quote(str(folder))}/var",
        "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40,
        "SIGNATURES_STATE_DIR": str(folder / "state"),
        "SIGNATURES_BASE_URL": "http://localhost",
    }


def _names(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


def code_of(answer: TestResponse) -> str:
    """Tell a problem's code, once everything else about it is right."""
    assert "application/problem+json" == answer.content_type
    assert "no-store" == answer.headers["Cache-Control"]
    problem = answer.get_json()
    assert answer.status_code == problem["status"]
    base, _, code = problem["type"].rpartition("/problems/")
    assert "http://localhost" == base
    assert problem["detail"].rstrip().endswith((".", "]", "/"))
    return str(code)
