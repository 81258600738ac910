"""Checkpoints: the log's size and root, signed, each consistent with every one before it.

What is to be signed is stored first, by compare-and-swap under the log's lock, and only then signed; the newest also
lies in a file outside the database, so that a database put back to an earlier day is noticed before anything is signed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit
from uuid import uuid4

from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import Misconfigured, Refused, StorageUnavailable
from signatures.log.store import Store
from signatures.proof import ed25519, former, notes, tree
from signatures.proof.former import Former
from signatures.proof.keyfile import make_key, read_key
from signatures.proof.notes import Checkpoint, Key, Note
from signatures.proof.outside import LogDiverged, Outside, behind, diverged

LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")
NEWEST = "SELECT number, size, root, vkey, note FROM checkpoint"


class Stored(NamedTuple):
    """A checkpoint as the database keeps it; without note it was not signed yet and nobody has seen it."""

    number: int
    size: int
    root: bytes
    vkey: str
    note: bytes | None

    @property
    def origin(self) -> str:
        """Tell the name under which it was signed."""
        return self.vkey.partition("+")[0]


class Checkpoints:
    """The checkpoints of one register."""

    def __init__(self, store: Store, folder: Path, key_file: Path) -> None:
        """Use the state folder and the key's file; nothing is read yet."""
        self.store = store
        self.outside = Outside(folder)
        self.key_file = key_file

    # ── beginning ────────────────────────────────────────────────────────────────────────────────────────────────────

    def prepare(self, base_url: str | None) -> None:
        """Give a new register its key, its origin and its first checkpoint; put back the file outside the database."""
        if self._stored() is None and not self.key_file.exists():
            with suppress(Refused):  # another `init` was quicker
                make_key(self.key_file)
        if self._stored() is None:
            self._begin_origin(base_url)
            self.make()
        elif not self.outside.path.exists():
            self._put_back()

    def _begin_origin(self, base_url: str | None) -> None:
        outside = self.outside.read()
        origin = outside.origin if outside else origin_of(base_url, self.store.identity())
        with self.store.database.writing("stored_events") as transaction:
            for lost in former.losses(
                transaction
            ):  # made from a bundle: what a former origin signed is not to be contradicted
                (first, number), ours = former.parted(lost[0]), former.parted(origin)
                if first == ours[0] and number >= ours[1]:
                    origin = former.successor(lost[0])
            transaction.execute("INSERT INTO identity VALUES ('origin', ?) ON CONFLICT (name) DO NOTHING", (origin,))

    def origin(self) -> str:
        """Tell the name under which this log signs; it stays when the address changes."""
        with self.store.reading() as transaction:
            rows = transaction.execute("SELECT value FROM identity WHERE name = 'origin'")
        if not rows:
            raise Misconfigured(["The log has no origin yet. Run `signatures init` once."])
        return str(rows[0][0])

    def key(self) -> Key:
        """Tell the public key with which whoever reads a checkpoint verifies it."""
        return Key(self.origin(), ed25519.public_of(read_key(self.key_file)))

    # ── making ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def make(self, *, other_key: bool = False) -> bytes:
        """Sign what the log holds now, unless that is signed; return the note. Never called inside a transaction.

        Another key than the last checkpoint's is refused unless that is what is wanted.
        """
        return self._make(other_key=other_key)

    def make_recovered(self) -> bytes:
        """Sign for the first time under the origin that follows a loss, at the end of its recovery."""
        return self._make(other_key=True, recovering=True)

    def _make(self, *, other_key: bool, recovering: bool = False) -> bytes:
        private, key = read_key(self.key_file), self.key()
        with self.store.database.writing("stored_events") as transaction:
            newest = _newest(transaction)
            faults = self._faults(transaction, key, other_key=other_key, recovering=recovering)
            if faults:
                raise LogDiverged("\n".join(faults))
            if newest is None or (newest.size, newest.vkey) != (tree.size_of(transaction), key.vkey()):
                newest = self._intend(transaction, newest, key)
        if newest.note is not None:
            return newest.note
        text = Checkpoint(key.name, newest.size, newest.root).text()
        note = Note(text, (notes.sign(text, key.name, private),)).encode()
        self.outside.write(newest.size, note, replace=other_key)
        with self.store.database.writing("stored_events") as transaction:
            transaction.execute("UPDATE checkpoint SET note = ? WHERE number = ?", (note, newest.number))
        return note

    def _intend(self, transaction: Transaction, newest: Stored | None, key: Key) -> Stored:
        """Store what is to be signed, as the next one after the newest; two makers cannot both."""
        size = tree.size_of(transaction)
        number = newest.number + 1 if newest else 1
        intended = Stored(number, size, tree.root(transaction, size), key.vkey(), None)
        transaction.execute("INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)", (*intended, stamp(self.store.clock())))
        return intended

    def make_due(self) -> int:
        """Sign what has come since the newest checkpoint; tell whether there was anything."""
        with self.store.reading() as transaction:
            newest = _newest(transaction)
            due = newest is None or newest.note is None or newest.size < tree.size_of(transaction)
        if due:
            self.make()
        else:
            self._follow()
        return int(due)

    def _follow(self) -> None:
        """Take what another host has signed into the file here, so that no host goes on after a loss that any can tell."""
        with self.store.reading() as transaction:
            newest, here = _newest(transaction), self.outside.read()
            if newest is None or newest.note is None or here is None or here.size >= newest.size:
                return
            faults = self._faults(transaction, self.key())
        if faults:
            raise LogDiverged("\n".join(faults))
        self.outside.write(newest.size, newest.note)

    def replace_key(self) -> None:
        """Sign with a new key from now on; the old one, if it is there, is kept beside it."""
        with self.store.reading() as transaction:
            faults = self._faults(transaction, None, other_key=True)
        if faults:
            raise LogDiverged("\n".join(faults))
        self.renew_key()
        self.make(other_key=True)

    def renew_key(self) -> None:
        """Make a new key; the old one, if it is there, is kept beside it."""
        if self.key_file.exists():
            kept = self.key_file.with_name(f"{self.key_file.stem}.{uuid4().hex[:8]}{self.key_file.suffix}")
            self.key_file.rename(kept)
        make_key(self.key_file)

    def newest(self) -> bytes | None:
        """Read the newest one that was signed."""
        with self.store.reading() as transaction:
            rows = transaction.execute(
                "SELECT note FROM checkpoint WHERE note IS NOT NULL ORDER BY number DESC LIMIT 1"
            )
        return bytes(rows[0][0]) if rows else None

    def former(self) -> list[Former]:
        """Read the last checkpoints of the origins before this one, the oldest first."""
        with self.store.reading() as transaction:
            return former.all_former(transaction)

    def at(self, size: int) -> bytes:
        """Sign an earlier size, of which the newest checkpoint is a continuation: for an edition or a receipt."""
        private, key = read_key(self.key_file), self.key()
        with self.store.reading() as transaction:
            newest = _newest(transaction, "WHERE note IS NOT NULL")  # not one that is being signed this moment
            if newest is None or newest.size < size:
                raise StorageUnavailable(f"No checkpoint covers position {size} yet. Try again in a moment.")
            if tree.root(transaction, newest.size) != newest.root:
                raise LogDiverged(diverged("the newest stored checkpoint", newest.size))
            text = Checkpoint(key.name, size, tree.root(transaction, size)).text()
        return Note(text, (notes.sign(text, key.name, private),)).encode()

    # ── faults ───────────────────────────────────────────────────────────────────────────────────────────────────────

    def faults(self) -> list[str]:
        """Name what forbids to serve or sign: no key, another key, a log behind its checkpoint, or another log."""
        try:
            key = self.key()
        except Misconfigured as refused:
            return refused.findings
        with self.store.reading() as transaction:
            found = self._faults(transaction, key)
        if not found and not self.outside.path.exists():
            return [
                f"SIGNATURES_STATE_DIR: {self.outside.path} does not exist. Run `signatures init` once; serving never creates."
            ]
        return found

    def _faults(
        self, transaction: Transaction, key: Key | None, *, other_key: bool = False, recovering: bool = False
    ) -> list[str]:
        newest, before = _newest(transaction), former.all_former(transaction)
        found: list[str] = []
        if not recovering and former.recovering(transaction):
            return [former.CUT_OFF]
        if newest and key and newest.vkey != key.vkey() and not other_key:
            another = (
                f"SIGNATURES_LOG_KEY_FILE: {self.key_file} holds another key than the last checkpoint was signed with, "
                f"{newest.vkey}. Put that one there; if it is lost, run `signatures keygen --replace`."
            )
            return [another]
        if newest and not former.speaks_of_lost(before, newest.origin, newest.size, newest.root):
            found += _compared(transaction, "the newest stored checkpoint", newest.size, newest.root)
        outside = self.outside.read(None if other_key else key)
        if outside and not former.speaks_of_lost(before, outside.origin, outside.size, outside.root):
            found += _compared(transaction, str(self.outside.path), outside.size, outside.root)
        return found

    def _put_back(self) -> None:
        note = self.newest()
        if note is None:
            self.make()  # cut off before its first one was signed
        else:
            self.outside.write(notes.read_checkpoint(notes.read_note(note).text).size, note)

    def _stored(self) -> Stored | None:
        with self.store.reading() as transaction:
            return _newest(transaction)


def origin_of(base_url: str | None, register: str) -> str:
    """Name a log by where it is served, without the scheme; by its register's id where that is no address for others."""
    parts = urlsplit(base_url or "")
    if not parts.hostname or parts.hostname in LOCAL_HOSTS:
        return f"register-{register}"
    return f"{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}/api/v1/log"


def _newest(transaction: Transaction, which: str = "") -> Stored | None:
    rows = transaction.execute(f"{NEWEST} {which} ORDER BY number DESC LIMIT 1")
    if not rows:
        return None
    number, size, root, vkey, note = rows[0]
    return Stored(number, size, bytes(root), vkey, None if note is None else bytes(note))


def _compared(transaction: Transaction, what: str, size: int, root: bytes) -> list[str]:
    newest = tree.size_of(transaction)
    if newest < size:
        return [behind(newest, what, size)]
    return [] if tree.root(transaction, size) == root else [diverged(what, size)]
