"""What can happen to a statement: commands decide, events apply."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from signatures.aggregate import Actor, Reason
from signatures.errors import (
    AlreadySigned,
    InvalidInput,
    InvalidTime,
    Refused,
    RegisterError,
    StaleVersion,
    StatementClosed,
)
from signatures.organisation import NameParts
from signatures.statement import SignatureRow, Statement, check_time_zone, parse_date, statement_id

EDITOR = Actor("editor", "e-1")
TODAY = date(2021, 7, 1)
Command = Callable[[Statement], object]


def drafted(**fields: Any) -> Statement:
    """Draft a statement without any store."""
    values = {"reference": "peace", "kind": "statement", "time_zone": "UTC", "default_language": "en", **fields}
    return Statement.draft(EDITOR, **values)


def titled() -> Statement:
    """Draft one with a title."""
    statement = drafted()
    statement.set_text(EDITOR, language="en", title="For peace", text_sha256=None, media_type=None, version_label=None)
    return statement


def published(as_of: str = "2021-06-07") -> Statement:
    """Publish its first edition."""
    statement = titled()
    publish(statement, as_of)
    return statement


def publish(statement: Statement, as_of: str) -> None:
    """Publish an edition as received."""
    statement.publish(EDITOR, as_of=as_of, today=TODAY, orders=None)


def sign(
    statement: Statement, on: str = "2021-06-07", *, earlier: list[SignatureRow] | None = None, **more: Any
) -> None:
    """Sign with everything right but what the test changes."""
    values: dict[str, Any] = {"parts": NameParts("Alpha"), "method": "paper", "assurance": "editor", **more}
    statement.sign(
        EDITOR,
        signature_id=str(uuid4()),
        organisation_id="o-1",
        signed_on=on,
        today=TODAY,
        earlier=earlier or [],
        text_sha256=None,
        **values,
    )


def row(
    signed_on: str = "2021-06-07", withdrawn_on: str | None = None, *, voided: bool = False, id_: str = "s-1"
) -> SignatureRow:
    """Make the row of a signature of organisation o-1."""
    acts: list[dict[str, Any]] = [{"type": "Signed", "version": 2, "organisation_id": "o-1", "signed_on": signed_on}]
    if withdrawn_on:
        acts.append({"type": "Withdrawn", "version": 3, "withdrawn_on": withdrawn_on})
    if voided:
        acts.append({"type": "Voided", "version": 4})
    return SignatureRow(id_, "st-1", "o-1", 1, signed_on, None, False, 2, 2).after(*acts)


def correct(
    statement: Statement, of: SignatureRow, changes: dict[str, Any], on: str | None = None, *rivals: SignatureRow
) -> None:
    """Correct an entry."""
    statement.correct(of, EDITOR, changes=changes, effective_on=on, today=TODAY, rivals=list(rivals))


# ── its own data ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_one_reference_is_one_id_whatever_its_case() -> None:
    """So the primary key refuses a second statement of the name, for ever."""
    assert "51674d23-4851-5de4-9d1d-da832bbbbc94" == str(statement_id("myanmar-2021"))
    assert statement_id("Myanmar-2021") == statement_id("myanmar-2021") != statement_id("myanmar-2022")


@pytest.mark.parametrize(
    "fields",
    [
        {"reference": "a b"},
        {"kind": ""},
        {"kind": None},
        {"kind": "a\nb"},
        {"issuer": "\u202e"},
        {"printed_number": ""},
        {"default_language": "plain English"},
        {"default_language": ""},
        {"time_zone": "Europe/Nowhere"},
        {"time_zone": ""},
        {"time_zone": "../etc/passwd"},
        {"time_zone": "localtime"},
        {"time_zone": "europe/berlin"},
        {"time_zone": "\ud800"},
        {"issued_on": "2021-13-01"},
    ],
)
def test_wrong_drafts(fields: dict[str, Any]) -> None:
    """Each wrong field is refused, with nothing begun."""
    with pytest.raises(RegisterError):
        drafted(**fields)


@pytest.mark.parametrize("text", ["2021-06-07", "0001-01-01", "9999-12-31", "2020-02-29"])
def test_dates(text: str) -> None:
    """Year, month and day, nothing else."""
    assert text == parse_date("on", text).isoformat()


@pytest.mark.parametrize(
    "text",
    [
        "", "2021", "2021-6-7", "20210607", "2021-W23-1", "2021-158", "2021-02-29", "2021-13-01", "2021-06-31", "0000-01-01",
        "2021-06-07T12:00:00Z", " 2021-06-07", "2021-06-07\n", "٢٠٢١-٠٦-٠٧", "next week", "\ud800", "-021-06-07", "2021/06/07",
    ],
)  # fmt: skip
def test_malformed_dates(text: str) -> None:
    """Other forms of ISO 8601, impossible days and anything else are refused with the field's name and an example."""
    with pytest.raises(InvalidTime, match=r"on: .* is not a date") as refused:
        parse_date("on", text)
    assert {"field": "on"} == refused.value.details


def test_time_zones_have_iana_names() -> None:
    """UTC and places are taken."""
    for name in ("UTC", "Europe/Berlin", "America/Argentina/Ushuaia"):
        assert name == check_time_zone(name)


def test_what_can_be_amended_before_and_after_publication() -> None:
    """Dates, zone and default language are fixed by the first edition; issuer, kind and number never are."""
    changes = {
        "issuer": "U",
        "kind": "resolution",
        "printed_number": "7",
        "issued_on": "2021-06-01",
        "time_zone": "Asia/Tokyo",
        "default_language": "ja",
    }
    statement = titled()
    statement.amend(EDITOR, changes=changes)
    assert changes == {field: getattr(statement, field) for field in changes}
    statement = published()
    statement.amend(EDITOR, changes={"issuer": None, "kind": "resolution", "printed_number": None})
    for field in ("issued_on", "time_zone", "default_language"):
        with pytest.raises(Refused, match=f"{field} cannot be amended"):
            statement.amend(EDITOR, changes={field: changes[field]})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"reference": "other"},
        {"colour": "red"},
        {"kind": ""},
        {"time_zone": "x"},
        {"issued_on": "x"},
        {"issuer": "\0"},
    ],
)
def test_wrong_amendments(changes: dict[str, Any]) -> None:
    """A reference never changes; a wrong value is refused as when drafting."""
    with pytest.raises(RegisterError):
        titled().amend(EDITOR, changes=changes)


@pytest.mark.parametrize("text", [{"language": "x"}, {"title": ""}, {"title": "a\nb"}, {"version_label": "\u202e"}])
def test_wrong_titles(text: dict[str, Any]) -> None:
    """A title is one printable line, its language a tag."""
    values = {"language": "en", "title": "T", "text_sha256": None, "media_type": None, "version_label": None, **text}
    with pytest.raises(InvalidInput):
        drafted().set_text(EDITOR, **values)


def test_a_caller_who_saw_an_older_version_is_told() -> None:
    """The version seen is compared, and need not be given."""
    statement = titled()
    statement.expect(2)
    statement.expect(None)
    with pytest.raises(StaleVersion, match="version 2, not 1"):
        statement.expect(1)


# ── editions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_editions_count_from_one_and_never_go_back() -> None:
    """The next as-of date is the last one or later; an equal one replaces it; none is to come."""
    statement = published("2021-06-07")
    publish(statement, "2021-06-07")
    assert (2, "2021-06-07") == (statement.edition, statement.edition_as_of)
    with pytest.raises(Refused, match="Edition 2 is of 2021-06-07"):
        publish(statement, "2021-06-06")
    with pytest.raises(InvalidTime, match="date to come"):
        publish(statement, "2021-07-02")
    with pytest.raises(InvalidTime, match="not a date"):
        publish(statement, "soon")
    publish(statement, "2021-07-01")
    assert 3 == statement.edition


def test_an_edition_names_the_texts_of_its_moment() -> None:
    """Languages that have a text are in it, by its hash."""
    statement = titled()
    statement.set_text(
        EDITOR, language="de", title="F", text_sha256="a" * 64, media_type="text/plain", version_label=None
    )
    publish(statement, "2021-06-07")
    assert {"de": "a" * 64} == statement.pending_events[-1].texts  # type: ignore[attr-defined]


def test_no_edition_without_a_title() -> None:
    """There is nothing to publish yet."""
    with pytest.raises(Refused, match="no title yet"):
        publish(drafted(), "2021-06-07")


# ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_signatures_are_counted_and_not_held() -> None:
    """The state stays as small with many signatures as with one."""
    statement = titled()
    sign(statement)
    one = len(repr(statement.state()))
    for _ in range(8):
        sign(statement)
    assert (9, one) == (statement.signings, len(repr(statement.state())))


def test_a_signing_date_is_a_day_that_has_come() -> None:
    """Today is taken, tomorrow is not."""
    statement = titled()
    sign(statement, "2021-07-01")
    with pytest.raises(InvalidTime, match="signed_on 2021-07-02 is a date to come"):
        sign(statement, "2021-07-02")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("method", "fax"),
        ("assurance", "sure"),
        ("signed_on_means", "about"),
        ("reason", Reason("why")),
        ("parts", NameParts("")),
    ],
)
def test_wrong_signings(field: str, value: Any) -> None:
    """Method, assurance, meaning and reason are of fixed lists, and a name is needed."""
    with pytest.raises(InvalidInput):
        sign(titled(), **{field: value})


def test_an_organisation_that_stands_cannot_sign_again() -> None:
    """Whoever of its group signed."""
    with pytest.raises(AlreadySigned, match="signed peace on 2021-06-07 already") as refused:
        sign(titled(), earlier=[row("2020-01-01", "2020-02-01"), row()])
    assert {"signature_id": "s-1"} == refused.value.details


def test_signing_again_begins_where_the_earlier_signature_ended() -> None:
    """Not before its end; on that very day it may."""
    ended = row("2021-05-01", "2021-06-10")
    sign(titled(), "2021-06-10", earlier=[ended])
    with pytest.raises(Refused, match="ends on 2021-06-10"):
        sign(titled(), "2021-06-09", earlier=[ended])
    with pytest.raises(Refused, match="ends on 2021-12-01"):
        sign(titled(), "2021-07-01", earlier=[row("2021-05-01", "2021-12-01")])


def test_a_voided_signature_stands_in_nobodys_way() -> None:
    """It never was one, also if it had been withdrawn."""
    sign(titled(), "2021-06-01", earlier=[row(voided=True), row("2021-06-07", "2021-06-10", voided=True)])


# ── closing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_closing_refuses_signatures_of_its_day_and_later() -> None:
    """The day before is still taken, also when it is recorded after the closing."""
    statement = titled()
    statement.close(EDITOR, effective_on="2021-06-10")
    sign(statement, "2021-06-09")
    for day in ("2021-06-10", "2021-07-01"):
        with pytest.raises(StatementClosed, match="Signing of peace has ended"):
            sign(statement, day)


def test_reopening_takes_signatures_from_its_day_on() -> None:
    """What lies between closing and reopening stays refused."""
    statement = titled()
    statement.close(EDITOR, effective_on="2021-06-10")
    statement.reopen(EDITOR, effective_on="2021-06-20")
    assert [True, False, False, True] == [statement.open_on(f"2021-06-{day}") for day in ("09", "10", "19", "20")]
    statement.close(EDITOR, effective_on="2021-06-20")
    assert not statement.open_on("2021-06-20")


def test_closing_what_is_closed_and_reopening_what_is_open_is_refused() -> None:
    """On the date given; closing earlier than an earlier closing is possible."""
    statement = titled()
    with pytest.raises(Refused, match="open on 2021-06-10 already"):
        statement.reopen(EDITOR, effective_on="2021-06-10")
    statement.close(EDITOR, effective_on="2021-06-10")
    with pytest.raises(Refused, match="closed on 2021-06-11 already"):
        statement.close(EDITOR, effective_on="2021-06-11")
    statement.close(EDITOR, effective_on="2021-06-01")
    assert not statement.open_on("2021-06-05")


@pytest.mark.parametrize("act", [Statement.close, Statement.reopen, Statement.retract])
def test_dates_of_acts_are_dates(act: Callable[..., None]) -> None:
    """A malformed one is refused."""
    with pytest.raises(InvalidTime):
        act(published(), EDITOR, effective_on="yesterday")


# ── retracting and discarding ────────────────────────────────────────────────────────────────────────────────────────


def test_a_retracted_statement_can_be_withdrawn_from_and_corrected_but_not_signed() -> None:
    """Nothing can be signed, published or reopened; its entries can still be set right."""
    statement = published()
    statement.close(EDITOR, effective_on="2021-06-20")
    statement.retract(EDITOR, effective_on="2021-06-30")
    refusals: tuple[Callable[[], None], ...] = (
        lambda: sign(statement, "2021-06-08"),
        lambda: publish(statement, "2021-06-08"),
        lambda: statement.reopen(EDITOR, effective_on="2021-06-25"),
        lambda: statement.retract(EDITOR, effective_on="2021-06-30"),
    )
    for refused in refusals:
        with pytest.raises(StatementClosed, match="taken back on 2021-06-30"):
            refused()
    statement.withdraw(row(), EDITOR, withdrawn_on="2021-06-30", today=TODAY)
    correct(statement, row(), {"name": "Alpha Union"})


def test_a_draft_is_discarded_and_a_published_statement_retracted() -> None:
    """Each has its own way out."""
    with pytest.raises(Refused, match=r"never published\. Discard it"):
        titled().retract(EDITOR, effective_on="2021-06-30")
    with pytest.raises(Refused, match="published and cannot be discarded"):
        published().discard(EDITOR)


@pytest.mark.parametrize(
    "command",
    [
        sign,
        lambda s: publish(s, "2021-06-07"),
        lambda s: s.set_text(EDITOR, language="en", title="T", text_sha256=None, media_type=None, version_label=None),
        lambda s: s.amend(EDITOR, changes={"issuer": "U"}),
        lambda s: s.close(EDITOR, effective_on="2021-06-07"),
        lambda s: s.reopen(EDITOR, effective_on="2021-06-07"),
        lambda s: s.retract(EDITOR, effective_on="2021-06-07"),
        lambda s: s.discard(EDITOR),
        lambda s: s.withdraw(row(), EDITOR, withdrawn_on="2021-06-07", today=TODAY),
        lambda s: correct(s, row(), {"name": "B"}),
        lambda s: s.void(row(), EDITOR),
        lambda s: s.annul(
            EDITOR, position=4, version=3, kind="Withdrawn", row=row("2021-06-01", "2021-06-02"), rivals=[]
        ),
    ],
)
def test_nothing_more_can_happen_to_a_discarded_draft(command: Command) -> None:
    """Every command is refused with the same sentence."""
    statement = titled()
    statement.discard(EDITOR)
    with pytest.raises(Refused, match="peace was discarded"):
        command(statement)


# ── withdrawing and voiding ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_withdrawal_lies_between_the_signing_and_a_year_ahead() -> None:
    """The day of signing is the first possible one, 366 days ahead the last."""
    statement = titled()
    for day in ("2021-06-07", "2022-07-02"):
        statement.withdraw(row(), EDITOR, withdrawn_on=day, today=TODAY)
    with pytest.raises(InvalidTime, match="cannot be withdrawn before that, on 2021-06-06"):
        statement.withdraw(row(), EDITOR, withdrawn_on="2021-06-06", today=TODAY)
    with pytest.raises(InvalidTime, match="more than 366 days ahead"):
        statement.withdraw(row(), EDITOR, withdrawn_on=(TODAY + timedelta(days=367)).isoformat(), today=TODAY)
    with pytest.raises(InvalidTime, match="not a date"):
        statement.withdraw(row(), EDITOR, withdrawn_on="now", today=TODAY)


@pytest.mark.parametrize(
    ("ended", "told"), [(row("2021-06-01", "2021-06-02"), "withdrawn on 2021-06-02"), (row(voided=True), "was voided")]
)
def test_what_does_not_stand_cannot_be_withdrawn(ended: SignatureRow, told: str) -> None:
    """The refusal says how it ended."""
    with pytest.raises(Refused, match=rf"does not stand any more: it .*{told}"):
        titled().withdraw(ended, EDITOR, withdrawn_on="2021-06-30", today=TODAY)


def test_voiding_twice_is_refused_and_a_withdrawn_one_can_be_voided() -> None:
    """A fraud found late is gone on every date, also on those before its withdrawal."""
    titled().void(row("2021-06-01", "2021-06-02"), EDITOR, reason=Reason("fraud"))
    with pytest.raises(Refused, match="voided already"):
        titled().void(row(voided=True), EDITOR)


# ── correcting ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "on"),
    [
        ({}, None),
        ({"colour": "red"}, None),
        ({"ordinal": 7}, None),
        ({"signature_id": "x"}, None),
        ({"withdrawn_on": "2021-06-07"}, None),
        ({"name": ""}, None),
        ({"name": None}, None),
        ({"name": "a\u202eb"}, None),
        ({"translations": {"_type_": "x", "_data_": "y"}}, None),
        ({"translations": None}, None),
        ({"territories": None}, None),
        ({"url": "example.org"}, None),
        ({"signed_on": "2021-06-31"}, None),
        ({"signed_on": "2021-07-02"}, None),
        ({"signed_on_means": "about"}, None),
        ({"name": "B"}, "tomorrow"),
        ({"signed_on": "2021-06-01"}, "2021-06-10"),
        ({"name": "B", "signed_on_means": "by"}, "2021-06-10"),
    ],
)
def test_wrong_corrections(changes: dict[str, Any], on: str | None) -> None:
    """Unknown fields and wrong values are refused; a date of signing is corrected for all dates or not at all."""
    with pytest.raises(RegisterError):
        correct(titled(), row(), changes, on)


def test_a_voided_signature_cannot_be_corrected_and_a_withdrawn_one_can() -> None:
    """There is nothing left of the first; the second still stands on earlier dates."""
    correct(titled(), row("2021-06-01", "2021-06-20"), {"name": "B"})
    with pytest.raises(Refused, match="nothing left to correct"):
        correct(titled(), row(voided=True), {"name": "B"})


def test_a_corrected_date_of_signing_stays_before_the_withdrawal() -> None:
    """On its very day it never stood; later would be nonsense."""
    correct(titled(), row("2021-06-01", "2021-06-20"), {"signed_on": "2021-06-20"})
    with pytest.raises(InvalidTime, match="cannot have been signed later"):
        correct(titled(), row("2021-06-01", "2021-06-20"), {"signed_on": "2021-06-21"})


def test_a_correction_cannot_make_an_organisation_stand_twice() -> None:
    """Neither by another date nor by giving the signature to one that stands."""
    first, second = row("2021-05-01", "2021-06-01"), row("2021-06-10", id_="s-2")
    correct(titled(), second, {"signed_on": "2021-06-01"}, None, first)
    with pytest.raises(AlreadySigned, match="signature s-1"):
        correct(titled(), second, {"signed_on": "2021-05-31"}, None, first)
    other = row()._replace(organisation="o-2", id="s-3")
    with pytest.raises(AlreadySigned, match="signature s-1"):
        correct(titled(), other, {"organisation_id": "o-1"}, None, row())


def test_a_misprint_is_corrected_although_a_merger_made_two_stand() -> None:
    """Two registrations that became one body stand together; their entries can still be set right."""
    one, other = row(), row(id_="s-2")._replace(organisation="o-2")
    correct(titled(), one, {"name": "B"}, None, other)
    correct(titled(), one, {"signed_on": "2021-06-08"}, None, other)


def test_the_organisation_of_the_latest_date_is_the_rows() -> None:
    """As in the list: the greatest effective date counts, the later act on a tie."""

    def given(version: int, to: str, on: str | None) -> dict[str, Any]:
        return {"type": "Corrected", "version": version, "changes": {"organisation_id": to}, "effective_on": on}

    changed = row().after(given(3, "o-2", "2021-06-20"), given(4, "o-3", None))
    assert "o-2" == changed.organisation
    assert "o-4" == changed.after(given(5, "o-4", "2021-06-20")).organisation
    assert "o-3" == changed.without(3).organisation


# ── annulling ────────────────────────────────────────────────────────────────────────────────────────────────────────


def annul(statement: Statement, kind: str, version: int, of: SignatureRow | None = None, *rivals: SignatureRow) -> None:
    """Annul the act of a version."""
    statement.annul(EDITOR, position=9, version=version, kind=kind, row=of, rivals=list(rivals))


@pytest.mark.parametrize("kind", ["Drafted", "TextSet", "Published", "Signed", "Annulled", "Amended", "Discarded"])
def test_what_cannot_be_annulled(kind: str) -> None:
    """Only the acts of the list are slips that can be taken back."""
    with pytest.raises(Refused, match=f"holds {kind}, which cannot be annulled"):
        annul(titled(), kind, 2)


def test_a_row_without_an_act_is_as_if_it_had_never_been() -> None:
    """Withdrawals, voidings and corrections leave no trace in it."""
    assert row() == row("2021-06-07", "2021-06-10").without(3)
    assert row("2021-06-07", "2021-06-10") == row("2021-06-07", "2021-06-10", voided=True).without(4)
    moved = {
        "type": "Corrected",
        "version": 5,
        "changes": {"signed_on": "2021-06-01", "organisation_id": "o-2"},
        "effective_on": None,
    }
    assert row() == row().after(moved).without(5)


def test_an_act_is_annulled_once() -> None:
    """The second time there is nothing left of it."""
    withdrawn = row("2021-06-07", "2021-06-10")
    annul(titled(), "Withdrawn", 3, withdrawn)
    with pytest.raises(Refused, match="annulled already"):
        annul(titled(), "Withdrawn", 3, withdrawn.without(3))
    statement = titled()
    statement.close(EDITOR, effective_on="2021-06-10")
    annul(statement, "Closed", 3)
    with pytest.raises(Refused, match="annulled already"):
        annul(statement, "Closed", 3)


def test_no_annulment_after_signing_again() -> None:
    """Two signatures of one organisation would stand on one day."""
    withdrawn, again = row("2021-06-07", "2021-06-10"), row("2021-06-12", id_="s-2")
    for kind, version, ended in (("Withdrawn", 3, withdrawn), ("Voided", 4, row(voided=True))):
        with pytest.raises(AlreadySigned, match="signature s-2"):
            annul(titled(), kind, version, ended, again)
        annul(titled(), kind, version, ended, row("2021-06-12", voided=True, id_="s-2"))


def test_no_annulment_that_ends_a_signature_before_it_begins() -> None:
    """Signed on the 10th, corrected to the 1st, withdrawn on the 5th: the correction has to stay."""
    moved = {"type": "Corrected", "version": 3, "changes": {"signed_on": "2021-06-01"}, "effective_on": None}
    left = {"type": "Withdrawn", "version": 4, "withdrawn_on": "2021-06-05"}
    with pytest.raises(Refused, match="end on 2021-06-05, before it begins on 2021-06-10"):
        annul(titled(), "Corrected", 3, row("2021-06-10").after(moved, left))


def test_annulled_closings_reopenings_and_retractions_never_were() -> None:
    """Signing is possible, or not, as before the slip."""
    statement = published()
    statement.close(EDITOR, effective_on="2021-06-10")
    statement.reopen(EDITOR, effective_on="2021-06-20")
    annul(statement, "Reopened", statement.version)
    assert not statement.open_on("2021-06-25")
    annul(statement, "Closed", statement.version - 2)
    assert statement.open_on("2021-06-25")
    statement.retract(EDITOR, effective_on="2021-06-25")
    annul(statement, "Retracted", statement.version)
    sign(statement, "2021-06-25")
