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
from signatures.log import notes
from signatures.log.folders import new_file, sync_folder
from signatures.log.notes import Checkpoint, Key, NotSigned

CHECKPOINT_FILE = "checkpoint"
CURE = (
    "Nothing is served or signed like this. Put the newest copy of the database back; "
    "deploy/README.md tells more under “What to keep”."
)


class LogDiverged(RegisterError):
    """The log is not the one of which a checkpoint was signed."""

    code, title, status, exit_status = "log-diverged", "The log is not the one that was signed", 503, 3


class Outside:
    """The file `checkpoint` in the state folder."""

    def __init__(self, folder: Path) -> None:
        """Name it; nothing is read yet."""
        self.path = folder / CHECKPOINT_FILE

    def read(self, key: Key | None = None) -> Checkpoint | None:
        """Read it, None where there is none; with a key, only what that key has signed is taken."""
        try:
            note = notes.read_note(self.path.read_bytes())
            if key is not None:
                notes.verify(note, [key])
            return notes.read_checkpoint(note.text)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StorageUnavailable(f"{self.path} cannot be read ({error.strerror}). See whose it is.") from error
        except (InvalidInput, NotSigned) as error:
            raise LogDiverged(f"{self.path} is not a checkpoint of this log. {error.sentence} {CURE}") from error

    def write(self, size: int, note: bytes, *, replace: bool = False) -> None:
        """Put a checkpoint of a size there, unless a process beside this one has put a later one."""
        with self._alone():
            there = self.read()
            if replace or there is None or there.size < size:
                self._write(note)

    def _write(self, note: bytes) -> None:
        part = self.path.with_name(f".{CHECKPOINT_FILE}.{uuid4().hex[:8]}.part")
        try:
            with new_file(part) as file:
                file.write(note)
            part.replace(self.path)
            sync_folder(self.path.parent)
        except OSError as error:
            raise StorageUnavailable(f"{self.path} cannot be written ({error.strerror}).") from error
        finally:
            part.unlink(missing_ok=True)

    def forget_empty(self) -> None:
        """Remove it if it speaks of an empty log, in whose place another was restored."""
        there = self.read()
        if there is not None and there.size == 0:
            self.path.unlink()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(self.path.with_name(f"{CHECKPOINT_FILE}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)
