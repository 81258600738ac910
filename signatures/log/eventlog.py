"""The log as anyone can read it: one canonical JSON line an event, and its leaf hash. Standard library only."""

from __future__ import annotations

import hashlib
import json
from typing import Any, NamedTuple

LEAF_LIMIT = 65_535  # bytes; larger things are stored beside the log by their SHA-256
LEAF_VERSION = 1
_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
LOSS = "loss/"  # the streams of `Lost` leaves, each in the place of an entry that no copy holds any more


def canonical(value: object) -> bytes:
    """Write JSON as RFC 8785 does, for ASCII keys, no floats and integers below 2^53."""
    return _ENCODER.encode(value).encode()


class Entry(NamedTuple):
    """One entry of the log, as stored; `state` is the canonical JSON of the event's data."""

    position: int
    recorded_at: str
    leaf_hash: bytes
    stream: str
    version: int
    type: str
    type_version: int
    state: bytes

    @property
    def withheld(self) -> bool:
        """Tell whether an order erased its payload: what is left has no salt, and its leaf cannot be composed any more.

        A `Withheld` quotes what is left of another entry, without a salt, and is whole itself.
        """
        return b'"salt":null' in self.state and self.type != "Withheld"

    def line(self) -> bytes:
        """Give the leaf, or what stands in its place where it is withheld."""
        return withheld_line(self.position, self.leaf_hash) if self.withheld else self.leaf()

    def leaf(self) -> bytes:
        """Compose the leaf: the canonical JSON line from which the hash is made; LookupError where it is withheld."""
        if self.withheld:
            raise LookupError(f"The leaf of position {self.position} was withheld; only its hash is left.")
        return leaf_bytes(
            self.position, self.recorded_at, self.stream, self.version, self.type, self.type_version, self.state
        )

    def data(self) -> dict[str, Any]:
        """Decode the event's data."""
        return json.loads(self.state)  # type: ignore[no-any-return]

    def document(self) -> dict[str, Any]:
        """Decode the whole leaf, or what stands in its place where it is withheld."""
        return json.loads(self.line())  # type: ignore[no-any-return]


def leaf_bytes(
    position: int, recorded_at: str, stream: str, version: int, type_: str, type_version: int, state: bytes
) -> bytes:
    """Compose a leaf around the data's own bytes, keys in order, so that nothing is ever written twice."""
    head = b'{"data":' + state
    tail = (
        f',"position":{position},"recorded_at":"{recorded_at}","stream":"{stream}","type":"{type_}",'
        f'"type_version":{type_version},"v":{LEAF_VERSION},"version":{version}}}'
    )
    return head + tail.encode()


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf as RFC 6962 §2.1 does: SHA-256 over a zero byte and the leaf."""
    return hashlib.sha256(b"\0" + leaf).digest()


def withheld_line(position: int, hash_: bytes) -> bytes:
    """Write what stands in a withheld leaf's place: its position and hash."""
    return canonical({"leaf_hash": hash_.hex(), "position": position})


def sha256(content: bytes) -> str:
    """Name a stored text or order document."""
    return hashlib.sha256(content).hexdigest()
