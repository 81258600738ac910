"""A statement's own data set right in the console: all but the reference before it is public, little and with a reason after."""

from __future__ import annotations

import pytest

from tests.keeping import DRAFT, REFERENCE, Desk, sign

DRAFTED, PUBLIC = f"/editors/statements/{DRAFT}", f"/editors/statements/{REFERENCE}"
pytestmark = pytest.mark.parametrize(
    "database_url", ["sqlite"], indirect=True
)  # the commands are asked on both engines


def form(desk: Desk, at: str) -> dict[str, str]:
    """Read what the page's form holds, as a browser would send it."""
    page = desk.read(f"{at}/data")
    found = {one["name"]: one.get("value") or "" for one in page.all("input") if one["name"] != "csrf_token"}
    return found | {"issuer": desk.room.register.statement(at.rpartition("/")[2]).issuer or ""}


def test_all_of_a_draft_is_set_right(desk: Desk) -> None:
    """What differs is one entry of the log, an emptied field removes, and the page that follows shows it."""
    given = form(desk, DRAFTED)
    assert ("Resolution", "Europe/Berlin", "en") == (given["kind"], given["time_zone"], given["default_language"])
    wanted = {
        "kind": "Open letter",
        "issuer": "Union of Unions",
        "printed_number": "U 7",
        "issued_on": "2026-11-20",
        "time_zone": "Asia/Tokyo",
        "default_language": "fr",
    }
    before = desk.position()
    assert f"{DRAFTED}?done=amended" == desk.send(f"{DRAFTED}/data", **{**given, **wanted})
    assert ["Amended"] == desk.types(before)
    page = desk.read(f"{DRAFTED}?done=amended").said
    for told in (
        "The data of the statement are set right.",
        "Union of Unions",
        "U 7",
        "20 November 2026",
        "Asia/Tokyo",
    ):
        assert told in page
    desk.send(f"{DRAFTED}/data", **{**form(desk, DRAFTED), "issuer": "", "issued_on": ""})
    statement = desk.room.register.statement(DRAFT)
    assert (None, None, "Open letter") == (statement.issuer, statement.issued_on, statement.kind)
    assert ["amend", "amend"] == desk.acts()
    assert "set a statement’s data right" in desk.read("/editors/acts").said


def test_of_a_public_statement_little_and_with_a_reason(desk: Desk) -> None:
    """Its date, language and zone are not asked about, nor taken when sent all the same; the history tells why."""
    given = form(desk, PUBLIC)
    assert not {"time_zone", "issued_on", "default_language"} & given.keys()
    assert "Choose the reason." in desk.refused(f"{PUBLIC}/data", **{**given, "issuer": "Union"})
    why = {"code": "typo", "note": "As printed."}
    desk.send(f"{PUBLIC}/data", **{**given, "issuer": "Union", "time_zone": "UTC", **why})
    statement = desk.room.register.statement(REFERENCE)
    assert ("Union", "Europe/Berlin") == (statement.issuer, statement.time_zone)
    assert "As printed." in desk.read(f"/statements/{REFERENCE}/history").said


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Nothing is different yet."),
        ({"kind": ""}, "Write what it is"),
        ({"time_zone": ""}, "Write the time zone"),
        ({"time_zone": "Europe/Nowhere"}, "is no time zone"),
        ({"default_language": "English!"}, "is no language tag"),
        ({"issued_on": "yesterday"}, "is not a date"),
        ({"issuer": "\u202eevil"}, "U+202E"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field(desk: Desk, typed: dict[str, str], sentence: str) -> None:
    """Nothing is recorded, and what was typed stays."""
    before, given = desk.position(), {**form(desk, DRAFTED), "printed_number": "U 8"}
    if not typed:
        given["printed_number"] = ""
    page = desk.refused(f"{DRAFTED}/data", **{**given, **typed})
    assert (True, True) == (sentence in page.replace("&#39;", "'"), not typed or "U 8" in page)
    assert before == desk.position()


def test_nobody_undoes_unseen_what_another_changed(desk: Desk) -> None:
    """A form that was opened before another's change shows what stands now; signatures meanwhile do not matter."""
    given = form(desk, DRAFTED)
    sign(desk.room, "Union A", DRAFT)
    desk.send(f"{DRAFTED}/data", **{**given, "issuer": "Union"})
    page = desk.refused(f"{DRAFTED}/data", **{**given, "printed_number": "U 7"})
    assert "Somebody else has changed this meanwhile." in page
    statement = desk.room.register.statement(DRAFT)
    assert ("Union", None) == (statement.issuer, statement.printed_number)


def test_who_may_not_and_what_is_over(desk: Desk) -> None:
    """An auditor is refused; a discarded draft has no form."""
    assert (403, 403) == (
        desk.watcher.get(f"{DRAFTED}/data").status_code,
        desk.watcher.post(f"{DRAFTED}/data", {}).status_code,
    )
    given = form(desk, DRAFTED)
    desk.send(f"{DRAFTED}/discarding")
    assert [] == desk.read(f"{DRAFTED}/data").all("textarea")
    assert "discarded" in desk.refused(f"{DRAFTED}/data", **{**given, "issuer": "Union"})
    desk.read("/editors/statements/nothing-2026/data", 404)
