"""Keep a register of this version for the tests of every later one: `python -m tests.keeping_stores` writes it, once.

tests/golden/stores/vN holds the register of schema version N as an SQLite file and as PostgreSQL's dump, its newest
checkpoint, the key that verifies it (never the one that signs), its bundle, a receipt, and what it answered.
"""

from __future__ import annotations

import json
import lzma
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
from contextlib import closing
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

import wsgi
from projections.lists import Lists
from projections.room import ReadingRoom
from signatures.errors import PositionLost
from signatures.log.upgrade import SCHEMA_VERSION
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from tests import postgresql
from tests.busy import DAYS, ZONES, Busy
from tests.clock import FixedClock
from tests.eventful import OPEN, draft, eventful

STORES = Path(__file__).parent / "golden" / "stores"
BEGIN = datetime(2021, 3, 10, 12, tzinfo=UTC)
STEPS, QUESTIONS = 60, 40
SECRET = "only-to-make-what-is-kept-" + "k" * 40
NO_DATES = {"SOURCE_DATE_EPOCH": "0"}


def environ_of(database: str, state: Path) -> dict[str, str]:
    """Set what a register needs."""
    return {
        "SIGNATURES_DATABASE": database,
        "SIGNATURES_SECRET_KEY": SECRET,
        "SIGNATURES_STATE_DIR": str(state),
        "SIGNATURES_BASE_URL": "https://register.example.org",
    }


def run(environ: dict[str, str], *words: str) -> Result:
    """Run a command as an operator does."""
    result = CliRunner(env=environ).invoke(wsgi.main, list(words), catch_exceptions=False)
    if result.exit_code:
        raise SystemExit(f"signatures {' '.join(words)}: {result.output}")
    return result


def fill(environ: dict[str, str]) -> None:
    """Let everything happen that this version knows."""
    wsgi.initialise(environ)
    clock = FixedClock(BEGIN)
    with closing(Room(environ, clock)) as room:
        busy = Busy(room.register, ReadingRoom(room).lists, clock, seed=1)
        busy.go_on(STEPS)
        clock.set(datetime(2021, 11, 20, tzinfo=UTC))
        busy.publish_all()
        eventful(room.register)
        positions = [entry.position for entry in room.store.entries(0, 999) if entry.type == "Signed"]
    run(environ, "withhold", str(positions[2]), "--code", "legal", "--reason", "An order of erasure.", "--yes")
    lose(environ, clock)
    with closing(Room(environ, clock)) as room:
        draft(room.register, "after-2021")
        room.checkpoints.make()


def lose(environ: dict[str, str], clock: FixedClock) -> None:
    """Lose the last entries, of which a checkpoint was signed, by putting an older copy back."""
    with closing(Room(environ, clock)) as room:
        path = file_of(room)
    with closing(sqlite3.connect(path)) as before, closing(sqlite3.connect(path.with_name("older.db"))) as older:
        before.backup(older)
    with closing(Room(environ, clock)) as room:
        draft(room.register, "lost-2021")
        room.checkpoints.make()
    for left in path.parent.glob(f"{path.name}*"):
        left.unlink()
    path.with_name("older.db").rename(path)
    run(environ, "recover", "--yes")


def file_of(room: Room) -> Path:
    """Tell where an SQLite register lies."""
    database = room.databases["register"]
    assert isinstance(database, SQLiteDatabase)
    return database.path


def asked(room: Room) -> list[dict[str, Any]]:
    """Ask questions after lists, and keep the answers."""
    lists, chance = ReadingRoom(room).lists, random.Random(2)
    newest = room.store.max_notification_id() or 0
    kept = []
    for reference in [*ZONES, OPEN] * (QUESTIONS // 4):
        begun = room.store.stream_entries(f"statement/{room.register.statement(reference).id}", 0, 1)[0].position
        question: dict[str, Any] = {
            "as_of": chance.choice(DAYS),
            "position": chance.randint(begun, newest),
            "show": chance.choice(["standing", "annotated"]),
            "language": chance.choice([None, "de"]),
        }
        kept.append({"reference": reference, "question": question, "answer": told(lists, reference, question)})
    return kept


def told(lists: Lists, reference: str, question: dict[str, Any]) -> dict[str, Any]:
    """Answer, or say that what was known then is lost."""
    try:
        return lists.signatories(reference, **question, drafts=True)
    except PositionLost as lost:
        return {"lost": lost.code}


def packed(folder: Path, target: Path) -> None:
    """Pack a folder so that the same files always make the same bytes."""
    written = BytesIO()
    with tarfile.open(fileobj=written, mode="w") as tar:
        for path in sorted(folder.rglob("*")):
            told = tar.gettarinfo(path, str(path.relative_to(folder)))
            told.uid = told.gid = told.mtime = 0
            told.uname = told.gname = ""
            with path.open("rb") if path.is_file() else BytesIO() as content:
                tar.addfile(told, content if path.is_file() else None)
    target.write_bytes(lzma.compress(written.getvalue()))


def dump(server: postgresql.Server, database: str) -> bytes:
    """Write a database's tables as SQL that any connection can run."""
    command: list[str | Path] = [
        postgresql.binaries_found() / "pg_dump", "--inserts", "--no-owner", "--no-privileges", "--schema=register",
        f"--dbname={server.url(database)}",
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, check=True, env={**os.environ, **NO_DATES})
    lines = [line for line in done.stdout.splitlines() if line and not line.startswith((b"--", b"\\"))]
    return b"\n".join(line for line in lines if b"set_config" not in line) + b"\n"


def keep(target: Path) -> None:
    """Write everything into a new folder."""
    target.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as name, postgresql.server() as server, server.fresh_database("kept") as url:
        there = Path(name)
        environ = environ_of(f"sqlite:///{there}/var", there / "state")
        fill(environ)
        run(environ, "export", str(there / "bundle"))
        packed(there / "bundle", target / "bundle.tar.xz")
        with closing(Room(environ, FixedClock(datetime(2027, 1, 1, tzinfo=UTC)))) as room:
            (target / "vkey").write_text(room.checkpoints.key().vkey() + "\n")
            (target / "answers.json").write_text(json.dumps(asked(room), ensure_ascii=False, indent=0) + "\n")
            signature = next(entry for entry in room.store.entries(0, 999) if entry.type == "Signed").data()
            path = file_of(room)
        run(environ, "prove", signature["signature_id"], "--out", str(target / "receipt.tlog-proof"))
        shutil.copy(there / "state" / "checkpoint", target / "checkpoint")
        run(environ, "backup", str(there / "backup"))
        (target / "register.db.xz").write_bytes(lzma.compress((there / "backup" / path.name).read_bytes()))
        other = environ_of(url, there / "other")
        run(other, "restore", str(there / "bundle"))
        (target / "register.sql.xz").write_bytes(lzma.compress(dump(server, "kept")))


if __name__ == "__main__":
    folder = STORES / f"v{SCHEMA_VERSION}"
    if folder.exists():
        sys.exit(f"{folder} is kept already. What is kept is never written anew.")
    keep(folder)
