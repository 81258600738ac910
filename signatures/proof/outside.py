"""The newest checkpoint outside the database: a file that only ever goes forward.

Whoever puts an old copy of the database back does not put this back with it, and so is told.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from signatures.errors import InvalidInput, RegisterError, StorageUnavailable
from signatures.folders import make_folder, new_file, sync_folder
from signatures.proof import notes
from signatures.proof.notes import Checkpoint, Key, Note, NotSigned

CHECKPOINT_FILE = "checkpoint"
NOTHING = "Nothing is served, recorded or signed like this."
MORE = "deploy/README.md tells more under “After a loss”."
CURE = f"{NOTHING} Put the newest copy of the database back; if there is none, run `signatures recover`. {MORE}"
OTHER_CURE = (
    f"{NOTHING} Put a copy back from before it was changed; if that is behind, run `signatures recover`. {MORE}"
)
FILE_CURE = (
    f"{NOTHING} Where the file alone is damaged, move it away: `signatures init` writes it again from the database; do that "
    f"when you are sure that the database is the newest. {MORE}"
)


class LogDiverged(RegisterError):
    """The log is not the one of which a checkpoint was signed."""

    code, title, status, exit_status = "log-diverged", "The log is not the one that was signed", 503, 3


def behind(position: int, what: str, size: int) -> str:
    """Say that a log ends before what was signed."""
    return f"The log ends at position {position}, behind {what}, which was signed at {size}. {CURE}"


def diverged(what: str, size: int) -> str:
    """Say that a log is another one than that which was signed."""
    return f"The first {size} entries of the log are not those of which {what} was signed. {OTHER_CURE}"


class Outside:
    """The file `checkpoint` in the state folder."""

    def __init__(self, folder: Path) -> None:
        """Name it; nothing is read yet."""
        self.path = folder / CHECKPOINT_FILE

    def read(self, key: Key | None = None) -> Checkpoint | None:
        """Read it, None where there is none; with a key, only what that key has signed is taken."""
        note = self.note()
        try:
            if note is not None and key is not None:
                notes.verify(note, [key])
            return notes.read_checkpoint(note.text) if note else None
        except (InvalidInput, NotSigned) as error:
            raise LogDiverged(f"{self.path} is not a checkpoint of this log. {error.sentence} {CURE}") from error

    def note(self) -> Note | None:
        """Read it with its signatures, whoever signed; None where there is none."""
        try:
            return notes.read_note(self.path.read_bytes())
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(f"{self.path} cannot be read ({error.strerror}). See whose it is.") from error
        except InvalidInput as error:
            raise LogDiverged(f"{self.path} is not a checkpoint of this log. {error.sentence} {FILE_CURE}") from error

    def write(self, size: int, note: bytes, *, replace: bool = False) -> None:
        """Put a checkpoint of a size there, unless a process beside this one has put a later one."""
        with self._alone():
            there = self.read()
            if replace or there is None or there.size < size:
                self._write(self.path, note)

    def keep(self, number: int, note: bytes) -> Path:
        """Keep the last checkpoint of a former origin beside it, should the database be lost once more."""
        path = self.path.with_name(f"{CHECKPOINT_FILE}-{number}")
        self._write(path, note)
        return path

    @staticmethod
    def _write(path: Path, note: bytes) -> None:
        part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
        try:
            with new_file(part) as file:
                file.write(note)
            part.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            raise StorageUnavailable(f"{path} cannot be written ({error.strerror}).") from error
        finally:
            part.unlink(missing_ok=True)

    def forget_empty(self) -> None:
        """Remove it if it speaks of an empty log, in whose place another was restored."""
        there = self.read()
        if there is not None and there.size == 0:
            self.path.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        lock = self.path.with_name(f"{CHECKPOINT_FILE}.lock")
        try:
            make_folder(self.path.parent)
            descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise StorageUnavailable(f"{lock} cannot be written ({error.strerror}).") from error
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
