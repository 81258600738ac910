"""The guard: nothing is appended to a log that is behind the checkpoint outside it, or is another log.

Looking at the file costs less than a hundredth of a commit; the tree is asked only where the file has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from signatures.database import Transaction
from signatures.errors import StorageUnavailable
from signatures.proof import tree
from signatures.proof.notes import Checkpoint
from signatures.proof.outside import LogDiverged, Outside, behind, diverged

Seen = tuple[int, int, int]
CHECKPOINT = "its checkpoint outside the database"  # these sentences reach visitors: no paths
MISSING = (
    "The file `checkpoint` is not in the state folder, so nobody can tell whether the log is the newest one. See that "
    "SIGNATURES_STATE_DIR names the folder that `serve` uses; if the file is gone, `signatures init` puts it back. "
    "Nothing was recorded."
)


class Guard:
    """Stands before every append, with the log's lock held."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        """Look into the state folder, which may have to be asked for."""
        self.folder = folder
        self._outside: Outside | None = None
        self._seen: Seen | None = None
        self._agreed: Checkpoint | None = None

    def __call__(self, transaction: Transaction, size: int) -> None:
        """Raise LogDiverged if a log of this size is not a continuation of what was signed; nothing is written then."""
        outside = self._outside = self._outside or Outside(self.folder())
        seen = _seen(outside.path)
        if seen != self._seen or self._agreed is None:
            self._agree(transaction, size, outside)
            self._seen = seen
        elif size < self._agreed.size:
            raise LogDiverged(behind(size, CHECKPOINT, self._agreed.size))

    def _agree(self, transaction: Transaction, size: int, outside: Outside) -> None:
        self._agreed = None
        signed = outside.read()
        if signed is None:
            raise StorageUnavailable(MISSING)
        if size < signed.size:
            raise LogDiverged(behind(size, CHECKPOINT, signed.size))
        if tree.root(transaction, signed.size) != signed.root:
            raise LogDiverged(diverged(CHECKPOINT, signed.size))
        self._agreed = signed


def _seen(path: Path) -> Seen:
    """Tell by what a file that is always replaced whole is known again."""
    try:
        found = path.stat()
    except FileNotFoundError as error:
        raise StorageUnavailable(MISSING) from error
    except OSError as error:
        raise StorageUnavailable(f"The file of {CHECKPOINT} cannot be read ({error.strerror}).") from error
    return found.st_mtime_ns, found.st_ino, found.st_size
