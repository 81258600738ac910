"""Bundles for auditors: exported by the real register, and edited as somebody would who wants to deceive."""

from __future__ import annotations

import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import wsgi
from projections.auditing import questions
from projections.auditing.audit import Audited, Trust, audited
from projections.auditing.found import Difference, Report
from projections.auditing.questions import Question
from projections.auditing.whole import MANIFEST
from projections.listfiles import ListFiles
from projections.room import ReadingRoom
from signatures.aggregate import Reason
from signatures.bundles import bundle
from signatures.bundles.sums import SUMS, sums
from signatures.bundles.tilefiles import Tiling
from signatures.log.eventlog import canonical, leaf_hash
from signatures.proof import ed25519, notes
from signatures.proof.notes import COSIGNS, Checkpoint, Key, Note
from signatures.proof.witnesses import Witnesses
from signatures.room import Room
from tests.api import small_environ
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.eventful import EDITOR, Eventful, eventful

WITNESS, WITNESS_KEY = "witness.example.org", b"w" * 32


class Exported(NamedTuple):
    """A bundle, the key that signed it, and what happened in its register."""

    folder: Path
    private: bytes
    happened: Eventful


def export(room: Room, folder: Path, *, position: int | None = None, public: bool = True) -> Path:
    """Write a bundle as the command does."""
    newest = room.store.newest()
    end = position or (newest.position if newest else 0)
    files = ListFiles(ReadingRoom(room).lists, end, today=position is None)
    bundle.export(
        room.checkpoints,
        folder,
        position=position,
        public=public,
        lists=lambda part, _end: files.write(part, lambda _done: None),
    )
    return folder


def busy(room: Room) -> Eventful:
    """Let everything happen, an order of erasure and late signatures too, and let a witness see it before the end."""
    happened = eventful(room.register)
    room.register.withhold(EDITOR, happened.alpha.position, Reason("legal", "an order of a court"))
    cosign(room)
    room.register.correct(EDITOR, happened.again.signature_id, {"acronym": "BU"})
    room.checkpoints.make()
    return happened


def cosign(room: Room) -> None:
    """Let a witness sign what the log holds now."""
    witnesses = Witnesses(room.store)
    witnesses.add(Key(WITNESS, ed25519.public_of(WITNESS_KEY), COSIGNS).vkey())
    note = notes.read_note(room.checkpoints.make())
    line = notes.cosign(note.text, WITNESS, WITNESS_KEY, int(room.clock().timestamp()))
    witnesses.take(Note(note.text, (line,)).encode(), room.checkpoints)


def make(folder: Path) -> Exported:
    """Make a register in which everything happened, and its public bundle; beside it the operator's, and earlier ones."""
    environ = small_environ(folder)
    wsgi.initialise(environ)
    with closing(Room(environ, FixedClock(NOW))) as room:
        happened = busy(room)
        export(room, folder / "public")
        export(room, folder / "operator", public=False)
        export(room, folder / "earlier", position=happened.alpha.position - 1)
        private = ed25519.read_private_pem(room.checkpoints.key_file.read_bytes(), "key")
    return Exported(folder / "public", private, happened)


# ── auditing ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def audit(folder: Path, trust: Trust | None = None) -> Report:
    """Audit a bundle in this process."""
    with audited(folder, trust or Trust()) as one:
        return one.report


def first(folder: Path, trust: Trust | None = None) -> Difference | None:
    """Tell the first difference that an audit names."""
    differences = audit(folder, trust).differences
    return differences[0] if differences else None


# ── editing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines(path: Path) -> list[bytes]:
    """Read a file's lines, with their ends."""
    return path.read_bytes().splitlines(keepends=True)


def summed(folder: Path) -> None:
    """Make SHA256SUMS anew, as anybody can."""
    (folder / SUMS).write_bytes(sums(folder))


def copied(folder: Path, target: Path) -> Path:
    """Copy a bundle afresh."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(folder, target)
    return target


def retiled(folder: Path) -> bytes:
    """Make the tiles fit the entries, as somebody would who changes a log on purpose; return the root."""
    shutil.rmtree(folder / "tile", ignore_errors=True)

    def write(tile: Any, content: bytes) -> None:
        path = folder / "tile" / tile.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    tiling = Tiling(write)
    for line in lines(folder / "entries.jsonl"):
        document = json.loads(line)
        tiling.append(bytes.fromhex(document["leaf_hash"]) if "leaf_hash" in document else leaf_hash(line[:-1]))
    return tiling.end()


def resigned(folder: Path, private: bytes, root: bytes) -> None:
    """Sign the log again, as only its operator can."""
    origin = notes.read_vkey((folder / "vkey").read_text()).name
    text = Checkpoint(origin, len(lines(folder / "entries.jsonl")), root).text()
    (folder / "checkpoint").write_bytes(Note(text, (notes.sign(text, origin, private),)).encode())
    for name in ("cosigned", "witnesses"):
        (folder / name).unlink(missing_ok=True)


def remarked(folder: Path, **changes: object) -> None:
    """Change what the manifest says."""
    path = folder / MANIFEST
    path.write_bytes(json.dumps(json.loads(path.read_bytes()) | changes, indent=2).encode() + b"\n")


def rewritten(line: bytes, **changes: Any) -> bytes:
    """Change fields of an entry's data, and write it as entries are written."""
    document = json.loads(line)
    document["data"] |= changes
    return canonical(document) + b"\n"


def answered(audit: Audited, question: Question) -> bytes:
    """Ask a bundle that was audited, as the command does."""
    written: list[str] = []
    questions.answer(audit, question, written.append, lambda: NOW)
    return "".join(written).encode()
