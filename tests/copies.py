"""Copies of databases, put back as an operator does: the files of SQLite, a whole database on PostgreSQL."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql

from signatures.sqlite import sqlite_folder


class Copies(Protocol):
    """Keeps copies of one register's stores by name; nobody may have them open."""

    def take(self, name: str) -> None:
        """Make a copy."""

    def put_back(self, name: str) -> None:
        """Put a copy in the stores' place."""


class FileCopies:
    """Copies of a folder."""

    def __init__(self, url: str, folder: Path) -> None:
        """Keep copies of an SQLite address's folder in another one."""
        self.place, self.folder = sqlite_folder(url), folder

    def take(self, name: str) -> None:
        """Make a copy."""
        shutil.copytree(self.place, self.folder / name)

    def put_back(self, name: str) -> None:
        """Put a copy in the stores' place."""
        shutil.rmtree(self.place)
        shutil.copytree(self.folder / name, self.place)


class ServerCopies:
    """Copies of a database on the same server."""

    def __init__(self, url: str) -> None:
        """Keep copies of the database that an address names."""
        parts = urlsplit(url)
        self.server = urlunsplit(parts._replace(path="/postgres"))
        self.database = re.sub(r"\W", "", parts.path)
        self.made: set[str] = set()

    def take(self, name: str) -> None:
        """Make a copy."""
        self._copy(self.database, f"{self.database}_{name}")
        self.made.add(f"{self.database}_{name}")

    def put_back(self, name: str) -> None:
        """Put a copy in the stores' place."""
        self._run(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(self.database)))
        self._copy(f"{self.database}_{name}", self.database)

    def forget(self) -> None:
        """Drop all copies."""
        for name in self.made:
            self._run(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _copy(self, source: str, target: str) -> None:
        self._run(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(target), sql.Identifier(source)))

    def _run(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def copies_of(url: str, folder: Path) -> Iterator[Copies]:
    """Keep copies of the stores under an address while a test runs."""
    if url.startswith("sqlite:"):
        yield FileCopies(url, folder)
        return
    kept = ServerCopies(url)
    try:
        yield kept
    finally:
        kept.forget()
