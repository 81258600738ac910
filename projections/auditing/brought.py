"""What an auditor brings along: a checkpoint held before, witnesses that are known, keys from elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from projections.auditing.found import CannotRead, Report
from projections.auditing.grown import Grown, narrowed
from projections.auditing.seals import NOTE_LIMIT, Sealed, Seals, read_sealed
from signatures.errors import InvalidInput
from signatures.proof import notes
from signatures.proof.ed25519 import Unchecked
from signatures.proof.notes import COSIGNS, Key, NotSigned

LOSSES = (
    "The register tells of a loss under its former name: entries Lost stand where yours stood, and no copy holds them."
)


def since(seals: Seals, sealed: Sealed, grown: Grown, end: int, keys: list[Key]) -> None:
    """Compare with a checkpoint that the auditor held before: this log, which ends at a position, is to begin as that one."""
    size, origin = sealed.checkpoint.size, sealed.checkpoint.origin
    lost = any(one.checkpoint.origin == origin for one in seals.former)
    if not lost and seals.key and origin != seals.key.name:
        seals.report.differs(f"{sealed.name} is of another log, {origin}; this one is {seals.key.name}.")
        return
    _held(seals.report, sealed, [*keys, *(Key(origin, key.public) for key in keys if lost)])
    if size > end:
        seals.report.differs(
            f"the log ends at position {end}, behind the checkpoint that you hold ({sealed.name}, size {size}):"
            f" positions {end + 1} to {size} were cut off.",
            end + 1,
        )
    elif size > grown.size:
        seals.report.unchecked.append(f"{sealed.name} was not compared: the log was not read as far as position {size}")
    elif grown.roots.get(size) != sealed.checkpoint.root:
        told = f" {LOSSES}" if lost else ""
        narrowed(
            grown,
            f"The first {size} entries are not those of the checkpoint that you hold ({sealed.name}).{told}",
            seals.report,
        )
    else:
        seals.report.checked.append(
            f"since {sealed.name}: the log began as the one that you held at size {size}; nothing up to there was changed"
        )


def _held(report: Report, sealed: Sealed, keys: list[Key]) -> None:
    known = {(key.name, key.id) for key in keys}
    if not any((one.name, one.key_id) in known for one in sealed.note.signatures):
        report.unchecked.append(
            f"the signature under {sealed.name}, by a key that is not here: it is taken as you kept it, or give that"
            " key with --vkey, too"
        )
        return
    try:
        notes.verify(sealed.note, keys)
    except Unchecked:
        report.unsigned = True
        report.unchecked.append(f"{sealed.name}: its signature was not checked.")
    except NotSigned as error:
        report.differs(f"{sealed.name}: {error.sentence}")


def cosigned_by(seals: Seals, wanted: Iterable[Key]) -> None:
    """See that witnesses whom the auditor knows have cosigned a checkpoint of this log."""
    for key in wanted:
        for sealed in (seals.checkpoint, seals.cosigned):
            if sealed and any((one.name, one.key_id) == (key.name, key.id) for one in sealed.note.signatures):
                if key not in seals.witnesses:  # else its signature was checked with all others
                    _held(seals.report, sealed, [key])
                seals.report.checked.append(f"{sealed.name}: cosigned by {key.name} at size {sealed.checkpoint.size}")
                break
        else:
            seals.report.differs(f"No checkpoint of this bundle bears a signature of the witness {key.name}.")


def held(path: Path) -> Sealed:
    """Read a checkpoint that the auditor held before; raise CannotRead for what is none."""
    try:
        with path.open("rb") as file:
            return read_sealed(str(path), file.read(NOTE_LIMIT + 1))
    except OSError as error:
        raise CannotRead(f"{path} cannot be read ({error.strerror}).") from error
    except InvalidInput as error:
        raise CannotRead(f"{path}: {error.sentence}") from error


def witness_given(text: str) -> Key:
    """Read a witness's key; raise InvalidInput for that of a log, which is no witness of itself."""
    key = key_given(text)
    if key.kind != COSIGNS:
        raise InvalidInput(f"The key of {key.name} is one that signs logs, not a witness's. Give it with --vkey.")
    return key


def key_given(text: str) -> Key:
    """Read a key that is written on the command line, or in a file."""
    path = Path(text)
    try:
        if "+" not in text or path.is_file():
            with path.open(encoding="utf-8") as file:
                text = file.read(NOTE_LIMIT).split("\n")[0]
        return notes.read_vkey(text)
    except (OSError, UnicodeDecodeError) as error:
        raise CannotRead(f"{path} cannot be read as a key: give the line itself, or a file that holds it.") from error
