"""The yardstick: a list of signatures as one would write it by hand with Flask and sqlite3, as durable as ours."""

from __future__ import annotations

import json
import os
import sqlite3
import uuid
from datetime import UTC, datetime
from typing import Any

from flask import Flask, Response, request

TOKEN = "bench"
SCHEMA = """
CREATE TABLE IF NOT EXISTS signature (id TEXT PRIMARY KEY, statement TEXT NOT NULL, name TEXT NOT NULL,
  acronym TEXT, signed_on TEXT NOT NULL, recorded_at TEXT NOT NULL, UNIQUE (statement, name));
"""


def connected(path: str) -> sqlite3.Connection:
    """Open the file: committed is on disk, and a lock is waited for as long as clients wait."""
    connection = sqlite3.connect(path, timeout=30, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def create_app() -> Flask:
    """Make the app."""
    app, path = Flask("crud"), os.environ["CRUD_DATABASE"]
    connected(path).executescript(SCHEMA)

    def sign(reference: str) -> Response:
        if request.headers.get("Authorization") != f"Bearer {TOKEN}":
            return Response("", 401)
        data = request.get_json()
        if not isinstance(data.get("name"), str) or not isinstance(data.get("signed_on"), str):
            return Response("", 422)
        return recorded(path, reference, data)

    app.add_url_rule("/api/v1/statements/<reference>/signatures", "sign", sign, methods=["POST"])
    return app


def recorded(path: str, reference: str, data: dict[str, Any]) -> Response:
    """Insert a row."""
    row = {"id": str(uuid.uuid4()), "statement": reference, "name": data["name"], "acronym": data.get("acronym")}
    row |= {"signed_on": data["signed_on"], "recorded_at": datetime.now(UTC).isoformat()}
    connection = connected(path)
    try:
        connection.execute(
            "INSERT INTO signature VALUES (:id, :statement, :name, :acronym, :signed_on, :recorded_at)", row
        )
    except sqlite3.IntegrityError:
        return Response("", 409)
    finally:
        connection.close()
    return Response(json.dumps(row), 201, content_type="application/json")
