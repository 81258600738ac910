"""Forgetting: after it, no byte of any file holds what the person wrote, and every list and number is as before."""

from __future__ import annotations

import json
from pathlib import Path
from traceback import format_exception
from typing import Any

import pytest

from signatures.database import Conflict
from signatures.errors import LinkDead, Refused, StorageUnavailable
from signatures.intake.contacts import Contact
from signatures.privacy.forgetting import forget
from signatures.privacy.held import held_about
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from tests import submitting
from tests.api import small_environ
from tests.clock import FixedClock
from tests.commands import Commands
from tests.submitting import EDITOR, REFERENCE, confirmed, entry_token, publish_statement, receive

OFFICE = Contact("First Kanari", "Kanari Secretary", "first.kanari@example.org")
BERTA = Contact("Berta", None, "berta@example.org")


def rows(room: Room, question: str) -> list[tuple[Any, ...]]:
    """Ask the contacts database."""
    with room.contacts.database.reading() as transaction:
        return transaction.execute(question)


# ── what is held ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_everything_held_about_an_address_is_told_and_nothing_of_others(room: Room) -> None:
    """Submissions, invitations, mails, links and files, in whatever spelling the address is asked for."""
    accepted = confirmed(room, contact=OFFICE)
    room.intake.accept(accepted, EDITOR)
    receive(room, "Union B", contact=OFFICE._replace(email="First.Kanari@EXAMPLE.org"))
    confirmed(room, "Union C", contact=BERTA)
    invitation = room.invitations.invite(REFERENCE, "Union D", OFFICE.email, "en", by="editor:test")
    room.courier.deliver()  # the question whether to confirm is not sent to who has confirmed
    told = held_about(room, " FIRST.KANARI@example.org").as_json()
    assert {"Union A", "Union B"} == {one["parts"]["name"] for one in told["submissions"]}
    assert {"First Kanari"} == {one["contact_name"] for one in told["submissions"]}
    assert [invitation.id] == [one["id"] for one in told["invitations"]]
    assert ["accepted", "confirmation", "confirmation", "invitation"] == sorted(mail["kind"] for mail in told["mails"])
    assert 3 == len(told["mail_files"])
    assert {"confirmation", "entry", "invitation"} == {link["purpose"] for link in told["links"]}
    assert "berta" not in json.dumps(told)
    assert not [field for one in told["submissions"] for field in one if "sha256" in field and field != "text_sha256"]


def test_nothing_is_held_about_a_stranger(room: Room) -> None:
    """And forgetting one harms nothing."""
    confirmed(room, contact=OFFICE)
    assert held_about(room, "stranger@example.org").empty
    before = submitting.mails(room)
    assert forget(room, "stranger@example.org").empty
    assert before == submitting.mails(room)


# ── what is erased ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_accepted_entry_stays_without_its_contact(room: Room, clock: FixedClock) -> None:
    """State, organisation and name stay; contact, mails and links go, and nobody reaches the entry any more."""
    id_ = confirmed(room, contact=OFFICE)
    receipt = room.intake.accept(id_, EDITOR)
    token = entry_token(room, id_)
    room.courier.deliver()
    position = room.store.newest()
    forget(room, OFFICE.email)
    found = room.intake.show(id_)
    assert ("accepted", receipt.organisation_id, "Union A") == (found.state, found.organisation_id, found.parts.name)
    assert Contact("", None, "") == found.contact
    assert position == room.store.newest()
    assert [] == submitting.mails(room)
    assert [] == list((room.state_dir / "outbox").glob("*"))
    with pytest.raises(LinkDead):
        room.entries.of(token)
    assert [] == room.intake.known_contacts(receipt.organisation_id)


@pytest.mark.parametrize("state", ["received", "confirmed", "asked"])
def test_what_waits_is_withdrawn(room: Room, state: str) -> None:
    """With its name: it was never published. The free text of the question goes too."""
    id_ = receive(room, contact=OFFICE) if state == "received" else confirmed(room, contact=OFFICE)
    if state == "asked":
        room.intake.ask(id_, EDITOR, "Is First Kanari still your secretary?")
    forget(room, OFFICE.email)
    found = room.intake.show(id_)
    assert ("withdrawn", "", None, None) == (found.state, found.parts.name, found.question, found.form_id)
    assert "system:forget" == found.decided_by
    assert b"Kanari" not in submitting.bytes_of(room.contacts.database)


def test_what_was_refused_keeps_its_state_alone(room: Room) -> None:
    """Reason and name go; the hash by which a repeat is known, too, for it would let one try who it was."""
    id_ = confirmed(room, contact=OFFICE)
    room.intake.refuse(id_, EDITOR, "other", "Kanari is unknown to us.")
    forget(room, OFFICE.email)
    found = room.intake.show(id_)
    assert ("refused", "other", None, "") == (found.state, found.reason_code, found.reason, found.parts.name)
    assert [("",)] == rows(room, "SELECT content_sha256 FROM submission")


def test_an_open_invitation_is_taken_back(room: Room) -> None:
    """Nobody is reminded who is not known any more; one that was answered stays counted."""
    room.invitations.invite(REFERENCE, "Kanari Union", OFFICE.email, "en", by="editor:test")
    token = room.links.token(rows(room, "SELECT id FROM link")[0][0])
    forget(room, OFFICE.email)
    assert [("", "")] == rows(room, "SELECT name, email FROM invitation")
    assert 1 == room.invitations.counts(REFERENCE)["cancelled"]
    with pytest.raises(LinkDead):
        room.invitations.by_token(token)


def test_others_keep_what_is_theirs(room: Room, clock: FixedClock) -> None:
    """Another contact's submission, mails, files and right to object are untouched."""
    first = confirmed(room, "Union A", contact=BERTA)
    room.intake.accept(first, EDITOR)
    second = confirmed(room, "Union A", contact=OFFICE)
    room.courier.deliver()
    objections = [mail for mail in submitting.mails(room) if mail[0] == "objection"]
    assert [("objection", BERTA.email)] == objections
    kept = [mail for mail in submitting.mails(room) if mail[1] == BERTA.email]
    files = len(list((room.state_dir / "outbox").glob("*.eml")))
    gone = len(held_about(room, OFFICE.email).files)
    forget(room, OFFICE.email)
    assert kept == submitting.mails(room)
    assert files - gone == len(list((room.state_dir / "outbox").glob("*.eml")))
    assert BERTA == room.intake.show(first).contact
    assert [("objection",)] == rows(room, f"SELECT purpose FROM link WHERE about = '{second}'")


def test_a_mail_that_waits_is_never_sent(room: Room) -> None:
    """What was written down before is gone with its recipient."""
    receive(room, contact=OFFICE)
    forget(room, OFFICE.email)
    assert 0 == room.courier.deliver()


def test_forgetting_twice_is_forgetting_once(room: Room) -> None:
    """The second time nothing is found and nothing changes."""
    id_ = confirmed(room, contact=OFFICE)
    assert not forget(room, OFFICE.email).empty
    before = room.intake.show(id_)
    assert forget(room, OFFICE.email).empty
    assert before == room.intake.show(id_)


def test_an_acceptance_under_way_is_waited_for(room: Room, clock: FixedClock) -> None:
    """Its contact is still to be told, so the operator tries again; once it is settled, it is erased."""
    id_ = confirmed(room, contact=OFFICE)
    with room.contacts.database.writing() as transaction:
        transaction.execute("UPDATE submission SET state = 'accepting', decided_at = confirmed_at")
    with pytest.raises(Refused):
        forget(room, OFFICE.email)
    assert OFFICE == room.intake.show(id_).contact
    clock.advance(minutes=2)
    forget(room, OFFICE.email)
    assert "withdrawn" == room.intake.show(id_).state


def test_it_is_in_no_file_even_after_statistics(room: Room) -> None:
    """Neither in rows, free pages and the log of changes, nor in the statistics that a planner keeps of columns."""
    for number in range(30):
        receive(room, f"Union {number}", contact=OFFICE._replace(email=f"first.kanari{number % 3}@example.org"))
    if not isinstance(room.contacts.database, SQLiteDatabase):
        with room.contacts.database.writing() as transaction:
            transaction.execute("ANALYZE submission")
            transaction.execute("ANALYZE outbox")
        assert "kanari" in str(rows(room, "SELECT * FROM pg_stats WHERE schemaname = 'contacts'"))
    for number in range(3):
        forget(room, f"first.kanari{number}@example.org")
    assert b"anari" not in submitting.bytes_of(room.contacts.database)
    if not isinstance(room.contacts.database, SQLiteDatabase):
        assert "anari" not in str(rows(room, "SELECT * FROM pg_stats WHERE schemaname = 'contacts'"))


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_commands_tell_ask_and_erase(environ: dict[str, str], room: Room) -> None:
    """`held` prints JSON; `forget` asks unless --yes is given, and needs no secret; the second time it finds nothing."""
    confirmed(room, contact=OFFICE)
    run = Commands({name: value for name, value in environ.items() if name != "SIGNATURES_SECRET_KEY"})
    assert OFFICE.email == json.loads(run.said("held", OFFICE.email))["submissions"][0]["contact_email"]
    assert "Held: 1 submissions, 1 mails, 1 links." in run("forget", OFFICE.email, status=1).output
    assert not held_about(room, OFFICE.email).empty
    told = run.said("forget", OFFICE.email, "--yes")
    assert "Kanari" not in told
    assert "Erased. Copies made before today still hold it" in told
    assert held_about(room, OFFICE.email).empty
    assert "Nothing is held about this address." in run.said("forget", OFFICE.email)
    assert [] == json.loads(run.said("held", OFFICE.email))["submissions"]


def test_a_half_written_mail_goes_too(room: Room) -> None:
    """A process that was ended while it wrote leaves a half; without a recipient it counts as everybody's."""
    folder = Path(room.state_dir) / "outbox"
    folder.mkdir()
    (folder / ".000001-half.tmp").write_bytes(b"Subject: Kanari\r\nTo: anna.kan")
    (folder / ".000002-half.tmp").write_bytes(b"Subject: Kanari\r\n")
    (folder / "000003-other.eml").write_bytes(b"To: berta@example.org\r\n\r\nHello\r\n")
    forget(room, OFFICE.email)
    assert ["000003-other.eml"] == [path.name for path in folder.iterdir()]


def test_an_error_of_the_store_quotes_nobody(room: Room) -> None:
    """What is logged of a row that could not be written, with all causes, does not tell the row."""
    id_ = receive(room, contact=OFFICE)
    with pytest.raises(Conflict) as caught, room.contacts.database.writing() as transaction:
        transaction.execute("UPDATE submission SET reference = NULL WHERE id = ?", (id_,))
    assert "anari" not in "".join(format_exception(caught.value))


def test_a_reader_in_the_way_is_told_and_the_same_command_goes_on(
    tmp_path: Path, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While somebody reads an older state, SQLite keeps it; the rows are gone, and the operator is told to come again."""
    monkeypatch.setattr("signatures.privacy.scrubbing.PATIENCE", 0.2)
    with submitting.opened(small_environ(tmp_path), clock) as room:
        publish_statement(room)
        confirmed(room, contact=OFFICE)
        with room.contacts.database.reading() as reader:
            reader.execute("SELECT count(*) FROM submission")
            with pytest.raises(StorageUnavailable) as told:
                forget(room, OFFICE.email)
        assert "Run the same command again" in told.value.sentence
        assert held_about(room, OFFICE.email).empty
        forget(room, OFFICE.email)
        assert b"anari" not in submitting.bytes_of(room.contacts.database)
