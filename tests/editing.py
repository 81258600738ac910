"""An installation with editors, and browsers in which they sign in: for tests of the console."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import wsgi
from signatures.editors import passwords
from signatures.editors.accounts import Account
from signatures.room import Room
from tests.clock import FixedClock

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
PASSWORD = "nine green bottles"


class Browser:
    """One person's browser: keeps cookies, sends the mark of the form it has open, follows nothing by itself."""

    def __init__(self, app: Flask, base_url: str = "http://localhost") -> None:
        self.client: FlaskClient = app.test_client()
        self.base_url = base_url

    def get(self, path: str, **options: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, base_url=self.base_url, **options)

    def mark(self, path: str = "/editors/sign-in") -> str:
        """Read the mark that the forms of a page carry."""
        found = re.search(r'name="csrf_token" value="([^"]+)"', self.get(path).text)
        assert found is not None, f"no form at {path}"
        return found[1]

    def post(self, path: str, data: Mapping[str, str] | None = None, mark: str | None = None) -> TestResponse:
        """Send a form, with the mark of the page that it stands on."""
        mark = self.mark("/editors/account" if self.signed_in() else "/editors/sign-in") if mark is None else mark
        return self.client.post(
            path,
            data={**(data or {}), "csrf_token": mark},
            base_url=self.base_url,
            headers={"Referer": f"{self.base_url}/editors"},
        )

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
        """Fill the form for signing in."""
        return self.post("/editors/sign-in", {"login": login, "password": password, **more})

    def signed_in(self) -> bool:
        """Tell whether the console lets this browser in."""
        return self.get("/editors/account").status_code == 200

    def cookie(self, name: str = "editor") -> str | None:
        """Read a cookie."""
        found = self.client.get_cookie(name)
        return found.value if found else None


def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hash with the least work that argon2id takes, where a test is not about that."""
    monkeypatch.setattr(passwords, "HASHER", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords.nobodys.cache_clear()


def console(environ: Mapping[str, str], clock: FixedClock) -> Flask:
    """Make an installation, at noon of a day after this software was built."""
    clock.set(NOON)
    wsgi.initialise(environ, clock)
    return wsgi.create_app(environ, clock)


def room_of(app: Flask) -> Room:
    """Get the room of an app."""
    room: Room = app.extensions["room"]
    return room


def editor(app: Flask, login: str, role: str = "editor", password: str | None = PASSWORD) -> Account:
    """Make an account."""
    return room_of(app).accounts.create(login, login.title(), role, password)
