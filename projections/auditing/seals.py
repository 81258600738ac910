"""What is signed in a bundle: its checkpoint, cosignatures of witnesses, former origins, and what an auditor held before."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from typing import NamedTuple

from projections.auditing.folder import Folder, Missing
from projections.auditing.found import Report
from projections.auditing.grown import Claim, Grown
from projections.auditing.index import Index
from projections.auditing.leaves import stream_key
from projections.receipts import instant
from signatures.errors import InvalidInput
from signatures.proof import notes
from signatures.proof.ed25519 import Unchecked
from signatures.proof.merkle import HASH_BYTES
from signatures.proof.notes import COSIGNS, SIGNS_NOTES, Checkpoint, Key, Note, NotSigned, Signed

CHECKPOINT, VKEY, COSIGNED, WITNESSES, FORMER = "checkpoint", "vkey", "cosigned", "witnesses", "former"
LOST = "SELECT place FROM entry WHERE stream >= x'6c' AND stream < x'6d' AND version = 1 ORDER BY position"  # l, loss
NOTE_LIMIT = notes.NOTE_LIMIT
NUMBERED = re.compile(r"(.+)/([2-9]|[1-9][0-9]{1,8})")  # the second and later origins of a log


class Sealed(NamedTuple):
    """A note with the checkpoint that it holds, and the file that it came from."""

    name: str
    note: Note
    checkpoint: Checkpoint


class Seals:
    """The signed notes of a bundle, read before its log and judged after it."""

    def __init__(self, folder: Folder, report: Report) -> None:
        """Read keys and notes; one that is none is reported."""
        self.folder, self.report = folder, report
        self.key = self._vkey()
        self.witnesses = self._witnesses()
        self.checkpoint = self._sealed(CHECKPOINT)
        self.cosigned = self._sealed(COSIGNED) if folder.has(COSIGNED) else None
        names = sorted(folder.names(FORMER), key=lambda name: (len(name), name)) if folder.has(FORMER) else []
        self.former = [sealed for sealed in map(self._sealed, names) if sealed]
        for number, name in enumerate(names, 1):
            if name != f"{FORMER}/{number}":
                report.differs(f"{name} is there, where {FORMER}/{number} comes next.")
                break

    @property
    def root(self) -> bytes | None:
        """Tell the root that the checkpoint names; None where there is no checkpoint."""
        return self.checkpoint.checkpoint.root if self.checkpoint else None

    def claims(self) -> list[Claim]:
        """List what the notes say of the log's roots; those of former origins may be of entries that were lost."""
        return [claim_of(one, sure=self._is_signed(one)) for one in (self.checkpoint, self.cosigned) if one]

    def _is_signed(self, sealed: Sealed) -> bool:
        try:
            return self.key is not None and bool(notes.verify(sealed.note, [self.key]))
        except (NotSigned, Unchecked):
            return False

    # ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _vkey(self) -> Key | None:
        keys = self._keys(VKEY, SIGNS_NOTES)
        if len(keys) > 1:
            self.report.differs(f"{VKEY} holds more than one key.")
        return keys[0] if keys else None

    def _witnesses(self) -> list[Key]:
        return self._keys(WITNESSES, COSIGNS) if self.folder.has(WITNESSES) else []

    def _keys(self, name: str, kind: int) -> list[Key]:
        """Read a file of keys, a line each, written in the one way."""
        try:
            content = self.folder.read(name, NOTE_LIMIT)
            keys = [notes.read_vkey(line) for line in content.decode().split("\n")[:-1]]
            if keys and "".join(f"{key.vkey()}\n" for key in keys).encode() == content:
                if len(set(keys)) == len(keys) and all(key.kind == kind for key in keys):
                    return keys
                self.report.differs(f"{name} holds a key twice, or one of another kind.")
                return []
            self.report.differs(f"{name} is not a verification key a line.")
        except Missing:
            self.report.differs(f"{name} is missing.")
        except (InvalidInput, UnicodeDecodeError):
            self.report.differs(f"{name} is no verification key: it was changed.")
        return []

    def _sealed(self, name: str) -> Sealed | None:
        try:
            return read_sealed(name, self.folder.read(name, NOTE_LIMIT))
        except Missing:
            self.report.differs(f"{name} is missing.")
        except InvalidInput as error:
            self.report.differs(f"{name}: {error.sentence} It was changed.")
        return None

    # ── judging ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def judge(self, grown: Grown, end: int, trusted: Key | None, earlier: Sequence[Key] = ()) -> None:
        """Check every signature, and every root against the log, which ends at a position.

        Keys with which the log signed earlier may be given: a bundle holds today's alone.
        """
        report = self.report
        if trusted and self.key and trusted != self.key:
            report.differs(
                f"{VKEY} holds another key than the one that you trust: {self.key.vkey()} instead of {trusted.vkey()}."
            )
        key = trusted or self.key
        if key is None:
            report.unchecked.append("No signature was checked: there is no key.")
            return
        if self.checkpoint:
            sealed = self.checkpoint
            if (sealed.checkpoint.origin, sealed.checkpoint.size) != (key.name, end):
                report.differs(
                    f"{CHECKPOINT} is of {sealed.checkpoint.origin} at size {sealed.checkpoint.size}, the bundle of"
                    f" {key.name} at {end}.",
                    min(sealed.checkpoint.size, end) + 1 if sealed.checkpoint.size != end else None,
                )
            self._signed(sealed, [key, *self.witnesses], needed=key)
        if self.cosigned:
            self._root(self.cosigned, key.name, grown, end)
            found = self._signed(self.cosigned, [key, *self.witnesses], needed=key)
            if found and not any(one.key.kind == COSIGNS for one in found):
                report.differs(f"{COSIGNED} bears no signature of a witness.")
        for sealed in self.former:
            if sealed.checkpoint.size > end:
                report.differs(f"{sealed.name} is of size {sealed.checkpoint.size}, beyond this log.")
            self._together(sealed, [key.public, *(one.public for one in earlier)])

    def _together(self, sealed: Sealed, publics: list[bytes]) -> None:
        """Check the last checkpoint of a former origin, which that one and the one after it signed, each with its key of then."""
        origins = (sealed.checkpoint.origin, _successor(sealed.checkpoint.origin))
        for origin in origins:
            if not any(one.name == origin for one in sealed.note.signatures):
                self.report.differs(f"{sealed.name} bears no signature of {origin}.")
        keys = [Key(origin, public) for origin in origins for public in dict.fromkeys(publics)]
        self._signed(sealed, keys, others=origins)

    def _root(self, sealed: Sealed, origin: str, grown: Grown, end: int) -> None:
        size = sealed.checkpoint.size
        if sealed.checkpoint.origin != origin or size > end:
            self.report.differs(f"{sealed.name} is of {sealed.checkpoint.origin} at size {size}, beyond this log.")
        elif grown.roots.get(size) not in (None, sealed.checkpoint.root):
            self.report.differs(f"{sealed.name}: the first {size} entries are not those that were signed there.", None)

    def _signed(
        self, sealed: Sealed, keys: list[Key], *, needed: Key | None = None, others: Sequence[str] = ()
    ) -> list[Signed]:
        """Check all signatures of a note; each is to be of a key that is known, or of one of the other names that are given."""
        report = self.report
        known = {(key.name, key.id): key for key in keys}
        lines = [(one.name, one.key_id) for one in sealed.note.signatures]
        strangers = [name for name, id_ in lines if (name, id_) not in known]
        for name in strangers:
            if name in others:
                report.unchecked.append(
                    f"{sealed.name}: the signature of {name}, by a key that is not in the bundle: give it with --vkey, too"
                )
            else:
                report.differs(
                    f"{sealed.name} bears a signature of {name} by a key that neither {VKEY} nor {WITNESSES} names."
                )
        if len(set(lines)) != len(lines):
            report.differs(f"{sealed.name} bears a signature twice.")
        if needed is None and len(strangers) == len(lines):
            return []
        try:
            found = notes.verify(sealed.note, keys)
        except Unchecked as error:
            report.unsigned = True
            report.unchecked.append(f"{sealed.name}: {error.sentence}")
            return []
        except NotSigned as error:
            report.differs(f"{sealed.name}: {error.sentence}")
            return []
        if needed and not any(one.key == needed for one in found):
            report.differs(f"{sealed.name} is not signed by {needed.name}.")
        report.checked.append(f"{sealed.name}: size {sealed.checkpoint.size}, {', '.join(map(_signer, found))}")
        return found

    def losses(self, index: Index) -> None:
        """See that the log tells of each former origin what was lost when it ended, and the notes of no other."""
        lost = [index.leaf(place) for (place,) in index.ask(LOST)]
        for number, leaf in enumerate(lost, 1):
            data, name = leaf["data"], f"{FORMER}/{number}"
            sealed = next((one for one in self.former if one.name == name), None)
            count, last = index.one(
                "SELECT count(*), max(position) FROM entry WHERE stream = ?", (stream_key(leaf["stream"]),)
            ) or (0, 0)
            told = (data["origin"], data["size"], data["root"])
            if sealed is None:
                self.report.differs(f"its former origin's checkpoint, {name}, is missing.", leaf["position"])
            elif (*sealed.checkpoint[:2], base64.b64encode(sealed.checkpoint.root).decode()) != told:
                self.report.differs(f"it names another checkpoint than {name} is.", leaf["position"])
            elif not leaf["position"] + count - 1 == last == data["size"]:
                self.report.differs(
                    f"{count} positions are told to be lost, up to another one than {name} is of.", leaf["position"]
                )
            else:
                self.report.checked.append(
                    f"positions {leaf['position']} to {data['size']} were lost, and the log says so"
                )
        for sealed in self.former:
            if sealed.name not in {f"{FORMER}/{number}" for number in range(1, len(lost) + 1)}:
                self.report.differs(f"{sealed.name} is too much: the log tells of no such loss.")


def claim_of(sealed: Sealed, *, sure: bool = True) -> Claim:
    """Tell what a note says of the log's root."""
    return Claim(sealed.checkpoint.size, sealed.checkpoint.root, sealed.name, sure)


def _successor(origin: str) -> str:
    """Name the origin under which a log goes on after a loss."""
    numbered = NUMBERED.fullmatch(origin)
    return f"{numbered[1]}/{int(numbered[2]) + 1}" if numbered else f"{origin}/2"


def read_sealed(name: str, content: bytes) -> Sealed:
    """Read a note that holds a checkpoint; raise InvalidInput for what is none."""
    note = notes.read_note(content)
    if note.encode() != content:
        raise InvalidInput("This is no signed note as it is written.")
    checkpoint = notes.read_checkpoint(note.text)
    if checkpoint.extensions or len(checkpoint.root) != HASH_BYTES:
        raise InvalidInput("This is no checkpoint of a register: it has other lines than origin, size and root.")
    return Sealed(name, note, checkpoint)


def _signer(signed: Signed) -> str:
    if signed.time is None:
        return f"signed by {signed.key.name}"
    return f"cosigned by {signed.key.name} on {instant(signed.time)}"
