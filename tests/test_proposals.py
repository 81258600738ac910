"""Proposals: what one editor proposes, a second one does, once; and the pages that show it and every other act."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from flask import Flask

from signatures.editors.accounts import Account
from signatures.errors import Forbidden, InvalidInput, NotFound, Refused, RegisterError, StorageUnavailable
from signatures.organisation import NameParts
from signatures.register import Register
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console, editor, quick_passwords, room_of
from tests.htmlpage import Page
from tests.site import words
from tests.submitting import EDITOR, REFERENCE, publish_statement

NOTE = "Nobody there was authorised."


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Make an installation with one published statement."""
    quick_passwords(monkeypatch)
    made = console(environ, clock)
    publish_statement(room_of(made))
    yield made
    room_of(made).close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Get its room."""
    return room_of(app)


@pytest.fixture
def ada(app: Flask) -> Account:
    """Make the editor who proposes."""
    return editor(app, "ada")


@pytest.fixture
def bea(app: Flask) -> Account:
    """Make the editor who confirms."""
    return editor(app, "bea", "admin")


@pytest.fixture
def signature(room: Room) -> str:
    """Have an organisation sign."""
    return sign(room, "Union A")


def sign(room: Room, name: str, **parts: Any) -> str:
    """Have an organisation sign and return the signature's id."""
    return room.register.sign(
        EDITOR, REFERENCE, NameParts(name, **parts), signed_on="2026-11-20", method="paper"
    ).signature_id


def events(room: Room, kind: str) -> list[dict[str, Any]]:
    """Read what the log says of a kind."""
    return [entry.data() | {"position": entry.position} for entry in room.store.entries(0, 1_000) if entry.type == kind]


def propose_void(room: Room, signature: str, by: Account) -> str:
    """Propose the act that most proposals are about."""
    return room.proposals.propose("void", signature, {"code": "not-authorised"}, NOTE, by)


# ── what is proposed, and what a confirmation does ───────────────────────────────────────────────────────────────────


def test_nothing_changes_until_a_second_editor_confirms(room: Room, signature: str, ada: Account, bea: Account) -> None:
    """The one who proposed is refused; the second one's confirmation is the act, under the second one's id."""
    before = room.store.newest()
    id_ = propose_void(room, signature, ada)
    assert before == room.store.newest()
    assert [id_] == [one.id for one in room.proposals.waiting()]
    with pytest.raises(Refused) as refused:
        room.proposals.confirm(id_, ada)
    assert "A second editor confirms it." in refused.value.sentence
    assert before == room.store.newest()

    done = room.proposals.confirm(id_, bea)
    (voided,) = events(room, "Voided")
    assert ("performed", str(voided["position"]), bea.ref) == (done.state, done.outcome, done.decided_by)
    assert ({"kind": "editor", "ref": bea.id}, signature) == (voided["actor"], voided["signature_id"])
    assert ("not-authorised", NOTE) == (voided["reason_code"], voided["note"])
    assert [] == room.proposals.waiting()
    assert [done] == room.proposals.decided()


def test_every_step_is_noted_with_who_took_it(room: Room, signature: str, ada: Account, bea: Account) -> None:
    """Proposing, confirming and putting away, each about the thing itself."""
    done = room.proposals.confirm(propose_void(room, signature, ada), bea)
    other = room.proposals.propose("retract", REFERENCE, {"on": "2026-11-23"}, None, ada)
    room.proposals.reject(other, bea)
    told = [(act.actor, act.act, act.about, act.detail) for act in reversed(room.acts.list())]
    position = int(done.outcome or 0)
    assert [
        (ada.ref, "propose-void", f"signature:{signature}", {"proposal": done.id}),
        (bea.ref, "confirm-void", f"signature:{signature}", {"proposal": done.id, "position": position}),
        (ada.ref, "propose-retract", f"statement:{REFERENCE}", {"proposal": other}),
        (bea.ref, "reject-retract", f"statement:{REFERENCE}", {"proposal": other}),
    ] == told


def test_all_that_can_be_proposed_is_done(room: Room, ada: Account, bea: Account) -> None:
    """Withdrawing, correcting, annulling, merging, taking a merger back and taking a statement back."""
    one, two = sign(room, "Union A"), sign(room, "Union B")
    bodies = {name: room.register.signature(id_).organisation for name, id_ in (("a", one), ("b", two))}

    def do(act: str, about: str, **detail: Any) -> int:
        done = room.proposals.confirm(room.proposals.propose(act, about, detail, "Why.", ada), bea)
        assert "performed" == done.state
        return int(done.outcome or 0)

    withdrawn = do("withdraw", one, on="2026-11-21", show=False, code="own-request")
    assert ("2026-11-21", False) == (events(room, "Withdrawn")[0]["withdrawn_on"], events(room, "Withdrawn")[0]["show"])
    do("annul", REFERENCE, position=withdrawn)
    assert withdrawn == events(room, "Annulled")[0]["annulled_version"] or room.register.signature(one).stands
    do("correct", two, changes={"name": "Union Beta"}, on="2026-11-22", code="renamed", reference=REFERENCE)
    assert "Union Beta" == room.register.present_parts(two)["name"]
    merged = do("merge", bodies["a"], into=bodies["b"])
    assert bodies["b"] == room.register.organisation(bodies["a"]).into
    do("unmerge", bodies["a"], position=merged)
    assert room.register.organisation(bodies["a"]).into is None
    do("retract", REFERENCE, on="2026-11-23")
    assert "2026-11-23" == events(room, "Retracted")[0]["effective_on"]


def test_what_the_register_would_refuse_is_refused_at_once(room: Room, signature: str, ada: Account) -> None:
    """With the register's own sentence, and without a trace in the log or among the proposals."""
    before = room.store.newest()
    gone = str(uuid.uuid4())
    for act, about, detail in (
        ("void", gone, {}),
        ("withdraw", signature, {"on": "2026-11-19"}),
        ("withdraw", signature, {"on": "yesterday"}),
        ("correct", signature, {"changes": {}}),
        ("correct", signature, {"changes": {"nothing": "x"}}),
        ("retract", "nothing", {"on": "2026-11-23"}),
        ("annul", REFERENCE, {"position": 1}),
        ("merge", room.register.signature(signature).organisation, {"into": gone}),
        ("void", signature, {"reference": "another"}),
        ("void", signature, {"code": "because"}),
        ("void", "\0", {}),
    ):
        with pytest.raises(RegisterError) as refused:
            room.proposals.propose(act, about, detail, None, ada)
        assert 400 <= refused.value.status < 500
    assert before == room.store.newest()
    assert [] == room.proposals.waiting()
    assert [] == room.acts.list()


@pytest.mark.parametrize(
    ("act", "detail", "field"),
    [
        ("discard", {}, "act"),
        ("withdraw", {}, "on"),
        ("withdraw", {"on": ""}, "on"),
        ("void", {"actor": "me"}, "actor"),
        ("annul", {"position": "7"}, "position"),
        ("annul", {"position": True}, "position"),
    ],
)
def test_a_proposal_says_what_its_act_needs_and_no_more(
    sqlite_room: Room, act: str, detail: dict[str, Any], field: str
) -> None:
    """What lacks or is not known is named."""
    with pytest.raises(InvalidInput) as refused:
        sqlite_room.proposals.propose(act, REFERENCE, detail, None, "editor:1")
    assert field == refused.value.details["field"]


@pytest.fixture
def sqlite_room(sqlite_url: str, clock: FixedClock) -> Iterator[Room]:
    """Make a room where the engine does not matter."""
    environ = {"SIGNATURES_DATABASE": sqlite_url, "SIGNATURES_SECRET_KEY": "only-for-tests-" + "k" * 40}
    made = Room(environ, clock)
    made.create()
    yield made
    made.close()


def test_the_same_proposal_again_is_one(room: Room, signature: str, ada: Account, bea: Account) -> None:
    """A second editor's equal one stands beside it; one's own with another reason takes the place of the first."""
    first = propose_void(room, signature, ada)
    assert first == propose_void(room, signature.upper(), ada)
    beside = propose_void(room, signature, bea)
    newer = room.proposals.propose("void", f"signature:{signature}", {"code": "fraud"}, NOTE, ada)
    assert {beside, newer} == {one.id for one in room.proposals.waiting()}
    assert "replaced" == room.proposals.get(first).state
    with pytest.raises(Refused) as refused:
        room.proposals.confirm(first, bea)
    assert "A newer proposal took the place of this one." in refused.value.sentence


def test_an_auditor_decides_nothing(app: Flask, room: Room, signature: str, ada: Account) -> None:
    """Nor does an account that was disabled meanwhile."""
    id_ = propose_void(room, signature, ada)
    auditor = editor(app, "cyd", "auditor")
    room.accounts.disable(editor(app, "dan").id)
    for account in (auditor, room.accounts.named("dan")):
        for act in (room.proposals.confirm, room.proposals.reject):
            with pytest.raises(Forbidden):
                act(id_, account)
        with pytest.raises(Forbidden):
            propose_void(room, signature, account)
    assert ["waiting"] == [one.state for one in room.proposals.waiting()]


def test_a_contacts_correction_waits_for_any_one_editor(room: Room, signature: str, ada: Account) -> None:
    """The organisation proposed it, so the first editor who looks may confirm it; a newer one replaces an older."""
    contact = f"organisation:{uuid.uuid4()}"
    older = room.proposals.propose("correct", signature, {"changes": {"name": "Union X"}}, None, contact)
    newer = room.proposals.propose("correct", signature, {"changes": {"name": "Union Y"}}, None, contact)
    assert [newer] == [one.id for one in room.proposals.waiting()]
    assert "replaced" == room.proposals.get(older).state
    assert "performed" == room.proposals.confirm(newer, ada).state
    assert "Union Y" == room.register.present_parts(signature)["name"]


def test_who_proposed_may_take_it_back(room: Room, signature: str, ada: Account, bea: Account) -> None:
    """Then it cannot be confirmed; putting away twice is putting away once."""
    id_ = propose_void(room, signature, ada)
    assert room.proposals.reject(id_, ada) == room.proposals.reject(id_, ada)
    for act in (room.proposals.confirm, room.proposals.reject):
        with pytest.raises(Refused):
            act(id_, bea)
    assert [] == events(room, "Voided")
    assert ["reject-void", "propose-void"] == [act.act for act in room.acts.list()]


def test_what_is_no_proposal_is_not_found(room: Room, ada: Account) -> None:
    """Whatever the address says."""
    for id_ in ("nothing", "\0", str(uuid.uuid4()), ""):
        with pytest.raises(NotFound):
            room.proposals.confirm(id_, ada)


# ── once, whatever happens ───────────────────────────────────────────────────────────────────────────────────────────


def test_confirming_again_answers_as_the_first_time(room: Room, signature: str, ada: Account, bea: Account) -> None:
    """A repeat is no second act; another editor is told that it was done."""
    id_ = propose_void(room, signature, ada)
    first = room.proposals.confirm(id_, bea)
    assert [first] * 3 == [room.proposals.confirm(id_, bea) for _again in range(3)]
    assert 1 == len(events(room, "Voided"))
    assert 2 == len(room.acts.list())


def test_two_editors_confirming_at_once_are_one_act(app: Flask, room: Room, signature: str, ada: Account) -> None:
    """One event, one act noted; each of the others is told, and none meets a fault."""
    id_ = propose_void(room, signature, ada)
    editors = [editor(app, f"editor{number}") for number in range(3)]
    barrier = Barrier(6)

    def confirm(account: Account) -> str:
        barrier.wait()
        try:
            return room.proposals.confirm(id_, account).state
        except Refused as refused:
            return refused.sentence

    with ThreadPoolExecutor(6) as pool:
        told = list(pool.map(confirm, editors * 2))
    assert {"performed", "Another editor has confirmed this already."} == set(told)
    assert 1 == len(events(room, "Voided"))
    assert 1 == len([act for act in room.acts.list() if act.act == "confirm-void"])


@pytest.mark.parametrize("recorded", [False, True], ids=["before it was recorded", "after it was recorded"])
def test_what_was_cut_off_is_settled(
    room: Room,
    signature: str,
    ada: Account,
    bea: Account,
    clock: FixedClock,
    monkeypatch: pytest.MonkeyPatch,
    recorded: bool,
) -> None:
    """A confirmation whose process died on either side of the log ends as one act, in the confirming editor's name."""
    id_ = propose_void(room, signature, ada)
    once = Register.once

    def cut_off(self: Register, *arguments: Any) -> Any:
        if recorded:
            once(self, *arguments)
        raise StorageUnavailable("The power went.")

    with monkeypatch.context() as patched:
        patched.setattr(Register, "once", cut_off)
        with pytest.raises(StorageUnavailable):
            room.proposals.confirm(id_, bea)
    assert "performing" == room.proposals.get(id_).state
    assert 0 == room.proposals.settle()
    assert [id_] == [one.id for one in room.proposals.waiting()]

    clock.advance(minutes=1)
    assert 1 == room.proposals.settle()
    assert 0 == room.proposals.settle()
    (voided,) = events(room, "Voided")
    settled = room.proposals.get(id_)
    assert ("performed", str(voided["position"]), bea.ref) == (settled.state, settled.outcome, settled.decided_by)
    assert bea.id == voided["actor"]["ref"]
    assert 1 == len([act for act in room.acts.list() if act.act == "confirm-void"])


def test_a_confirmation_that_the_register_refuses_says_so(
    room: Room, signature: str, ada: Account, bea: Account
) -> None:
    """The statement's state has changed meanwhile; the proposal keeps the register's sentence, and confirming again too."""
    id_ = room.proposals.propose("withdraw", signature, {"on": "2026-11-23"}, None, ada)
    room.register.void(EDITOR, signature)
    refused = room.proposals.confirm(id_, bea)
    assert ("refused", "This signature does not stand any more: it was voided.") == (refused.state, refused.outcome)
    assert refused == room.proposals.confirm(id_, bea)
    assert [] == events(room, "Withdrawn")


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def browser(app: Flask, bea: Account) -> Browser:
    """Open the browser of the second editor."""
    made = Browser(app)
    assert 303 == made.sign_in("bea").status_code
    return made


def said(browser: Browser, path: str = "/editors/proposals") -> str:
    """Read a page as one line of text."""
    answer = browser.get(path)
    assert 200 == answer.status_code, answer.text
    return words(Page(answer.text).said)


def test_the_page_says_what_would_change(room: Room, browser: Browser, ada: Account) -> None:
    """In words, before and after, with the printed line, who proposed it and the public reason."""
    one = sign(room, "Κόμμα Α", acronym="KA", name_language="el", country_printed={"en": "Greece"})
    two = sign(room, "Union B")
    bodies = [room.register.signature(id_).organisation for id_ in (one, two)]
    room.proposals.propose("void", one, {"code": "fraud"}, "A forged letter.", ada)
    room.proposals.propose("withdraw", two, {"on": "2026-11-22"}, None, ada)
    room.proposals.propose(
        "correct",
        one,
        {"changes": {"name": "Κόμμα Β", "territories": ["GR", "CY"], "country": None}, "on": "2026-11-21"},
        None,
        ada,
    )
    room.proposals.propose("merge", bodies[0], {"into": bodies[1]}, None, ada)
    room.proposals.propose("retract", REFERENCE, {"on": "2026-11-23"}, None, ada)
    closed = room.register.close_signing(EDITOR, REFERENCE, on="2026-12-01").position
    room.proposals.propose("annul", REFERENCE, {"position": closed}, None, ada)

    text = said(browser)
    for sentence in (
        "Void a signature KA Κόμμα Α, Greece joint-2021proposed by Ada23 November 2026, 12:00 UTC",
        "Signaturestands since 20 November 2026gone on every date; its number is not used again",
        "Reason, shown publicly: Somebody else used the name: A forged letter.",
        "Signaturestands since 20 November 2026withdrew on 22 November 2026",
        "NameΚόμμα ΑΚόμμα Β Country printedGreece– Where active–Greece, Cyprus It holdsfrom 21 November 2026 on",
        "Registrationa body of its ownone body with Union B, for all dates",
        "Statementstandstaken back on 23 November 2026: readable, and not to be signed any more",
        f"Position {closed}the end of signingcounts as never recorded",
    ):
        assert sentence in text, text
    page = Page(browser.get("/editors/proposals").text)
    assert {"el"} == {tag["lang"] for tag in page.all("bdi") if "lang" in tag}


def test_a_click_confirms_and_another_puts_away(room: Room, browser: Browser, signature: str, ada: Account) -> None:
    """Each is a POST of its own, and the page says afterwards what came of it."""
    confirmed, rejected = (
        propose_void(room, signature, ada),
        room.proposals.propose("retract", REFERENCE, {"on": "2026-11-23"}, None, ada),
    )
    actions = [form["action"] for form in Page(browser.get("/editors/proposals").text).all("form")]
    assert f"/editors/proposals/{confirmed}/confirmation" in actions
    for path in actions:
        if "proposals" in path:
            assert 405 == browser.get(path).status_code

    answer = browser.post(f"/editors/proposals/{confirmed}/confirmation")
    assert (303, "/editors/proposals?done=performed") == (answer.status_code, answer.location)
    assert "It is done and recorded." in said(browser, answer.location)
    answer = browser.post(f"/editors/proposals/{rejected}/rejection")
    assert (303, "/editors/proposals?done=rejected") == (answer.status_code, answer.location)
    text = said(browser, answer.location)
    assert "Nothing waits for a second editor." in text
    position = room.proposals.get(confirmed).outcome
    assert f"Void a signatureUnion AAdaBearecorded at position {position}" in text
    assert "Take a statement backAdaBeaput away" in text


def test_ones_own_proposal_has_no_button_to_confirm(
    app: Flask, room: Room, signature: str, bea: Account, browser: Browser
) -> None:
    """And an address made by hand is refused in words."""
    editor(app, "ada")
    mine = propose_void(room, signature, bea)
    text = said(browser)
    assert "You proposed this. A second editor confirms it; you can put it away." in text
    assert "Confirm: do it now" not in text
    answer = browser.post(f"/editors/proposals/{mine}/confirmation")
    assert 409 == answer.status_code
    assert "A second editor confirms it." in answer.text
    assert [] == events(room, "Voided")


def test_an_auditor_sees_proposals_without_buttons(app: Flask, room: Room, signature: str, ada: Account) -> None:
    """It reads everything, and no form is on the page but the one for signing out."""
    propose_void(room, signature, ada)
    editor(app, "cyd", "auditor")
    auditor = Browser(app)
    auditor.sign_in("cyd")
    assert "gone on every date" in said(auditor)
    assert ["/editors/sign-out"] == [
        form["action"] for form in Page(auditor.get("/editors/proposals").text).all("form")
    ]


def test_who_is_alone_reads_how_a_second_editor_is_made(app: Flask, browser: Browser) -> None:
    """An auditor or a disabled account is no second editor."""
    editor(app, "cyd", "auditor")
    room_of(app).accounts.disable(editor(app, "dan").id)
    assert "A second editor is needed" in said(browser)
    assert "signatures user add LOGIN --role editor" in said(browser)
    editor(app, "eve")
    assert "A second editor is needed" not in said(browser)


def test_a_proposal_about_what_is_gone_is_still_shown(
    room: Room, browser: Browser, signature: str, ada: Account
) -> None:
    """Confirming it says why it cannot be done."""
    id_ = propose_void(room, signature, ada)
    room.register.void(EDITOR, signature)
    assert "Void a signature" in said(browser)
    assert "/editors/proposals?done=refused" == browser.post(f"/editors/proposals/{id_}/confirmation").location
    assert "This signature was voided already." in said(browser)


def test_acts_are_shown_with_who_did_what(
    room: Room, browser: Browser, signature: str, ada: Account, bea: Account
) -> None:
    """By names, each with the thing that it concerns; all about one thing are one link away."""
    room.proposals.confirm(propose_void(room, signature, ada), bea)
    room.acts.note("editor:operator", "account-role", f"account:{ada.id}", role="auditor")
    room.acts.note(ada.ref, "something-new", REFERENCE)
    room.acts.note(ada.ref, "terms", f"statement:{REFERENCE}", deadline="2026-12-01T17:00:00.000000Z", threshold=None)
    room.acts.note(ada.ref, "terms", f"statement:{REFERENCE}", deadline="soon")
    room.acts.note(ada.ref, "invite", f"statement:{REFERENCE}", count=2)
    room.acts.note(ada.ref, "refused", f"submission:{signature}", code="fraud")
    text = said(browser, "/editors/acts")
    for sentence in (
        "Adaproposed: Void a signature",
        "Beaconfirmed: Void a signature",
        "the operatorgave an account another rolerole auditor",
        "the account of Ada",
        "Adasomething-newjoint-2021",
        "Adachanged how signatures are takenuntil 1 December 2026, 17:00 UTCjoint-2021",
        "Adainvited organisations2 messages",
        "Adarefused a submissionSomebody else used the nameSubmission",
        "Beasigned inwith a password",
    ):
        assert sentence in text, text
    text = said(browser, f"/editors/acts?about=signature:{signature}")
    assert "Only what concerns Union A." in text
    assert 2 == text.count("Void a signature")
    assert "signed in" not in text


def test_acts_come_a_page_at_a_time(room: Room, browser: Browser) -> None:
    """Each act is on exactly one page."""
    for number in range(250):
        room.acts.note("editor:operator", "terms", f"statement:{REFERENCE}", code=str(number))
    path, seen = "/editors/acts", list[str]()
    while path:
        text = browser.get(path).text
        seen += re.findall(r'<tr id="a(\d+)"', text)
        older = [link["href"] for link in Page(text).all("a", rel="next")]
        path = older[0] if older else ""
    assert [str(number) for number in range(251, 0, -1)] == seen


@pytest.mark.parametrize(
    "query", ["before=x", "before=-1", "before=99999999999999999999", "before=²", "about=%00", "page=2"]
)
def test_an_address_that_nobody_gave_is_refused(browser: Browser, query: str) -> None:
    """In words, and never as a fault."""
    assert 400 == browser.get(f"/editors/acts?{query}").status_code


def test_names_are_shown_and_never_taken_for_markup(room: Room, app: Flask, browser: Browser) -> None:
    """An editor's name, an organisation's, a note and an act are text, whatever they hold."""
    evil = "<script>alert(1)</script>"
    account = room.accounts.create("eve", evil, "editor")
    signature = sign(room, evil)
    room.proposals.propose("void", signature, {}, evil, account)
    room.acts.note(account.ref, evil, evil, code=evil)
    for path in ("/editors/proposals", "/editors/acts"):
        text = browser.get(path).text
        assert "<script>" not in text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
