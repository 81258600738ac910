"""Copies made while everybody signs, and the drill: the machine is gone, and what the log proves about what came back."""

from __future__ import annotations

import re
import shutil
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from signatures.clock import system_clock
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.sqlite import sqlite_folder
from tests import postgresql
from tests.api import small_environ
from tests.commands import Commands, names
from tests.conftest import cannot
from tests.drill import Drill, drill
from tests.submitting import EDITOR
from tests.test_operations_served import Load, enough
from tests.test_serving import Server, until

KEY = "log-key.pem"


def begun(environ: dict[str, str]) -> Commands:
    """Make a register with a published statement."""
    run = Commands(environ)
    run("init")
    run("draft", "letter", "--title", "A letter")
    run("publish", "letter", "--as-of", "2021-06-07")
    return run


# ── SQLite ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def lost(tmp_path: Path) -> tuple[dict[str, str], Load, int]:
    """Copy a register while it is served and everybody signs; tell how much was acknowledged before, and after."""
    environ = small_environ(tmp_path / "old")
    run = begun(environ)
    server = Server(environ, tmp_path / "server.log")
    try:
        until(server.is_ready)
        load = Load(server.port, run.said("token", "test").strip())
        with closing(load):
            load.start()
            enough(load)
            run("tick")
            shutil.copy(Path(environ["SIGNATURES_STATE_DIR"]) / "checkpoint", tmp_path / "earlier")
            enough(load)
            before = len(load.signed)
            told = run.said("backup", tmp_path / "backup")
            enough(load)
        assert (set(), []) == (load.told.keys() - {200, 201}, load.lost)
        assert 0 == server.stop()
    finally:
        server.end()
    assert "is that of this log." in told
    return environ, load, before


@pytest.mark.faults
def test_a_copy_made_under_load_comes_back_on_another_machine(
    lost: tuple[dict[str, str], Load, int], tmp_path: Path
) -> None:
    """It holds all that was acknowledged before it began; proofs lead from earlier checkpoints to it and on to what was."""
    old, load, before = lost
    new = small_environ(tmp_path / "new")
    shutil.copytree(tmp_path / "backup", sqlite_folder(new["SIGNATURES_DATABASE"]))
    Path(new["SIGNATURES_STATE_DIR"]).mkdir(mode=0o700)
    shutil.copy(Path(old["SIGNATURES_STATE_DIR"]) / KEY, new["SIGNATURES_STATE_DIR"])
    run = Commands(new)
    for command in ("init", "doctor", "check", "tick"):
        run(command)
    restored = set(names(run.listed("letter")))
    assert set(load.signed[:before]) <= restored < {*load.signed}
    earlier, later = tmp_path / "earlier", Path(new["SIGNATURES_STATE_DIR"]) / "checkpoint"
    run("export", tmp_path / "restored")
    assert "VERDICT: everything that was checked holds" in run.said("verify", tmp_path / "restored", "--since", earlier)
    whole = Commands(old)
    whole("tick")
    whole("export", tmp_path / "whole")
    assert "VERDICT: everything that was checked holds" in whole.said("verify", tmp_path / "whole", "--since", later)

    assert_refused_beside_a_newer_checkpoint(whole, old, tmp_path / "backup", len(load.signed) - before)


def assert_refused_beside_a_newer_checkpoint(run: Commands, environ: dict[str, str], backup: Path, most: int) -> None:
    """Where the state folder outlived the disk, it knows what is missing: nothing is served before somebody decides."""
    folder = sqlite_folder(environ["SIGNATURES_DATABASE"])
    shutil.rmtree(folder)
    shutil.copytree(backup, folder)
    run("init")
    assert "behind" in run.refused("doctor", status=3)
    told = re.search(r"^(\d+) entries are lost", run("recover", status=2).output, re.MULTILINE)
    assert told
    assert 0 < int(told[1]) <= 2 * most  # an organisation is an entry, too


# ── PostgreSQL ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def drilled() -> Iterator[Drill]:
    """Run a server of its own, for it will be lost."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(drill())
        except postgresql.NoServer as reason:
            cannot(reason, "REQUIRE_POSTGRES")
        made.sql("CREATE DATABASE signatures")
        yield made


class Signing:
    """Signs without end in a process that knows nothing of copies, and keeps what was acknowledged."""

    def __init__(self, room: Room) -> None:
        self.room, self.signed = room, list[str]()
        self._ends = threading.Event()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def wait(self, more: int = 10) -> None:
        """Wait until some more were acknowledged."""
        wanted = len(self.signed) + more
        until(lambda: len(self.signed) >= wanted)

    def stop(self) -> None:
        """Let the last one be acknowledged."""
        self._ends.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ends.is_set():
            name = f"Union {len(self.signed)}"
            self.room.register.sign(EDITOR, "letter", NameParts(name), signed_on="2021-06-10", method="paper")
            self.signed.append(name)


@pytest.mark.postgresql
@pytest.mark.faults
def test_a_server_that_is_lost_comes_back_to_the_last_signature(drilled: Drill, tmp_path: Path) -> None:
    """With an archive that each commit waits for, the checkpoint outside finds nothing missing; a moment before, it does."""
    environ = {**small_environ(tmp_path), "SIGNATURES_DATABASE": f"{drilled.server}/signatures"}
    run = begun(environ)
    drilled.archiving()
    with closing(Room(environ, system_clock)) as room:
        signing = Signing(room)
        try:
            signing.wait()
            drilled.copy()
            signing.wait()
            before = len(signing.signed)
            drilled.sql("SELECT pg_create_restore_point('noon')")
            after = len(signing.signed)
            signing.wait()
        finally:
            signing.stop()
    run("tick")
    drilled.lose()

    drilled.restore()
    back = Commands({**environ, "SIGNATURES_DATABASE": f"{drilled.server}/signatures"})
    until(lambda: drilled.sql("SELECT 1 WHERE NOT pg_is_in_recovery()"))
    assert "Nothing is wrong" in back.said("doctor")
    assert "Everything agrees" in back.said("check")
    assert sorted(signing.signed) == sorted(names(back.listed("letter")))

    drilled.lose()
    drilled.restore("recovery_target_name = 'noon'", "recovery_target_action = 'promote'")
    earlier = Commands({**environ, "SIGNATURES_DATABASE": f"{drilled.server}/signatures"})
    until(lambda: drilled.sql("SELECT 1 WHERE NOT pg_is_in_recovery()"))
    assert "behind" in earlier.refused("doctor", status=3)
    assert before <= len(names(earlier.listed("letter"))) <= after + 1  # one may be recorded and not yet answered
    assert "are lost" in earlier("recover", status=2).output
