"""The bundle as it is read: its entries line by line, refused where anything is not as an export writes it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from signatures.bundles.bundlelines import Orders, Reader, numbered_lines
from signatures.bundles.enclosed import CHECKPOINT, FORMER, VKEY
from signatures.bundles.tilefiles import TileFiles
from signatures.errors import InvalidInput, Refused
from signatures.log.eventlog import Entry, sha256
from signatures.log.fold import texts_named
from signatures.proof import notes
from signatures.proof.notes import Checkpoint, Note, NotSigned

FORMAT = "signatures-bundle/2"
WITHOUT_TREE = "signatures-bundle/1"  # as older software wrote it; still read
MANIFEST = "register.json"
ENTRIES = "entries.jsonl"  # a leaf a line in log order, or what stands in a withheld leaf's place
HASHES = "leaf-hashes.txt"  # only without tree: the leaf's hash a line, so that a changed line is found by its number
WITHHELD = "withheld.jsonl"  # the leaves of unpublished statements in log order, for the operator alone
TEXTS = "texts"  # texts and order documents that public leaves name, each under its SHA-256
WITHHELD_TEXTS = "withheld-texts"
LISTS = "lists"  # REF/edition-N.json and REF/newest.json of each published statement


class Bundle:
    """A bundle in a folder."""

    def __init__(self, folder: Path) -> None:
        """Read what it says of itself."""
        self.folder = folder
        try:
            manifest = json.loads((folder / MANIFEST).read_bytes())
            self.register, self.position = str(UUID(manifest["register"])), int(manifest["position"])
            self.leaf_hash: str | None = manifest["leaf_hash"]
            self.format = manifest["format"]
            self.left_out = {str(one["statement"]) for one in manifest.get("left_out", ())}
        except OSError as error:
            raise Refused(f"{folder} is no bundle: {MANIFEST} cannot be read ({error.strerror}).") from error
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
            raise Refused(f"{folder / MANIFEST} is not as an export writes it ({error!r}).") from error
        if self.format not in (FORMAT, WITHOUT_TREE):
            raise Refused(f"{folder} is a bundle of another kind, {self.format!r}. This software reads {FORMAT}.")

    @property
    def has_tree(self) -> bool:
        """Tell whether it holds tree, checkpoint and lists."""
        return bool(self.format == FORMAT)

    # ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def entries(self) -> Iterator[Entry]:
        """Read every entry, also the withheld ones, in log order; raise Refused with the line that is wrong."""
        with ExitStack() as stack:
            withheld = self._open(stack, WITHHELD)
            lines, hashes = numbered_lines(self._needed(stack, ENTRIES), ENTRIES), self._hashes(stack)
            reader = Reader(ENTRIES, WITHHELD, numbered_lines(withheld, WITHHELD) if withheld else None, self._orders())
            stack.callback(reader.versions.close)
            for number, line in lines:
                yield reader.read(number, line, *next(hashes, ("", b"")))
            if reader.position != self.position or (reader.last or None) != self.leaf_hash:
                raise Refused(
                    f"{ENTRIES} ends at line {reader.position}, not with the entry that {MANIFEST} names, {self.position}."
                )
            for name, _ in hashes:
                raise Refused(f"{name} line {reader.position + 1}: there is no such entry in {ENTRIES}.")
            for number, _ in reader.withheld or ():
                raise Refused(f"{WITHHELD} line {number}: there is no such entry in {ENTRIES}.")

    def _hashes(self, stack: ExitStack) -> Iterator[tuple[str, bytes]]:
        """Read the hash of each leaf, with the file that it stands in."""
        if self.has_tree:
            return TileFiles(self.folder, self.position).leaves()
        lines = numbered_lines(self._needed(stack, HASHES), HASHES)
        return ((HASHES, _bytes(line)) for _, line in lines)

    def _orders(self) -> Orders:
        """Find the orders that withheld entries; each comes after its entry."""
        orders = Orders()
        with ExitStack() as stack:
            for name in (ENTRIES, WITHHELD) if self.has_tree else ():
                file = self._open(stack, name)
                for _, line in numbered_lines(file, name) if file else ():
                    orders.look(line)
        return orders

    # ── the rest ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Read the stored texts and order documents; raise Refused where one is not what its name says."""
        for part in (TEXTS, WITHHELD_TEXTS):
            for path in sorted(path for path in (self.folder / part).glob("*") if path.is_file()):
                content = path.read_bytes()
                if sha256(content) != path.name:
                    raise Refused(f"{part}/{path.name}: its content has another SHA-256.")
                yield path.name, content

    def former(self) -> Iterator[bytes]:
        """Read the last checkpoints of former origins, the oldest first."""
        number = 1
        while (path := self.folder / FORMER / str(number)).exists():
            content = path.read_bytes()
            _checkpoint(f"{FORMER}/{number}", content)
            yield content
            number += 1

    def verify(self) -> Iterator[Entry]:
        """Read the whole bundle as a restore would, and see that every text that is named is there."""
        if self.has_tree:
            self._verify_tree()
        named: dict[str, int] = {}
        for entry in self.entries():
            for name in texts_named(entry):
                named.setdefault(name, entry.position)
            yield entry
        for name, _ in self.texts():
            named.pop(name, None)
        for name, position in named.items():
            raise Refused(f"{ENTRIES} line {position}: names the text {name}, which the bundle does not hold.")

    def _verify_tree(self) -> None:
        """See that the tiles are one tree, and that the bundle's key has signed it."""
        for _ in self.former():
            pass
        note, checkpoint = _checkpoint(CHECKPOINT, self._read(CHECKPOINT))
        try:
            key = notes.read_vkey(self._read(VKEY).decode("utf-8", "replace"))
            notes.verify(note, [key])
        except (InvalidInput, NotSigned) as error:
            raise Refused(f"{CHECKPOINT} is not signed by the key in {VKEY}. {error.sentence}") from error
        if (checkpoint.origin, checkpoint.size) != (key.name, self.position):
            raise Refused(
                f"{CHECKPOINT} is not of this bundle: it is of {checkpoint.origin} at size {checkpoint.size}."
            )
        if TileFiles(self.folder, self.position).root() != checkpoint.root:
            raise Refused(f"{CHECKPOINT} was signed of another log: the tiles lead to another root.")

    def _read(self, name: str) -> bytes:
        try:
            return (self.folder / name).read_bytes()
        except OSError as error:
            raise Refused(f"{self.folder} is no whole bundle: {name} cannot be read ({error.strerror}).") from error

    def _open(self, stack: ExitStack, name: str) -> BinaryIO | None:
        path = self.folder / name
        return stack.enter_context(path.open("rb")) if path.exists() else None

    def _needed(self, stack: ExitStack, name: str) -> BinaryIO:
        opened = self._open(stack, name)
        if opened is None:
            raise Refused(f"{self.folder} is no whole bundle: {name} is missing.")
        return opened


def _checkpoint(name: str, content: bytes) -> tuple[Note, Checkpoint]:
    try:
        note = notes.read_note(content)
        return note, notes.read_checkpoint(note.text)
    except InvalidInput as error:
        raise Refused(f"{name}: {error.sentence}") from error


def _bytes(line: bytes) -> bytes:
    try:
        return bytes.fromhex(line.decode("ascii", "replace"))
    except ValueError:
        return b""
