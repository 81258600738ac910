"""Publishing in the console, from a draft to the next edition: texts and their versions, what an edition changes, plans."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.test import TestResponse

from projections.versions import version_signed
from signatures.clock import system_clock
from signatures.differences import MOST, differences
from signatures.due import tick
from signatures.editors.publishing import preview
from signatures.editors.schedule import SYSTEM, Schedule
from signatures.errors import RegisterError
from signatures.intake.contacts import Contact
from signatures.log.eventlog import sha256
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.proof.outside import LogDiverged
from signatures.web.catalogues import LANGUAGES
from tests.commands import Commands
from tests.keeping import DRAFT, REFERENCE, Desk, at_once, sign
from tests.queueing import EDITOR, TEXT
from tests.submitting import confirmation_of, mails
from tests.test_mail import written

AT = f"/editors/statements/{REFERENCE}"
PUBLIC = f"/statements/{REFERENCE}"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEW_TEXT = TEXT + "\n\nAnd a last paragraph.\n"


def hidden(desk: Desk, path: str, *names: str) -> dict[str, str]:
    """Read what a page's forms carry unseen."""
    found = desk.read(path).all("input", type="hidden")
    return {one["name"]: one["value"] for one in found if one["name"] in names}


def seen(desk: Desk, at: str = AT, asked: str = "") -> dict[str, str]:
    """Read what the page of editions shows, as its form says it."""
    return hidden(desk, f"{at}/editions{asked}", "version", "seen", "as_of")


def get(desk: Desk, path: str) -> TestResponse:
    """Ask as somebody who was never here."""
    return desk.app.test_client(use_cookies=False).get(path)


def set_text(desk: Desk, text: str, **typed: str) -> str:
    """Set the English text in the console."""
    version = hidden(desk, f"{AT}/texts/en", "version")
    return desk.send(f"{AT}/texts/en", do="set", title="On keeping a common list", text=text, **version, **typed)


def listed(desk: Desk, name: str) -> str:
    """Sign by the form: send, confirm, accept; tell the submission's id."""
    contact = Contact("Office", None, f"{name.lower().replace(' ', '.')}@example.org")
    parts, form = NameParts(name), str(uuid.uuid4())
    id_ = desk.room.intake.receive(REFERENCE, parts, contact, text_sha256=sha256(TEXT.encode()), form_id=form).id
    desk.room.intake.confirm(*confirmation_of(desk.room, id_))
    desk.room.intake.accept(id_, EDITOR)
    return id_


# ── from a draft to its page ─────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_from_a_draft_to_its_page(desk: Desk) -> None:
    """A statement is drafted, written, looked at and published in the console; then everybody reads it, as it was typed."""
    typed = {"reference": "peace-2026", "title": "For peace", "kind": "Open letter", "default_language": "de"}
    at = "/editors/statements/peace-2026"
    assert f"{at}/texts/de?done=drafted" == desk.send("/editors/statements/new", **typed, time_zone="Europe/Berlin")
    version = hidden(desk, f"{at}/texts/de", "version")
    text = "Erstens.\r\n\r\nZweitens."
    desk.send(f"{at}/texts/de", do="set", title="Für den Frieden", text=text, version_label="erste", **version)
    assert "becomes public" in desk.read(f"{at}/editions").said
    for path in ("", "/editions", "/editions/latest", "/texts", "/texts/de/1"):
        assert 404 == get(desk, f"/statements/peace-2026{path}").status_code
    assert f"{at}/editions?done=published" == desk.send(f"{at}/editions/publication", **seen(desk, at))

    page = desk.read("/statements/peace-2026/editions/1")
    assert ["Erstens.", "Zweitens."] == [word for word in ("Erstens.", "Zweitens.") if word in page.said]
    kept = desk.room.register.statement("peace-2026").texts["de"]["sha256"]
    assert b"Erstens.\n\nZweitens.\n" == desk.room.store.text(kept)
    assert ["publish", "text", "draft"] == desk.acts()


@ONE_ENGINE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"reference": "new"}, "Write the reference"),
        ({"reference": "with space"}, "cannot be a reference"),
        ({"reference": REFERENCE.upper()}, "is taken"),
        ({"title": ""}, "Write the title."),
        ({"time_zone": "Europe/Nowhere"}, "is no time zone"),
        ({"default_language": "English!"}, "is no language tag"),
        ({"issued_on": "yesterday"}, "is not a date"),
        ({"title": "\u202eevil"}, "U+202E"),
    ],
)
def test_what_a_draft_cannot_be(desk: Desk, typed: dict[str, str], sentence: str) -> None:
    """Each is said beside its field, everything typed stays, and nothing is recorded."""
    before = desk.position()
    given = {
        "reference": "peace-2026",
        "title": "For peace",
        "kind": "Letter",
        "default_language": "de",
        "time_zone": "UTC",
    }
    page = desk.refused("/editors/statements/new", **{**given, **typed})
    assert sentence in page.replace("&#39;", "'")
    assert "Letter" in page
    assert before == desk.position()
    assert 403 == desk.watcher.post("/editors/statements/new", given).status_code


@ONE_ENGINE
def test_a_draft_is_put_away(desk: Desk) -> None:
    """Nothing more can happen to it, its pages say so, and a published statement cannot be discarded."""
    at = f"/editors/statements/{DRAFT}"
    assert f"{at}?done=discarded" == desk.send(f"{at}/discarding")
    assert "Discarded draft" in desk.read(at).said
    assert [] == desk.read(f"{at}/texts/en").all("textarea")
    assert "no edition of it is published any more" in desk.read(f"{at}/editions").said
    assert "discarded" in desk.refused(f"{at}/editions/plans", at_day="2026-12-01", at_hour="12:00")
    desk.refused(f"{AT}/discarding")
    assert ["discard"] == desk.acts()


# ── the next edition ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_shown_is_what_is_published(desk: Desk) -> None:
    """Absorbed, dropped and renumbered ones stand on the page, in the arranged order; then they stand so in the list."""
    first, second = (sign(desk.room, f"Union {name}").signature_id for name in "AB")
    desk.room.register.publish(EDITOR, REFERENCE, as_of="2026-11-23")
    third = sign(desk.room, "Union C").signature_id
    desk.clock.advance(days=1)
    desk.go_on()
    desk.room.register.withdraw(EDITOR, first, on="2026-11-24")
    lines = [OrderLine("section", "South"), OrderLine("signature", third), OrderLine("gap", "kept free")]
    desk.room.arrangements.keep(REFERENCE, "en", lines, by="editor:test", version=0)

    page = desk.read(f"{AT}/editions")
    rows = [
        " ".join(text.split()) for _, text in page.texts if text.strip().startswith(("New", "Withdrew", "Renumbered"))
    ]
    for expected in ("3 numbers", "South", "New", "Union C", "Withdrew", "Union A", "Renumbered", "kept free"):
        assert expected in " ".join(page.said.split()), rows
    desk.send(f"{AT}/editions/publication", **seen(desk), version_label="second printing")
    told = get(desk, f"/api/v1{PUBLIC}/signatories?edition=3").get_json()
    assert [(1, third), (3, second)] == [(one["number"], one["signature_id"]) for one in told["numbered"]]
    assert [(2, "kept free")] == [(one["number"], one["reason"]) for one in told["gaps"]]
    assert "second printing" in desk.read(f"{PUBLIC}/editions").said


@ONE_ENGINE
def test_an_edition_that_was_not_looked_at_is_not_published(desk: Desk) -> None:
    """Whoever looked before somebody signed, or before the order was arranged anew, looks again; so does who looked at none."""
    sign(desk.room, "Union A")
    old = seen(desk)
    other = sign(desk.room, "Union B").signature_id
    assert "changed meanwhile" in desk.refused(f"{AT}/editions/publication", **old)
    old = seen(desk)
    desk.room.arrangements.keep(REFERENCE, "en", [OrderLine("signature", other)], by="editor:test", version=0)
    assert "arranged anew" in desk.refused(f"{AT}/editions/publication", **old)
    assert "U+202E" in desk.refused(f"{AT}/editions/publication", **seen(desk), version_label="\u202eevil")
    assert "Look at the edition again first" in desk.refused(f"{AT}/editions/publication", as_of="2026-11-23")
    assert 1 == desk.room.register.statement(REFERENCE).edition
    again = seen(desk)
    desk.send(f"{AT}/editions/publication", **again)
    desk.refused(f"{AT}/editions/publication", **again)
    assert 2 == desk.room.register.statement(REFERENCE).edition
    for asked in ("?as_of=2026-11-24", "?as_of=2020-01-01", "?as_of=then"):
        assert 422 == desk.one.get(f"{AT}/editions{asked}").status_code
    assert 403 == desk.watcher.post(f"{AT}/editions/publication", again).status_code


def test_who_was_printed_twice_keeps_one_number() -> None:
    """An imported list may print one signature twice; the number that ends is told as dropped, not forgotten."""
    entries = [{"signature_id": id_, "status": "standing", "position": n} for n, id_ in enumerate("abab")]
    numbered = [{**entry, "number": n} for n, entry in enumerate(entries, 1)]
    found = preview({"edition": {"number": 1}, "numbered": numbered, "subsequent": []}, None)
    assert ([1, 2], [3, 4], [], []) == (
        [line.number for line in found.lines],
        [line.was for line in found.dropped],
        found.absorbed,
        found.moved,
    )


@ONE_ENGINE
def test_each_edition_names_its_neighbours(desk: Desk) -> None:
    """Links lead from edition to edition, to the newest and to all of them, on pages and over the API (RFC 5829)."""
    for _ in range(2):
        sign(desk.room, f"Union {uuid.uuid4()}")
        desk.room.register.publish(EDITOR, REFERENCE, as_of="2026-11-23")
    latest = get(desk, f"{PUBLIC}/editions/latest?lang=de")
    assert (302, f"{PUBLIC}/editions/3?lang=de", "no-cache") == (
        latest.status_code, latest.location, latest.headers["Cache-Control"],
    )  # fmt: skip
    for root, newest in ((PUBLIC, "latest"), (f"/api/v1{PUBLIC}", "3")):
        for number, others in ((1, {"successor": 2}), (2, {"predecessor": 1, "successor": 3}), (3, {"predecessor": 2})):
            answer = get(desk, f"{root}/editions/{number}")
            links = [part.split("; ")[:2] for part in answer.headers["Link"].split(", ")]
            named = {relation[5:-1]: address[1:-1].partition("localhost")[2] for address, relation in links}
            expected = {f"{name}-version": f"{root}/editions/{n}" for name, n in others.items()}
            expected |= {"version-history": f"{root}/editions", "latest-version": f"{root}/editions/{newest}"}
            assert expected == {name: named[name] for name in expected}
    hrefs = [one["href"] for one in desk.read(f"{PUBLIC}/editions/2").all("a") if "href" in one]
    for href in (f"{PUBLIC}/editions/1", f"{PUBLIC}/editions/3", f"{PUBLIC}/editions"):
        assert href in hrefs
    assert 3 == desk.read(f"{PUBLIC}/editions").said.count("2026, 12:00 UTC")


# ── an hour to come ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_planned_edition_is_published_once_at_its_hour(desk: Desk) -> None:
    """At that hour on the statement's clocks, of who stands on that day, in the order as it is then; whoever ticks how often."""
    early = sign(desk.room, "Union A").signature_id
    planned = desk.send(f"{AT}/editions/plans", at_day="2026-12-01", at_hour="00:30", plan_label="winter")
    assert f"{AT}/editions?done=scheduled" == planned
    assert "1 December 2026, 00:30 (Europe/Berlin), winter" in desk.read(f"{AT}/editions").said
    late = sign(desk.room, "Union B").signature_id
    tick(desk.room)
    assert 1 == desk.room.register.statement(REFERENCE).edition
    desk.clock.set(datetime(2026, 11, 30, 23, 30, tzinfo=UTC))  # half past midnight in Berlin: another day
    at_once(*[lambda: desk.room.schedule.due(desk.room)] * 3)
    tick(desk.room)
    told = get(desk, f"/api/v1{PUBLIC}/editions").get_json()["editions"]
    assert [(1, "2026-11-23", None), (2, "2026-12-01", "winter")] == [
        (one["number"], one["as_of"], one["version_label"]) for one in told
    ]
    numbered = get(desk, f"/api/v1{PUBLIC}/signatories?edition=2").get_json()["numbered"]
    assert [early, late] == [one["signature_id"] for one in numbered]
    desk.go_on()
    assert ["schedule-published", "schedule"] == desk.acts()
    assert f"published, position {told[1]['position']}" in desk.read(f"{AT}/editions").said


def test_what_was_cut_off_is_settled_and_what_is_refused_is_told(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the log and the schedule, the next tick finds the edition; a plan that cannot be kept says why."""
    one = desk.room.schedule.plan(REFERENCE, "2026-12-01T10:00:00.000000Z", "editor:test")
    other = desk.room.schedule.plan(DRAFT, "2026-12-01T10:00:00.000000Z", "editor:test")
    desk.room.register.discard(EDITOR, DRAFT)
    desk.clock.set(datetime(2026, 12, 1, 11, tzinfo=UTC))
    with monkeypatch.context() as killed:
        killed.setattr(Schedule, "_conclude", _killed)
        with pytest.raises(KeyboardInterrupt):
            desk.room.schedule.due(desk.room)
    with pytest.raises(RegisterError, match="cannot be cancelled"):
        desk.room.schedule.cancel(one.id, "editor:test")
    assert 1 == desk.room.schedule.due(desk.room)
    assert 2 == desk.room.register.statement(REFERENCE).edition
    ended = {plan.id: desk.room.schedule.get(plan.id) for plan in (one, other)}
    assert ["published", "refused"] == [ended[plan.id].state for plan in (one, other)]
    assert "discarded" in str(ended[other.id].outcome)
    assert 0 == desk.room.schedule.due(desk.room)
    assert SYSTEM.kind == next(act.actor for act in desk.room.acts.list()).partition(":")[0]


@ONE_ENGINE
def test_an_edition_that_cannot_be_stored_now_does_not_hold_up_the_others(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log takes nothing for one plan: the next plan is kept, the fault is told, and the first one's turn comes again."""
    for reference in (DRAFT, REFERENCE):
        desk.room.schedule.plan(reference, "2026-12-01T10:00:00.000000Z", "editor:test")
    desk.clock.set(datetime(2026, 12, 1, 11, tzinfo=UTC))
    ordinary = desk.room.register.once

    def failing(caller: str, key: str, request: list[str], command: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        if request[0] == DRAFT:
            raise LogDiverged("The log is not the one that was signed.")
        return ordinary(caller, key, request, command)

    with monkeypatch.context() as failed:
        failed.setattr(desk.room.register, "once", failing)
        with pytest.raises(LogDiverged):
            desk.room.schedule.due(desk.room)
    editions = [desk.room.register.statement(one).edition for one in (DRAFT, REFERENCE)]
    assert ([0, 2], 1) == (editions, desk.room.schedule.due(desk.room))


def _killed(*_args: object) -> bool:
    raise KeyboardInterrupt


@ONE_ENGINE
def test_an_hour_is_asked_about_and_a_plan_is_cancelled(desk: Desk) -> None:
    """Of an hour that the clocks show twice one is chosen; one that they never show, or that has passed, is refused."""
    twice = {"at_day": "2027-10-31", "at_hour": "02:30"}
    page = desk.refused(f"{AT}/editions/plans", **twice)
    assert "Which of the two hours?" in page
    assert "UTC+0200" in page
    desk.send(f"{AT}/editions/plans", **twice, at_fold="1")
    (planned,) = desk.room.schedule.waiting(REFERENCE)
    assert "2027-10-31T01:30:00.000000Z" == planned.at
    assert "31 October 2027, 02:30 (Europe/Berlin, UTC+0100)" in desk.read(f"{AT}/editions").said
    assert "never show this hour" in desk.refused(f"{AT}/editions/plans", at_day="2027-03-28", at_hour="02:30")
    assert "still to come" in desk.refused(f"{AT}/editions/plans", at_day="2026-11-20", at_hour="12:00")
    assert "day and the hour" in desk.refused(f"{AT}/editions/plans")
    assert 404 == desk.one.post(f"/editors/statements/{DRAFT}/editions/plans/{planned.id}/cancellation").status_code
    assert 404 == desk.one.post(f"{AT}/editions/plans/%00/cancellation").status_code
    for _ in range(2):
        desk.send(f"{AT}/editions/plans/{planned.id}/cancellation")
    desk.clock.set(datetime(2027, 11, 1, tzinfo=UTC))
    assert (0, 1) == (desk.room.schedule.due(desk.room), desk.room.register.statement(REFERENCE).edition)


@ONE_ENGINE
def test_the_command_plans_lists_and_cancels(desk: Desk, environ: dict[str, str]) -> None:
    """`publish --at` plans on the statement's clocks, `schedule` lists it, `--cancel` takes it away."""
    commands, day = Commands(environ), (system_clock() + timedelta(days=30)).date().isoformat()
    line = commands.said("publish", REFERENCE, "--at", f"{day} 18:00", "--version-label", "winter")
    id_ = line.split()[0]
    assert f"{id_}  {REFERENCE}  {day} 18:00 Europe/Berlin  winter\n" == line
    assert line == commands.said("schedule", REFERENCE) == commands.said("schedule")
    assert f"Nothing of {DRAFT}" in commands.refused("schedule", DRAFT, "--cancel", id_)
    assert "Cancelled.\n" == commands.said("schedule", "--cancel", id_)
    assert commands.said("schedule").startswith("No edition is planned. ")
    commands.refused("publish", REFERENCE, "--at", f"{day} 18:00", "--as-of", "2026-11-23", status=2)
    commands.refused("publish", REFERENCE, status=2)
    assert "occurs twice" in commands.refused("publish", REFERENCE, "--at", "2027-10-31 02:30")


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_a_changed_text_asks_whether_signatures_still_stand(desk: Desk) -> None:
    """Compared, then asked: kept, the list says who signed which version; earlier editions stay as they were."""
    old = sign(desk.room, "Union A").signature_id
    desk.room.register.publish(EDITOR, REFERENCE, as_of="2026-11-23")
    version = hidden(desk, f"{AT}/texts/en", "version")
    typed = {"title": "On keeping a common list", "text": NEW_TEXT, **version}
    shown = desk.one.post(f"{AT}/texts/en", {**typed, "do": "compare"})
    assert (200, True) == (shown.status_code, "<ins>And a last paragraph.</ins>" in shown.text)
    assert "Say whether the signatures still stand." in desk.refused(f"{AT}/texts/en", **typed, do="set")
    set_text(desk, NEW_TEXT, stand="keep")
    new = sign(desk.room, "Union B").signature_id
    desk.room.register.publish(EDITOR, REFERENCE, as_of="2026-11-23")

    assert [] == mails(desk.room, "changed")
    pages = {path: desk.read(f"{PUBLIC}{path}").of_class("version") for path in ("", "/editions/3", "/editions/2")}
    assert {
        "": ["Signed version 1 of the text"],
        "/editions/3": ["Signed version 1 of the text"],
        "/editions/2": [],
    } == pages
    assert "1 organisation" in desk.read(f"{PUBLIC}/texts/en/1").said
    assert "Signed version 1" not in get(desk, f"/api/v1{PUBLIC}/signatories").text
    told = get(desk, f"/api/v1{PUBLIC}/texts").get_json()["texts"]
    assert [("en", 1, sha256(TEXT.encode())), ("en", 2, sha256(NEW_TEXT.encode()))] == [
        (one["language"], one["version"], one["text_sha256"]) for one in told
    ]
    for id_, named in ((old, "version 1"), (new, "version 2")):
        assert f"English, {named}" in desk.read(f"/receipts/{id_}").said
        organisation = desk.room.register.signature(id_).organisation
        assert ("version 1" in named) == ("Signed version 1" in desk.read(f"/organisations/{organisation}").said)
    assert "changed meanwhile" in desk.refused(f"{AT}/texts/en", **typed, do="set", stand="keep")


def test_signatories_of_an_earlier_text_are_asked_by_mail_once(desk: Desk) -> None:
    """Who signed by the form gets the link of its own entry; who signed on paper has none; nobody is asked twice."""
    first = listed(desk, "Union A")
    sign(desk.room, "Union P")
    set_text(desk, NEW_TEXT, stand="ask")
    assert [("changed", "union.a@example.org")] == mails(desk.room, "changed")
    with desk.room.contacts.database.reading() as transaction:
        ((about,),) = transaction.execute("SELECT about FROM outbox WHERE kind = 'changed'")
    assert {"submission": first, "text": sha256(NEW_TEXT.encode())} == {
        name: value for name, value in json.loads(about).items() if name != "link"
    }
    assert "2 organisations stand by an earlier version. 1 of them have a contact here, 1 were asked" in " ".join(
        desk.read(f"{AT}/texts/en").said.split()
    )
    desk.send(f"{AT}/texts/en/asking")
    assert 1 == len(mails(desk.room, "changed"))
    set_text(desk, NEW_TEXT + "\nYet another.\n", stand="ask")
    assert 2 == len(mails(desk.room, "changed"))
    assert ["ask-again", "text"] == desk.acts()[:2]
    assert "--ask" not in desk.room.store.entries(0, 1_000)[-1].state.decode()


@ONE_ENGINE
def test_whoever_signed_a_draft_is_not_led_to_a_page_that_is_none(desk: Desk) -> None:
    """Before the first edition only the invited know of it: the mail of a changed text links the entry, not public pages."""
    room, typed = desk.room, {"text_sha256": sha256(TEXT.encode()), "form_id": str(uuid.uuid4())}
    invitation = room.invitations.invite(DRAFT, "Union A", "a@example.org", "en", by="editor:test")
    with room.contacts.database.writing("link") as transaction:
        token = room.links.token(room.links.lasting(transaction, "invitation", invitation.id))
    contact = Contact("Office", None, "a@example.org")
    id_ = room.intake.receive(DRAFT, NameParts("Union A"), contact, invitation_token=token, **typed).id
    room.intake.confirm(*confirmation_of(room, id_))
    room.intake.accept(id_, EDITOR)
    at = f"/editors/statements/{DRAFT}"
    version = hidden(desk, f"{at}/texts/en", "version")
    desk.send(f"{at}/texts/en", do="set", title="A draft", text=NEW_TEXT, stand="ask", **version)
    words = str(written(room, "changed").get_body(("plain",)))
    assert (True, False) == ("withdraw" in words, f"/statements/{DRAFT}/texts" in words)


@ONE_ENGINE
def test_a_whole_text_can_be_sent_and_no_more(desk: Desk) -> None:
    """Of an editor a text of some megabytes; of nobody else more than any form; what no reader could see is refused."""
    large = "A long line of a long text.\n" * 80_000
    set_text(desk, large)
    assert len(large) == len(desk.room.store.text(desk.room.register.statement(REFERENCE).texts["en"]["sha256"]) or b"")
    version = hidden(desk, f"{AT}/texts/en", "version")
    typed = {"do": "set", "title": "T", "text": "x" * (9 * 2**20), **version}
    answer = desk.one.post(f"{AT}/texts/en", typed)
    assert (413, True) == (answer.status_code, "A text can hold 8 MiB" in answer.text)
    assert desk.app.test_client().post(f"{AT}/texts/en", data={"text": large}).status_code in (400, 403, 413)
    assert "U+202E" in desk.refused(f"{AT}/texts/en", **{**typed, "text": "a \u202e b"})
    assert "Write the title." in desk.refused(f"{AT}/texts/en", **{**typed, "text": "a", "title": ""})
    for path in ("texts/not a language", "texts/" + "x" * 90):
        assert 404 == desk.one.get(f"{AT}/{path}").status_code
    for path in ("texts/en/0", "texts/en/9", "texts/xx/1", "texts/en/%D9%A1", "editions/4"):
        assert get(desk, f"{PUBLIC}/{path}").status_code in (400, 404)


def test_words_that_two_languages_share_are_signed_in_the_statements_own() -> None:
    """A text put down in German before it is translated is not what the English signatories signed."""
    english, german = (
        {"language": one, "version": 1, "text_sha256": "a", "position": n} for n, one in ((2, "en"), (5, "de"))
    )
    assert english == version_signed([english, german], "a", 7)
    again = {**english, "version": 3, "position": 6}
    assert again == version_signed([english, again, german], "a", 7)
    assert german == version_signed([{**english, "position": 9}, german], "a", 7)


def test_differences_of_texts() -> None:
    """Changed words are marked within their paragraph; a text of very many paragraphs is not compared."""
    found = differences("One.\n\nWe keep it.\n\nThree.", "One.\n\nThey keep it.\n\nThree.\n\nFour.")
    assert found is not None
    assert [1, 0, 1, 0] == [passage.left_out for passage in found]
    assert [("removed", "We"), ("same", " "), ("added", "They"), ("same", " "), ("same", "keep it.")] == list(
        found[1].runs
    )
    assert [("added", "Four.")] == list(found[3].runs)
    assert differences("a\n\n" * (MOST + 1), "b") is None
    assert [] == [passage for passage in differences("a\n\nb", "a\n\nb") or [] if passage.runs]


# ── what readers of texts meet ───────────────────────────────────────────────────────────────────────────────────────


@ONE_ENGINE
def test_one_version_that_all_signed_is_said_once(desk: Desk) -> None:
    """Of ten and more who signed the same earlier version a sentence tells; beside each name where they differ."""
    for number in range(10):
        desk.room.register.sign(EDITOR, REFERENCE, NameParts(f"Union {number}"), signed_on="2026-11-23", method="paper")
    set_text(desk, NEW_TEXT, stand="keep")
    all_of_them, each = "All 10 entries below signed version 1 of the text", "Signed version 1 of the text"
    page = desk.read(PUBLIC).said
    assert (1, 0) == (page.count(all_of_them), page.count(each))
    sign(desk.room, "Union of the new text")
    page = desk.read(PUBLIC).said
    assert (0, 10) == (page.count(all_of_them), page.count(each))
    assert "10 entries below signed another version of the text" in page


@ONE_ENGINE
@pytest.mark.parametrize(
    "path",
    [f"{PUBLIC}/texts", f"{AT}/texts", f"{AT}/data", f"{AT}/invitations/new", "/editors/webhooks", "/editors/imports"],
)
def test_every_page_leads_to_its_other_languages(desk: Desk, path: str) -> None:
    """Whatever a page tells of languages, its menu names its own and the seven others."""
    page = desk.read(path)
    tongues = [a for a in page.all("a") if a.get("hreflang")]
    assert LANGUAGES == tuple(a["hreflang"] for a in tongues)
    assert ["en"] == [a["hreflang"] for a in tongues if a.get("aria-current")]
