"""Two clocks on the pages: lists as they were known, what became known since, comparisons of knowledge, checkpoints."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from signatures.aggregate import Reason
from signatures.organisation import NameParts
from tests import scenes
from tests.commands import Commands
from tests.htmlpage import Page
from tests.scenes import SCRIPTS
from tests.site import Site, opened, words

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
REF = "clocks-2027"
LIST = f"/statements/{REF}"
API = f"/api/v1{LIST}"


def fill(site: Site) -> None:
    """Publish a list of five; in the weeks after it everything becomes known that can."""
    register, clock = site.room.register, site.clock
    scenes.begin(register, REF, title="Known then and known now")
    names = ("Alpha Union", "Beta Union", "Gamma Union", "Silent Union", "Delta Union")
    signed = [scenes.sign(register, REF, NameParts(name, name_language="en"), "2027-02-20") for name in names]
    register.publish(scenes.EDITOR, REF, as_of="2027-02-21")
    clock.advance(days=7)
    register.correct(scenes.EDITOR, signed[0].signature_id, {"name": "Alpha <Union>"}, reason=Reason("typo"))
    register.void(scenes.EDITOR, signed[1].signature_id, reason=Reason("fraud", "nobody & knew"))
    clock.advance(days=7)
    register.withdraw(scenes.EDITOR, signed[2].signature_id, on="2027-02-21", reason=Reason("own-request"))
    register.withdraw(scenes.EDITOR, signed[3].signature_id, on="2027-02-21", show=False)
    register.sign(
        scenes.EDITOR, REF, NameParts("Late Union"), signed_on="2027-02-19", method="paper", reason=Reason("late")
    )
    clock.advance(days=1)
    for n in range(12):
        scenes.sign(register, REF, NameParts(f"Union {n} of those who came later"), "2027-03-15")


@pytest.fixture(scope="module", params=ENGINES)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve it, once on each engine; nothing here writes."""
    folder = tmp_path_factory.mktemp("clocks")
    if request.param == "sqlite":
        with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill) as made:
            yield made
        return
    server = request.getfixturevalue("postgresql_server")
    with server.fresh_database("clocks") as url, opened(url, folder, fill) as made:
        yield made


@pytest.fixture
def published(site: Site) -> int:
    """Tell the position of the edition."""
    return int(site.get(f"{API}/editions/1").get_json()["position"])


def said(page: Page) -> str:
    """Read a page as one line."""
    return words(page.said)


def marks(page: Page) -> dict[str, str]:
    """Read what became known since from the entries of the list."""
    entries = [words(text) for text in page.of_class("entry")]
    return {
        text.split(".")[0]: text[text.index(m.group(0)) :] for text in entries if (m := re.search(r"\w+ since", text))
    }


def test_a_list_known_earlier_tells_what_became_known_since(site: Site, published: int) -> None:
    """A sum that can be redone; each change with both clocks, position, actor and reason; marks on the entries."""
    page = site.read(f"{LIST}?as_of=2027-02-21&position={published}")
    assert "5 changes of this list became known since" in said(page)
    assert "5 known then + 1 entered late − 2 withdrawn − 1 struck = 3 known today" in said(page)
    assert {"1": "Corrected since", "2": "Struck since", "3": "Withdrew since, from 21 February 2027"} == marks(page)
    record = {event["type"]: event for event in site.get(f"{API}/events").get_json()["events"]}
    for expected in (
        "Corrected 1 Alpha <Union> name: “Alpha Union” is now “Alpha <Union>” all dates",
        f"{record['Voided']['recorded_at'][:10]} {record['Voided']['recorded_at'][11:16]} {record['Voided']['position']}",
        "editor fraud: nobody & knew",
        "Withdrew 4 An organisation that does not wish to be named 21 Feb 2027",
        "Entered late Late Union 19 Feb 2027",
    ):
        assert expected in said(page)
    assert "those who came later" not in page.said


def test_the_api_and_the_edition_tell_the_same(site: Site, published: int) -> None:
    """What the page tells is the difference that the API gives, and stands on the edition's own page too."""
    diff = site.get(f"{API}/diff?from=2027-02-21@{published}&to=2027-02-21").get_json()
    assert (5, 3) == (diff["from"]["standing"], diff["to"]["standing"])
    assert {"added": 1, "withdrawn": 2, "corrected": 1, "voided": 1} == {
        kind: len(diff[kind]) for kind in ("added", "withdrawn", "corrected", "voided")
    }
    assert "5 known then + 1 entered late − 2 withdrawn − 1 struck = 3 known today" in said(
        site.read(f"{LIST}/editions/1")
    )


def test_what_holds_later_changes_no_earlier_list(site: Site, published: int) -> None:
    """On the day before, what was withdrawn later still stands; a list that nothing changes says so; today's says nothing."""
    day_before = site.read(f"{LIST}?as_of=2027-02-20&position={published}")
    assert "5 known then + 1 entered late − 1 struck = 5 known today" in said(day_before)
    nothing = site.read(f"{LIST}?as_of=2027-02-18&position={published}")
    assert "Nothing that became known since changes the list of this date." in said(nothing)
    assert "What became known since" not in nothing.said
    assert "known since" not in site.read(LIST).said


def test_the_place_to_choose_what_was_known(site: Site, published: int) -> None:
    """A form of the date being read takes a moment or a position; both empty are everything; both given are refused."""
    page = site.read(f"{LIST}?as_of=2027-02-21")
    form = [a for a in page.all("form") if "role" not in a][1]
    assert ("get", LIST) == (form["method"], form["action"])
    assert {"known_at", "position"} <= {a.get("name") for a in page.all("input")}
    assert [None] == [a.get("open") for a in page.all("details", **{"class": "knowing"})]
    known = site.read(f"{LIST}?as_of=2027-02-21&known_at=2027-03-02T00:00:00Z&position=")
    assert "as far as it was known on 2 March 2027, 00:00 UTC" in said(known)
    assert ["2027-03-02T00:00:00Z"] == [a["value"] for a in known.all("input", name="known_at")]
    assert "known today" in known.said
    pinned = site.read(f"{LIST}?as_of=2027-02-21&known_at=&position={published}")
    assert [str(published)] == [a["value"] for a in pinned.all("input", id="position")]
    assert "You are reading" in site.read(f"{LIST}?as_of=2027-02-21&known_at=&position=").said
    assert 400 == site.get(f"{LIST}?known_at=2027-03-02T00:00:00Z&position={published}").status_code
    assert 400 == site.get(f"{LIST}?known_at=2027-03-02T00:00:00").status_code


def test_other_dates_keep_what_was_known_and_today_does_not(site: Site, published: int) -> None:
    """The counts beside the dates are those of the lists to which they lead."""
    page = site.read(f"{LIST}?as_of=2027-02-21&position={published}")
    links = {a["href"] for a in page.all("a")}
    assert f"{LIST}?as_of=2027-02-20&position={published}" in links
    today = site.get(f"{API}/signatories").get_json()["counts"]["standing"]
    assert f"Back to today: {today}" in page.said
    assert [str(published)] == [a["value"] for a in page.all("input", name="position", type="hidden")]


# ── the comparison ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_states_of_knowledge_are_compared(site: Site, published: int) -> None:
    """By position or by instant, in fields of their own or behind an @; the fields show again what was asked."""
    asked = f"{LIST}/history?from=2027-02-21&to=2027-02-21&from_known="
    page = site.read(f"{asked}{published}")
    assert f"5 on 21 February 2027, as known at position {published} + 1 added − 2 withdrawn − 1 struck = 3" in said(
        page
    )
    assert "Entered late: recorded on 15 Mar 2027" in said(page)
    assert [str(published), ""] == [page.all("input", id=f"{end}_known")[0]["value"] for end in ("from", "to")]
    instant = site.get(f"{API}/editions/1").get_json()["recorded_at"]
    for other in (f"{asked}{instant}", f"{LIST}/history?from=2027-02-21@{published}&to=2027-02-21"):
        assert page.of_class("sum") == site.read(other).of_class("sum")
    both = site.read(f"{asked}{published}&to_known={published}")
    assert "Nothing changed between these two lists." in both.said


def test_what_was_known_on_each_day_is_compared(site: Site) -> None:
    """Each list as it was known at the end of its own day in the statement's zone; today's is today's."""
    page = said(site.read(f"{LIST}/history?from=2027-03-02&to=2027-03-08&known=then"))
    assert "5 on 2 March 2027, as known at position" in page
    assert "− 1 struck = 4 on 8 March 2027, as known at position" in page
    plain = said(site.read(f"{LIST}/history?from=2027-03-02&to=2027-03-08"))
    assert "3 on 2 March 2027 = 3 on 8 March 2027" in plain


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=2027-02-21@3&from_known=4", "both say how much is known"),
        ("from=2027-02-21&from_known=x", "not a whole number"),
        ("from=2027-02-21&from_known=2027-03-02T00:00:00", "is not a moment"),
        ("from=2027-02-21&from_known=2030-01-01T00:00:00Z", "lies in the future"),
        ("from=2027-02-21&known=now", "is none of then"),
        ("from=2020-01-01&known=then", "there was nothing yet"),
        ("from=0500-01-01&known=then", "there was nothing yet"),
        ("from=9999-12-31&known=then&to=x", "is not a date"),
    ],
)
def test_a_comparison_that_cannot_be_is_explained(site: Site, query: str, sentence: str) -> None:
    """400, with the reason above the form; the record stays."""
    page = site.read(f"{LIST}/history?{query}", 400)
    assert sentence in words(page.of_class("why")[0])
    assert "The record" in page.said


def test_the_api_keeps_only_what_cannot_change(site: Site, published: int) -> None:
    """A comparison of positions for long; one that names an instant is asked for again."""
    kept = site.get(f"{API}/diff?from=2027-02-21@{published}&to=2027-02-22@{published}")
    again = site.get(f"{API}/diff?from=2027-02-21@2027-03-02T00:00:00Z&to=2027-02-22@{published}")
    assert ("max-age=604800, immutable", "no-cache") == (kept.headers["Cache-Control"], again.headers["Cache-Control"])


@pytest.mark.parametrize("path", ["", "/texts/en"])
def test_a_statement_is_told_as_known_at_a_moment(site: Site, published: int, path: str) -> None:
    """By instant as by position; both are refused."""
    instant = site.get(f"{API}/editions/1").get_json()["recorded_at"]
    by_position = site.get(f"{API}{path}?position={published}")
    assert 200 == by_position.status_code
    assert by_position.data == site.get(f"{API}{path}?known_at={instant}").data
    assert 400 == site.get(f"{API}{path}?known_at={instant}&position={published}").status_code


def test_the_commands_tell_the_same(site: Site, published: int) -> None:
    """The same questions have the same bytes on the command line; its history marks what was entered late."""
    commands = Commands(site.environ)
    ends = f"2027-02-21@{published}", f"2027-02-21@{published + 2}"
    answer = site.get(f"{API}/diff?from={ends[0]}&to={ends[1]}")
    told = commands.said("diff", REF, "--from", ends[0], "--to", ends[1], "--format", "json")
    assert answer.text == told.rstrip("\n")
    listed = commands.said("list", REF, "--as-of", "2027-02-21", "--position", published, "--format", "json")
    assert site.get(f"{API}/signatories?as_of=2027-02-21&position={published}").text == listed.rstrip("\n")
    record = commands.said("history", REF, "--position", published)
    assert str(published) == record.splitlines()[-1].split()[0]
    events = json.loads(commands.said("history", REF, "--position", published, "--format", "json"))
    assert [leaf["position"] for leaf in events] == [int(line.split()[0]) for line in record.splitlines()]
    (late,) = [line for line in commands.said("history", REF).splitlines() if "Late Union" in line]
    assert late.endswith("Late Union  (entered late)  (late)  [editor]")
    assert "is not a moment" in commands.refused("diff", REF, "--from", "2027-02-21@T", "--to", "2027-02-21", status=2)


# ── the record and its picture ───────────────────────────────────────────────────────────────────────────────────────


def test_the_record_tells_both_clocks_and_marks(site: Site) -> None:
    """Each event with position, both dates, actor and reason; late ones and what came later are marked and linked."""
    text = site.get(f"{LIST}/history").text
    rows = [words(re.sub(r"<[^>]*>", " ", row)) for row in re.findall(r'<tr id="p.*?</tr>', text, re.DOTALL)]
    events = site.get(f"{API}/events").get_json()["events"]
    assert [event["position"] for event in events[::-1]] == [int(row.split()[0]) for row in rows]
    at = {event["type"]: event["position"] for event in events if event["type"] in ("Voided", "Corrected")}
    (late,) = [row for row in rows if "Late Union" in row]
    assert "Entered late: it counts for an edition that was published before 19 Feb 2027 2027-03-15 12:00" in late
    assert any("Beta Union" in row and f"Struck since: position {at['Voided']}" in row for row in rows)
    assert any("No. 2 Beta Union" in row and row.startswith(f"{at['Voided']} Struck") for row in rows)
    assert f'href="#p{at["Corrected"]}"' in text
    assert f'href="{LIST}?position={at["Voided"]}"' in text


def test_the_picture_has_its_table(site: Site) -> None:
    """Day by day who signed, withdrew and stood, with the editions; the last row is today's count."""
    page = site.read(f"{LIST}/history")
    days = site.get(f"{LIST}/history").text.partition('class="figures"')[2].partition("</table>")[0]
    rows = [words(re.sub(r"<[^>]*>", " ", row)) for row in re.findall(r"<tr>.*?</tr>", days, re.DOTALL)][1:]
    assert ["19 Feb 2027 1 0 0 1", "20 Feb 2027 4 0 0 5", "21 Feb 2027 Edition 1 0 2 0 3"] == rows[:3]
    assert rows[-1].endswith(" 15")
    assert "15 organisations stand today" in page.said


# ── the checkpoint ───────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_list_shows_its_checkpoint(site: Site, published: int) -> None:
    """The same root on page, edition, text, HTML and in the JSON; the strip is drawn from it; a link leads to the check."""
    asked = f"as_of=2027-02-21&position={published}"
    told = site.get(f"{API}/signatories?{asked}").get_json()["checkpoint"]
    assert published == told["size"]
    for path in (f"{LIST}?{asked}", f"{LIST}/editions/1"):
        page = site.read(path)
        assert f"Checkpoint of the public log, its first {published} entries:" in said(page)
        assert [told["root"]] == [words(text) for text in page.of_class("root")]
        assert heights(b64decode(told["root"])) == [a["height"] for a in page.all("rect", width="1.2")]
        assert page.all("a", href="/check")
    line = f"\n\nCheckpoint of the log: size {published}, root {told['root']}\n\nSignatories (as of "
    assert line in site.get(f"{API}/signatories.txt?{asked}").text
    assert f"size {published}, root {told['root']}" in said(site.read(f"{API}/signatories.html?{asked}"))


def heights(root: bytes) -> list[str]:
    """Draw the strip's bars by hand."""
    return [f"{3 + byte * 29 / 255:.1f}" for byte in root]


def test_the_same_list_in_another_scene(tmp_path: Path) -> None:
    """A list in which everything happens, at every position: the sum holds, and no page fails."""
    with opened(
        f"sqlite:///{quote(str(tmp_path))}/var", tmp_path, lambda site: scenes.scripts(site.room.register)
    ) as site:
        events: list[dict[str, Any]] = site.get(f"/api/v1/statements/{SCRIPTS}/events").get_json()["events"]
        for event in events:
            page = site.read(f"/statements/{SCRIPTS}?as_of=2026-03-01&position={event['position']}")
            for text in page.of_class("sum")[1:]:
                terms = re.findall(r"([+−=]?) (\d+) ", f" {words(text)} ")
                total = sum(-int(n) if sign == "−" else int(n) for sign, n in terms[:-1])
                assert total == int(terms[-1][1]), words(text)
