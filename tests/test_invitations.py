"""Invitations: whom they reach, who has answered, reminders, and the lines that people paste."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from signatures.aggregate import Actor
from signatures.errors import InvalidInput, InvitationNeeded, LinkDead, Refused, StatementClosed
from signatures.intake.invitations import Invitation
from signatures.intake.invitees import MOST, read_invitees
from signatures.organisation import NameParts
from signatures.room import Room
from tests.clock import FixedClock
from tests.commands import Commands
from tests.htmlpage import Page
from tests.keeping import DRAFT, REFERENCE, Desk, at_once
from tests.submitting import CONTACT, EDITOR, bytes_of, confirmation_of, mails, receive
from tests.submitting import REFERENCE as JOINT

BY = "editor:test"
AT = f"/editors/statements/{REFERENCE}/invitations"
ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)  # what is refused before it is written


def invite(room: Room, name: str = "Union A", reference: str = JOINT) -> Invitation:
    """Invite one, at an address of its own."""
    return room.invitations.invite(reference, name, f"{name.replace(' ', '-')}@example.org".lower(), "en", by=BY)


def token_of(room: Room, invitation: Invitation) -> str:
    """Tell the token that its mail carries."""
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute("SELECT about FROM outbox WHERE kind = 'invitation' ORDER BY number")
    abouts = [json.loads(about) for (about,) in rows]
    return room.links.token(next(one["link"] for one in abouts if one["invitation"] == invitation.id))


def states(room: Room) -> list[str]:
    """Tell how the invitations stand, the oldest first."""
    return [one.state for one in reversed(room.invitations.list(JOINT))]


# ── inviting and answering ───────────────────────────────────────────────────────────────────────────────────────────


def test_an_invitation_is_a_mail_with_a_link(room: Room) -> None:
    """One row, one mail that names ids only; the link opens this invitation and no wrong one does."""
    invitation = invite(room)
    assert [("invitation", "union-a@example.org")] == mails(room)
    assert invitation == room.invitations.by_token(token_of(room, invitation))
    assert ["waiting"] == states(room)
    for wrong in ("", "x", "A" * 43, token_of(room, invitation).swapcase(), "é" * 43):
        with pytest.raises(LinkDead):
            room.invitations.by_token(wrong)


def test_one_address_is_invited_once(room: Room) -> None:
    """However it is spelled; taken back, it can be invited again."""
    invitation = invite(room)
    for spelled in ("union-a@example.org", "Union-A@EXAMPLE.org"):
        with pytest.raises(InvalidInput) as refused:
            room.invitations.invite(JOINT, "Another", spelled, "en", by=BY)
        assert "email" == refused.value.details["field"]
    room.invitations.cancel(invitation.id)
    assert "waiting" == invite(room).state


@ONE_ENGINE
@pytest.mark.parametrize(
    ("name", "email", "language", "field"),
    [
        ("", "a@example.org", "en", "name"),
        ("A\nBcc: b", "a@example.org", "en", "name"),
        ("A", "a@example", "en", "email"),
        ("A", "a@example.org\r\nBcc: b@example.org", "en", "email"),
        ("A", "a@example.org", "no tag", "language"),
    ],
)
def test_what_cannot_be_written_to_is_refused(room: Room, name: str, email: str, language: str, field: str) -> None:
    """The refusal names the field; no mail is written down."""
    with pytest.raises(InvalidInput) as refused:
        room.invitations.invite(JOINT, name, email, language, by=BY)
    assert (field, []) == (refused.value.details["field"], mails(room))


def test_the_form_answers_an_invitation(room: Room) -> None:
    """What is sent through the link is its answer; refused, the invitation waits again."""
    invitation = invite(room)
    room.terms.change(JOINT, "test", acceptance="invited")
    id_ = receive(room, "Union A", invitation_token=token_of(room, invitation))
    assert ["signed"] == states(room)
    assert not room.invitations.get(invitation.id).listed
    with pytest.raises(Refused):
        room.invitations.cancel(invitation.id)
    with pytest.raises(Refused):
        room.invitations.decline(token_of(room, invitation))
    room.intake.refuse(id_, EDITOR, "other")
    assert ["waiting"] == states(room)


def test_who_declines_may_change_its_mind(room: Room) -> None:
    """Declining twice is declining once; an entry sent later is an answer all the same."""
    invitation, token = invite(room), ""
    token = token_of(room, invitation)
    assert ["declined"] * 2 == [room.invitations.decline(token).state for _ in range(2)]
    assert [] == room.invitations.unanswered(JOINT)
    receive(room, "Union A", invitation_token=token)
    assert ["signed"] == states(room)


def test_a_dead_link_opens_nothing(room: Room) -> None:
    """After it was taken back."""
    invitation = invite(room)
    token = token_of(room, invitation)
    room.invitations.cancel(invitation.id)
    for act in (room.invitations.by_token, room.invitations.decline):
        with pytest.raises(LinkDead):
            act(token)
    assert ["cancelled"] == states(room)


def test_an_entry_is_of_the_one_invited_only_by_registration_or_name(room: Room) -> None:
    """A forwarded link does not list another organisation: its name, or the registration, must be the invited one."""
    known = room.register.sign(EDITOR, JOINT, NameParts("Union K"), signed_on="2021-06-08", method="paper")
    named = invite(room, "UA  Union a")
    registered = room.invitations.invite(JOINT, "K", "k@example.org", "en", known.organisation_id, by=BY)
    submission = room.intake.show(receive(room, "Union A", parts={"acronym": "UA"}))
    assert named.is_of(submission, None)
    assert not named.is_of(submission._replace(parts=NameParts("Union B")), None)
    assert not registered.is_of(submission, None)
    assert registered.is_of(submission, known.organisation_id)


def test_nobody_is_invited_to_what_cannot_be_signed(room: Room) -> None:
    """After the end no invitation and no reminder goes out."""
    invite(room)
    room.register.close_signing(EDITOR, JOINT, on="2021-07-01")
    with pytest.raises(StatementClosed):
        invite(room, "Union B")
    with pytest.raises(StatementClosed):
        room.invitations.remind(JOINT)
    assert 1 == len(mails(room))


def test_invitations_tell_nothing_of_people(room: Room) -> None:
    """Neither the log nor what a traceback may show holds a name or an address."""
    invitation = invite(room)
    (weighed,) = room.invitations.weigh(JOINT, "Union B; b@example.org", "en")
    assert "example.org" not in f"{invitation!r} {weighed!r} {invitation} {[invitation]}"
    assert b"example.org" not in bytes_of(room.databases["register"])


def test_only_the_one_invited_is_listed_without_an_editor(room: Room) -> None:
    """By invitation alone: who signs as the invited one stands once confirmed, a forwarded link waits for an editor."""
    room.terms.change(JOINT, "test", acceptance="invited")
    with pytest.raises(InvitationNeeded):
        receive(room, "Union A")
    outcomes = []
    for invited, typed in (("Union A", "Union A"), ("Union B", "Another Union")):
        token = token_of(room, invite(room, invited))
        contact = CONTACT._replace(email=f"{typed.replace(' ', '-')}@example.org".lower())
        id_ = receive(room, typed, invitation_token=token, contact=contact)
        outcomes.append(room.intake.confirm(*confirmation_of(room, id_)).state)
    assert ["accepted", "confirmed"] == outcomes
    assert [True, False] == [one.listed for one in reversed(room.invitations.list(JOINT))]


def test_two_editors_at_once_send_one_mail(room: Room, clock: FixedClock) -> None:
    """Of several that invite one address, or remind the same people, one does."""
    refused: list[InvalidInput] = []

    def try_to_invite() -> None:
        try:
            invite(room)
        except InvalidInput as error:
            refused.append(error)

    at_once(*[try_to_invite] * 4)
    assert (1, 3) == (len(mails(room, "invitation")), len(refused))
    clock.advance(days=3)
    at_once(*[lambda: room.invitations.remind(JOINT)] * 4)
    assert 1 == len(mails(room, "reminder"))


# ── reminders ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_reminders_come_three_times_with_three_days_between(room: Room, clock: FixedClock) -> None:
    """Day by day for a month: three to the one who never answers, none to those who did."""
    silent, declined = invite(room), invite(room, "Union B")
    room.invitations.cancel(invite(room, "Union C").id)
    room.invitations.decline(token_of(room, declined))
    days = []
    for day in range(30):
        dry = room.invitations.remind(JOINT, dry_run=True)
        sent = room.invitations.remind(JOINT)
        assert [one.id for one in dry.sent] == [one.id for one in sent.sent]
        days += [day] * len(sent.sent)
        clock.advance(days=1)
    assert [3, 6, 9] == days
    assert [("reminder", silent.email)] * 3 == mails(room, "reminder")
    assert ([], [], [silent.id]) == tuple([one.id for one in group] for group in room.invitations.remind(JOINT))


def test_a_dry_run_writes_nothing(room: Room, clock: FixedClock) -> None:
    """It tells the same as the real one, however often."""
    invite(room)
    clock.advance(days=3)
    before = (room.invitations.list(JOINT), mails(room))
    assert 1 == len(room.invitations.remind(JOINT, dry_run=True).sent)
    assert before == (room.invitations.list(JOINT), mails(room))


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_read_however_they_are_pasted() -> None:
    """Semicolons, tabs, commas with quotes, headings in any order, with or without a language; blank lines are none."""
    pasted = [
        "Union A; a@example.org; de\n\nUnion B; b@example.org",
        "Union A\ta@example.org\tde\r\nUnion B\tb@example.org",
        '"Union A",a@example.org,de\nUnion B,b@example.org',
        "\ufeffLanguage,E-Mail,Name\nde,a@example.org,Union A\n,b@example.org,Union B",
    ]
    for text in pasted:
        read = read_invitees(text, "en")
        assert [("Union A", "a@example.org", "de"), ("Union B", "b@example.org", "en")] == [one[1:4] for one in read]
        assert all(one.taken for one in read)
    assert "Union, of ports" == read_invitees('"Union, of ports",a@example.org', "en")[0].name


def test_errors_are_told_line_by_line(room: Room) -> None:
    """Each line that cannot be taken says why, with its number; repeats and those invited before are marked."""
    invite(room)
    text = "Union A;union-a@example.org\nUnion B;b@example.org\nUnion B again;B@example.org\nonly a name\nC;c@\n;d@example.org\nE;e@example.org;en;x;y\nF;f@example.org;??"
    weighed = room.invitations.weigh(JOINT, text, "en")
    assert [(1, "double"), (2, "taken"), (3, "double"), (4, ""), (5, ""), (6, ""), (7, ""), (8, "")] == [
        (one.line, "taken" if one.taken else "double" if one.double else "") for one in weighed
    ]
    assert "The same address as in line 2." == weighed[2].problem
    assert "Invited before." == weighed[0].problem
    assert ["Union B"] == [one.name for one in room.invitations.invite_all(JOINT, text, "en", by=BY)]
    assert [] == room.invitations.invite_all(JOINT, text, "en", by=BY)
    with pytest.raises(InvalidInput, match=str(MOST)):
        room.invitations.weigh(JOINT, "A;a@example.org\n" * (MOST + 1), "en")


@ONE_ENGINE
@pytest.mark.parametrize(
    "text", ['"', "\0;\0", "a" * 200_000, ";;;", "A;" + "@" * 300, '"a\nb";c', "=1+1;=2+2", "\ud800;x"]
)
def test_hostile_lines_are_told_not_taken(room: Room, text: str) -> None:
    """Whatever is pasted, there is a sentence for it."""
    assert all(one.problem for one in room.invitations.weigh(JOINT, text, "en"))


# ── the console ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_lines_are_shown_before_anything_is_sent(desk: Desk) -> None:
    """A preview writes nothing and keeps what was typed; confirming invites those shown; a change in between is shown."""
    lines = "Union A; a@example.org; de\nbroken\nUnion <B>; b@example.org"
    assert "Nobody is invited yet." in desk.read(AT).said
    shown = desk.one.post(f"{AT}/new", {"lines": lines, "language": "en", "do": "preview"}).text
    assert "2 would be invited, 1 line is left out" in " ".join(shown.split())
    assert "Union &lt;B&gt;" in shown
    assert ([], []) == (list(desk.room.invitations.list(REFERENCE)), mails(desk.room))

    desk.room.invitations.invite(REFERENCE, "A", "a@example.org", "en", by=BY)
    send = {"lines": lines, "language": "en", "do": "send"}
    again = desk.one.post(f"{AT}/new", {**send, "count": "2"})
    assert (200, 1) == (again.status_code, len(mails(desk.room)))
    assert "Invited before." in again.text
    assert f"{AT}?done=invited" == desk.send(f"{AT}/new", **send, count="1")
    assert ["a@example.org", "b@example.org"] == [to for _, to in mails(desk.room, "invitation")]
    assert ["invite"] == desk.acts()
    assert desk.room.acts.list()[0].detail == {"count": 1}
    assert "Union <B>" in desk.read(AT).of_class("said")


def test_the_form_asks_for_lines(desk: Desk) -> None:
    """Nothing typed, and more than can be taken, is 422 with what was typed."""
    assert "Write a line for each" in desk.refused(f"{AT}/new", lines=" ", language="en")
    assert f"{MOST} are the most" in desk.refused(f"{AT}/new", lines="A;a@b.cd\n" * (MOST + 1), language="en")


def test_who_has_not_answered_is_listed_and_reminded(desk: Desk) -> None:
    """The page of reminders says how many first; only sending writes; the filter shows who waits."""
    for name in ("Union A", "Union B"):
        invite(desk.room, name, REFERENCE)
    desk.room.invitations.decline(token_of(desk.room, desk.room.invitations.unanswered(REFERENCE)[1]))
    desk.go_on(days=2)
    page = desk.read(f"{AT}/reminders")
    assert "0 invited organisations get a reminder." in page.said
    assert "1 was written to less than 3 days ago" in page.said
    assert [] == [one for one in page.all("button") if one.get("class") == "button"]
    desk.go_on(days=1)
    assert "1 invited organisation gets a reminder." in desk.read(f"{AT}/reminders").said
    assert [] == mails(desk.room, "reminder")
    assert f"{AT}?done=reminded" == desk.send(f"{AT}/reminders")
    assert [("reminder", "union-a@example.org")] == mails(desk.room, "reminder")
    assert ["Union A"] == desk.read(f"{AT}?state=waiting").of_class("said")
    assert ["Union B"] == desk.read(f"{AT}?state=declined").of_class("said")
    assert 400 == desk.one.get(f"{AT}?state=lost").status_code
    assert ["1", "0", "1", "0"] == desk.read("/editors/invitations").of_class("n")[-4:]


def test_an_invitation_is_taken_back_after_a_question(desk: Desk) -> None:
    """GET asks, POST does it; it is noted without the address."""
    invitation = invite(desk.room, reference=DRAFT)
    path = f"/editors/invitations/{invitation.id}/cancellation"
    assert "Union A" in desk.read(path).said
    assert "waiting" == desk.room.invitations.get(invitation.id).state
    desk.send(path)
    assert "cancelled" == desk.room.invitations.get(invitation.id).state
    (act,) = [one for one in desk.room.acts.list() if one.act == "cancel-invitation"]
    assert (f"invitation:{invitation.id}", {"statement": DRAFT}) == (act.about, act.detail)
    assert 404 == desk.one.get("/editors/invitations/x/cancellation").status_code
    assert 403 == desk.watcher.post(path).status_code
    assert 403 == desk.watcher.get(f"{AT}/new").status_code


def test_after_the_end_the_console_invites_nobody(desk: Desk) -> None:
    """Both pages say why."""
    invite(desk.room, reference=REFERENCE)
    desk.room.register.close_signing(Actor("editor", "x"), REFERENCE, on="2026-11-23")
    assert "has ended" in Page(desk.one.get(f"{AT}/reminders").text).said
    answer = desk.one.post(f"{AT}/new", {"lines": "A;a@example.org", "language": "en"})
    assert 422 == answer.status_code
    assert "has ended" in answer.text


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def run(environ: dict[str, str]) -> Commands:
    """Run commands on a register with one published statement."""
    run = Commands(environ)
    run("init")
    run("draft", JOINT, "--title", "On lists", "--time-zone", "Europe/Berlin")
    run("publish", JOINT, "--as-of", "2021-06-07")
    return run


def test_commands_invite_and_remind(run: Commands, tmp_path: Path) -> None:
    """A dry run tells and writes nothing; a file's broken lines are told and the rest is invited, exit 1."""
    path = tmp_path / "invited.csv"
    path.write_text("name,email\nUnion A,a@example.org\nbroken\n")
    assert "1 would be invited, 1 left out." in run("invite", JOINT, path, "--dry-run", status=1).stdout
    done = run("invite", JOINT, path, status=1)
    assert ("1 invited, 1 left out.\n", True) == (done.stdout, done.stderr.startswith("line 3: "))
    assert "1 invited.\n" == run.said("invite", JOINT, "--name", "Union B", "--email", "b@example.org")
    assert "was invited before" in run.refused("invite", JOINT, "--name", "B", "--email", "B@example.org")
    assert "Name a file" in run.refused("invite", JOINT, "--name", "Union C")
    assert "0 reminded, 2 later, 0 often enough.\n" == run.said("remind", JOINT)
    assert "0 would be reminded" in run.said("remind", JOINT, "--dry-run")


def test_commands_tell_and_change_terms(run: Commands) -> None:
    """An hour is on the statement's clocks; an empty value removes one; a number takes the place of a share."""
    assert "acceptance   editor\ndeadline     none\nthreshold    none\nanswer days  not said\n" == run.said(
        "terms", JOINT
    )
    told = run.said(
        "terms", JOINT, "--acceptance", "invited", "--deadline", "2040-12-01 18:00", "--threshold-share", "50"
    )
    assert "deadline     2040-12-01 18:00 +0100 Europe/Berlin\nthreshold    50 % of those invited" in told
    assert "threshold    40\n" in run.said("terms", JOINT, "--threshold", "40", "--answer-days", "14")
    assert "deadline     none" in run.said("terms", JOINT, "--deadline", "")
    assert "--which" in run.refused("terms", JOINT, "--deadline", "2040-10-28 02:30")
    assert "+0100" in run.said("terms", JOINT, "--deadline", "2040-10-28 02:30", "--which", "second")
    assert "has passed" in run.refused("terms", JOINT, "--deadline", "2020-01-01 00:00")
    assert "whole number" in run.refused("terms", JOINT, "--threshold", "many")
    assert "not both" in run.refused("terms", JOINT, "--threshold", "3", "--threshold-share", "4")
    assert CONTACT.email not in told
