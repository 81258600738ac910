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
    assert (REFERENCE, "Switched on") == (desk.room.hooks.list()[0].statement, state(desk, one))
    assert desk.room.signer.public() in desk.read(AT).said

    assert f"{one}?done=webhook-test" == desk.send(f"{one}/test")
    page = desk.read(f"{one}?done=webhook-test")
    assert ["refresh"] == [meta["http-equiv"] for meta in page.all("meta") if "http-equiv" in meta]
    assert 1 == desk.room.announcer.deliver()
    page = desk.read(f"{one}?done=webhook-test")
    assert (True, []) == ("Answered 204" in page.said, [meta for meta in page.all("meta") if "http-equiv" in meta])

    desk.send(f"{one}/switch", to="off")
    sign(desk.room, "Union A")
    assert (0, "Switched off") == (desk.room.announcer.deliver(), state(desk, one))
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
    key = desk.room.signer.public()
    told = {"key": key, "keys": [{"key": key, "until": None}]}
    assert (told, "*") == (answer.json, answer.headers["Access-Control-Allow-Origin"])
    assert 304 == client.get(path, headers={"If-None-Match": answer.headers["ETag"]}).status_code
    assert 0o600 == desk.room.signer.path.stat().st_mode & 0o777
    assert 400 == client.get(f"{path}?x=y").status_code


def test_whom_to_write_to_is_said_and_changed(desk: Desk, receiver: Receiver) -> None:
    """With the webhook or later, in the language of whoever says it; what is no address is asked again."""
    assert "Enter the whole e-mail address" in desk.refused(AT, url=receiver.url, email="owner@")
    assert [] == list(desk.room.hooks.list())
    one = desk.send(f"{AT}?lang=de", url=receiver.url, email="owner@example.org").partition("?")[0]
    (hook,) = desk.room.hooks.list()
    assert ("owner@example.org", "de") == desk.room.hooks.keeper(hook.id)
    assert ("owner@example.org" in desk.read(one).said, "owner@" in desk.watcher.get(one).text) == (True, False)
    page = desk.refused(f"{one}/keeper", email="other@")
    assert ("other@" in page, ("owner@example.org", "de")) == (True, desk.room.hooks.keeper(hook.id))
    assert f"{one}?done=webhook-keeper" == desk.send(f"{one}/keeper", email="other@example.org")
    desk.send(f"{one}/keeper", email="")
    assert None is desk.room.hooks.keeper(hook.id)
    assert ["webhook-keeper", "webhook-keeper", "webhook-add"] == desk.acts()
    assert (403, 404) == (
        desk.watcher.post(f"{one}/keeper", {"email": ""}).status_code,
        desk.one.post(f"{AT}/nothing/keeper", {"email": ""}).status_code,
    )


def test_the_key_is_changed(desk: Desk, receiver: Receiver) -> None:
    """After a page that says what it means; both stand on the page and in the API until the old one ends, then the new one alone."""
    desk.send(AT, url=receiver.url)
    old = desk.room.signer.public()
    assert "For 30 days it is signed with the present key, too" in desk.read(f"{AT}/key").said
    assert (f"{AT}?done=webhook-rotate", 403) == (
        desk.send(f"{AT}/key"),
        desk.watcher.post(f"{AT}/key", {}).status_code,
    )
    new = desk.room.signer.public()
    page = desk.read(AT)
    assert (old != new, new in page.said, old in page.said, "23 December 2026" in page.said) == (True,) * 4
    assert f"{AT}/key" not in [a["href"] for a in page.all("a")]
    until = {"key": old, "until": "2026-12-23"}
    assert [{"key": new, "until": None}, until] == desk.app.test_client().get("/api/v1/webhooks/key").json["keys"]  # type: ignore[index]
    assert "still signs" in desk.refused(f"{AT}/key")
    desk.go_on(days=31)
    assert old not in desk.read(AT).said
    assert [{"key": new, "until": None}] == desk.app.test_client().get("/api/v1/webhooks/key").json["keys"]  # type: ignore[index]
    assert "changed the key of the webhooks" in desk.read("/editors/acts").said
