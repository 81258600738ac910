"""Retention: what has been kept long enough goes, what has not stays, and a dry run only tells."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from signatures.privacy.retention import PERIODS, Retention
from signatures.room import Room
from tests import submitting
from tests.clock import FixedClock
from tests.commands import Commands
from tests.submitting import EDITOR, REFERENCE, confirmed, publish_statement, receive

NOTHING = {
    "contacts": 0,
    "invitations": 0,
    "submissions": 0,
    "mails": 0,
    "sessions": 0,
    "links": 0,
    "proposals": 0,
    "acts": 0,
    "mail_files": 0,
    "imports": 0,
    "tallies": 0,
}


def rows(room: Room, question: str) -> list[tuple[Any, ...]]:
    """Ask the contacts database."""
    with room.contacts.database.reading() as transaction:
        return transaction.execute(question)


def write(room: Room, statement: str, *values: object) -> None:
    """Write into the contacts database."""
    with room.contacts.database.writing() as transaction:
        transaction.execute(statement, values)


def due(room: Room, *, dry_run: bool = False) -> dict[str, int]:
    """Tell only what is due."""
    return {kind: count for kind, count in Retention(room).due(dry_run=dry_run).items() if count}


def test_nothing_is_due_at_first(room: Room) -> None:
    """Every kind is told, and none of what is there goes."""
    receive(room)
    assert NOTHING == Retention(room).due()
    assert set(PERIODS) < set(NOTHING)


@pytest.mark.parametrize("decision", ["refused", "withdrawn", "expired"])
def test_what_was_not_listed_goes_after_ninety_days(room: Room, clock: FixedClock, decision: str) -> None:
    """The row goes, and its links with it; a day before it is still there."""
    id_ = confirmed(room) if decision != "expired" else receive(room)
    if decision == "refused":
        room.intake.refuse(id_, EDITOR)
    elif decision == "withdrawn":
        room.entries.take_back(submitting.entry_token(room, id_))
    else:
        clock.advance(days=8)
        assert 1 == room.intake.expire()
    write(room, "DELETE FROM outbox")
    clock.advance(days=89)
    due(room)
    assert [(decision,)] == rows(room, "SELECT state FROM submission")
    clock.advance(days=1)
    assert 1 == due(room, dry_run=True)["submissions"]
    assert 1 == due(room)["submissions"]
    assert [] == rows(room, "SELECT id FROM submission")
    assert [] == rows(room, "SELECT id FROM link")


def test_contacts_go_a_year_after_their_statement_ended(room: Room, clock: FixedClock) -> None:
    """While it is open they are kept however long; a year after its closing contact and links go, the entry stays."""
    accepted, waiting = confirmed(room), confirmed(room, "Union B")
    receipt = room.intake.accept(accepted, EDITOR)
    write(room, "DELETE FROM outbox")
    clock.advance(days=800)
    assert "contacts" not in due(room)
    room.register.close_signing(EDITOR, REFERENCE, on=clock().date().isoformat())
    clock.advance(days=364)
    assert "contacts" not in due(room)
    clock.advance(days=1)
    assert 2 == due(room, dry_run=True)["contacts"]
    assert 2 == due(room)["contacts"]
    kept, gone = room.intake.show(accepted), room.intake.show(waiting)
    assert ("accepted", receipt.organisation_id, "Union A") == (kept.state, kept.organisation_id, kept.parts.name)
    assert ("withdrawn", "") == (gone.state, gone.parts.name)
    assert {("", None, "")} == {tuple(one.contact) for one in (kept, gone)}
    assert [] == rows(room, "SELECT id FROM link")
    assert {} == due(room)


def test_a_statement_that_was_reopened_or_taken_back(room: Room, clock: FixedClock) -> None:
    """Reopened it is open, taken back it has ended."""
    confirmed(room)
    write(room, "DELETE FROM outbox")
    room.register.close_signing(EDITOR, REFERENCE, on=clock().date().isoformat())
    clock.advance(days=1)
    room.register.reopen_signing(EDITOR, REFERENCE, on=clock().date().isoformat())
    clock.advance(days=500)
    assert "contacts" not in due(room)
    room.register.retract(EDITOR, REFERENCE, on=clock().date().isoformat())
    clock.advance(days=365)
    assert 1 == due(room)["contacts"]


def test_the_period_is_a_setting(environ: dict[str, str], clock: FixedClock) -> None:
    """SIGNATURES_RETENTION_DAYS says after how many days."""
    with submitting.opened(environ | {"SIGNATURES_RETENTION_DAYS": "10"}, clock) as room:
        publish_statement(room)
        confirmed(room)
        room.register.close_signing(EDITOR, REFERENCE, on=clock().date().isoformat())
        clock.advance(days=9)
        assert "contacts" not in due(room)
        clock.advance(days=1)
        assert 1 == due(room)["contacts"]


def test_invitations_go_with_their_statement(room: Room, clock: FixedClock) -> None:
    """Name and address go, what was not answered is taken back; how many were invited can still be counted."""
    room.invitations.invite(REFERENCE, "Union C", "c@example.org", "en", by="editor:test")
    room.register.close_signing(EDITOR, REFERENCE, on=clock().date().isoformat())
    clock.advance(days=365)
    assert 1 == due(room)["invitations"]
    assert [("", "")] == rows(room, "SELECT name, email FROM invitation")
    assert 1 == room.invitations.counts(REFERENCE)["cancelled"]


def test_mails_go_after_a_month_and_waiting_ones_stay(room: Room, clock: FixedClock) -> None:
    """Sent and given up ones are counted from that day; files by their age."""
    receive(room)
    receive(room, "Union B", contact=submitting.CONTACT._replace(email="b@example.org"))
    receive(room, "Union C", contact=submitting.CONTACT._replace(email="c@example.org"))
    assert 3 == room.courier.deliver()
    write(room, "UPDATE outbox SET sent_at = NULL WHERE number = 1")
    write(room, "UPDATE outbox SET sent_at = NULL, given_up_at = created_at WHERE number = 2")
    folder = room.state_dir / "outbox"
    files = sorted(folder.glob("*.eml"))
    for path in files[:2]:
        os.utime(path, (clock().timestamp(), clock().timestamp()))
    half = folder / ".000009-half.tmp"
    half.write_text("To: somebody@example.org\n")
    os.utime(half, (clock().timestamp(), clock().timestamp()))
    clock.advance(days=30)
    assert {"mails": 2, "mail_files": 3} == {kind: due(room, dry_run=True)[kind] for kind in ("mails", "mail_files")}
    assert [3] == [len(list(folder.glob("*.eml")))]
    due(room)
    assert [(1,)] == rows(room, "SELECT number FROM outbox")
    assert [files[2].name] == [path.name for path in folder.iterdir()]


def test_the_rest_goes_in_its_time(room: Room, clock: FixedClock) -> None:
    """Sessions after a day, expired links after a month, tallies at once, acts and decided proposals after three years."""
    account = room.accounts.create("anna", "Anna", "editor", "correct horse battery")
    room.sessions.open(account.id)
    room.acts.note(account.ref, "accept", "submission:1")
    room.limits.hit("form", "192.0.2.0/24")
    write(
        room,
        "INSERT INTO proposal (number, id, act, about, detail, proposed_at, proposed_by, state, decided_at)"
        " VALUES (1, 'a', 'void', 'b', '{}', ?, 'editor:1', 'rejected', ?)",
        clock().isoformat(),
        clock().isoformat(),
    )
    receive(room)
    clock.advance(hours=25)
    assert {"sessions": 1, "tallies": 1} == due(room)
    clock.advance(days=33)
    assert {"links": 1} == due(room)
    clock.advance(days=3 * 365)
    assert {"acts": 1, "proposals": 1} == due(room)
    assert {} == due(room)


def test_the_tick_does_it_once_a_day(room: Room, clock: FixedClock) -> None:
    """Whoever asks first on a day does it; the next day it is done again."""
    room.limits.hit("form", "192.0.2.0/24")
    clock.advance(hours=2)
    assert 1 == Retention(room).daily()
    room.limits.hit("form", "192.0.2.0/24")
    clock.advance(hours=2)
    assert 0 == Retention(room).daily()
    clock.advance(days=1)
    assert 1 == Retention(room).daily()


def test_contacts_whose_statement_the_log_does_not_know_are_kept(room: Room, clock: FixedClock) -> None:
    """An older log that was put beside the contacts makes nothing go."""
    id_ = confirmed(room)
    write(room, "UPDATE submission SET reference = 'unknown-2021'")
    write(room, "DELETE FROM outbox")
    clock.advance(days=5000)
    due(room)
    assert "office@example.org" == room.intake.show(id_).contact.email


def test_what_went_is_in_no_file(room: Room, clock: FixedClock) -> None:
    """On SQLite not in free pages nor in the log of changes; on PostgreSQL in no row."""
    id_ = confirmed(room, contact=submitting.CONTACT._replace(name="Canary Person"))
    room.intake.refuse(id_, EDITOR)
    assert b"Canary Person" in submitting.bytes_of(room.contacts.database)
    clock.advance(days=91)
    due(room)
    assert b"Canary Person" not in submitting.bytes_of(room.contacts.database)


def test_the_command_tells_and_erases(environ: dict[str, str], tmp_path: Path) -> None:
    """A dry run tells by kind and erases nothing; without it the same is gone."""
    run = Commands(environ)
    run("init")
    folder = Path(environ["SIGNATURES_STATE_DIR"]) / "outbox"
    folder.mkdir()
    old = folder / "000001-old.eml"
    old.write_text("To: office@example.org\r\n\r\nHello\r\n")
    then = old.stat().st_mtime - timedelta(days=31).total_seconds()
    os.utime(old, (then, then))
    told = run.said("retention", "--dry-run")
    assert "       1  mail files    30 days after writing" in told
    assert told.endswith("Nothing was erased.\n")
    assert old.exists()
    assert run.said("retention").endswith("Erased.\n")
    assert not old.exists()
    assert "       0  mail files" in run.said("retention", "--dry-run")
