"""The bundle as files: what lies where, and its entries read again line by line, refused where anything is not as written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO
from uuid import UUID

from signatures.errors import InvalidInput, Refused
from signatures.log.derive import STAMP
from signatures.log.eventlog import LEAF_LIMIT, LEAF_VERSION, Entry, canonical, leaf_hash, sha256, withheld_line
from signatures.log.fold import stored_event, texts_named
from signatures.log.mapping import EventMapper

FORMAT = "signatures-bundle/1"
MANIFEST = "register.json"
ENTRIES = "entries.jsonl"  # a leaf a line in log order, or what stands in a withheld leaf's place
HASHES = "leaf-hashes.txt"  # the leaf's hash a line, so that a changed line is found by its number
WITHHELD = "withheld.jsonl"  # the withheld leaves in log order, for the operator alone
TEXTS = "texts"  # texts and order documents that public leaves name, each under its SHA-256
WITHHELD_TEXTS = "withheld-texts"
KEYS = {"data", "position", "recorded_at", "stream", "type", "type_version", "v", "version"}
FOR_AUDITORS = (
    "This bundle is one for auditors: the leaves that it withholds are left out, so no register can be made from it. "
    "Use one that was exported without --public."
)


class Bundle:
    """A bundle in a folder."""

    def __init__(self, folder: Path) -> None:
        """Read what it says of itself."""
        self.folder = folder
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            self.register, self.position = str(UUID(manifest["register"])), int(manifest["position"])
            self.leaf_hash: str | None = manifest["leaf_hash"]
            written = manifest["format"]
        except OSError as error:
            raise Refused(f"{folder} is no bundle: {MANIFEST} cannot be read ({error.strerror}).") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            raise Refused(f"{folder / MANIFEST} is not as an export writes it ({error!r}).") from error
        if written != FORMAT:
            raise Refused(f"{folder} is a bundle of another kind, {written!r}. This software reads {FORMAT}.")

    def entries(self) -> Iterator[Entry]:
        """Read every entry, also the withheld ones, in log order; raise Refused with the line that is wrong."""
        with ExitStack() as stack:
            withheld = self._open(stack, WITHHELD)
            lines, hashes = _lines(self._needed(stack, ENTRIES), ENTRIES), _lines(self._needed(stack, HASHES), HASHES)
            reader = _Reader(_lines(withheld, WITHHELD) if withheld else None)
            for number, line in lines:
                yield reader.read(number, line, next(hashes, (number, b""))[1])
            if reader.position != self.position or (reader.last or None) != self.leaf_hash:
                raise Refused(
                    f"{ENTRIES} ends at line {reader.position}, not with the entry that {MANIFEST} names, {self.position}."
                )
            for name, rest in ((HASHES, hashes), (WITHHELD, reader.withheld or iter(()))):
                for number, _ in rest:
                    raise Refused(f"{name} line {number}: there is no such entry in {ENTRIES}.")

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Read the stored texts and order documents; raise Refused where one is not what its name says."""
        for part in (TEXTS, WITHHELD_TEXTS):
            for path in sorted(path for path in (self.folder / part).glob("*") if path.is_file()):
                content = path.read_bytes()
                if sha256(content) != path.name:
                    raise Refused(f"{part}/{path.name}: its content has another SHA-256.")
                yield path.name, content

    def verify(self) -> Iterator[Entry]:
        """Read the whole bundle as a restore would, and see that every text that is named is there."""
        named: dict[str, int] = {}
        for entry in self.entries():
            for name in texts_named(entry):
                named.setdefault(name, entry.position)
            yield entry
        for name, _ in self.texts():
            named.pop(name, None)
        for name, position in named.items():
            raise Refused(f"{ENTRIES} line {position}: names the text {name}, which the bundle does not hold.")

    def _open(self, stack: ExitStack, name: str) -> BinaryIO | None:
        path = self.folder / name
        return stack.enter_context(path.open("rb")) if path.exists() else None

    def _needed(self, stack: ExitStack, name: str) -> BinaryIO:
        opened = self._open(stack, name)
        if opened is None:
            raise Refused(f"{self.folder} is no whole bundle: {name} is missing.")
        return opened


class _Reader:
    """Turns lines into entries, each checked against the ones before it."""

    def __init__(self, withheld: Iterator[tuple[int, bytes]] | None) -> None:
        self.withheld = withheld
        self.position = 0
        self.stamp = self.last = ""
        self.versions: dict[bytes, int] = {}
        self.mapper = EventMapper()

    def read(self, number: int, line: bytes, told: bytes) -> Entry:
        """Read the entry of one line, or raise Refused with the line's number."""
        where = f"{ENTRIES} line {number}"
        hash_ = told.decode("ascii", "replace")
        if line.startswith(b'{"leaf_hash":'):
            line, where = self._disclosed(where, line, number, hash_)
        if leaf_hash(line).hex() != hash_:
            raise Refused(f"{where}: the entry was changed; its hash is not the one in {HASHES}.")
        try:
            entry = self._entry(line, bytes.fromhex(hash_))
        except (ValueError, TypeError, KeyError, LookupError, RecursionError, InvalidInput) as error:
            raise Refused(f"{where}: not an entry as the log writes it ({error}).") from error
        self._follow(where, number, entry)
        self.last = hash_
        return entry

    def _disclosed(self, where: str, line: bytes, number: int, hash_: str) -> tuple[bytes, str]:
        """Take the withheld leaf in whose place a line stands."""
        if self.withheld is None:
            raise Refused(FOR_AUDITORS)
        if line != _withheld_line(number, hash_):
            raise Refused(f"{where}: what stands in the withheld entry's place is not its position and hash.")
        told, leaf = next(self.withheld, (0, b""))
        if not told:
            raise Refused(f"{where}: {WITHHELD} ends before this withheld entry.")
        return leaf, f"{WITHHELD} line {told}"

    def _entry(self, line: bytes, hash_: bytes) -> Entry:
        document: dict[str, Any] = json.loads(line)
        if set(document) != KEYS or document["v"] != LEAF_VERSION or not isinstance(document["data"], dict):
            raise ValueError("other fields than an entry has")
        id_ = document["stream"].partition("/")[2]
        if str(UUID(id_)) != id_ or not STAMP.match(document["recorded_at"]):
            raise ValueError("stream or stamp")
        entry = Entry(
            document["position"], document["recorded_at"], hash_, document["stream"],
            document["version"], document["type"], document["type_version"], canonical(document["data"]),
        )  # fmt: skip
        event = stored_event(entry)
        if entry.leaf() != line or self.mapper.to_stored_event(self.mapper.to_domain_event(event)) != event:
            raise ValueError("not canonical")
        return entry

    def _follow(self, where: str, number: int, entry: Entry) -> None:
        """Refuse an entry that cannot come after the ones before it."""
        stream = UUID(entry.stream.partition("/")[2]).bytes
        version = self.versions.get(stream, 0) + 1
        if entry.position != number:
            raise Refused(f"{where}: position {entry.position} where {number} comes next.")
        if entry.recorded_at < self.stamp:
            raise Refused(f"{where}: recorded at {entry.recorded_at}, before the entry before it ({self.stamp}).")
        if entry.version != version:
            raise Refused(f"{where}: version {entry.version} of {entry.stream} where {version} comes next.")
        self.position, self.stamp, self.versions[stream] = entry.position, entry.recorded_at, version


def _withheld_line(number: int, hash_: str) -> bytes | None:
    try:
        return withheld_line(number, bytes.fromhex(hash_))
    except ValueError:
        return None


def _lines(file: BinaryIO, name: str) -> Iterator[tuple[int, bytes]]:
    """Number the lines of a file; none is longer than a leaf, and each ends."""
    number = 0
    while line := file.readline(LEAF_LIMIT + 2):
        number += 1
        if not line.endswith(b"\n"):
            raise Refused(f"{name} line {number}: cut off, or longer than an entry can be.")
        yield number, line[:-1]
