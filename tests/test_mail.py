"""What mails say: the same in text and HTML, in the language of the row, with nothing in it that belongs elsewhere."""

from __future__ import annotations

import email
import email.policy
import json
import re
from datetime import UTC, datetime
from email.message import EmailMessage
from html import unescape
from io import BytesIO
from typing import Any

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.support import Translations

from signatures.aggregate import Reason
from signatures.editors.asking import ask_signatories
from signatures.intake.contacts import Contact
from signatures.mail import message, outbox
from signatures.mail.answers import Rejected, Unsent
from signatures.mail.courier import Courier
from signatures.mail.folding import CRLF
from signatures.mail.matter import FACTS, Gone
from signatures.mail.outbox import Mail
from signatures.mail.transport import Smtp, parse_smtp_url
from signatures.room import Room
from tests import hostile
from tests.clock import FixedClock
from tests.commands import Commands
from tests.mailserver import mailserver, part
from tests.submitting import (
    CONTACT,
    EDITOR,
    REFERENCE,
    confirmation_of,
    confirmed,
    entry_token,
    opened,
    publish_statement,
    receive,
)

HEADERS = {
    "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress", "MIME-Version",
    "Content-Type", "Content-Language",
}  # fmt: skip
HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }} {% raw %} ${7*7} %(name)s %s",
    "=HYPERLINK(“http://example.net”)",
    "Bcc: everybody@example.net",
    "Union =?utf-8?q?=0ABcc=3A_x=40example.net?=",
    "اتحاد العمال \u200f(UA)\u200e",
    "Haϊtien Zo\u0308e\u0301 \u0440\u0430\u0443\u0440\u0430l",
    "Zero\u200bwidth\u2060 \ufeffname",
    ".",
    "..",
    "-- ",
    "e" + "\u0301" * 60,
    "名" * 1000,
    "long " * 199,
    "&amp; &lt;b&gt; &#0;",
    "From the beginning",
    "a\xa0\xa0 b",
)
"""Names that the form takes and a mail must neither obey nor change."""

NAMES = (*HOSTILE, *(one.line for one in hostile.LEGITIMATE))


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Words do not depend on the engine; test_outbox.py sends from both."""
    return sqlite_url


@pytest.fixture
def command(environ: dict[str, str], room: Room) -> Commands:
    """Run commands on that register."""
    return Commands(environ)


def mails(room: Room, kind: str | None = None) -> list[Mail]:
    """List the outbox, or one kind in it."""
    with room.contacts.database.reading() as transaction:
        return [one for one in outbox.listing(transaction) if kind in (None, one.kind)]


def newest(room: Room, kind: str, language: str | None = None) -> Mail:
    """Get the last mail of a kind, in another language if one is named."""
    found = mails(room, kind)[-1]
    return found._replace(language=language) if language else found


def written(room: Room, kind: str, language: str | None = None) -> EmailMessage:
    """Compose the last mail of a kind."""
    return message.compose(room, newest(room, kind, language))


def seen(html: str) -> str:
    """Tell what a reader of an HTML mail sees, its white space folded."""
    body = html[html.index("<body") :]
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def post(room: Room, recipient: str, kind: str = "test", **about: str) -> Mail:
    """Write a mail down by hand."""
    with room.contacts.database.writing(outbox.TABLE) as transaction:
        outbox.post(transaction, kind, recipient, "en", room.clock(), **about)
    return newest(room, kind)


def of_every_kind(room: Room, name: str = "Union A") -> dict[str, EmailMessage]:
    """Live through everything that mails tell of, and compose each at its time."""
    found = {}
    parts = {"acronym": "UA", "name_language": "fr", "territories": ["KE"], "url": "https://example.org/"}
    id_ = receive(room, name, parts=parts)
    found["confirmation"] = written(room, "confirmation")
    room.intake.confirm(*confirmation_of(room, id_))
    room.intake.ask(id_, EDITOR, "Which year?\n\n  1907 or 1917?")
    found["asked"] = written(room, "asked")
    receipt = room.intake.accept(id_, EDITOR)
    found["accepted"] = written(room, "accepted")
    token = entry_token(room, id_)
    room.entries.correct(token, {"acronym": "U-A"}, code="typo")
    found["corrected"] = written(room, "corrected")
    signed = {receipt.signature_id: {"text_sha256": "an earlier one"}}
    assert (1, 0) == (ask_signatories(room, REFERENCE, signed), ask_signatories(room, REFERENCE, signed))
    found["changed"] = written(room, "changed")
    other = Contact("Other", None, "other@example.net")
    second = receive(room, name, parts=parts, contact=other, chosen=receipt.organisation_id)
    found["standing"] = written(room, "standing")
    room.intake.confirm(*confirmation_of(room, second))
    found["objection"] = written(room, "objection")
    room.intake.refuse(second, EDITOR, "not-authorised", "Nobody there knows of it.")
    found["refused"] = written(room, "refused")
    room.entries.withdraw(token, on="2021-07-01")
    found["withdrawn"] = written(room, "withdrawn")
    room.terms.change(REFERENCE, "editor:test", deadline="2021-12-01T16:30:00.000000Z")
    invitation = room.invitations.invite(REFERENCE, name, "invited@example.net", "en", by="editor:test")
    found["invitation"] = written(room, "invitation")
    found["reminder"] = message.compose(
        room, post(room, "invited@example.net", "reminder", **newest(room, "invitation").about)
    )
    assert invitation.id == newest(room, "reminder").about["invitation"]
    hook = room.hooks.add("https://example.org/hook", "editor:test", 0, REFERENCE)
    room.hooks.switch_off(hook.id, "failing")
    found["webhook"] = message.compose(room, post(room, "operator@example.org", "webhook", webhook=hook.id))
    found["test"] = message.compose(room, post(room, "operator@example.org"))
    assert set(FACTS) == set(found)
    return found


# ── what each kind says ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_kind_says_the_same_in_text_and_html(room: Room) -> None:
    """Whatever stands in the text stands in the HTML, in the same order; only addresses become links."""
    for kind, found in of_every_kind(room).items():
        text, html = part(found, "plain"), part(found, "html")
        shown = seen(html) + " " + " ".join(re.findall(r'href="([^"]*)"', html))
        lines = [" ".join(line.split()) for line in text.split("\n\n")]
        for line in filter(None, lines):
            for piece in re.split(r"(?:: )|:? (?=http)|-- ", line):
                assert piece.rstrip(":").strip() in shown, (kind, piece)
        assert str(found["Subject"]) in shown
        assert 1 == html.count("<h1")


def test_the_confirmation(room: Room) -> None:
    """It has the line, the statement, the text's checksum, link and code, until when, and what to do if it was not you."""
    id_ = receive(room, parts={"acronym": "UA", "name_language": "fr"})
    token, code = confirmation_of(room, id_)
    found = written(room, "confirmation")
    text = part(found, "plain")
    for expected in (
        "\nUA Union A\n",
        "Statement: On a common list\nReference: joint-2021\n",
        f"(SHA-256): {room.intake.show(id_).text_sha256}\n",
        f"\nhttp://localhost/confirmations/{token}\n",
        f"\nCode: {code}\n",
        "4 July 2021, 12:00 UTC",
        "If it was not you",
    ):
        assert expected in text, text
    assert "Opening the link changes nothing" in " ".join(text.split())
    assert "office@example.org" == found["To"]
    assert "Confirm your organisation’s signature: On a common list" == found["Subject"]
    assert "<bdi>UA Union A</bdi>" in part(found, "html")
    assert 'lang="fr"' in part(found, "html")
    assert f'href="http://localhost/confirmations/{token}"' in part(found, "html")


def test_link_and_code_of_a_mail_confirm(room: Room) -> None:
    """What a reader finds in the text is all that is needed."""
    id_ = receive(room)
    found = re.search(r"/confirmations/(\S+)\n\nCode: (\d{6})\n", part(written(room, "confirmation"), "plain"))
    assert found is not None
    room.intake.confirm(found[1], found[2])
    assert "confirmed" == room.intake.show(id_).state


def test_the_receipt(room: Room) -> None:
    """It has position and printed line, the date from which it counts, and two links."""
    id_ = confirmed(room)
    receipt = room.intake.accept(id_, EDITOR)
    text = part(written(room, "accepted"), "plain")
    for expected in (
        "\nUnion A\n",
        "from 1 July 2021 on",
        f"Position in the record: {receipt.position}\n",
        f"\nhttp://localhost/receipts/{receipt.signature_id}\n",
        f"\nhttp://localhost/entries/{entry_token(room, id_)}\n",
    ):
        assert expected in text, text


def test_other_kinds_say_what_they_are_for(room: Room) -> None:
    """A question as it was written, a reason in words and the editor's own, the corrected line, the date, the deadline."""
    texts = {kind: part(found, "plain") for kind, found in of_every_kind(room).items()}
    assert "asks:\n\nWhich year?\n\n  1907 or 1917?\n\n" in texts["asked"]
    assert "The organisation did not authorise it." in texts["refused"]
    assert "The secretariat writes:\n\nNobody there knows of it.\n" in texts["refused"]
    assert "\nU-A Union A\n" in texts["corrected"]
    assert "no longer stands on the list from 1 July 2021 on" in " ".join(texts["withdrawn"].split())
    for kind in ("invitation", "reminder"):
        assert "Signing ends: 1 December 2021, 17:30 (Europe/Berlin)\n" in texts[kind]
        assert "http://localhost/invitations/" in texts[kind]
    assert "http://localhost/objections/" in texts["objection"]
    assert "http://localhost/entries/" in texts["standing"]


@pytest.mark.parametrize("code", ["own-request", "duplicate", "fraud", "typo", "renamed", "expired", "legal", "late"])
def test_every_reason_has_words(room: Room, code: str) -> None:
    """A code is for programs: it is not in the mail; without a reason there are fewer words."""
    ids = [confirmed(room, name) for name in ("Union A", "Union B")]
    room.intake.refuse(ids[0], EDITOR, "other")
    without = part(written(room, "refused"), "plain")
    room.intake.refuse(ids[1], EDITOR, code)
    text = part(written(room, "refused"), "plain")
    assert len(text) > len(without) + 15
    assert "own-request" not in text


def test_the_title_is_in_the_mails_language_where_there_is_one(room: Room) -> None:
    """Otherwise it is in the statement's own, and says so."""
    room.register.set_text(EDITOR, REFERENCE, language="de", title="Über eine gemeinsame Liste", text=None)
    receive(room)
    found = [written(room, "confirmation", language) for language in ("de", "fr")]
    assert ["Über eine gemeinsame Liste", "On a common list"] == [
        str(one["Subject"]).partition(": ")[2] for one in found
    ]
    assert 'lang="en"' in part(found[1], "html")


def test_the_version_of_the_text_is_named(room: Room) -> None:
    """By its label, beside the checksum."""
    room.register.set_text(
        EDITOR, REFERENCE, language="en", title="On a common list", text="New", version_label="ver 05.01"
    )
    receive(room, text_sha256=room.register.statement(REFERENCE).texts["en"]["sha256"])
    assert "Version of the text: ver 05.01\n" in part(written(room, "confirmation"), "plain")


def test_nothing_of_the_submitter_is_in_a_mail_to_others(room: Room) -> None:
    """An organisation is told of under its registered name, whatever somebody typed in its name."""
    receipt = room.intake.accept(confirmed(room, "Union A"), EDITOR)
    canary = Contact("canary-person", "canary-role", "canary@example.net")
    parts = {
        "acronym": "canary-acronym",
        "translations": {"en": "canary-translation"},
        "url": "https://canary.example/",
    }
    id_ = receive(room, "canary-name", parts=parts, contact=canary, chosen=receipt.organisation_id)
    room.intake.confirm(*confirmation_of(room, id_))
    for kind in ("standing", "objection"):
        assert CONTACT.email == newest(room, kind).recipient
        found = written(room, kind)
        assert b"canary" not in found.as_bytes()
        assert "\nUnion A\n" in part(found, "plain")


# ── languages ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_arabic_runs_from_right_to_left(room: Room) -> None:
    """Direction and language stand in the HTML and in a header; digits stay as they are everywhere."""
    receive(room)
    found = written(room, "confirmation", "ar")
    html = part(found, "html")
    assert '<html lang="ar" dir="rtl">' in html
    assert '<div role="article" lang="ar" dir="rtl"' in html
    assert "ar" == found["Content-Language"]
    assert '<html lang="en" dir="ltr">' in part(written(room, "confirmation"), "html")


@pytest.mark.parametrize(("language", "day"), [("de", "1. Juli 2021"), ("en", "1 July 2021"), ("fr", "1 juillet 2021")])
def test_dates_are_in_words_of_the_language(room: Room, language: str, day: str) -> None:
    """The month is written out, so that nobody takes it for the day."""
    room.intake.accept(confirmed(room), EDITOR)
    assert f": {day}\n" in part(written(room, "accepted", language), "plain").replace("\xa0", " ")


@pytest.mark.parametrize("language", ["", "../../etc", "und", "tlh-x", "en-GB", "x" * 300, "de\r\nBcc: a@example.net"])
def test_a_language_that_nobody_knows_is_english(room: Room, language: str) -> None:
    """Whatever a program sends as language, the mail is one."""
    receive(room)
    found = written(room, "confirmation")
    odd = message.compose(room, newest(room, "confirmation")._replace(language=language))
    assert part(found, "plain") == part(odd, "plain")
    assert HEADERS == set(odd.keys())


def test_every_sentence_can_be_translated(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a catalogue that marks each message, every heading, sentence, label and link bears the mark."""
    catalog = Catalog(locale="eo")
    method = [("**.html", "jinja2")]
    for _file, _line, text, _comments, _context in extract_from_dir(message.ROOT / "templates" / "mail", method):
        catalog.add(str(text), f"¤{text}")
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    marking = Translations(compiled)
    monkeypatch.setattr(message, "catalogue", lambda _language: marking)
    message._environment.cache_clear()
    original = message._known
    monkeypatch.setattr(message, "_known", lambda _language: original("eo"))
    for kind, found in of_every_kind(room).items():
        html = part(found, "html")
        pieces = re.findall(
            r'<p style="margin[^>]*>([^<]+)|<h1[^>]*>([^<]+)|<th [^>]*>([^<]+)|;text-decoration:none">([^<]+)', html
        )
        unmarked = ["".join(piece) for piece in pieces if not "".join(piece).startswith("¤")]
        assert ([], True) == (unmarked, len(pieces) > 2), kind
        assert str(found["Subject"]).startswith("¤"), kind
    message._environment.cache_clear()


# ── the message as such ──────────────────────────────────────────────────────────────────────────────────────────────


def test_headers(room: Room) -> None:
    """One recipient, a stable id, no invitation to answer by machine, and lines that any server takes."""
    mail = post(room, "office@example.org")
    found = message.compose(room, mail)
    assert HEADERS == set(found.keys())
    assert ("register@localhost", "office@example.org") == (found["From"], found["To"])
    assert f"<{mail.id}@localhost>" == found["Message-ID"]
    assert "auto-generated" == found["Auto-Submitted"]
    assert datetime(2021, 7, 1, 12, tzinfo=UTC) == found["Date"].datetime
    content = found.as_bytes()
    assert content.isascii()
    assert max(map(len, content.split(b"\r\n"))) < 100


def test_the_same_mail_is_the_same_bytes(room: Room, clock: FixedClock) -> None:
    """Sent again, it can be seen to be one."""
    receive(room)
    before = written(room, "confirmation").as_bytes()
    clock.advance(hours=5)
    assert before == written(room, "confirmation").as_bytes()


def test_links_use_the_public_address(environ: dict[str, str], clock: FixedClock) -> None:
    """And so does the id."""
    with opened({**environ, "SIGNATURES_BASE_URL": "https://sign.example.org/register"}, clock) as room:
        publish_statement(room)
        receive(room)
        found = written(room, "confirmation")
        assert "\nhttps://sign.example.org/register/confirmations/" in part(found, "plain")
        assert str(found["Message-ID"]).endswith("@sign.example.org>")


@pytest.mark.parametrize(
    ("url", "host"),
    [("http://127.0.0.1:8000", "[127.0.0.1]"), ("http://[::1]:8000", "[IPv6:::1]"), ("https://x.example", "x.example")],
)
def test_hosts_in_ids(environ: dict[str, str], clock: FixedClock, url: str, host: str) -> None:
    """A number is written as mail wants it."""
    room = Room({**environ, "SIGNATURES_BASE_URL": url}, clock)
    assert host == message.host_of(room)


@pytest.mark.parametrize(
    "recipient",
    [
        "", "nobody", "@example.org", "office@", "office@example.org, other@example.net",
        "office@example.org\r\nBcc: other@example.net", "office@example.org\nBcc: other@example.net",
        "office@example.org>, <other@example.net", "office@exa mple.org", "office@[127.0.0.1", "a\r\nb@example.org",
        "office@-ä-.org", "office@" + "a" * 300,
    ],
)  # fmt: skip
def test_what_is_no_address_gets_no_mail(room: Room, recipient: str) -> None:
    """It is refused before a server sees it, or it is one recipient, written as one."""
    try:
        found = message.compose(room, post(room, recipient))
        message.receiver_of(found)
    except Rejected:
        return
    assert HEADERS == set(found.keys())
    assert 1 == len(found["To"].addresses)
    assert "other@example.net" != message.receiver_of(found)
    assert b"\r\nBcc:" not in found.as_bytes()


def test_hostile_names_are_words_and_nothing_else(room: Room) -> None:
    """Through a mail server they stand in the text as they are, in HTML escaped; no header is theirs."""
    names = {f"n{n}@example.org": name for n, name in enumerate(NAMES)}
    for address, name in names.items():
        receive(room, name, contact=Contact("Office", None, address))
    with mailserver() as server:
        courier = Courier(room, lambda: Smtp(parse_smtp_url(server.url)))
        assert len(names) == courier.deliver(), mails(room)[0].fault
    for taken in server.taken:
        (address,) = taken.recipients
        assert (address, HEADERS) == (taken.message["To"], set(taken.message.keys()))
        assert "Confirm your organisation’s signature: On a common list" == taken.message["Subject"]
        assert [] == [piece.defects for piece in taken.message.walk() if piece.defects]
        assert f"\n\n{names[address]}\n\n" in taken.part("plain")
        (shown,) = re.findall(r"<p dir=\"auto\"[^>]*><bdi>(.*?)</bdi></p>", taken.part("html"), re.DOTALL)
        assert (names[address], None) == (unescape(shown), re.search(r"[<>\"]", shown))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_words_in_titles_questions_and_invitations(room: Room, name: str) -> None:
    """Titles go into subjects: one line of a bearable length, and nothing that a header would obey."""
    room.register.set_text(EDITOR, REFERENCE, language="en", title=name, text=None)
    invited = name[:200]
    room.invitations.invite(REFERENCE, invited, "invited@example.net", "en", by="editor:test")
    found = written(room, "invitation")
    assert HEADERS == set(email.message_from_bytes(found.as_bytes(), policy=email.policy.default).keys())
    assert 1 == len(str(found["Subject"]).splitlines())
    assert len(str(found["Subject"])) <= message.SUBJECT_LIMIT
    assert f"\n\n{invited}\n\n" in part(found, "plain")
    assert f"Statement: {name}\n" in part(found, "plain")
    assert "<script" not in part(found, "html")
    assert "<img" not in part(found, "html")


def test_a_subject_is_one_line() -> None:
    """Breaks, controls and characters that turn the direction become spaces; what is too long is cut."""
    assert "a b c d e" == message.one_line(" a\r\nb\u2028c\x00\x0bd\u202ee ")
    assert "= ?utf-8?q?a=0Ab?=" == message.one_line("=?utf-8?q?a=0Ab?=")  # a header would read it as a b, and a break
    assert (150, "…") == (len(message.one_line("x " * 200)), message.one_line("x" * 200)[-1])


@pytest.mark.parametrize(
    "words", ["حول حفظ قائمة مشتركة", "Über das Führen der Liste", "Ж " * 60, "名" * 140, "plain " * 20]
)
@pytest.mark.parametrize("wide", [False, True])
def test_no_space_of_a_subject_is_lost_on_the_way(words: str, wide: bool) -> None:
    """However long it is and wherever it is broken, it arrives as it was written, in lines that every server takes."""
    for shift in range(20):
        subject = f"{'x' * shift}: {words}".strip()
        sent = EmailMessage(policy=CRLF)
        sent["Subject"], sent["To"] = subject, "office@example.org"
        content = sent.as_bytes(policy=CRLF.clone(utf8=wide))
        assert subject == email.message_from_bytes(content, policy=email.policy.default)["Subject"]
        assert max(map(len, content.split(b"\r\n"))) <= 78


# ── what nobody needs any more ───────────────────────────────────────────────────────────────────────────────────────


def deliver_later(room: Room, kind: str) -> tuple[str, str | None, str]:
    """Send what is due and tell what became of the last mail of a kind."""
    room.courier.deliver()
    found = newest(room, kind)
    return found.state, found.fault, found.recipient


def test_what_was_erased_is_not_told(room: Room, clock: FixedClock) -> None:
    """A submission that expired takes its unsent mail with it, and the address."""
    receive(room)
    clock.advance(days=8)
    room.intake.expire()
    assert ("given up", "erased", "") == deliver_later(room, "confirmation")


def test_a_name_that_was_withheld_leaves_no_empty_line(room: Room) -> None:
    """Where the line stood, a mail says in its language that there is none any more."""
    id_ = receive(room, "Union A")
    room.intake.confirm(*confirmation_of(room, id_))
    room.register.withhold(EDITOR, room.intake.accept(id_, EDITOR).position, Reason("legal"))
    for language, told in (("en", "Name withheld by order."), ("de", "Name auf Anordnung zurückgehalten.")):
        found = written(room, "accepted", language)
        assert "Union A" not in part(found, "plain") + part(found, "html")
        assert f"\n\n{told}\n\n" in part(found, "plain")
        assert f"<bdi>{told}</bdi>" in part(found, "html")


def test_what_is_not_there_is_not_told(room: Room) -> None:
    """A row about nothing is put away."""
    post(room, "a@example.org", "refused", submission="00000000-0000-4000-8000-000000000000")
    assert ("given up", "erased", "") == deliver_later(room, "refused")


def test_a_dead_link_is_not_sent(room: Room, clock: FixedClock) -> None:
    """After 72 hours without a mail server there is no use in it."""
    receive(room)
    clock.advance(hours=72)
    assert ("given up", "overtaken", "office@example.org") == deliver_later(room, "confirmation")


def test_a_question_that_was_answered_is_not_asked(room: Room) -> None:
    """What was decided meanwhile is told by another mail."""
    id_ = confirmed(room)
    room.intake.ask(id_, EDITOR, "Which year?")
    room.intake.accept(id_, EDITOR)
    assert ("given up", "overtaken") == deliver_later(room, "asked")[:2]
    assert "sent" == newest(room, "accepted").state


def test_who_has_declined_is_not_reminded(room: Room) -> None:
    """Nor invited."""
    room.invitations.invite(REFERENCE, "Union A", "invited@example.net", "en", by="editor:test")
    with room.contacts.database.writing("invitation") as transaction:
        transaction.execute("UPDATE invitation SET declined_at = invited_at")
    with pytest.raises(Gone, match="overtaken"):
        written(room, "invitation")


def test_another_secret_is_noticed(environ: dict[str, str], room: Room, clock: FixedClock) -> None:
    """A link that would open nothing is not sent; the mail waits, and the operator is told."""
    receive(room)
    other = Room({**environ, "SIGNATURES_SECRET_KEY": "another-one-for-tests-" + "k" * 40}, clock)
    with pytest.raises(Unsent, match="another SIGNATURES_SECRET_KEY"):
        written(other, "confirmation")
    assert 0 == other.courier.deliver()
    other.close()
    assert "waiting" == newest(room, "confirmation").state


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_outbox_is_listed(command: Commands, room: Room) -> None:
    """State, kind, time and fault; addresses only where they are asked for."""
    assert "The outbox is empty.\n" == command.said("mail")
    receive(room)
    post(room, "no address")
    room.courier.deliver()
    first, second = command.said("mail").splitlines()
    assert ["1", "sent", "confirmation", "2021-07-01", "12:00", "1x", "o…@example.org"] == first.split()
    assert ["2", "given", "up", "test", "2021-07-01", "12:00", "1x", "The", "address"] == second.split()[:9]
    assert "office@example.org" in command.said("mail", "--addresses")
    assert [second] == command.said("mail", "--state", "given up").splitlines()
    assert [second] == command.said("mail", "--limit", "1").splitlines()
    assert "There is no such mail.\n" == command.said("mail", "--state", "waiting")
    told: list[dict[str, Any]] = json.loads(command.said("mail", "--format", "json"))
    assert [("sent", "o…@example.org"), ("given up", "")] == [(one["state"], one["to"]) for one in told]


def test_a_test_mail_says_what_became_of_it(command: Commands, room: Room) -> None:
    """Written as a file, or refused with the reason; nothing else that is due goes with it."""
    receive(room)
    assert f"Mail 2 is written in {room.state_dir / 'outbox'}.\n" == command.said("mail", "test", "me@example.org")
    assert ["waiting", "sent"] == [one.state for one in mails(room)]
    assert "Not sent. The address cannot be written in a mail. It is not tried again." in command.refused(
        "mail", "test", "nobody"
    )


def test_a_test_mail_by_a_mail_server(environ: dict[str, str], room: Room) -> None:
    """The server is named, its password is not."""
    with mailserver(login=("post", "secret-word")) as server:
        command = Commands(
            {**environ, "SIGNATURES_SMTP_URL": server.url, "SIGNATURES_MAIL_FROM": "register@example.org"}
        )
        assert f"Mail 1 was taken by smtp://127.0.0.1:{server.port}.\n" == command.said(
            "mail", "test", "me@example.org"
        )
        server.answers["RCPT"] = "450 4.2.1 not now"
        refused = command.refused("mail", "test", "me@example.org")
        assert "Not sent. The mail server refused the recipient's address (450 4.2.1). It is tried again at " in refused
        assert ["me@example.org"] == server.recipients()
        assert "secret-word" not in refused


def test_given_up_mails_are_tried_again(command: Commands, room: Room) -> None:
    """One by its number, or all."""
    post(room, "nobody")
    post(room, "nobody else")
    room.courier.deliver()
    assert command.said("mail", "retry", "1").startswith("1 due again.")
    assert ["waiting", "given up"] == [one.state for one in mails(room)]
    assert command.said("mail", "retry").startswith("1 due again.")
    assert command.said("mail", "retry").startswith("0 due again.")
