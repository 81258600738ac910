"""The files of a bundle, read with suspicion: nothing but plain files inside the folder, and no more of one than it may hold."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from projections.auditing.found import CannotRead

CHUNK = 1 << 20
SMALL_FILE = 1 << 20  # bytes: notes, keys and the manifest are far smaller
DOCUMENT = 9 << 20  # texts and orders have at most 8 MiB


class Missing(Exception):
    """A file that should be there."""


class Folder:
    """A bundle's folder; names are relative, with slashes."""

    def __init__(self, root: Path) -> None:
        """Point at it."""
        self.root = root
        if not root.is_dir():
            raise CannotRead(f"{root} is no folder. Give the folder that `signatures export` wrote.")

    def path(self, name: str) -> str:
        """Tell where a file lies."""
        return os.path.join(self.root, name)  # noqa: PTH118 - ten thousand times faster than Path here

    def open(self, name: str) -> BinaryIO:
        """Open a plain file; what is a link or a device is as good as missing."""
        try:
            if not stat.S_ISREG(os.lstat(self.path(name)).st_mode):
                raise Missing(name)
            return open(self.path(name), "rb")  # noqa: PTH123 - the caller closes it
        except (FileNotFoundError, NotADirectoryError) as error:
            raise Missing(name) from error
        except OSError as error:
            raise CannotRead(f"{self.path(name)} cannot be read ({error.strerror}).") from error

    def read(self, name: str, limit: int = SMALL_FILE) -> bytes:
        """Read a file, and one byte more than it may hold where it holds more."""
        with self.open(name) as file:
            return file.read(limit + 1)

    def size(self, name: str) -> int:
        """Tell how many bytes a file has; 0 where it is missing."""
        try:
            return os.lstat(self.path(name)).st_size
        except OSError:
            return 0

    def has(self, name: str) -> bool:
        """Tell whether anything of that name is there."""
        return os.path.lexists(self.path(name))

    def sha256(self, name: str) -> str:
        """Compute a file's SHA-256, a piece at a time."""
        digest = hashlib.sha256()
        with self.open(name) as file:
            while piece := file.read(CHUNK):
                digest.update(piece)
        return digest.hexdigest()

    def plain(self, name: str) -> bool:
        """Tell whether a plain file lies there."""
        try:
            return stat.S_ISREG(os.lstat(self.path(name)).st_mode)
        except OSError:
            return False

    def names(self, below: str = "") -> Iterator[str]:
        """List everything that is no folder, sorted within each folder, however deep these lie."""
        waiting = self._within(below)
        while waiting:
            name, entry = waiting.pop()
            if entry.is_dir(follow_symlinks=False):
                waiting += self._within(name)
            else:
                yield name

    def _within(self, below: str) -> list[tuple[str, os.DirEntry[str]]]:
        """List what lies in a folder, the last name first."""
        try:
            with os.scandir(self.path(below) if below else self.root) as found:
                entries = sorted(found, key=lambda entry: entry.name, reverse=True)
        except NotADirectoryError:
            return []
        except OSError as error:
            raise CannotRead(f"{self.path(below)} cannot be read ({error.strerror}).") from error
        return [(f"{below}/{entry.name}" if below else entry.name, entry) for entry in entries]
