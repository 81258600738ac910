"""Copies of databases while they are in use."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from signatures.bundles.bundle import Export, without_lists
from signatures.errors import StorageUnavailable
from signatures.folders import new_folder
from signatures.log.derive import unheard
from signatures.proof import notes, tree
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase

NEWEST = "SELECT size, root, note FROM checkpoint WHERE note IS NOT NULL ORDER BY number DESC LIMIT 1"


def backup(room: Room, folder: Path) -> list[str]:
    """Copy the stores consistently while they are in use; say what was made and what else is to be done.

    The contacts come first: a submission that the copy calls pending is settled by the log, never the other way.
    """
    lines = []
    with new_folder(folder, mode=0o700) as part:
        for name in ("contacts", "register"):
            database = room.databases[name]
            if isinstance(database, SQLiteDatabase):
                _copy(database, part / database.path.name)
                lines.append(f"{folder / database.path.name} is a copy of {database.path}.")
        if lines:
            lines.append(_proven(SQLiteDatabase(part, "register")))
        else:
            position = room.store.max_notification_id() or 0
            summary = Export(room.checkpoints, part, position, public=False).write(without_lists, unheard)
            lines = [
                f"{folder} is a bundle of the register, {summary.entries} entries and {summary.texts} texts: `signatures restore` reads it.",
                "It holds no contacts. Copy the PostgreSQL database itself with pg_dump or pg_basebackup as well.",
            ]
    return [
        *lines,
        "Keep the state folder and the secret key with it, and all of it secret: contacts and drafts are in there.",
    ]


def _copy(database: SQLiteDatabase, target: Path) -> None:
    """Copy an SQLite database page by page, and see that the copy is sound."""
    target.touch(mode=0o600)
    source = database.connect()
    copy = sqlite3.connect(target)
    try:
        source.backup(copy)
        found = copy.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as error:
        raise StorageUnavailable(f"{database.path} cannot be copied ({error}). Try again in a moment.") from error
    finally:
        source.close()
        copy.close()
    if found != [("ok",)]:
        raise StorageUnavailable(f"{database.path} is damaged: {found[0][0]}. Restore an earlier copy.")


def _proven(copy: SQLiteDatabase) -> str:
    """Hold the log of a copy against the newest checkpoint in it; a copy that does not fit is none."""
    with closing(copy), copy.reading() as transaction:
        entries, rows = tree.size_of(transaction), transaction.execute(NEWEST)
        if not rows:
            return f"Its log has {entries} entries, none of them signed yet."
        size, root, note = rows[0]
        signed = notes.read_checkpoint(notes.read_note(bytes(note)).text)
        if size > entries or {bytes(root), signed.root} != {tree.root(transaction, size)}:
            raise StorageUnavailable("The copy's log is not the one that was signed. See `signatures doctor`.")
    return f"Its log has {entries} entries; the checkpoint at {size} is that of this log."
