"""SHA256SUMS of a bundle, as `sha256sum -c` reads it: it finds what no proof covers. Standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

SUMS = "SHA256SUMS"
NOT_SUMMED = (
    SUMS,
    "withheld.jsonl",
    "withheld-texts",
)  # the operator's own files do not go with a bundle that is handed on


def sums(folder: Path) -> bytes:
    """Write the SHA-256 of every file of a bundle that is handed on, in the order of their names."""
    names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return b"".join(f"{_sha256(folder / name)}  {name}\n".encode() for name in summed(names))


def summed(names: Iterable[str]) -> Iterable[str]:
    """Leave out the files that are not listed."""
    return (name for name in names if name.partition("/")[0] not in NOT_SUMMED)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
