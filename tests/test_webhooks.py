"""Webhooks: what is recorded is told to those who asked, signed, once and again until they took it, and to nobody else."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature

import wsgi
from signatures.aggregate import Reason
from signatures.errors import Misconfigured, NotFound, Refused
from signatures.mail import message
from signatures.mail.matter import Gone
from signatures.privacy.forgetting import forget
from signatures.privacy.held import held_about
from signatures.room import Room
from signatures.statement import Statement
from signatures.webhooks import deliveries, news
from signatures.webhooks.deliveries import Delivery
from signatures.webhooks.hooks import Hook
from signatures.webhooks.keepers import KIND, Keeper
from signatures.webhooks.sending import Answered
from tests import submitting
from tests.clock import FixedClock
from tests.commands import Commands
from tests.eventful import EDITOR, OPEN, draft, sign
from tests.receiver import Receiver, receiving
from tests.test_mail import mails

BASE = "http://localhost"
BY = "editor:operator"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # the same statements of SQL as above


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock) -> Iterator[Room]:
    """Open a register that may tell programs on this machine."""
    environ["SIGNATURES_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
    with submitting.opened(environ, clock) as made:
        yield made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Receive on this machine."""
    with receiving() as made:
        yield made


@pytest.fixture
def hook(room: Room, receiver: Receiver) -> Hook:
    """Publish a statement, and tell the receiver what follows."""
    draft(room.register)
    room.register.publish(EDITOR, OPEN, as_of="2021-06-07")
    return room.announcer.add(receiver.url, BY)


def all_of(room: Room) -> list[Delivery]:
    """List every delivery, the oldest first."""
    with room.contacts.database.reading() as transaction:
        return deliveries.listing(transaction, None)[::-1]


def counts(room: Room, hook: Hook) -> dict[str, int]:
    """Count what became of a webhook's messages."""
    with room.contacts.database.reading() as transaction:
        return deliveries.counts(transaction, hook.id)


def test_a_signature_is_told_and_verifies(room: Room, receiver: Receiver, hook: Hook) -> None:
    """The message is thin, signed by the register's key, and says where to look; the next run has nothing to say."""
    signed = sign(room.register, "Alpha Union")
    assert 1 == room.announcer.deliver()
    (got,) = receiver.got
    told = got.verified(room.signer.public())
    where = f"{BASE}/api/v1/statements/{OPEN}/events?after={signed.position - 1}&limit=1"
    data = {"statement": OPEN, "position": signed.position, "url": where}
    assert {"type": "signature.signed", "timestamp": signed.recorded_at, "data": data} == told
    assert ("/hook?of=us", "application/json") == (got.path, got.headers["content-type"])
    assert str(int(room.clock().timestamp())) == got.headers["webhook-timestamp"]
    assert b"Alpha" not in got.body
    with pytest.raises(InvalidSignature):
        got._replace(body=got.body.replace(b"signed", b"voided")).verified(room.signer.public())
    assert (0, 1) == (room.announcer.deliver(), len(receiver.got))
    assert "on" == room.hooks.of(hook.id).state


def test_nothing_is_told_of_drafts(room: Room, receiver: Receiver, hook: Hook) -> None:
    """A draft is news from its publication on, and what came before is not told; nor is anything before the webhook."""
    everything = eventful_of(room)
    room.announcer.deliver()
    told = [got.verified(room.signer.public()) for got in receiver.got]
    public = [entry for entry in everything if entry.position > hook.position and entry.stream.startswith("statement/")]
    first = {entry.stream: entry.position for entry in reversed(public) if entry.type == "Published"}
    expected = [entry for entry in public if entry.position >= first.get(entry.stream, 2**62)]
    assert [(news.TYPES[one.type], one.position) for one in expected] == [
        (one["type"], one["data"]["position"]) for one in told
    ]
    assert {"second-2021"} == {one["data"]["statement"] for one in told}
    assert len({got.headers["webhook-id"] for got in receiver.got}) == len(told)


def eventful_of(room: Room) -> list[Any]:
    """Draft, sign and publish another statement, let much happen to it, and draft one that stays hidden."""
    register, second = room.register, "second-2021"
    draft(register, second)
    alpha, beta = (sign(register, name, second, on="2021-06-07") for name in ("Alpha Union", "Beta Union"))
    register.publish(EDITOR, second, as_of="2021-06-08")
    register.set_text(EDITOR, second, language="de", title="Noch ein Text", text="Worte.\n")
    register.amend(EDITOR, second, {"issuer": "Union of Unions"}, Reason("typo", None))
    register.correct(EDITOR, alpha.signature_id, {"name": "Alpha Neu"})
    gone = register.withdraw(EDITOR, beta.signature_id, on="2021-06-11")
    register.annul(EDITOR, second, gone.position, Reason("other", "a slip"))
    register.void(EDITOR, beta.signature_id)
    register.close_signing(EDITOR, second, on="2021-06-15")
    register.reopen_signing(EDITOR, second, on="2021-06-20")
    register.rename(EDITOR, alpha.organisation_id, {"name": "Alpha Ny"}, on="2021-06-25")
    register.retract(EDITOR, second, on="2021-06-26", reason=Reason("legal", None))
    draft(register, "hidden-2021")
    sign(register, "Gamma Union", "hidden-2021")
    return list(room.store.entries(0, 1_000))


def test_every_type_of_event_has_a_name() -> None:
    """A new type of event of statements must be told, or be one of those that only a draft can have."""
    types = {
        event.TOPIC.partition(".")[2].partition("@")[0] for event in vars(Statement).values() if hasattr(event, "TOPIC")
    }
    assert {"Drafted", "Discarded"} == types - news.TYPES.keys()
    assert set() == news.TYPES.keys() - types


def test_one_statement_alone(room: Room, receiver: Receiver, hook: Hook) -> None:
    """A webhook may be told of one statement only, which must be there; its reference may be written in any case."""
    room.hooks.remove(hook.id)
    with pytest.raises(NotFound):
        room.announcer.add(receiver.url, BY, "nothing-2021")
    room.announcer.add(receiver.url, BY, OPEN.upper())
    eventful_of(room)
    sign(room.register, "Alpha Union")
    assert 1 == room.announcer.deliver()
    assert OPEN == json.loads(receiver.got[0].body)["data"]["statement"]


def test_two_processes_tell_everything_once(
    room: Room, environ: dict[str, str], receiver: Receiver, hook: Hook
) -> None:
    """Several may gather and send at once, and nothing is told twice."""
    other = Room(environ, room.clock)
    for number in range(10):
        sign(room.register, f"Union {number}")
    with ThreadPoolExecutor(4) as pool:
        counts = list(pool.map(lambda one: one.announcer.deliver(), [room, other] * 2))
    other.close()
    told = [json.loads(got.body)["data"]["position"] for got in receiver.got]
    assert (10, 10) == (sum(counts), len(set(told)))
    assert "on" == room.hooks.of(hook.id).state


# ── what is not taken ────────────────────────────────────────────────────────────────────────────────────────────────


def test_it_is_tried_again_under_the_same_id(room: Room, clock: FixedClock, receiver: Receiver, hook: Hook) -> None:
    """A message that was not taken keeps its id and its bytes, and gets a new time and signature."""
    receiver.status = 500
    sign(room.register, "Alpha Union")
    assert (0, 1) == (room.announcer.deliver(), len(receiver.got))
    assert ("failing", "waiting", 500) == (room.hooks.of(hook.id).state, all_of(room)[0].state, all_of(room)[0].status)
    assert (0, 1) == (room.announcer.deliver(), len(receiver.got))
    receiver.status = 200
    clock.advance(seconds=6)
    assert 1 == room.announcer.deliver()
    first, second = receiver.got
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    assert 6 == int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"])
    second.verified(room.signer.public())
    assert ("on", "delivered", 2) == (room.hooks.of(hook.id).state, all_of(room)[0].state, all_of(room)[0].attempts)


@ONE_ENGINE
def test_who_takes_nothing_is_switched_off_and_loses_nothing(
    room: Room, clock: FixedClock, receiver: Receiver, hook: Hook
) -> None:
    """After the last attempt, three days later; switched on again it gets what was recorded meanwhile, and what was given up."""
    receiver.status = 404
    sign(room.register, "Alpha Union")
    for pause in (timedelta(0), *deliveries.PAUSES):
        clock.advance(pause * 1.1)
        room.announcer.deliver()
    assert 1 + len(deliveries.PAUSES) == len(receiver.got)
    off = room.hooks.of(hook.id)
    assert ("off", "failing", "given up") == (off.state, off.why, all_of(room)[0].state)
    assert ["webhook-off"] == [act.act for act in room.acts.list(f"webhook:{hook.id}")]
    sign(room.register, "Beta Union")
    assert (0, False) == (room.announcer.deliver(), room.announcer.waits())
    receiver.status = 204
    room.hooks.switch_on(hook.id)
    assert 1 == room.announcer.deliver()
    with room.contacts.database.writing(deliveries.TABLE) as transaction:
        assert 1 == deliveries.again_all(transaction, hook.id, clock())
    assert 1 == room.announcer.deliver()
    assert ["delivered", "delivered"] == [one.state for one in all_of(room)]


@pytest.mark.parametrize(("status", "sentence"), [(410, "wants no more"), (500, "For three days")])
def test_whoever_keeps_it_is_written_to_when_it_is_switched_off(
    room: Room, clock: FixedClock, receiver: Receiver, hook: Hook, status: int, sentence: str
) -> None:
    """One mail, in the transaction that switches it off, with the host alone; none for an editor's own switch, or once it is on."""
    room.hooks.keep(hook.id, Keeper("owner@example.org", "en"))
    room.hooks.switch_off(hook.id, "editor")
    room.hooks.switch_on(hook.id)
    receiver.status = status
    sign(room.register, "Alpha Union")
    for pause in (timedelta(0), *deliveries.PAUSES):
        clock.advance(pause * 1.1)
        room.announcer.deliver()
    (mail,) = mails(room, KIND)
    told = message.compose(room, mail)
    text = told.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert ("owner@example.org", f"A webhook was switched off: {hook.host}") == (told["To"], told["Subject"])
    assert (True, True, False) == (
        sentence in " ".join(text.split()),
        f"{BASE}/editors/webhooks/{hook.id}" in text,
        "of=us" in text,
    )
    room.hooks.switch_on(hook.id)
    with pytest.raises(Gone):
        message.compose(room, mail)


@ONE_ENGINE
def test_the_address_of_whoever_keeps_it_is_told_and_forgotten(room: Room, hook: Hook) -> None:
    """A person's, as others are: it is found, erased, and goes with the webhook; the webhook stays."""
    room.hooks.keep(hook.id, Keeper("Owner@example.org", "de"))
    assert [{"id": hook.id, "email": "Owner@example.org", "language": "de"}] == held_about(
        room, "owner@example.org"
    ).as_json()["webhooks"]
    forget(room, "owner@example.org")
    assert (True, None, "on") == (
        held_about(room, "owner@example.org").empty,
        room.hooks.keeper(hook.id),
        room.hooks.of(hook.id).state,
    )
    room.hooks.keep(hook.id, Keeper("owner@example.org", "de"))
    room.hooks.remove(hook.id)
    assert held_about(room, "owner@example.org").empty


@ONE_ENGINE
def test_one_message_that_is_never_taken_stops_no_other(
    room: Room, clock: FixedClock, receiver: Receiver, hook: Hook
) -> None:
    """It is given up alone, while those after it arrive and the webhook stays on."""
    poison = sign(room.register, "Alpha Union").position
    refusal = f'"position":{poison},'.encode()

    def act(asked: BaseHTTPRequestHandler) -> None:
        asked.send_response(400 if refusal in receiver.got[-1].body else 204)
        asked.end_headers()

    receiver.act = act
    for number, pause in enumerate((timedelta(0), *deliveries.PAUSES)):
        clock.advance(pause * 1.1)
        sign(room.register, f"Union {number}")
        room.announcer.deliver()
    assert {"given up": 1, "delivered": 10, "waiting": 0} == counts(room, hook)
    assert "on" == room.hooks.of(hook.id).state


@ONE_ENGINE
def test_who_is_gone_is_switched_off_at_once(room: Room, receiver: Receiver, hook: Hook) -> None:
    """410 says that nothing is wanted any more."""
    receiver.status = 410
    for name in ("Alpha Union", "Beta Union"):
        sign(room.register, name)
    room.announcer.deliver()
    assert (1, "gone") == (len(receiver.got), room.hooks.of(hook.id).why)


@ONE_ENGINE
def test_who_is_busy_is_left_in_peace(room: Room, clock: FixedClock, receiver: Receiver, hook: Hook) -> None:
    """One attempt, then as long a pause as the receiver asks for, for all that waits or comes; it counts as no attempt."""
    receiver.status, receiver.headers = 429, {"Retry-After": "600"}
    for number in range(5):
        sign(room.register, f"Union {number}")
    room.announcer.deliver()
    clock.advance(seconds=590)
    sign(room.register, "Union of the news")
    room.announcer.deliver()
    assert (1, [1, 0, 0, 0, 0, 0]) == (len(receiver.got), [one.attempts for one in all_of(room)])
    receiver.status = 204
    clock.advance(seconds=11)
    assert (6, "on") == (room.announcer.deliver(), room.hooks.of(hook.id).state)


@ONE_ENGINE
def test_a_slow_receiver_keeps_no_other_waiting(room: Room, receiver: Receiver, hook: Hook) -> None:
    """Receivers take turns, however much waits for one of them."""
    for number in range(5):
        sign(room.register, f"Union {number}")
    room.announcer.gather()
    with receiving() as other:
        room.announcer.add(other.url, BY)
        sign(room.register, "Union last")
        room.announcer.deliver(limit=2)
        assert (1, 1) == (len(receiver.got), len(other.got))
    assert 6 == sum(one.webhook == hook.id for one in all_of(room))


@ONE_ENGINE
def test_whoever_takes_long_for_each_message_leaves_most_of_the_time_to_others(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, hook: Hook
) -> None:
    """After a slow message the webhook rests three times as long, so that a thousand of its messages delay no other's."""
    monkeypatch.setattr(deliveries, "SLOW", 0.5)

    def act(asked: BaseHTTPRequestHandler) -> None:
        time.sleep(0.6)
        asked.send_response(204)
        asked.end_headers()

    receiver.act = act
    with receiving() as other:
        room.announcer.add(other.url, BY)
        for number in range(3):
            sign(room.register, f"Union {number}")
        room.announcer.deliver()
        assert (1, 3) == (len(receiver.got), len(other.got))
    assert "on" == room.hooks.of(hook.id).state
    clock.advance(seconds=10)
    room.announcer.deliver(1)
    assert 2 == len(receiver.got)


@ONE_ENGINE
def test_who_wakes_up_too_late_undoes_nothing(room: Room, clock: FixedClock, receiver: Receiver, hook: Hook) -> None:
    """What a process says of a message that another one has sent meanwhile is not heard, and nothing is sent again."""
    sign(room.register, "Alpha Union")
    room.announcer.gather()
    with room.contacts.database.writing(deliveries.TABLE) as transaction:
        asleep = deliveries.claim(transaction, clock())
    clock.advance(deliveries.CLAIM)
    assert (1, hook.id) == (room.announcer.deliver(), asleep and asleep.webhook)
    with room.contacts.database.writing(deliveries.TABLE) as transaction:
        assert asleep is not None
        deliveries.note(transaction, asleep, Answered(500), clock())
    clock.advance(days=1)
    assert (0, 1, "delivered") == (room.announcer.deliver(), len(receiver.got), all_of(room)[0].state)
    assert "on" == room.hooks.of(hook.id).state


@ONE_ENGINE
def test_an_address_that_is_added_again_is_told_once(room: Room, receiver: Receiver, hook: Hook) -> None:
    """A form that is sent twice makes one webhook; one for a statement alone is another."""
    assert hook.id == room.announcer.add(receiver.url, BY).id
    one = room.announcer.add(receiver.url, BY, OPEN)
    assert one.id == room.announcer.add(receiver.url, BY, OPEN).id
    assert {hook.id, one.id} == {each.id for each in room.hooks.list()}


@ONE_ENGINE
def test_who_dies_while_sending_is_followed_by_another(
    room: Room, clock: FixedClock, receiver: Receiver, hook: Hook
) -> None:
    """A claim lapses, and the message is sent under its id."""
    sign(room.register, "Alpha Union")
    room.announcer.gather()
    with room.contacts.database.writing(deliveries.TABLE) as transaction:
        taken = deliveries.claim(transaction, clock())
    assert taken is not None
    assert (0, []) == (room.announcer.deliver(), receiver.got)
    clock.advance(deliveries.CLAIM)
    assert 1 == room.announcer.deliver()
    assert [taken.id] == [got.headers["webhook-id"] for got in receiver.got]
    assert hook.id == taken.webhook


@ONE_ENGINE
def test_a_message_that_ends_who_sends_it_is_given_up(
    room: Room, clock: FixedClock, receiver: Receiver, hook: Hook
) -> None:
    """What was begun and never ended as often as it may be tried stands in nobody's way any more."""
    sign(room.register, "Alpha Union")
    room.announcer.gather()
    for _ in range(1 + len(deliveries.PAUSES)):
        with room.contacts.database.writing(deliveries.TABLE) as transaction:
            assert deliveries.claim(transaction, clock()) is not None
        clock.advance(deliveries.CLAIM)
    sign(room.register, "Beta Union")
    assert 1 == room.announcer.deliver()
    assert [("given up", "unsent"), ("delivered", None)] == [(one.state, one.fault) for one in all_of(room)]
    assert (1, "on") == (len(receiver.got), room.hooks.of(hook.id).state)


@ONE_ENGINE
def test_an_address_that_is_not_allowed_any_more_is_not_spoken_to(
    room: Room, environ: dict[str, str], receiver: Receiver, hook: Hook
) -> None:
    """What counts is the setting of today, not that of the day on which it was added."""
    sign(room.register, "Alpha Union")
    strict = Room({**environ, "SIGNATURES_WEBHOOK_NETWORKS": ""}, room.clock)
    assert 0 == strict.announcer.deliver()
    strict.close()
    assert (["private"], []) == ([one.fault for one in all_of(room)], receiver.got)
    assert "failing" == room.hooks.of(hook.id).state


@ONE_ENGINE
def test_old_deliveries_are_forgotten(room: Room, clock: FixedClock, receiver: Receiver, hook: Hook) -> None:
    """What is settled goes after a month; what waits stays."""
    sign(room.register, "Alpha Union")
    room.announcer.deliver()
    clock.advance(days=31)
    sign(room.register, "Beta Union")
    receiver.status = 500
    room.announcer.deliver()
    assert ["waiting"] == [one.state for one in all_of(room)]
    assert hook.id == all_of(room)[0].webhook


@ONE_ENGINE
def test_nobody_is_asked_where_there_is_nothing_to_tell(room: Room, hook: Hook) -> None:
    """Looking writes nothing, so that it may be done every second."""
    assert (False, 0) == (room.announcer.waits(), room.announcer.deliver())
    sign(room.register, "Alpha Union")
    assert room.announcer.waits()
    room.hooks.switch_off(hook.id, "editor")
    assert not room.announcer.waits()


# ── the command line ─────────────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_an_operator_keeps_webhooks(room: Room, environ: dict[str, str], receiver: Receiver, hook: Hook) -> None:
    """Add, list, test, see what was delivered, send again, switch on, remove: by id, and in a sentence where there is none."""
    run = Commands(environ)
    assert "off" not in run.said("webhook", "list")
    made, _, said = run.said("webhook", "add", receiver.url, "--statement", OPEN).partition("\n")
    assert f"Messages are signed with the key {run.said('webhook', 'key')}" == said
    assert "answered 204" in run.said("webhook", "test", made)
    (got,) = receiver.got
    assert "webhook.test" == got.verified(room.signer.public())["type"]
    sign(room.register, "Alpha Union")
    assert "2 announced" in run.said("tick")
    rows = json.loads(run.said("webhook", "deliveries", made, "--format", "json"))
    assert [("webhook.test", "delivered"), ("signature.signed", "delivered")] == [
        (one["type"], one["state"]) for one in rows
    ]
    assert "signature.signed" in run.said("webhook", "deliveries", "--state", "delivered")
    assert "1 due again" in run.said("webhook", "again", rows[1]["id"])
    room.hooks.switch_off(made, "editor")
    assert "(editor)" in run.said("webhook", "list")
    run.said("webhook", "on", made)
    assert "1 announced" in run.said("tick")
    receiver.status = 500
    assert "answered 500" in run.refused("webhook", "test", made)
    run.said("webhook", "remove", made)
    assert made not in run.said("webhook", "list")
    for words in (
        ("remove", made),
        ("test", "x"),
        ("on", "x"),
        ("deliveries", "x"),
        ("again", "x"),
        ("again", "msg_x"),
    ):
        assert "There is no such" in run.refused("webhook", *words)
    assert "no public address" in run.refused("webhook", "add", "https://10.0.0.1/")
    assert "owner@example.org is written to" in run.said(
        "webhook", "keeper", hook.id, "owner@example.org", "--language", "fr"
    )
    assert ("owner@example.org", "fr") == room.hooks.keeper(hook.id)
    assert "Enter the whole" in run.refused("webhook", "keeper", hook.id, "owner@")
    assert "Nobody is written to" in run.said("webhook", "keeper", hook.id)
    old = room.signer.public()
    assert "they are signed with the one before it, too" in run.said("webhook", "rotate", "--days", "7")
    new, former = run.said("webhook", "key").splitlines()
    assert (room.signer.public(), f"{old}  until 20") == (new, former[:-8])
    assert "still signs" in run.refused("webhook", "rotate")
    run.said("webhook", "rotate", "--at-once")
    assert room.signer.public() == run.said("webhook", "key").strip()
    assert hook.id in run.said("webhook", "list")


@ONE_ENGINE
def test_without_an_address_of_its_own_a_register_tells_nobody(environ: dict[str, str], clock: FixedClock) -> None:
    """Messages say where to look, so the setting is needed."""
    del environ["SIGNATURES_BASE_URL"]
    with submitting.opened(environ, clock) as room, pytest.raises(Misconfigured, match="SIGNATURES_BASE_URL"):
        room.announcer.add("https://example.org/", BY)


@ONE_ENGINE
def test_who_is_removed_meanwhile_is_told_nothing(
    room: Room, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, hook: Hook
) -> None:
    """Nothing is written down for a webhook that went while others were looked after."""
    sign(room.register, "Alpha Union")
    monkeypatch.setattr(room.hooks, "list", lambda: [hook])
    room.hooks.remove(hook.id)
    room.announcer.gather()
    assert ([], []) == (all_of(room), receiver.got)


@ONE_ENGINE
def test_a_key_that_others_may_read_signs_nothing(room: Room, receiver: Receiver, hook: Hook) -> None:
    """It is said whose file it is; the message waits until it is set right."""
    sign(room.register, "Alpha Union")
    room.signer.path.chmod(0o644)
    with pytest.raises(Misconfigured, match=r"^others may read .*webhook-key\.pem"):
        room.announcer.deliver()
    room.signer.path.chmod(0o600)
    assert (1, 1) == (room.announcer.deliver(), len(receiver.got))
    assert hook.id == all_of(room)[0].webhook


# ── another key ──────────────────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_a_key_gives_way_to_another_while_both_sign(
    room: Room, clock: FixedClock, receiver: Receiver, hook: Hook
) -> None:
    """Whoever holds either verifies; after its last day the old one signs no more and its file goes; ids stay the same."""
    old, today = room.signer.public(), clock().date()
    new = room.signer.rotate(today, today + timedelta(days=2))
    assert (old != new, new) == (True, room.signer.public())
    assert [(new, None), (old, f"{today + timedelta(days=2)}")] == room.signer.publics(today)
    with pytest.raises(Refused, match="still signs"):
        room.signer.rotate(today, today + timedelta(days=2))
    sign(room.register, "Alpha Union")
    clock.advance(days=1)
    assert 1 == room.announcer.deliver()
    assert receiver.got[0].verified(old) == receiver.got[0].verified(new)
    assert 2 == len(receiver.got[0].headers["webhook-signature"].split(" "))
    clock.advance(days=1)
    sign(room.register, "Beta Union")
    assert 1 == room.announcer.deliver()
    receiver.got[1].verified(new)
    with pytest.raises(InvalidSignature):
        receiver.got[1].verified(old)
    assert ([room.signer.path], 0o600) == (
        sorted(room.signer.path.parent.glob("webhook-key*")), room.signer.path.stat().st_mode & 0o777,
    )  # fmt: skip
    assert hook.id == all_of(room)[0].webhook


@ONE_ENGINE
def test_a_key_that_others_may_have_is_thrown_away_at_once(room: Room, clock: FixedClock, hook: Hook) -> None:
    """And the one before it, though its time has not passed; nothing is left of them."""
    today = clock().date()
    kept = {room.signer.public(), room.signer.rotate(today, today + timedelta(days=30))}
    new = room.signer.rotate(today, today)
    assert ([(new, None)], False) == (room.signer.publics(today), new in kept)
    assert [room.signer.path] == sorted(room.signer.path.parent.glob("*webhook-key*"))
    assert hook.id


@ONE_ENGINE
def test_whoever_dies_while_changing_the_key_leaves_one(
    room: Room, clock: FixedClock, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, hook: Hook
) -> None:
    """Wherever it ends, messages are signed by a key that receivers know, and the next try goes through."""
    old, today = room.signer.public(), clock().date()

    def die(*_: object) -> None:
        raise OSError("killed")

    for where, name in ((os, "link"), (Path, "replace")):
        with monkeypatch.context() as patched:
            patched.setattr(where, name, die)
            with pytest.raises(OSError, match="killed"):
                room.signer.rotate(today, today + timedelta(days=30))
        sign(room.register, f"Union {name}")
        room.announcer.deliver()
        receiver.got[-1].verified(old)
        assert [old] == [one.key for one in room.signer.publics(today)]
    new = room.signer.rotate(today, today + timedelta(days=30))
    assert [new, old] == [one.key for one in room.signer.publics(today)]
    assert hook.id


@ONE_ENGINE
def test_the_server_tells_webhooks_beside_its_mails(
    room: Room, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under a lock of their own, so that a receiver that answers nothing keeps no mail waiting."""
    locks: list[str] = []
    monkeypatch.setattr(wsgi, "tick_in_one_worker", lambda lock, *_: locks.append(lock.name))
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    wsgi.initialise(environ)
    app = wsgi._worker_app()
    app.extensions["room"].close()
    assert ["tick.lock", "webhooks.lock"] == locks
    assert room.state_dir == app.extensions["room"].state_dir
