"""Time stamps of checkpoints: what somebody else, an authority as RFC 3161 has them, says that it saw and when.

The reply is kept byte for byte beside the note that it is about, so that `openssl ts -verify` reads both.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import NamedTuple
from urllib.parse import urlsplit

import requests

from signatures.clock import stamp
from signatures.errors import InvalidInput, NotFound, Refused, StorageUnavailable
from signatures.log.store import Store
from signatures.proof import notes, rfc3161
from signatures.proof.checkpoints import Checkpoints

SHOWN = 100
REPLY_LIMIT = 65_536  # bytes; with its certificates a reply has some 6,000
PATIENCE = (5, 20)  # seconds to connect and to answer
NONCE_BITS = 63
COLUMNS = "size, note, authority, token, stamped_at"


class Timestamp(NamedTuple):
    """A stamped checkpoint: its note, by whom, the reply, and the moment that the reply names."""

    size: int
    note: bytes
    authority: str
    token: bytes
    stamped_at: str


class Timestamps:
    """The time stamps of one log."""

    def __init__(self, store: Store) -> None:
        """Keep them in the store's database."""
        self.store = store

    def newest(self) -> list[Timestamp]:
        """List the newest ones, the latest first."""
        return self._read("ORDER BY size DESC LIMIT ?", SHOWN)

    def at(self, size: int) -> Timestamp:
        """Find the one of a size."""
        found = self._read("WHERE size = ?", size) if size < 2**62 else []
        if not found:
            raise NotFound(f"The checkpoint of size {size} has no time stamp. log/timestamps lists those that have.")
        return found[0]

    def make(self, checkpoints: Checkpoints, url: str) -> Timestamp:
        """Have the newest checkpoint stamped by the authority at an address, unless it is."""
        note = checkpoints.newest()
        if note is None:
            raise StorageUnavailable("Nothing of the log is signed yet. Run `signatures init` once.")
        size = notes.read_checkpoint(notes.read_note(note).text).size
        known = self._read("WHERE size = ?", size)
        return known[0] if known else self._keep(size, note, url)

    def _keep(self, size: int, note: bytes, url: str) -> Timestamp:
        nonce = secrets.randbits(NONCE_BITS)
        reply = _asked(url, rfc3161.request_for(note, nonce))
        told = rfc3161.read_reply(reply)
        if (told.sha256, told.nonce) != (hashlib.sha256(note).digest(), nonce):
            raise Refused("The authority stamped something else than it was asked for. Nothing was kept.")
        made = Timestamp(size, note, urlsplit(url).hostname or "", reply, stamp(told.at))
        with self.store.database.writing("timestamp") as transaction:
            transaction.execute("INSERT INTO timestamp VALUES (?, ?, ?, ?, ?) ON CONFLICT (size) DO NOTHING", made)
        return self.at(size)

    def _read(self, where: str, value: int) -> list[Timestamp]:
        with self.store.reading() as transaction:
            rows = transaction.execute(f"SELECT {COLUMNS} FROM timestamp {where}", (value,))
        return [Timestamp(size, bytes(note), authority, bytes(token), at) for size, note, authority, token, at in rows]


def _asked(url: str, query: bytes) -> bytes:
    """Send a request and read the reply, no more of it than a reply can have."""
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    try:
        with requests.post(url, query, headers=headers, timeout=PATIENCE, allow_redirects=False, stream=True) as answer:
            reply = _body(answer)
    except (requests.RequestException, OSError) as error:
        raise StorageUnavailable(
            f"The authority cannot be reached ({type(error).__name__}). See that SIGNATURES_TSA_URL is right; try again."
        ) from error
    if answer.status_code != requests.codes.ok or len(reply) > REPLY_LIMIT:
        raise InvalidInput(
            f"The authority answered {answer.status_code} and {len(reply)} bytes, which is no time stamp."
        )
    return reply


def _body(answer: requests.Response) -> bytes:
    """Read a body, at most a piece further than a reply can go; what breaks it off is an error of requests."""
    body = b""
    for piece in answer.iter_content(REPLY_LIMIT):
        body += piece
        if len(body) > REPLY_LIMIT:
            break
    return body
