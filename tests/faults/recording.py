"""What programs asked of the disk, as strace saw it: every write, sync and change of a name below one folder, in order.

strace stops a process before and after each call, so its lines order the calls of all processes as they happened. What a
call changes may be there from its beginning on; what a sync promises holds from its end on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import NamedTuple

WRITES = ("write", "pwrite64")
SYNCS = ("fsync", "fdatasync")
SIZES = ("ftruncate", "truncate")
NAMES = ("openat", "rename", "renameat", "renameat2", "link", "linkat", "unlink", "unlinkat", "mkdir", "mkdirat")
SENDS = ("sendto",)
# Nothing that is recorded does any of these; were it to begin with it, the simulation would be wrong in silence.
UNKNOWN = ("writev", "pwritev", "pwritev2", "fallocate", "copy_file_range", "sendfile", "msync", "rmdir", "symlink")
CALLS = (*WRITES, *SYNCS, *SIZES, *NAMES, *SENDS, *UNKNOWN)
LINE = re.compile(r"(\d+) +(?:<\.\.\. \w+ resumed>|(?P<call>\w+)\()(?P<rest>.*)")
RESULT = re.compile(r"= (-?\d+|\?)")
QUOTED = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
DESCRIPTOR = re.compile(r"(?:AT_FDCWD|\d+)<((?:\\x[0-9a-f]{2})*)>")
NUMBER = re.compile(r", (\d+)(?=[,) ])")


def strace(output: Path) -> list[str]:
    """Write the command that records another one, its children too."""
    traced = f"trace={','.join(CALLS)}"
    return ["strace", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "1048576", "-e", traced, "-o", str(output)]


class Call(NamedTuple):
    """One call that succeeded, from one moment to another; moments are lines, counted through all recordings."""

    name: str
    words: str
    began: int
    ended: int
    result: int

    @property
    def moment(self) -> int:
        """Tell when it counts."""
        return self.ended if self.name in SYNCS else self.began

    @property
    def file(self) -> str:
        """Tell the path of the descriptor it works on."""
        found = DESCRIPTOR.match(self.words)
        return path_of(found[1]) if found else ""

    @property
    def strings(self) -> list[bytes]:
        """Tell the strings among its words."""
        found = QUOTED.findall(self.words)
        if any(cut for _, cut in found):
            raise ValueError(f"{self.name} was not recorded whole.")
        return [bytes_of(digits) for digits, _ in found]

    @property
    def paths(self) -> list[str]:
        """Tell the paths among its words, each from the root."""
        folders = [path_of(digits) for digits in DESCRIPTOR.findall(self.words)] or ["/", "/"]
        names = map(os.fsdecode, self.strings)
        return [str(PurePosixPath(folder, name)) for folder, name in zip(folders, names, strict=False)]

    @property
    def number(self) -> int:
        """Tell the last number among its words: an offset or a size."""
        return int(NUMBER.findall(self.words)[-1])


def bytes_of(digits: str) -> bytes:
    """Read bytes as strace writes them with -xx."""
    return bytes.fromhex(digits.replace("\\x", ""))


def path_of(digits: str) -> str:
    """Read a path as strace writes it with -xx."""
    return os.fsdecode(bytes_of(digits))


def read_calls(traces: Sequence[Path], below: Path) -> list[Call]:
    """Read what was done below a folder, and what was sent, in the order in which it counts."""
    found: list[Call] = []
    first = 0
    for trace in traces:
        with trace.open(encoding="ascii") as lines:
            numbered = list(enumerate(lines, first))
        found += _calls(numbered, "".join(f"\\x{byte:02x}" for byte in os.fsencode(below)))
        first += len(numbered)
    return sorted(found, key=lambda call: call.moment)


def _calls(lines: list[tuple[int, str]], mark: str) -> Iterator[Call]:
    """Join the two halves of calls that others interrupted; leave away what failed, or never came back."""
    begun: dict[str, tuple[str, str, int]] = {}
    for moment, line in lines:
        found = LINE.match(line)
        if found is None:
            continue  # signals, and processes that end
        name, words, began = found["call"], found["rest"], moment
        if name is None:
            if found[1] not in begun:
                continue
            name, words, began = begun.pop(found[1])
        elif mark not in line and name not in SENDS:
            continue
        elif words.endswith("<unfinished ...>"):
            begun[found[1]] = name, words, began
            continue
        result = RESULT.findall(found["rest"])[-1]
        if result != "?" and int(result) >= 0:
            yield Call(name, words, began, moment, int(result))
