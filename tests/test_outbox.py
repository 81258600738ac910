"""The outbox and the courier: every mail leaves once, later where it must, and never again once it was acknowledged."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from signatures.errors import InvalidInput, Misconfigured, StorageUnavailable
from signatures.mail import outbox, transport
from signatures.mail.answers import Rejected, Unreachable, Unsent
from signatures.mail.courier import Courier
from signatures.mail.outbox import CLAIM, PAUSES, Mail
from signatures.mail.transport import Folder, Smtp, parse_smtp_url
from signatures.room import Room
from tests.clock import FixedClock
from tests.mailserver import Mailserver, free_port, mailserver, make_certificate
from tests.sending import process
from tests.submitting import opened, publish_statement

ADDRESS = "office@example.org"


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock) -> Iterator[Room]:
    """Make an empty register whose mails become files."""
    with opened(environ, clock) as made:
        yield made


@pytest.fixture
def server() -> Iterator[Mailserver]:
    """Run a mail server."""
    with mailserver() as running:
        yield running


def by_smtp(environ: Mapping[str, str], url: str) -> dict[str, str]:
    """Set what a register needs to send by a mail server."""
    return {**environ, "SIGNATURES_SMTP_URL": url, "SIGNATURES_MAIL_FROM": "register@example.org"}


@contextmanager
def sending(environ: Mapping[str, str], url: str, clock: FixedClock) -> Iterator[Room]:
    """Make an empty register that sends by a mail server."""
    with opened(by_smtp(environ, url), clock) as room:
        yield room


def post(room: Room, *recipients: str, kind: str = "test", language: str = "en", **about: str) -> list[str]:
    """Write a mail down for each recipient and return the ids."""
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        return [
            outbox.post(transaction, kind, each, language, room.clock(), **about) for each in recipients or [ADDRESS]
        ]


def mails(room: Room, *states: str) -> list[Mail]:
    """List the outbox."""
    with room.contacts.database.reading() as transaction:
        return outbox.listing(transaction, states or outbox.STATES)


def claim(room: Room, id_: str | None = None) -> Mail | None:
    """Take the next mail, as a courier does, and leave it at that."""
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        return outbox.claim(transaction, room.clock(), id_)


# ── the rows ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_mail_belongs_to_the_transaction_that_causes_it(room: Room) -> None:
    """If that is rolled back, there is no mail."""

    def break_off() -> None:
        with room.contacts.database.writing(outbox.TABLE) as transaction:
            outbox.post(transaction, "test", ADDRESS, "en", room.clock())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        break_off()
    assert [] == mails(room)


def test_mails_are_due_at_once_and_in_order(room: Room) -> None:
    """The first written is the first claimed; nothing but ids is kept of what they are about."""
    ids = post(room, "a@example.org", "b@example.org", submission="s-1")
    first, second = claim(room), claim(room)
    assert first is not None
    assert second is not None
    assert ids == [first.id, second.id]
    assert ({"submission": "s-1"}, 1, 1) == (first.about, first.number, first.attempts)
    assert claim(room) is None


def test_a_claim_lapses(room: Room, clock: FixedClock) -> None:
    """Whoever held it may have been killed; after five minutes somebody else gets the mail."""
    post(room)
    first = claim(room)
    clock.advance(CLAIM - timedelta(seconds=1))
    assert claim(room) is None
    clock.advance(seconds=1)
    second = claim(room)
    assert first is not None
    assert second is not None
    assert (first.id, 1, 2) == (second.id, first.attempts, second.attempts)


def test_what_ends_every_courier_is_given_up(room: Room, clock: FixedClock) -> None:
    """A mail that was claimed again and again without an answer does not come round for ever."""
    post(room)
    for _ in range(len(PAUSES) + 1):
        assert claim(room) is not None
        clock.advance(CLAIM)
    assert claim(room) is None
    assert [("given up", outbox.CUT_OFF)] == [(one.state, one.fault) for one in mails(room)]


def test_pauses_grow_and_end(room: Room, clock: FixedClock) -> None:
    """1 minute, 5 minutes, half an hour, 2, 6, 12 and 24 hours; the eighth failure is the last."""
    post(room)
    waited = []
    for _ in range(8):
        mail = claim(room)
        assert mail is not None
        with room.contacts.database.writing(outbox.TABLE) as transaction:
            outbox.failed(transaction, mail, room.clock(), "no")
        (now,) = mails(room)
        if now.due_at:
            waited.append(datetime.fromisoformat(now.due_at) - clock.now())
            clock.set(datetime.fromisoformat(now.due_at))
    minutes = [pause / timedelta(minutes=1) for pause in waited]
    assert [1, 5, 30, 120, 360, 720, 1440] == minutes
    assert [("given up", 8, "no", None)] == [(one.state, one.attempts, one.fault, one.due_at) for one in mails(room)]
    assert claim(room) is None


def test_what_was_given_up_can_be_made_due_again(room: Room) -> None:
    """All of it or some, with all its attempts; but not what is about nothing any more, nor what was sent."""
    post(room, "a@example.org", "b@example.org", "c@example.org", "d@example.org")
    taken = [claim(room) for _ in range(4)]
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        a, b, c, d = (one for one in taken if one is not None)
        outbox.give_up(transaction, a, room.clock(), "no")
        outbox.give_up(transaction, b, room.clock(), "no")
        outbox.drop(transaction, c, room.clock(), outbox.ERASED)
        outbox.sent(transaction, d.id, room.clock())
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        assert 0 == outbox.retry(transaction, room.clock(), [c.number, d.number, 99])
        assert 1 == outbox.retry(transaction, room.clock(), [b.number])
    again = claim(room)
    assert again is not None
    assert (b.id, 1) == (again.id, again.attempts)
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        assert 1 == outbox.retry(transaction, room.clock())
    again = claim(room)
    assert again is not None
    assert a.id == again.id


def test_erasing_what_a_mail_is_about_erases_its_recipient(room: Room) -> None:
    """An address is not kept for a mail that will never be sent."""
    post(room, "canary@example.org")
    mail = claim(room)
    assert mail is not None
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        outbox.drop(transaction, mail, room.clock(), outbox.ERASED)
    assert [("", "given up")] == [(one.recipient, one.state) for one in mails(room)]


@pytest.mark.parametrize(
    "written",
    ["office@example.org", "OFFICE@Example.ORG", "oﬃce@example.org", "office@example.org."],
)
def test_an_address_is_counted_however_it_is_spelled(room: Room, clock: FixedClock, written: str) -> None:
    """What is kept is what was given; a limit cannot be got round by capitals."""
    post(room, written)
    clock.advance(hours=1)
    post(room, "other@example.org")
    post(room, ADDRESS, kind="accepted")
    with room.contacts.database.reading() as transaction:
        counted = [
            outbox.recent(transaction, "test", ADDRESS, clock.now() - since)
            for since in (timedelta(minutes=59), timedelta(hours=1), timedelta(hours=2))
        ]
    assert [0, 0, 1] == counted
    assert written == mails(room)[0].recipient


def test_a_domain_is_one_in_both_its_forms() -> None:
    """Letters of all scripts and their ASCII form name one domain."""
    assert outbox.one_spelling("a@EXÄMPLE.org") == outbox.one_spelling("A@xn--exmple-cua.org")
    assert outbox.one_spelling("a@example.org") != outbox.one_spelling("b@example.org")


@pytest.mark.parametrize(
    ("address", "masked"),
    [("office@example.org", "o…@example.org"), ('"a@b"@example.org', '"…@example.org'), ("nothing", ""), ("", "")],
)
def test_addresses_are_masked(address: str, masked: str) -> None:
    """One letter and the domain are left."""
    mail = Mail(1, "id", "test", address, "en", {}, "", "", None, 0, None, None, None)
    assert masked == mail.masked
    assert "Mail(1, test)" == repr(mail)


# ── as files ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_a_mail_server_mails_are_files(room: Room) -> None:
    """One file each, for its owner alone, named so that they sort; nothing half written lies beside them."""
    ids = post(room, "a@example.org", "b@example.org")
    assert 2 == room.courier.deliver()
    folder = room.state_dir / "outbox"
    assert [f"{n:06}-{id_}.eml" for n, id_ in enumerate(ids, 1)] == sorted(path.name for path in folder.iterdir())
    assert [0o600, 0o600, 0o700] == [path.stat().st_mode & 0o777 for path in (*folder.iterdir(), folder)]
    assert 0 == room.courier.deliver()


def test_the_same_mail_again_is_the_same_file(room: Room, clock: FixedClock) -> None:
    """A file that was written before its process was killed is written again, byte for byte, and stays one."""
    (id_,) = post(room)
    room.courier.deliver()
    (path,) = (room.state_dir / "outbox").iterdir()
    before = path.read_bytes()
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        transaction.execute("UPDATE outbox SET sent_at = NULL, due_at = created_at WHERE id = ?", (id_,))
    clock.advance(days=1)
    assert 1 == room.courier.deliver()
    assert [path] == list((room.state_dir / "outbox").iterdir())
    assert before == path.read_bytes()


def test_a_folder_that_cannot_be_written_is_tried_again(room: Room) -> None:
    """The mail waits; the fault names no address."""
    post(room)
    (room.state_dir / "outbox").write_text("a file where the folder should be")
    assert 0 == room.courier.deliver()
    (mail,) = mails(room)
    assert "waiting" == mail.state
    assert mail.fault is not None
    assert "cannot be written" in mail.fault


# ── by a mail server ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_connection_carries_all_mails(environ: dict[str, str], clock: FixedClock, server: Mailserver) -> None:
    """They arrive in order, each with its own Message-ID, over one connection."""
    with sending(environ, server.url, clock) as room:
        ids = post(room, *(f"n{n}@example.org" for n in range(5)))
        assert 5 == room.courier.deliver()
        assert [f"n{n}@example.org" for n in range(5)] == server.recipients()
        assert [f"<{id_}@localhost>" for id_ in ids] == server.ids()
        assert 1 == server.connections
        assert {"register@example.org"} == {one.sender for one in server.taken}
        assert ["sent"] * 5 == [one.state for one in mails(room)]


def test_a_server_that_is_away_gets_the_mail_later(environ: dict[str, str], clock: FixedClock) -> None:
    """After a minute it is tried again, and not before."""
    port = free_port()
    with sending(environ, f"smtp://127.0.0.1:{port}", clock) as room:
        post(room)
        assert 0 == room.courier.deliver()
        (mail,) = mails(room)
        assert ("waiting", 1) == (mail.state, mail.attempts)
        assert "The mail server cannot be reached (Connection refused)." == mail.fault
        with mailserver(port=port) as server:
            clock.advance(seconds=59)
            assert 0 == room.courier.deliver()
            clock.advance(seconds=1)
            assert 1 == room.courier.deliver()
            assert [ADDRESS] == server.recipients()
        assert [("sent", None)] == [(one.state, one.fault) for one in mails(room)]


def test_while_a_server_is_away_only_one_mail_a_run_is_tried(environ: dict[str, str], clock: FixedClock) -> None:
    """The others are no worse than it, and stay due."""
    with sending(environ, f"smtp://127.0.0.1:{free_port()}", clock) as room:
        post(room, "a@example.org", "b@example.org")
        room.courier.deliver()
        assert [1, 0] == [one.attempts for one in mails(room)]


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA"])
def test_a_no_for_now_is_asked_again(environ: dict[str, str], clock: FixedClock, command: str) -> None:
    """4xx, as greylisting says it, is followed by another try that succeeds; the fault is numbers and our words."""
    with mailserver() as server, sending(environ, server.url, clock) as room:
        server.answers[command] = f"451 4.7.1 <{ADDRESS}> come back later"
        post(room)
        assert 0 == room.courier.deliver()
        (mail,) = mails(room)
        assert mail.fault is not None
        assert (True, False) == ("451 4.7.1" in mail.fault, "example.org" in mail.fault)
        server.answers.clear()
        clock.advance(minutes=1)
        assert 1 == room.courier.deliver()
        assert [ADDRESS] == server.recipients()


@pytest.mark.parametrize("command", ["RCPT", "DATA"])
def test_a_no_for_good_is_final(environ: dict[str, str], clock: FixedClock, command: str) -> None:
    """5xx to the recipient or the mail: it is given up at once, and the operator is told why."""
    with mailserver() as server, sending(environ, server.url, clock) as room:
        server.answers[command] = f"550 5.1.1 <{ADDRESS}>: no such user"
        post(room)
        assert 0 == room.courier.deliver()
        (mail,) = mails(room)
        assert ("given up", 1) == (mail.state, mail.attempts)
        assert mail.fault is not None
        assert (True, False) == ("550 5.1.1" in mail.fault, "example.org" in mail.fault)


def test_a_sender_that_is_refused_is_a_matter_of_settings(environ: dict[str, str], clock: FixedClock) -> None:
    """Nothing is given up for it, though the server says no for good: it would be every mail there is."""
    with mailserver() as server, sending(environ, server.url, clock) as room:
        server.answers["MAIL"] = "553 5.7.1 not yours"
        post(room, "a@example.org", "b@example.org")
        room.courier.deliver()
        assert [("waiting", 1), ("waiting", 0)] == [(one.state, one.attempts) for one in mails(room)]


def test_one_bad_mail_does_not_stop_the_next(environ: dict[str, str], clock: FixedClock) -> None:
    """Refused, refused for now, impossible to write: whoever comes after them gets theirs, over the same connection."""
    with mailserver() as server, sending(environ, server.url, clock) as room:
        server.answers |= {"gone@example.org": "550 no", "later@example.org": "450 not now"}
        post(room, "gone@example.org", "later@example.org", "no address", "a@example.org")
        post(room, "b@example.org", kind="of-another-version")
        post(room, "c@example.org")
        assert 2 == room.courier.deliver()
        assert ["a@example.org", "c@example.org"] == server.recipients()
        assert ["given up", "waiting", "given up", "sent", "waiting", "sent"] == [one.state for one in mails(room)]
        assert 1 == server.connections


def test_a_server_that_hangs_up_is_called_again(environ: dict[str, str], clock: FixedClock) -> None:
    """The mail during which it hung up is tried later, the next one at once."""
    with mailserver() as server, sending(environ, server.url, clock) as room:
        server.hangs_up.add("DATA")
        post(room, "a@example.org", "b@example.org")
        assert 0 == room.courier.deliver()
        assert [1, 1] == [one.attempts for one in mails(room)]
        server.hangs_up.clear()
        clock.advance(minutes=1)
        assert 2 == room.courier.deliver()
        assert ["a@example.org", "b@example.org"] == server.recipients()


def test_a_server_that_says_nothing_is_not_waited_for(
    environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After its time the mail waits as after any other fault."""
    monkeypatch.setattr(transport, "SECONDS", 0.5)
    with mailserver() as server, sending(environ, server.url, clock) as room:
        server.stalls.add("RCPT")
        post(room)
        assert 0 == room.courier.deliver()
        assert ["The mail server did not answer in time, or hung up."] == [one.fault for one in mails(room)]


def test_only_the_last_answer_may_take_long(server: Mailserver, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that reads a mail before it takes it has a minute; for the mail after it the short time holds again."""
    monkeypatch.setattr(transport, "SECONDS", 0.5)
    one = Smtp(parse_smtp_url(server.url))
    server.delay = 1.0
    one.send("1", "a@example.org", "b@example.org", EmailMessage())
    server.stalls.add("MAIL")
    started = time.monotonic()
    with pytest.raises(Unsent, match="did not answer in time"):
        one.send("2", "a@example.org", "c@example.org", EmailMessage())
    one.close()
    assert time.monotonic() - started < transport.LAST_SECONDS / 2
    assert ["b@example.org"] == server.recipients()


def test_a_run_ends_where_the_server_is_slow(
    environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Other work of the tick does not wait for a long queue."""
    monkeypatch.setattr("signatures.mail.courier.RUN_SECONDS", 0.0)
    with mailserver() as server, sending(environ, server.url, clock) as room:
        post(room, "a@example.org", "b@example.org")
        assert [1, 1, 0] == [room.courier.deliver() for _ in range(3)]


@pytest.mark.parametrize("implicit", [False, True])
def test_a_password_is_sent_encrypted(
    environ: dict[str, str], clock: FixedClock, tmp_path: Path, implicit: bool
) -> None:
    """By STARTTLS where it is offered, or from the start; characters of the password may be any."""
    certificate = make_certificate(tmp_path)
    with mailserver(certificate=certificate, implicit=implicit, login=("post", "p@ss/w:rd")) as server:
        with sending(environ, server.url, clock) as room:
            post(room)
            assert 1 == room.courier.deliver(), mails(room)[0].fault
        assert [(True, "post")] == [(one.encrypted, one.login) for one in server.taken]


def test_a_wrong_password_gives_nothing_up(environ: dict[str, str], clock: FixedClock) -> None:
    """It is a matter of settings: mails wait, and no fault holds the password."""
    with mailserver(login=("post", "right-password")) as server:
        url = server.url.replace("right", "wrong")
        with sending(environ, url, clock) as room:
            post(room)
            assert 0 == room.courier.deliver()
            (mail,) = mails(room)
            assert "waiting" == mail.state
            assert "The mail server does not let us in (535 5.7.8)." == mail.fault


def test_a_password_never_travels_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server elsewhere that offers no encryption gets no password."""
    monkeypatch.setattr(transport, "LOOPBACK", ())
    with mailserver(login=("post", "secret-word")) as server:
        one = Smtp(parse_smtp_url(server.url))
        with pytest.raises(Unreachable, match="a password is not sent without"):
            one.send("1", "a@example.org", "b@example.org", EmailMessage())
        one.close()
    assert [] == server.taken


def test_a_strange_certificate_is_not_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A server elsewhere must show a certificate that the system trusts, for its name."""
    monkeypatch.setattr(transport, "LOOPBACK", ())
    with mailserver(certificate=make_certificate(tmp_path)) as server:
        one = Smtp(parse_smtp_url(server.url))
        with pytest.raises(Unreachable, match="certificate cannot be trusted"):
            one.send("1", "a@example.org", "b@example.org", EmailMessage())
        one.close()


def test_an_address_in_another_script_needs_a_server_that_can(
    environ: dict[str, str], clock: FixedClock, server: Mailserver
) -> None:
    """A domain is written in ASCII for any server; a name beyond ASCII goes where SMTPUTF8 is offered."""
    with sending(environ, server.url, clock) as room:
        post(room, "büro@example.org", "office@exämple.org")
        assert 2 == room.courier.deliver(), [one.fault for one in mails(room)]
        assert ["büro@example.org", "office@xn--exmple-cua.org"] == server.recipients()
        assert "office@exämple.org" == mails(room)[1].recipient


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("smtp://mail.example.org", ("mail.example.org", 25, False, None, None)),
        ("smtps://mail.example.org", ("mail.example.org", 465, True, None, None)),
        ("smtp://me%40x:p%3Aw%2Fd@mail.example.org:587/", ("mail.example.org", 587, False, "me@x", "p:w/d")),
        ("smtp://[::1]:2525", ("::1", 2525, False, None, None)),
    ],
)
def test_addresses_of_mail_servers(url: str, told: tuple[Any, ...]) -> None:
    """Host, port, encryption, user and password."""
    assert told == tuple(parse_smtp_url(url))


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example.org", "http://u:secret-word@h", "smtp://", "smtp://u:secret-word@", "smtp://u:secret-word@h:0",
        "smtp://u:secret-word@h:99999", "smtp://u:secret-word@h:x", "smtp://u:secret-word@h/x", "smtp://u:secret-word@h?from=a",
        "smtp://u@h", "smtp://:secret-word@h", "smtp://u:secret-word@[h",
    ],
)  # fmt: skip
def test_other_addresses_are_refused_without_repeating_them(url: str) -> None:
    """The sentence says how one is written; a password is in none of them."""
    with pytest.raises(InvalidInput, match="smtp://user:password@host:port") as refusal:
        parse_smtp_url(url)
    assert "secret-word" not in refusal.value.sentence


def test_a_server_is_named_without_its_password() -> None:
    """Neither user nor password."""
    assert "smtp://h:25" == repr(parse_smtp_url("smtp://user:secret-word@h"))


# ── nothing twice, nothing lost ──────────────────────────────────────────────────────────────────────────────────────


def test_two_couriers_in_one_process_send_each_mail_once(
    environ: dict[str, str], clock: FixedClock, server: Mailserver
) -> None:
    """Four threads share forty mails."""
    with sending(environ, server.url, clock) as room:
        ids = post(room, *(f"n{n}@example.org" for n in range(40)))
        start = threading.Barrier(4)

        def run() -> int:
            start.wait()
            return Courier(room).deliver()

        with ThreadPoolExecutor(4) as pool:
            counts = [each.result() for each in [pool.submit(run) for _ in range(4)]]
        assert 40 == sum(counts)
        assert sorted(f"<{id_}@localhost>" for id_ in ids) == sorted(server.ids())


@pytest.mark.faults
def test_couriers_of_several_processes_send_each_mail_once(
    environ: dict[str, str], clock: FixedClock, server: Mailserver
) -> None:
    """Three processes share thirty mails."""
    with sending(environ, server.url, clock) as room, ExitStack() as stack:
        ids = post(room, *(f"n{n}@example.org" for n in range(30)))
        running = [stack.enter_context(process("deliver", by_smtp(environ, server.url))) for _ in range(3)]
        assert 30 == sum(int(one.communicate(timeout=60)[0]) for one in running)
        assert sorted(f"<{id_}@localhost>" for id_ in ids) == sorted(server.ids())


@pytest.mark.faults
def test_a_process_killed_between_commit_and_mail_loses_nothing(
    environ: dict[str, str], clock: FixedClock, server: Mailserver
) -> None:
    """After the restart the confirmation is sent, once."""
    with sending(environ, server.url, clock) as room:
        publish_statement(room)
        with process("submit", by_smtp(environ, server.url)) as other:
            assert other.stdout is not None
            assert "committed\n" == other.stdout.readline()
            other.send_signal(signal.SIGKILL)
        clock.set(datetime.now(UTC))
        assert [] == server.taken
        assert [1, 0] == [room.courier.deliver() for _ in range(2)]
        assert [ADDRESS] == server.recipients()


@pytest.mark.faults
@pytest.mark.parametrize("command", ["MAIL", "DATA"])
def test_a_process_killed_before_the_server_says_yes_loses_nothing(
    environ: dict[str, str], clock: FixedClock, server: Mailserver, command: str
) -> None:
    """Its claim lapses, and another process sends the mail."""
    with sending(environ, server.url, clock) as room:
        (id_,) = post(room)
        server.stalls.add(command)
        with process("deliver", by_smtp(environ, server.url)) as other:
            server.wait_for(command)
            other.send_signal(signal.SIGKILL)
        server.stalls.clear()
        assert [] == server.taken
        clock.set(datetime.now(UTC))
        assert 0 == room.courier.deliver()
        clock.advance(CLAIM)
        assert [1, 0] == [room.courier.deliver() for _ in range(2)]
        assert [f"<{id_}@localhost>"] == server.ids()


@pytest.mark.faults
def test_a_process_killed_after_the_server_said_yes_sends_nothing_again(
    environ: dict[str, str], clock: FixedClock, server: Mailserver
) -> None:
    """What was acknowledged and marked stays sent, however long after."""
    with sending(environ, server.url, clock) as room:
        (id_,) = post(room)
        with process("linger", by_smtp(environ, server.url)) as other:
            assert other.stdout is not None
            assert "1\n" == other.stdout.readline()
            other.send_signal(signal.SIGKILL)
        clock.set(datetime.now(UTC) + timedelta(days=3))
        assert 0 == room.courier.deliver()
        assert [f"<{id_}@localhost>"] == server.ids()


def test_what_was_acknowledged_is_marked_as_soon_as_it_can_be(
    environ: dict[str, str], clock: FixedClock, server: Mailserver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the store fails between the server's yes and the mark, the next run marks it instead of sending it again."""

    def full(*_: object) -> None:
        raise StorageUnavailable("The disk is full.")

    with sending(environ, server.url, clock) as room:
        post(room)
        with monkeypatch.context() as broken:
            broken.setattr(outbox, "sent", full)
            with pytest.raises(StorageUnavailable):
                room.courier.deliver()
        assert ["waiting"] == [one.state for one in mails(room)]
        clock.advance(hours=1)
        assert 0 == room.courier.deliver()
        assert ["sent"] == [one.state for one in mails(room)]
        assert 1 == len(server.taken)


# ── what is never told ───────────────────────────────────────────────────────────────────────────────────────────────


def test_faults_and_log_hold_no_address(
    environ: dict[str, str], clock: FixedClock, server: Mailserver, caplog: pytest.LogCaptureFixture
) -> None:
    """Servers repeat addresses in their answers; we do not."""
    caplog.set_level(logging.DEBUG, "signatures")
    with sending(environ, server.url, clock) as room:
        server.answers |= {
            "canary-1@example.org": "550 5.1.1 <canary-1@example.org> unknown",
            "canary-2@example.org": "450 canary-2@example.org is busy",
        }
        post(
            room, "canary-1@example.org", "canary-2@example.org", "canary-3 no address", "canary-4@example.org\r\nX: y"
        )
        post(room, "canary-5@example.org", kind="canary")
        assert 0 == room.courier.deliver()
        assert [] == [one.fault for one in mails(room) if "canary-" in str(one.fault)]
        assert 5 == len(caplog.records)
        assert "canary-" not in caplog.text


def test_a_fault_of_ours_in_one_mail_is_noted_without_its_data(
    room: Room, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its kind stands in the outbox, its words nowhere; the next mail is sent."""

    def broken(_room: Room, mail: Mail) -> EmailMessage:
        raise LookupError(f"canary {mail.recipient}")

    post(room, "canary@example.org")
    with monkeypatch.context() as patched:
        patched.setattr("signatures.mail.courier.compose", broken)
        assert 0 == room.courier.deliver()
    assert ["It could not be written: LookupError."] == [one.fault for one in mails(room)]
    assert "canary" not in caplog.text


def test_without_the_secret_nothing_is_claimed(environ: dict[str, str], clock: FixedClock) -> None:
    """Links could not be written: the mails wait as they are for a process that has it."""
    with opened(environ, clock) as room:
        post(room)
    poor = Room({k: v for k, v in environ.items() if "SECRET" not in k}, clock, need_secret=False)
    with pytest.raises(Misconfigured):
        poor.courier.deliver()
    assert [0] == [one.attempts for one in mails(poor)]
    poor.close()


def test_the_outbox_on_disk_holds_ids_only(room: Room) -> None:
    """What a mail says is found when it is sent; the row has nothing of it."""
    post(room, submission="s-1", link="l-1")
    with room.contacts.database.reading() as transaction:
        ((about,),) = transaction.execute("SELECT about FROM outbox")
    assert {"submission": "s-1", "link": "l-1"} == json.loads(about)


def test_unsent_is_the_base_of_what_a_transport_says() -> None:
    """Whoever catches it catches all."""
    assert (True, True) == (issubclass(Rejected, Unsent), issubclass(Unreachable, Unsent))


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """If the disk fails before the end, no `.eml` is there."""

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Unreachable, match="No space left"):
        Folder(tmp_path / "outbox").send("1", "a@example.org", "b@example.org", EmailMessage())
    assert [] == list((tmp_path / "outbox").glob("*.eml"))
