"""The console's pages of webhooks: who is told, what was delivered, what is sent again, and who may change it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signatures.webhooks import deliveries
from tests.clock import FixedClock
from tests.editing import quick_passwords
from tests.keeping import REFERENCE, Desk, sign
from tests.receiver import Receiver, receiving

AT = "/editors/webhooks"
pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # test_webhooks.py asks both engines


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Make an installation in which two editors and an auditor are signed in."""
    quick_passwords(monkeypatch)
    environ["SIGNATURES_WEBHOOK_NETWORKS"] = "127.0.0.0/8"
    made = Desk(environ, clock)
    yield made
    made.room.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Receive on this machine."""
    with receiving() as made:
        yield made


def test_a_webhook_is_added_tried_and_removed(desk: Desk, receiver: Receiver) -> None:
    """Each step leads to the page that shows it; what was done is noted with its editor."""
    assert "Nobody is told yet." in desk.read(AT).said
    where = desk.send(AT, url=receiver.url, statement=REFERENCE.upper())
    one = where.partition("?")[0]
    assert (REFERENCE, "On") == (desk.room.hooks.list()[0].statement, state(desk, one))
    assert desk.room.signer.public() in desk.read(AT).said

    assert f"{one}?done=webhook-test" == desk.send(f"{one}/test")
    page = desk.read(f"{one}?done=webhook-test")
    assert ["refresh"] == [meta["http-equiv"] for meta in page.all("meta") if "http-equiv" in meta]
    assert 1 == desk.room.announcer.deliver()
    page = desk.read(f"{one}?done=webhook-test")
    assert (True, []) == ("Answered 204" in page.said, [meta for meta in page.all("meta") if "http-equiv" in meta])

    desk.send(f"{one}/switch", to="off")
    sign(desk.room, "Union A")
    assert (0, "Off") == (desk.room.announcer.deliver(), state(desk, one))
    desk.send(f"{one}/switch", to="on")
    assert 1 == desk.room.announcer.deliver()
    assert f"{REFERENCE}, {desk.position()}" in desk.read(one).said

    assert "Nothing is sent to 127.0.0.1" in desk.read(f"{one}/removal").said
    assert f"{AT}?done=webhook-removed" == desk.send(f"{one}/removal")
    desk.read(one, 404)
    assert ["webhook-remove", "webhook-on", "webhook-off", "webhook-add"] == desk.acts()
    assert "removed a webhook" in desk.read("/editors/acts").said


def state(desk: Desk, path: str) -> str:
    """Read the state that a page tells."""
    (told,) = desk.read(path).of_class("now")
    return told


def test_what_was_given_up_is_sent_again(desk: Desk, receiver: Receiver) -> None:
    """One delivery or all, from the page that shows why; filters and older ones are links."""
    one = desk.send(AT, url=receiver.url).partition("?")[0]
    receiver.status = 410
    sign(desk.room, "Union A")
    desk.room.announcer.deliver()
    page = desk.read(one)
    assert "Off: its receiver said that it wants no more." in page.said
    assert "Answered 410" in desk.read(f"{one}?state=given+up").said
    assert "Nothing was sent yet." in desk.read(f"{one}?state=waiting").said
    receiver.status = 204
    desk.send(f"{one}/switch", to="on")
    desk.send(f"{one}/again")
    assert 1 == desk.room.announcer.deliver()
    with desk.room.contacts.database.reading() as transaction:
        (told,) = deliveries.listing(transaction, None)
    desk.send(f"{one}/again", delivery=told.id)
    assert (1, 3) == (desk.room.announcer.deliver(), len(receiver.got))
    assert {told.id} == {got.headers["webhook-id"] for got in receiver.got}


def test_a_refused_address_is_shown_again(desk: Desk) -> None:
    """With what was typed and a sentence; the key is not made for it."""
    for url, sentence in (
        ("https://169.254.169.254/latest", "no public address"),
        ("http://example.org:22/", "Port 22"),
        ("javascript:alert(1)", "Webhooks go over https."),
        ('"><script>alert(1)</script>', "Webhooks go over https."),
        ("https://example.org/a b", "no spaces"),
        ("", "Webhooks go over https."),
    ):
        page = desk.refused(AT, url=url)
        assert sentence in page
        assert "<script>alert" not in page
    assert "no statement" in desk.refused(AT, url="https://example.org/", statement="nothing-2026").lower()
    assert not desk.room.signer.path.exists()
    assert [] == list(desk.room.hooks.list())


def test_nothing_but_what_is_there(desk: Desk, receiver: Receiver) -> None:
    """Wrong ids, filters and marks of pages are refused in words."""
    one = desk.send(AT, url=receiver.url).partition("?")[0]
    for path in (f"{AT}/nothing", f"{AT}/%00", f"{AT}/nothing/removal"):
        desk.read(path, 404)
    for query in ("state=lost", "before=x", "before=99999999999999999999", "x=y"):
        desk.read(f"{one}?{query}", 400)
    assert 404 == desk.one.post(f"{AT}/nothing/test").status_code
    assert 404 == desk.one.post(f"{one}/again", {"delivery": "msg_nothing"}).status_code


def test_an_auditor_looks_and_changes_nothing(desk: Desk, receiver: Receiver) -> None:
    """Every page opens, no form is on it, and what is sent all the same is refused."""
    one = desk.send(AT, url=receiver.url).partition("?")[0]
    for path in (AT, one):
        page = desk.watcher.get(path)
        assert 200 == page.status_code
        assert (1, False) == (page.text.count("<form"), "of=us" in page.text)  # the way out; no secret of an address
    for path, typed in (
        (AT, {"url": receiver.url}),
        (f"{one}/test", {}),
        (f"{one}/switch", {"to": "off"}),
        (f"{one}/removal", {}),
    ):
        assert 403 == desk.watcher.post(path, typed).status_code
    assert ["on"] == [hook.state for hook in desk.room.hooks.list()]


def test_the_key_is_public(desk: Desk, receiver: Receiver) -> None:
    """Once there is a webhook, anybody may read what verifies its messages; 304 to who holds it."""
    path = "/api/v1/webhooks/key"
    client = desk.app.test_client()
    assert 404 == client.get(path).status_code
    desk.send(AT, url=receiver.url)
    answer = client.get(path)
    assert ({"key": desk.room.signer.public()}, "*") == (answer.json, answer.headers["Access-Control-Allow-Origin"])
    assert 304 == client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code
    assert 0o600 == desk.room.signer.path.stat().st_mode & 0o777
    assert 400 == client.get(f"{path}?x=y").status_code
