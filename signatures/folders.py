"""Folders and files written whole: beside their place first, on the disk, then under their name."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4

from signatures.errors import Refused, StorageUnavailable


@contextmanager
def new_folder(folder: Path, mode: int = 0o755) -> Iterator[Path]:
    """Fill a folder beside the one that is wanted, and give it that name when all is on the disk."""
    folder = folder.absolute()
    part = folder.with_name(f".{folder.name}.{uuid4().hex[:8]}.part")
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise Refused(f"{folder} exists and is not empty. Name a new folder; nothing was written.")
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        part.mkdir(mode=mode)
        yield part
        for below, _, _ in os.walk(part):
            sync_folder(Path(below))
        part.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise StorageUnavailable(f"{folder} cannot be written ({error.strerror or error}).") from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def make_folder(path: Path, mode: int = 0o700) -> None:
    """Make a folder and those above it where they are missing, and see on the disk that they are there."""
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    path.mkdir(mode=mode, parents=True, exist_ok=True)
    for folder in missing:
        sync_folder(folder.parent)


@contextmanager
def new_file(path: Path, mode: int = 0o644) -> Iterator[BinaryIO]:
    """Open a new file for writing, and see it on the disk before going on."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_once(path: Path, content: bytes) -> None:
    """Write a file that nobody sees half written, unless somebody else was quicker."""
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        with new_file(part) as file:
            file.write(content)
        with suppress(FileExistsError):
            path.hardlink_to(part)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """See on the disk which files a folder holds."""
    with suppress(OSError):  # some file systems do not sync folders
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
