"""The console's page of the order: proposals, numbers typed, buttons, headings, pins, languages, and what is published."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from signatures.editors.console import ordering
from signatures.editors.publishing import publish
from signatures.errors import StaleVersion
from signatures.order import OrderLine
from tests.clock import FixedClock
from tests.editing import Browser, quick_passwords
from tests.keeping import REFERENCE, Desk, at_once, sign
from tests.queueing import EDITOR

AT = f"/editors/statements/{REFERENCE}/order"
PARTIES = {"Beta": "ZA", "Alpha": "DE", "Gamma": "CM", "Delta": "AT", "Epsilon": ""}


@pytest.fixture
def desk(environ: dict[str, str], clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """Make a statement with five signatories of three continents, signed in one after the other."""
    quick_passwords(monkeypatch)
    made = Desk(environ, clock)
    for name, territory in PARTIES.items():
        sign(made.room, name, territories=[territory] if territory else [])
    yield made
    made.room.close()


def form(desk: Desk, language: str = "en") -> dict[str, str]:
    """Read what the form of a language carries."""
    page = desk.read(f"{AT}?language={language}")
    return {"language": language, "seen": next(one["value"] for one in page.all("input") if one.get("name") == "seen")}


def form_language(desk: Desk, language: str) -> str:
    """Tell for which language the page is, asked for one."""
    found = desk.read(f"{AT}?language={language}").all("input", name="language")
    return next(one["value"] for one in found)


def names(desk: Desk, language: str = "en") -> list[str]:
    """List the lines of the order that is kept: names, and headings or gaps as they are."""
    kept = desk.room.arrangements.of(REFERENCE, language)
    assert kept is not None
    return [_said(desk, line) for line in kept.lines]


def _said(desk: Desk, line: OrderLine) -> str:
    if line.kind != "signature":
        return f"{line.kind} {line.value}"
    return str(desk.room.register.present_parts(line.value)["name"])


ONE_ENGINE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_a_proposal_is_kept_changed_by_hand_and_published(desk: Desk) -> None:
    """Regions by German names; then numbers are typed, a heading and a gap written; the edition has exactly that."""
    desk.send(f"{AT}/proposal", **form(desk), by="region", sort="de", late="sorted", headings="1")
    assert ["section Afrika", "Gamma", "Beta", "section Europa", "Alpha", "Delta", "section Welt", "Epsilon"] == names(
        desk
    )

    # Epsilon (5) goes up to 1, Beta (2) down to 3: one form.
    desk.send(AT, **form(desk), **{"at.7": "1", "at.2": "3"})
    assert ["section Afrika", "Epsilon", "Gamma", "Beta", "section Europa", "Alpha", "Delta", "section Welt"] == names(
        desk
    )

    # The heading that nobody stands under is emptied, another one written, and a gap at number 2.
    desk.send(AT, **form(desk), **{"text.7": "", "text.4": "Mitteleuropa"})
    desk.send(AT, **form(desk), new_kind="gap", new_text="left free", new_at="2")
    wanted = ["section Afrika", "Epsilon", "gap left free", "Gamma", "Beta", "section Mitteleuropa", "Alpha", "Delta"]
    assert wanted == names(desk)

    standing = [one for one in desk.room.arrangements.of(REFERENCE, "en").lines if one.kind == "signature"]  # type: ignore[union-attr]
    publish(desk.room, EDITOR, REFERENCE, as_of="2026-11-23")
    listed = desk.one.get(f"/api/v1/statements/{REFERENCE}/signatories").json
    assert [1, 3, 4, 5, 6] == [one["number"] for one in listed["numbered"]]  # type: ignore[index]
    assert [one.value for one in standing] == [one["signature_id"] for one in listed["numbered"]]  # type: ignore[index]
    assert "arrange" in desk.acts()


@ONE_ENGINE
def test_buttons_move_a_line_past_its_neighbour(desk: Desk) -> None:
    """Up and down change places with the line beside, a heading too, and lead back to the line; at the ends nothing moves."""
    desk.send(AT, **form(desk), new_text="All", new_at="2")
    assert ["Beta", "section All", "Alpha"] == names(desk)[:3]
    assert desk.send(AT, **form(desk), up="2").endswith("#line-1")
    assert ["Beta", "Alpha", "section All"] == names(desk)[:3]
    desk.send(AT, **form(desk), down="1")
    desk.send(AT, **form(desk), up="0")
    assert ["Beta", "section All", "Alpha"] == names(desk)[:3]


@ONE_ENGINE
def test_lines_that_were_dragged_are_sent_in_their_order(desk: Desk) -> None:
    """The script sends lines in the order on the screen, with numbers that follow it: they are kept as they were seen."""
    seen = form(desk)
    data = [("csrf_token", desk.one.mark("/editors/account")), *seen.items()]
    for number, line in enumerate((3, 0, 1, 2, 4), 1):
        data += [("line", str(line)), (f"at.{line}", str(number))]
    answer = desk.one.client.post(AT, data=_multi(data), headers={"Referer": "http://localhost/editors"})
    assert 303 == answer.status_code, answer.text
    assert ["Delta", "Beta", "Alpha", "Gamma", "Epsilon"] == names(desk)


def _multi(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    sent: dict[str, list[str]] = {}
    for name, value in pairs:
        sent.setdefault(name, []).append(value)
    return sent


@ONE_ENGINE
def test_a_pinned_entry_keeps_its_number_in_every_proposal(desk: Desk) -> None:
    """Epsilon is pinned at 1; ordered by name it stays there, and the others follow; unpinned it goes among them."""
    desk.send(AT, **form(desk), **{"at.4": "1", "pin.4": "1"})
    desk.send(f"{AT}/proposal", **form(desk), by="name", sort="en")
    assert ["Epsilon", "Alpha", "Beta", "Delta", "Gamma"] == names(desk)
    desk.send(AT, **form(desk), **{"at.0": "1"})
    desk.send(f"{AT}/proposal", **form(desk), by="name", sort="en")
    assert ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"] == names(desk)


@ONE_ENGINE
def test_undo_and_forgetting(desk: Desk) -> None:
    """Undone, the order before is back, and undone again the later one; forgotten, nothing is arranged."""
    desk.send(f"{AT}/proposal", **form(desk), by="name", sort="en")
    desk.send(f"{AT}/proposal", **form(desk), by="received", sort="en")
    desk.send(f"{AT}/undo", **form(desk))
    assert ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"] == names(desk)
    desk.send(f"{AT}/undo", **form(desk))
    assert [*PARTIES] == names(desk)
    desk.send(f"{AT}/removal", **form(desk))
    assert desk.room.arrangements.orders(REFERENCE, []) is None
    assert "Nothing is arranged yet" in desk.read(AT).said


def test_each_language_has_its_order(desk: Desk) -> None:
    """Only German is arranged: the statement's own language has one as received beside it; who comes later stands last."""
    desk.send(f"{AT}/proposal", **form(desk, "de"), by="name", sort="de")
    late = sign(desk.room, "Aardvark").signature_id
    standing = desk.room.arrangements.received(REFERENCE, [late, *(line.value for line in _lines(desk))])
    orders = desk.room.arrangements.orders(REFERENCE, standing[::-1])
    assert orders is not None
    assert {"de", "en"} == set(orders)
    assert [*PARTIES, "Aardvark"] == [_said(desk, line) for line in orders["en"]]
    assert ["Alpha", "Beta", "Delta", "Epsilon", "Gamma", "Aardvark"] == [_said(desk, line) for line in orders["de"]]


def _lines(desk: Desk, language: str = "de") -> list[OrderLine]:
    kept = desk.room.arrangements.of(REFERENCE, language)
    assert kept is not None
    return kept.lines


@ONE_ENGINE
def test_what_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    """A form about an earlier order is shown again with a sentence, whether somebody arranged it or somebody withdrew."""
    before = form(desk)
    desk.send(f"{AT}/proposal", **form(desk), by="name", sort="en")
    assert "The order has changed meanwhile" in desk.refused(AT, **before, **{"at.0": "3"})
    before = form(desk)
    desk.room.register.withdraw(EDITOR, _lines(desk, "en")[1].value, on="2026-11-23")
    assert "The order has changed meanwhile" in desk.refused(AT, **before, **{"at.0": "3"})
    assert ["Alpha", "Beta", "Delta", "Epsilon", "Gamma"] == names(desk)


@ONE_ENGINE
def test_who_signs_while_an_order_is_arranged_takes_no_work_away(desk: Desk) -> None:
    """The newcomer stands at the end, as the page would show it; what was typed before is kept."""
    desk.send(f"{AT}/proposal", **form(desk), by="name", sort="en")
    before = form(desk)
    sign(desk.room, "Aardvark")
    desk.send(AT, **before, **{"at.0": "3", "line": "0"})
    assert ["Beta", "Delta", "Alpha", "Epsilon", "Gamma", "Aardvark"] == names(desk)
    for seen in ("", "1", "1-x-", "1-" + "9" * 5_000 + "-", "1-²-", "1-0-", f"2-{'9' * 8}-x"):
        assert "The order has changed meanwhile" in desk.refused(AT, language="en", seen=seen)


NONSENSE: list[tuple[str, dict[str, str]]] = [
    ("", {"at.0": "first"}),
    ("", {"at.0": "٣"}),
    ("", {"at.0": "9" * 30}),
    ("", {"line": "99"}),
    ("", {"line": "-1"}),
    ("", {"up": "x"}),
    ("", {"down": "99"}),
    ("", {"new_text": "a\u202eb"}),
    ("", {"new_text": "x", "new_at": "one"}),
    ("", {"seen": "other"}),
    ("/proposal", {"by": "size"}),
    ("/proposal", {"sort": "not a language"}),
    ("/proposal", {"labels": "Congo"}),
    ("/proposal", {"late": "never"}),
    ("/undo", {}),
]


@ONE_ENGINE
def test_what_cannot_be_is_told(desk: Desk) -> None:
    """Nonsense is answered with the page and a sentence, or with nothing found; nothing is kept."""
    carried = form(desk)
    for path, typed in NONSENSE:
        answer = desk.one.post(f"{AT}{path}", {**carried, **typed})
        assert 422 == answer.status_code, (typed, answer.text[:2_000])
        assert 'role="alert"' in answer.text
        assert "<title>Error:" in answer.text
        assert desk.room.arrangements.of(REFERENCE, "en") is None


@ONE_ENGINE
def test_who_may_only_read_sees_the_order(desk: Desk) -> None:
    """An auditor reads the numbers and finds no form; a stranger is asked to sign in."""
    read = desk.watcher.get(AT)
    assert 200 == read.status_code
    assert "Keep this order" not in read.text
    assert "Alpha" in read.text
    assert 403 == desk.watcher.post(AT, form(desk)).status_code
    assert 303 == Browser(desk.app).get(AT).status_code
    assert 404 == desk.one.get("/editors/statements/nowhere/order").status_code
    assert 422 == desk.one.get(f"{AT}?language=not+a+language").status_code
    assert "en" == form_language(desk, "EN")


@ONE_ENGINE
def test_every_language_of_the_texts_is_ordered_by_its_own_names(desk: Desk) -> None:
    """One proposal for all: Austria comes before Germany, and Deutschland before Österreich."""
    desk.room.register.set_text(EDITOR, REFERENCE, language="de", title="Über gemeinsame Listen", text="Text")
    desk.send(f"{AT}/proposal", **form(desk), by="country", sort="en", headings="1", every="1")
    assert ["section Austria", "Delta", "section Cameroon", "Gamma", "section Germany", "Alpha"] == names(desk)[:6]
    assert ["section Deutschland", "Alpha", "section Kamerun", "Gamma", "section Österreich", "Delta"] == names(
        desk, "de"
    )[:6]


def test_of_two_editors_at_once_one_is_told(desk: Desk) -> None:
    """Both looked at the same order: one change is kept, the other refused, on both engines."""
    lines = [OrderLine("signature", id_) for id_ in desk.room.arrangements.received(REFERENCE, [])]
    refused: list[str] = []

    def keep() -> None:
        try:
            desk.room.arrangements.keep(REFERENCE, "en", lines, by="editor:x", version=0)
        except StaleVersion as stale:
            refused.append(stale.code)

    at_once(keep, keep, keep)
    assert ["stale-version"] * 2 == refused
    kept = desk.room.arrangements.of(REFERENCE, "en")
    assert kept is not None
    assert 1 == kept.version


@ONE_ENGINE
def test_a_long_list_is_arranged_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each page sends its own lines; a number may lie on another page, and an arrow leads over the edge."""
    monkeypatch.setattr(ordering, "WINDOW", 2)
    page = desk.read(f"{AT}?start=2")
    assert ["2", "3"] == [one["value"] for one in page.all("input") if one.get("name") == "line"]
    assert ["3", "4"] == [one["value"] for one in page.all("input") if str(one.get("name")).startswith("at.")]
    desk.send(AT, **form(desk), start="2", **{"line": "2", "at.2": "1", "at.3": "4"})
    assert ["Gamma", "Beta", "Alpha", "Delta", "Epsilon"] == names(desk)
    desk.send(AT, **form(desk), start="2", up="2")
    assert ["Gamma", "Alpha", "Beta", "Delta", "Epsilon"] == names(desk)
    assert "Gamma" in desk.read(f"{AT}?start=77").said
    # Over the edge, the page of the line is shown, not the one that it came from.
    assert desk.send(AT, **form(desk), start="2", up="2").endswith("?language=en&done=arranged#line-1")


@ONE_ENGINE
def test_the_page_says_by_what_it_orders(desk: Desk) -> None:
    """The alphabet is chosen among languages by their names; a country that is only printed is told as such."""
    sign(desk.room, "Zeta", country_printed={"de": "Kenia"})
    desk.send(f"{AT}/proposal", **form(desk), by="country", sort="tr", headings="1")
    page = desk.read(AT)
    assert "Country as printed: Kenya" in page.said
    assert ["section Kenya", "Zeta"] == names(desk)[-4:-2]
    assert "Türkçe" in page.said
    assert ["tr"] == [
        one["value"] for one in page.all("option") if "selected" in one and one["value"] not in ("country", "section")
    ]
    desk.send(f"{AT}/removal", **form(desk))
    desk.send(f"{AT}/proposal", **form(desk, "de"), by="name", sort="de")
    assert "would be numbered as received" in desk.read(AT).said  # not in its own order, which there is none of


@ONE_ENGINE
def test_a_heading_that_cannot_be_printed_is_named_beside_it(desk: Desk) -> None:
    """What was written stays, and the sentence leads to it."""
    desk.send(AT, **form(desk), new_text="Africa", new_at="2")
    page = desk.refused(AT, **form(desk), **{"text.1": "Af\u202erica"})
    assert '<a href="#n1">The heading holds the character U+202E' in page
    assert ["Beta", "section Africa"] == names(desk)[:2]
