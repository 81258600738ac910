"""Faults done to running processes from outside, each for as long as a block runs."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg

from signatures.sqlite import sqlite_folder
from tests.faults.served import Served, until


class Impossible(Exception):
    """This fault cannot be made here; the sentence says why."""


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    """Mount a file system of its own that is soon full."""
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=0755", "tmpfs", folder],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        raise Impossible("No file system can be mounted here.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


@contextmanager
def full(folder: Path, megabytes: int) -> Iterator[None]:
    """Leave no byte of a small file system free."""
    if shutil.disk_usage(folder).total > megabytes << 20:
        raise Impossible("No file system can be mounted here, and nobody wants a large one full.")
    filler = folder / "filler"
    try:
        with filler.open("wb", buffering=0) as file:
            for size in (1 << 20, 1 << 12, 1):
                while _written(file.fileno(), size):
                    pass
        yield
    finally:
        filler.unlink()


def _written(descriptor: int, size: int) -> bool:
    try:
        return os.write(descriptor, bytes(size)) == size
    except OSError:
        return False


@contextmanager
def limited(server: Served, kind: int, most: int | None) -> Iterator[None]:
    """Bound a resource of all workers; without a number to what each has now."""
    before = {pid: resource.prlimit(pid, kind) for pid in server.workers()}
    for pid, (_, hard) in before.items():
        resource.prlimit(pid, kind, (_open_files(pid) if most is None else most, hard))
    try:
        yield
    finally:
        for pid, limits in before.items():
            if Path(f"/proc/{pid}").exists():
                resource.prlimit(pid, kind, limits)


def _open_files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


@contextmanager
def failing(server: Served, call: str, error: str = "EIO") -> Iterator[None]:
    """Let a system call of all workers fail."""
    workers = server.workers()
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={call}:error={error}"]
    command += [word for pid in workers for word in ("-p", str(pid))]
    try:
        tracer = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    except FileNotFoundError as missing:
        raise Impossible("There is no strace.") from missing
    with tracer:
        until(lambda: tracer.poll() is not None or all(_is_traced(pid) for pid in workers))
        if tracer.poll() is not None and tracer.stderr:
            raise Impossible(f"strace cannot attach here: {tracer.stderr.read().decode().strip()}")
        try:
            yield
        finally:
            tracer.send_signal(signal.SIGINT)


def _is_traced(pid: int) -> bool:
    return all(
        "TracerPid:\t0" not in status.read_text().splitlines() for status in Path(f"/proc/{pid}/task").glob("*/status")
    )


@contextmanager
def locked(url: str) -> Iterator[None]:
    """Hold the log's lock, as somebody would with a tool of the database."""
    if url.startswith("sqlite:"):
        with closing(sqlite3.connect(sqlite_folder(url) / "register.db", isolation_level=None)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            yield
            connection.execute("ROLLBACK")
        return
    with psycopg.connect(url) as server:
        server.execute("LOCK TABLE register.stored_events IN EXCLUSIVE MODE")
        yield
        server.rollback()
