"""The console's pages of statements and signatories: terms, closing, reopening, correcting, voiding."""

from __future__ import annotations

import pytest

from tests import scenes
from tests.keeping import DRAFT, REFERENCE, Desk, sign
from tests.queueing import EDITOR

AT = f"/editors/statements/{REFERENCE}"
KEPT = ("/editors/statements", "/editors/organisations", "/editors/invitations")
TERMS = {"acceptance": "editor", "hoped": "none", "answer_days": "", "deadline_day": "", "deadline_hour": ""}
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is refused before it is written


def test_all_pages_open(desk: Desk) -> None:
    """Every page answers, for a statement with and without signatories."""
    receipt = sign(desk.room, "Union A")
    paths = ["/editors/statements", "/editors/organisations", "/editors/invitations"]
    paths += [f"{AT}{rest}" for rest in ("", "/signatories", "/closing", "/reopening", "/retraction", "/invitations")]
    paths += [f"{AT}/invitations/new", f"{AT}/invitations/reminders"]
    one = f"{AT}/signatories/{receipt.signature_id}"
    paths += [one, f"{one}/withdrawal", f"{one}/void"]
    paths += [f"/editors/organisations/{receipt.organisation_id}{rest}" for rest in ("", "/merger")]
    for path in paths:
        desk.read(path)


def test_the_terms_are_changed_and_told(desk: Desk) -> None:
    """Acceptance, an hour in Berlin, a number and the days of an answer are kept, shown, and noted with their editor."""
    typed = {
        **TERMS, "acceptance": "confirmed", "deadline_day": "2026-12-01", "deadline_hour": "18:00", "hoped": "number",
        "threshold": "50", "answer_days": "14",
    }  # fmt: skip
    assert f"{AT}?done=terms" == desk.send(f"{AT}/terms", **typed)

    terms = desk.room.terms.of(REFERENCE)
    assert ("confirmed", "2026-12-01T17:00:00.000000Z", 50, None, 14) == terms[1:6]
    assert f"editor:{desk.account.id}" == terms.changed_by
    assert ["terms"] == desk.acts()
    said = desk.read(f"{AT}?done=terms").said
    assert "The terms are changed." in said
    assert "Open until 1 December 2026, 18:00" in said
    assert "0 stand of 50 hoped for" in said


def test_a_share_is_one_of_those_invited(desk: Desk) -> None:
    """A half of three invited is two; while nobody is invited there is nothing to be a share of."""
    desk.send(f"{AT}/terms", **{**TERMS, "hoped": "share", "threshold_share": "50"})
    assert "nobody is invited yet" in desk.read(AT).said
    for name in "abc":
        desk.room.invitations.invite(REFERENCE, name, f"{name}@example.org", "en", by="editor:test")
    sign(desk.room, "Union A")
    page = desk.read(AT)
    assert [("2", "1")] == [(one["max"], one["value"]) for one in page.all("progress")]
    assert "(50 % of 3 invited)" in page.said


@ONE_ENGINE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"hoped": "number", "threshold": "many"}, "Write a whole number from 1 to 10000000."),
        ({"hoped": "number", "threshold": "٣"}, "Write a whole number from 1 to 10000000."),
        ({"hoped": "share", "threshold_share": "101"}, "Write a whole number from 1 to 100."),
        ({"hoped": "share", "threshold_share": ""}, "Write a whole number from 1 to 100."),
        ({"answer_days": "0"}, "Write a whole number from 1 to 365."),
        ({"acceptance": "anybody"}, "Choose who accepts a signature."),
        ({"deadline_day": "2026-12-01"}, "Write the hour, too, for example 18:00."),
        ({"deadline_hour": "18:00"}, "Write the day, too."),
        ({"deadline_day": "2026-02-30", "deadline_hour": "18:00"}, "is no day and hour"),
        ({"deadline_day": "2026-11-23", "deadline_hour": "12:00"}, "This hour has passed."),
        ({"deadline_day": "2027-03-28", "deadline_hour": "02:30"}, "never show this hour"),
        ({"deadline_day": "2027-10-31", "deadline_hour": "02:30"}, "show this hour twice"),
    ],
)
def test_terms_that_need_another_look(desk: Desk, typed: dict[str, str], sentence: str) -> None:
    """422 with the sentence beside its field and above, everything typed kept, nothing changed."""
    typed = {**TERMS, "acceptance": "confirmed", **typed}
    page = desk.refused(f"{AT}/terms", **typed)
    assert 2 <= page.count(sentence)
    assert "<title>Error:" in page
    for value in set(typed.values()) - {"", "number", "share", "confirmed", "anybody"}:
        assert f'value="{value}"' in page
    assert ("editor", None) == desk.room.terms.of(REFERENCE)[1:3]
    assert [] == desk.acts()


def test_an_hour_that_occurs_twice_is_asked(desk: Desk) -> None:
    """The page offers both hours with their offsets; the chosen one is kept when the form is sent again."""
    typed = {**TERMS, "deadline_day": "2027-10-31", "deadline_hour": "02:30"}
    page = desk.refused(f"{AT}/terms", **typed)
    assert "The first, UTC+0200" in page
    assert "The second, an hour later, UTC+0100" in page
    desk.send(f"{AT}/terms", **typed, deadline_fold="1")
    assert "2027-10-31T01:30:00.000000Z" == desk.room.terms.of(REFERENCE).deadline
    held = {
        one["name"]: one["value"] for one in desk.read(AT).all("input") if one.get("name", "").startswith("deadline")
    }
    assert {"deadline_day": "2027-10-31", "deadline_hour": "02:30", "deadline_fold": "1"} == held


def test_closing_now_ends_signing_with_the_day(desk: Desk) -> None:
    """Asking changes nothing; closing sets the deadline to now, the record says tomorrow, the form is shut at once."""
    before = desk.position()
    assert "still counts" in desk.read(f"{AT}/closing").said
    assert before == desk.position()

    assert f"{AT}?done=closed" == desk.send(f"{AT}/closing", code="other", note="As decided.")
    (closed,) = desk.room.store.entries(before, 10)
    told = closed.data()
    assert ("Closed", "2026-11-24", "As decided.") == (closed.type, told["effective_on"], told["note"])
    assert {"kind": "editor", "ref": desk.account.id} == told["actor"]
    assert "2026-11-23T12:00:00.000000Z" == desk.room.terms.of(REFERENCE).deadline
    assert 409 == desk.one.get(f"/statements/{REFERENCE}/sign").status_code
    said = desk.read(AT).said
    assert "Signing ended on 23 November 2026 at 13:00" in said
    assert "Signing of common-2026 has ended already." in desk.refused(f"{AT}/closing")


def test_reopening_asks_until_when(desk: Desk) -> None:
    """The old deadline goes, another one may take its place, and the form is open again."""
    assert "can be signed as it is" in desk.refused(f"{AT}/reopening")
    desk.send(f"{AT}/closing")
    before = desk.position()
    passed = desk.refused(f"{AT}/reopening", deadline_day="2026-11-22", deadline_hour="18:00")
    assert "This hour has passed." in passed
    assert 'value="2026-11-22"' in passed

    desk.send(f"{AT}/reopening", deadline_day="2026-12-24", deadline_hour="12:00")
    assert ["Reopened"] == desk.types(before)
    assert "2026-12-24T11:00:00.000000Z" == desk.room.terms.of(REFERENCE).deadline
    assert 200 == desk.one.get(f"/statements/{REFERENCE}/sign").status_code
    assert ["reopen", "close"] == desk.acts()


def test_taking_back_needs_a_second_editor(desk: Desk) -> None:
    """It is proposed, not done; the one who proposed cannot confirm, another one can. A draft cannot be taken back."""
    before = desk.position()
    typed = {"on": "2026-11-23", "code": "legal", "note": "By a court."}
    assert "Choose the reason." in desk.refused(f"{AT}/retraction", on="2026-11-23")
    assert f"{AT}?done=proposed" == desk.send(f"{AT}/retraction", **typed)
    assert before == desk.position()
    (proposal,) = desk.room.proposals.waiting()
    assert ("retract", REFERENCE, {"on": "2026-11-23", "code": "legal"}) == proposal[1:4]
    second = desk.room.accounts.list()
    desk.room.proposals.confirm(proposal.id, next(one for one in second if one.login == "two"))
    assert ["Retracted"] == desk.types(before)
    assert "never published" in desk.refused(f"/editors/statements/{DRAFT}/retraction", **typed)


def test_an_auditor_reads_and_changes_nothing(desk: Desk) -> None:
    """Pages open without their buttons; what is sent anyway is refused."""
    receipt = sign(desk.room, "Union A")
    before = desk.position()
    one = f"{AT}/signatories/{receipt.signature_id}"
    for path in (AT, one, f"{one}/void", f"{AT}/closing", "/editors/statements"):
        answer = desk.watcher.get(path)
        assert 200 == answer.status_code
        assert 1 >= answer.text.count('method="post"'), path  # the way out
    for path in (f"{AT}/terms", f"{AT}/closing", f"{AT}/reopening", f"{one}/correction", f"{one}/void"):
        assert 403 == desk.watcher.post(path, {"code": "other", "name": "B", "on": "2026-11-23"}).status_code
    assert (before, []) == (desk.position(), desk.acts())


def test_without_a_mark_nothing_is_taken(desk: Desk) -> None:
    """A form of somebody else's page is refused."""
    before = desk.position()
    assert 400 == desk.one.client.post(f"{AT}/closing", data={"code": "other"}).status_code
    assert before == desk.position()


# ── signatories ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_finds_any_spelling(desk: Desk) -> None:
    """Withdrawn entries are shown as such, hits are found without accents, an empty list says so."""
    path = f"{AT}/signatories"
    assert "Nobody has signed yet." in desk.read(path).said
    for name in ("Unité Ouvrière", "Union of <Port> & Dock"):
        sign(desk.room, name)
    assert ["Union of <Port> & Dock", "Unité Ouvrière"] == sorted(desk.read(path).of_class("said"))
    assert ["Unité Ouvrière"] == desk.read(f"{path}?q=unite+ouvriere").of_class("said")
    assert "No name here matches “zzz”." in desk.read(f"{path}?q=zzz").said


def test_a_long_list_is_paged(desk: Desk) -> None:
    """A hundred at a time, and a link to the others."""
    with desk.room.store.writing():
        for n in range(101):
            sign(desk.room, f"Union {n:03}")
    page = desk.read(f"{AT}/signatories")
    assert 100 == len(page.of_class("place"))
    (later,) = [one["href"] for one in page.all("a") if "cursor=" in one["href"]]
    assert ["Union 100"] == desk.read(later).of_class("said")


def test_an_entry_is_corrected_with_its_reason(desk: Desk) -> None:
    """Only what was typed otherwise is in the event; the page warns that the note becomes public."""
    receipt = sign(desk.room, "Parti Comuniste du Togo", acronym="PCT", translations={"en": "Party", "de": "Partei"})
    before, path = desk.position(), f"{AT}/signatories/{receipt.signature_id}"
    page = desk.read(path)
    assert "become public, for ever" in page.said

    typed = {
        "name": "Parti\r\nCommuniste du Togo", "acronym": "PCT", "name_language": "", "transliteration": "",
        "translation": "Communist Party", "country": "", "territories": "Togo", "url": "", "on": "", "code": "typo",
        "note": "As they write it.",
    }  # fmt: skip
    assert f"{path}?done=corrected" == desk.send(f"{path}/correction", **typed)
    (entry,) = desk.room.store.entries(before, 10)
    told = entry.data()
    changes = {
        "name": "Parti Communiste du Togo",
        "territories": ["TG"],
        "translations": {"en": "Communist Party", "de": "Partei"},
    }
    assert (changes, None, "typo") == (told["changes"], told["effective_on"], told["reason_code"])
    assert {"kind": "editor", "ref": desk.account.id} == told["actor"]
    assert "PCT Parti Communiste du Togo (Communist Party)" in desk.read(path).said
    assert ["correct"] == desk.acts()


@ONE_ENGINE
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Nothing is different from what stands there."),
        ({"name": ""}, "The name cannot be empty."),
        ({"name": "Union B", "code": ""}, "Choose the reason."),
        ({"name": "Union B", "code": "because"}, "Choose the reason."),
        ({"name": "Union B", "on": "31.12.2026"}, "is not a date"),
        ({"name": "Uni\u202eon B"}, "U+202E"),
        ({"name": "Union B", "note": "x" * 301}, "300 are the most"),
        ({"territories": "Atlantis"}, "We know no country or territory “Atlantis”."),
        ({"url": "example"}, "is no web address"),
        ({"name_language": "no tag"}, "is no language tag"),
    ],
)
def test_a_correction_that_needs_another_look(desk: Desk, typed: dict[str, str], sentence: str) -> None:
    """422, the sentence beside its field, what was typed is kept, nothing is recorded."""
    receipt = sign(desk.room, "Union A")
    before = desk.position()
    page = desk.refused(
        f"{AT}/signatories/{receipt.signature_id}/correction", **{"name": "Union A", "code": "typo", **typed}
    )
    assert sentence in page
    assert "Error:" in page
    for name, value in typed.items():
        if value and name != "code":
            assert value in page, name
    assert before == desk.position()


def test_before_publication_editors_act_at_once(desk: Desk) -> None:
    """On a draft a signature is withdrawn, taken back and voided by one editor."""
    receipt = sign(desk.room, "Union A", DRAFT)
    path, before = f"/editors/statements/{DRAFT}/signatories/{receipt.signature_id}", desk.position()
    why = {"code": "own-request", "note": ""}
    assert f"{path}?done=withdrawn" == desk.send(f"{path}/withdrawal", on="2026-11-23", hide="yes", **why)
    withdrawn = desk.room.store.entries(before, 1)[0]
    assert ("2026-11-23", False) == (withdrawn.data()["withdrawn_on"], withdrawn.data()["show"])
    assert "does not stand any more" in desk.refused(f"{path}/withdrawal", on="2026-11-23", **why)
    assert f"{path}?done=annulled" == desk.send(f"{path}/acts/{withdrawn.position}/annulment", code="other")
    assert f"{path}?done=voided" == desk.send(f"{path}/void", code="fraud")
    assert ["Withdrawn", "Annulled", "Voided"] == desk.types(before)
    assert ["void", "annul", "withdraw"] == desk.acts()


def test_after_publication_a_second_editor_is_needed(desk: Desk) -> None:
    """Withdrawing, voiding and taking back wait as proposals; what could never be done is refused at once."""
    receipt, other = sign(desk.room, "Union A"), sign(desk.room, "Union B")
    path, before = f"{AT}/signatories/{receipt.signature_id}", desk.position()
    assert "A second editor must confirm this" in desk.read(f"{path}/void").said
    assert f"{path}?done=proposed" == desk.send(f"{path}/void", code="fraud", note="A letter of theirs.")
    assert "cannot be withdrawn before" in desk.refused(f"{path}/withdrawal", on="2020-01-01", code="other")
    desk.send(f"{AT}/signatories/{other.signature_id}/withdrawal", on="2026-12-31", code="own-request", hide="yes")
    assert before == desk.position()

    assert "1 proposal about this waits for a second editor." in desk.read(path).said
    two = next(one for one in desk.room.accounts.list() if one.login == "two")
    for proposal in desk.room.proposals.waiting():
        desk.room.proposals.confirm(proposal.id, two)
    assert ["Voided", "Withdrawn"] == desk.types(before)
    withdrawn = desk.room.store.entries(before + 1, 1)[0]
    assert {"kind": "editor", "ref": two.id} == withdrawn.data()["actor"]
    assert ("2026-12-31", False) == (withdrawn.data()["withdrawn_on"], withdrawn.data()["show"])

    desk.send(f"{path}/acts/{before + 1}/annulment", code="other")
    (waiting,) = desk.room.proposals.waiting()
    assert ("annul", REFERENCE, {"position": before + 1, "code": "other"}) == waiting[1:4]


@ONE_ENGINE
def test_what_is_not_there_is_not_found(desk: Desk) -> None:
    """Wrong references, ids and positions are 404; never an error of ours."""
    receipt = sign(desk.room, "Union A")
    nobody = "00000000-0000-0000-0000-000000000000"
    one = f"{AT}/signatories/{receipt.signature_id}"
    for path in (
        "/editors/statements/nothing", f"{AT}/signatories/{nobody}", f"{AT}/signatories/x", f"{one}/acts/1/annulment",
        f"/editors/statements/{DRAFT}/signatories/{receipt.signature_id}", f"{one}/acts/99999999999999999999/annulment",
        "/editors/statements/%00", "/editors/statements/nothing/closing",
    ):  # fmt: skip
        assert 404 == desk.one.get(path).status_code, path
    for path in (f"{AT}?x=1", f"{one}?x=1", f"{AT}/signatories?cursor=zzz", f"{AT}/closing?code=1"):
        assert 400 == desk.one.get(path).status_code, path


@ONE_ENGINE
def test_hostile_names_are_shown_as_they_are(desk: Desk) -> None:
    """Markup, formulas and right-to-left names come out of every page as they went in."""
    names = ['"><script>alert(1)</script>', "=1+1", "{{7*7}}", "اتحاد <b>العمال</b>", "%(name)s %s"]
    for name in names:
        receipt = sign(desk.room, name, translations={"en": name}, acronym=name[:9])
        path = f"{AT}/signatories/{receipt.signature_id}"
        for page in (path, f"{path}/void", f"{path}/withdrawal", f"/editors/organisations/{receipt.organisation_id}"):
            text = desk.one.get(page).text
            assert name in desk.read(page).said.replace("\n", " "), page
            assert "<script>alert" not in text
    assert len(names) == sum(name in desk.read("/editors/organisations").said for name in names)


def test_a_wrong_day_is_corrected_for_all_dates(desk: Desk) -> None:
    """The day it counts from; never from a date on, never to come."""
    receipt = sign(desk.room, "Union A")
    before, path = desk.position(), f"{AT}/signatories/{receipt.signature_id}"
    for typed in ({"signed_on": ""}, {"signed_on": "2026-11-24"}, {"signed_on": "2026-11-20", "on": "2026-11-21"}):
        assert 'class="why"' in desk.refused(f"{path}/correction", code="typo", **typed)
    desk.send(f"{path}/correction", code="typo", signed_on="2026-11-20")
    assert [{"signed_on": "2026-11-20"}] == [one.data()["changes"] for one in desk.room.store.entries(before, 9)]


@ONE_ENGINE
def test_every_page_of_every_statement_opens(desk: Desk) -> None:
    """Drafts, long lists, gaps, hidden and voided names, closed and taken back: each link leads to a whole page."""
    desk.clock.set(scenes.NOW)
    desk.go_on()
    with desk.room.store.writing():
        scenes.every(desk.room.register)
    desk.room.register.draft(EDITOR, reference="away", kind="Letter", time_zone="UTC", default_language="en")
    desk.room.register.discard(EDITOR, "away")
    waiting, seen = ["/editors/statements", "/editors/organisations", "/editors/invitations"], set[str]()
    while waiting and len(seen) < 150:
        path = waiting.pop(0)
        if path not in seen:
            seen.add(path)
            hrefs = [one.get("href", "") for one in desk.read(path).all("a")]
            found = [one for one in hrefs if one.startswith(KEPT)]
            waiting += found if "/signatories/" not in path and "/organisations/" not in path else found[-4:]
    assert {"/editors/statements/away", "/editors/statements/scripts-2026/signatories"} <= seen
    assert 150 == len(seen)
    assert "Discarded draft" in desk.read("/editors/statements/away").said
