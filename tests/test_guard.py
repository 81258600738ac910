"""A log that is behind what was signed of it, or another one: nothing starts, and nothing is recorded."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import wsgi
from signatures.database import Transaction
from signatures.doctor import diagnose
from signatures.errors import Misconfigured
from signatures.log.derive import check
from signatures.proof.tree import root as tree_root
from tests.commands import names
from tests.losing import KEPT, LAST, NOWHERE, OPEN, Site

# ── behind ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_nothing_starts_and_the_cure_is_named(lost: Site) -> None:
    """The service, and every command that asks for what would keep it from starting."""
    (finding,) = diagnose(lost.environ, lost.clock)
    assert f"ends at position {KEPT}, behind" in finding
    assert f"signed at {LAST}. {NOWHERE}" in finding
    assert "run `signatures recover`" in finding
    with pytest.raises(Misconfigured):
        wsgi.create_app(lost.environ, lost.clock)
    assert finding in lost.run.refused("serve", "--bind", "127.0.0.1:0", status=3)
    assert finding in lost.run.refused("doctor", status=3)


def test_a_short_copy_is_not_called_sound(lost: Site, tmp_path: Path) -> None:
    """Nothing in it is wrong, but `check` says what is missing, and no bundle of it is written or signed."""
    told = lost.run("check", status=1).output
    assert f"ends at position {KEPT}, behind" in told
    assert "Everything agrees" not in told
    assert f"ends at position {KEPT}, behind" in lost.run.refused("export", tmp_path / "short", status=3)
    assert not (tmp_path / "short").exists()


WRITING = [
    ("sign", OPEN, "--name", "Somebody", "--on", "2021-06-07", "--reason", "a test"),
    ("draft", "another-2026", "--title", "Another"),
    ("set-text", OPEN, "{text}", "--language", "en", "--title", "Another"),
    ("amend", OPEN, "--kind", "letter"),
    ("publish", OPEN, "--as-of", "2026-11-22"),
    ("close", OPEN, "--on", "2030-01-01"),
    ("retract", OPEN, "--on", "2026-11-22"),
    ("withdraw", OPEN, "{id}", "--on", "2026-11-22", "--reason", "a test"),
    ("correct", OPEN, "{id}", "--acronym", "A", "--reason", "a test"),
    ("void", OPEN, "{id}", "--reason", "a test"),
    ("import-history", "old-2020", "{csv}"),
    ("sample",),
]


@pytest.mark.parametrize("words", WRITING, ids=[words[0] for words in WRITING])
def test_no_command_appends(words: tuple[str, ...], short: Site, tmp_path: Path) -> None:
    """Whatever it would record: a sentence that says what to do, and the log as it was."""
    (tmp_path / "text").write_text("We ask for peace.\n")
    (tmp_path / "csv").write_text("on,event,key,name\n2020-01-01,signed,a,Alpha\n")
    given = {"text": tmp_path / "text", "csv": tmp_path / "csv", "id": short.alpha.signature_id}
    told = short.run.refused(*(word.format(**given) for word in words), status=3)
    assert f"ends at position {KEPT}, behind its checkpoint outside the database, which was signed at {LAST}." in told
    assert NOWHERE in told
    with short.room() as room:
        assert KEPT == room.store.max_notification_id()


def test_no_command_appends_on_either_engine(lost: Site) -> None:
    """The lock is held, nothing is half written, and the next command finds the log as it was."""
    for _ in range(2):
        assert NOWHERE in lost.run.refused(*WRITING[0], status=3)
    with lost.room() as room:
        assert (KEPT, []) == (room.store.max_notification_id(), check(room.store))


def test_reading_goes_on(lost: Site) -> None:
    """An operator can see what the copy holds before deciding."""
    assert ["Alpha", "Beta"] == names(lost.run.listed(OPEN, "--as-of", "2026-11-22"))
    assert KEPT - 2 == len(lost.run.said("history", OPEN).splitlines())
    assert "2 on 2026-11-22" in lost.run.said("diff", OPEN, "--from", "2026-11-21", "--to", "2026-11-22")


def test_no_request_appends_where_the_copy_was_put_back_under_a_running_service(short: Site) -> None:
    """503 with a type of its own and Retry-After; what is recorded afterwards, with the newest copy back, is acknowledged."""
    short.copies.put_back("whole")
    with short.room() as room:
        token = room.tokens.issue("test", "editor")
    short.copies.take("with-token")
    with short.app() as app:
        room = app.extensions["room"]
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": '"one"'}

        def post() -> tuple[int, str | None, str | None]:
            body = {"name": "Omega", "signed_on": "2026-11-01"}
            answer = app.test_client().post(f"/api/v1/statements/{OPEN}/signatures", json=body, headers=headers)
            return answer.status_code, answer.get_json().get("type"), answer.headers.get("Retry-After")

        room.close()  # SQLite keeps a file that was removed as long as anybody has it open
        short.lose()
        shutil.copy(short.copies.folder / "with-token" / "contacts.db", short.copies.place)  # type: ignore[attr-defined]
        assert (503, "https://register.example.org/problems/log-diverged", "2") == post()
        room.close()
        short.copies.put_back("with-token")
        assert (201, None, None) == post()
        assert LAST + 2 == room.store.max_notification_id()


def test_nothing_is_appended_without_the_file(short: Site) -> None:
    """A shell with another state folder cannot tell what is newest, so it records nothing; `init` puts a lost file back."""
    short.copies.put_back("whole")
    path = short.state / "checkpoint"
    path.rename(short.state / "elsewhere")
    assert "SIGNATURES_STATE_DIR names the folder" in short.run.refused(*WRITING[0], status=3)
    wsgi.initialise(short.environ, short.clock)
    with short.room() as room:
        short.sign(room, "Omega")


def test_looking_is_cheap(short: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tree is asked once for each checkpoint, not once for each entry; and a new checkpoint is seen at once."""
    short.copies.put_back("whole")
    asked: list[int] = []

    def counted(transaction: Transaction, size: int) -> bytes:
        asked.append(size)
        return tree_root(transaction, size)

    with short.room() as room, short.room() as beside:
        monkeypatch.setattr("signatures.proof.guard.tree.root", counted)
        for number in range(5):
            short.sign(room, f"Union {number}")
        assert [LAST] == asked
        monkeypatch.undo()
        beside.checkpoints.make()
        monkeypatch.setattr("signatures.proof.guard.tree.root", counted)
        short.sign(room, "Omega")
        assert [LAST, LAST + 10] == asked
