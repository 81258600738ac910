"""A disk that forgets: recorded calls carried out on files that hold only what was synced, and whatever else a cut leaves.

Between two syncs a disk may have written any part of what it was given, in any order, and half of a sector's neighbours.
What was synced stays. Names of files are as safe as their folder's last sync, and change in the order of the calls.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from itertools import takewhile
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from tests.faults.recording import SIZES, SYNCS, UNKNOWN, WRITES, Call

IGNORED = ("-shm",)  # shared memory between processes; whoever comes first after a cut makes it anew


class Change(NamedTuple):
    """Bytes for a place in a file, or its size where there are none; done when the call had ended."""

    ended: int
    offset: int
    data: bytes | None


class File:
    """A file as it is on the disk for certain, and what came since; or a folder."""

    def __init__(self, content: bytes = b"", *, folder: bool = False) -> None:
        """Begin with bytes that are safe."""
        self.folder = folder
        self.settled = bytearray(content)
        self.pending: list[Change] = []
        self.size = len(content)  # as processes see it

    def change(self, change: Change) -> None:
        """Take a change that is not synced."""
        self.pending.append(change)
        self.size = change.offset if change.data is None else max(self.size, change.offset + len(change.data))

    def sync(self, began: int) -> None:
        """Settle what had been done before the sync began."""
        for change in self.pending:
            if change.ended < began:
                _apply(self.settled, change)
        self.pending = [change for change in self.pending if change.ended >= began]


class Naming(NamedTuple):
    """A name that is given to a file, or taken away where there is none; a renaming does both at once."""

    ended: int
    names: tuple[tuple[str, File | None], ...]

    def is_of(self, folder: str) -> bool:
        """Tell whether it changes a folder."""
        return any(str(PurePosixPath(path).parent) == folder for path, _ in self.names)


Image = dict[str, bytes]


class Manner(NamedTuple):
    """A way in which a disk forgets: how many of the unsynced names it keeps, and what of the unsynced changes."""

    name: str
    names: Callable[[random.Random, int], int]
    changes: Callable[[random.Random, list[Change]], Iterable[Change]]


class Disk:
    """The files below one folder, which is there for certain."""

    def __init__(self, root: Path, there: Image) -> None:
        """Begin with what was synced before the recording."""
        self.root = str(root)
        self.names: dict[str, File] = {self.root: File(folder=True)}
        for name, content in there.items():
            for folder in PurePosixPath(name).parents:
                self.names.setdefault(str(root / folder), File(folder=True))
            self.names[str(root / name)] = File(content)
        self.settled = dict(self.names)
        self.pending: list[Naming] = []
        self._cursors: dict[str, int] = {}

    def do(self, call: Call) -> bool:
        """Carry a call out; tell whether it was one of these files'."""
        if call.name in UNKNOWN:
            raise NotImplementedError(f"{call.name} is not simulated.")
        if call.name in (*WRITES, *SIZES, *SYNCS):
            file = self.names.get(call.file)
            if file is None or call.file.endswith(IGNORED):
                return False
            if call.name in SYNCS:
                self._sync(call, file)
            else:
                file.change(self._change(call, file))
            return True
        paths = [path for path in call.paths if path.startswith(f"{self.root}/") and not path.endswith(IGNORED)]
        return bool(paths) and self._name(call, paths)

    def _change(self, call: Call, file: File) -> Change:
        if call.name in SIZES:
            return Change(call.ended, call.number, None)
        data = call.strings[0][: call.result]
        if call.name == "pwrite64":
            return Change(call.ended, call.number, data)
        offset = self._cursors.get(call.file, file.size)
        self._cursors[call.file] = offset + len(data)
        return Change(call.ended, offset, data)

    def _sync(self, call: Call, file: File) -> None:
        file.sync(call.began)
        for naming in [one for one in self.pending if one.is_of(call.file) and one.ended < call.began]:
            _rename(self.settled, naming)
            self.pending.remove(naming)

    def _name(self, call: Call, paths: list[str]) -> bool:
        match call.name:
            case "openat":
                return self._open(call, paths[0])
            case "mkdir" | "mkdirat":
                self._naming(call, (paths[0], File(folder=True)))
            case "link" | "linkat":
                self._naming(call, (paths[1], self.names[paths[0]]))
            case "unlink" | "unlinkat":
                self._naming(call, (paths[0], None))
            case _:
                self._naming(call, (paths[0], None), (paths[1], self.names[paths[0]]))
        return True

    def _open(self, call: Call, path: str) -> bool:
        self._cursors.pop(path, None)
        if "O_CREAT" in call.words and path not in self.names:
            self._naming(call, (path, File()))
            return True
        file = self.names.get(path)
        if file is not None and "O_APPEND" not in call.words:
            self._cursors[path] = 0
        if file is not None and "O_TRUNC" in call.words:
            file.change(Change(call.ended, 0, None))
            return True
        return False

    def _naming(self, call: Call, *names: tuple[str, File | None]) -> None:
        naming = Naming(call.ended, names)
        _rename(self.names, naming)
        self.pending.append(naming)

    def image(self, draw: random.Random, manner: Manner) -> Image:
        """Tell what the disk would hold if the power failed now."""
        names = dict(self.settled)
        for naming in self.pending[: manner.names(draw, len(self.pending))]:
            _rename(names, naming)
        return {
            path.removeprefix(f"{self.root}/"): _content(file, draw, manner)
            for path, file in names.items()
            if not file.folder and self._is_reachable(path, names)
        }

    def _is_reachable(self, path: str, names: dict[str, File]) -> bool:
        """Tell whether all folders above it are there too."""
        above = (str(parent) for parent in PurePosixPath(path).parents)
        return all(parent in names for parent in takewhile(lambda parent: parent != self.root, above))


def _content(file: File, draw: random.Random, manner: Manner) -> bytes:
    content = bytearray(file.settled)
    for change in manner.changes(draw, file.pending):
        _apply(content, change)
    return bytes(content)


def _apply(content: bytearray, change: Change) -> None:
    grown = change.offset - len(content)
    if grown > 0:
        content.extend(bytes(grown))
    if change.data is None:
        del content[change.offset :]
    else:
        content[change.offset : change.offset + len(change.data)] = change.data


def _rename(names: dict[str, File], naming: Naming) -> None:
    for path, file in naming.names:
        if file is None:
            names.pop(path, None)
        else:
            names[path] = file
