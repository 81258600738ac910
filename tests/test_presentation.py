"""Pages and what they are made of: sums, searches, pages of a list, the record, and the templates themselves."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import ChoiceLoader, Environment, PackageLoader

from projections.looks import drawing, presentation, record
from projections.rendering.html import html_list
from signatures.pages.conditions import Conditions
from signatures.printed import printed
from signatures.web import words
from tests.days import days_of
from tests.htmlpage import Page

Answer = dict[str, Any]
Parts = tuple[str | None, str, str | None, str | None, str | None, str | None]

ORGANISATIONS: list[Parts] = [
    ("ORC", "Organisation Révolutionnaire du Congo", "fr", None, "Revolutionary Organization of Congo", "Congo (DR)"),
    ("CPSA (ML)", "Communist Party of South Africa (Marxist-Leninist)", "en", None, None, None),
    ("RMP", "Российская маоистская партия", "ru", "Rossijskaya maoistskaya partiya", "Russian Maoist Party", None),
    ("UC", "Unité Communiste", "fr", None, "Communist United ", "France"),
    ("MLKP", "Marksist Leninist Komünist Parti Türkiye / Kürdistan", "tr", None, "Party (Turkey / Kurdistan)", None),
    (None, "Smith & <b>Sons</b>", None, None, None, None),
    (None, "اتحاد العمال", "ar", "Ittihad al-ummal", "Workers' Union", "Egypt"),
]
ENDPOINTS = {
    "site.organisations": "/organisations",
    "site.organisation": "/organisations/{id_}",
    "site.territories": "/statements/{reference}/territories",
    "snippet.snippet": "/statements/{reference}/embed",
    "published.editions": "/statements/{reference}/editions",
    "published.latest": "/statements/{reference}/editions/latest",
    "published.texts": "/statements/{reference}/texts",
    "published.text": "/statements/{reference}/texts/{language}/{number}",
    "pages.front": "/",
    "pages.statement": "/statements/{reference}",
    "pages.history": "/statements/{reference}/history",
    "pages.edition": "/statements/{reference}/editions/{number}",
    "cards.register": "/card.png",
    "cards.statement": "/statements/{reference}/card.png",
    "feeds.newest": "/feeds/{reference}.atom",
    "form.sign": "/statements/{reference}/sign",
    "form.send": "/statements/{reference}/sign",
    "form.suggestions": "/statements/{reference}/sign/suggestions",
    "checking.check": "/check",
    "static": "/static/{filename}",
}
STATEMENT: dict[str, Any] = {
    "reference": "ours-2021",
    "printed_number": None,
    "kind": "Resolution",
    "issuer": "Secretariat",
    "issued_on": "2021-06-07",
    "default_language": "en",
    "status": "open",
    "closed_on": None,
    "retracted_on": None,
    "title": "On <keeping> a list",
    "language": "en",
    "version_label": None,
    "texts": [{"language": "en", "title": "On <keeping> a list"}],
    "editions": [{"number": 1, "as_of": "2021-06-07"}],
}
DAYS = days_of([("2021-06-07", None)] * 6 + [("2021-06-07", "2021-09-01"), ("2021-06-15", None)])
TODAY = "2026-11-22"


def entry(position: int, parts: Parts, **more: Any) -> dict[str, Any]:
    acronym, name, language, transliteration, translation, country = parts
    return {
        "signature_id": f"00000000-0000-5000-8000-{position:012d}",
        "organisation_id": f"00000000-0000-5000-9000-{position:012d}",
        "acronym": acronym,
        "name": name,
        "name_language": language,
        "transliteration": transliteration,
        "translation": translation,
        "country": country,
        "territories": [],
        "url": None,
        "signed_on": "2021-06-07",
        "signed_on_means": "by",
        "printed": printed(acronym, name, transliteration, translation, country),
        "status": "standing",
        "late": False,
        "corrected": False,
        "position": position,
        "recorded_at": "2021-06-07T17:40:00.000000Z",
    } | more


def answer(as_of: str = TODAY, *, position: int = 11, **more: Any) -> Answer:
    """Make the annotated list: seven places, the second withdrawn, one subsequent signatory entered late."""
    numbered = [{"number": n, **entry(n + 2, parts)} for n, parts in enumerate(ORGANISATIONS, 1)]
    numbered[1] |= {"status": "withdrawn", "withdrawn_on": "2021-09-01"}
    later = [entry(11, ("CPK", "Communist Party of Kenya", "en", None, None, "Kenya"), late=True)]
    return {
        "statement": "ours-2021",
        "as_of": as_of,
        "time_zone": "Europe/Berlin",
        "position": position,
        "recorded_through": "2021-09-01T07:42:00.000000Z",
        "final": True,
        "statement_status": "open",
        "edition": {"number": 1, "as_of": "2021-06-07", "further_signatories_possible": True},
        "counts": {"standing": 7, "numbered": 6, "subsequent": 1, "withdrawn": 1, "places": 7},
        "sections": [{"before": 1, "heading": "Africa"}, {"before": 3, "heading": "Europe"}],
        "numbered": numbered,
        "subsequent": later,
        "gaps": [],
        "checkpoint": None,
    } | more


def standing_form() -> Answer:
    """Make the same list in the standing form."""
    annotated = answer()
    gap = {"number": 2, "status": "withdrawn", "reason": "own-request", "withdrawn_on": "2021-09-01"}
    return annotated | {"numbered": [e for e in annotated["numbered"] if e["number"] != 2], "gaps": [gap]}


Render = Callable[..., Page]


def url_for(endpoint: str, **values: Any) -> str:
    pattern = ENDPOINTS[endpoint]
    path = pattern.format(**values)
    rest = {k: v for k, v in values.items() if f"{{{k}}}" not in pattern}
    return f"{path}?{urlencode(rest)}" if rest else path


@pytest.fixture(scope="module")
def environment() -> Environment:
    """Make templates as the app does."""
    loader = ChoiceLoader([PackageLoader("signatures"), PackageLoader("projections")])
    made = Environment(loader=loader, autoescape=True, extensions=["jinja2.ext.i18n"])
    made.install_null_translations(newstyle=True)  # type: ignore[attr-defined]
    made.globals |= {"url_for": url_for, "csrf_token": lambda: "token"}
    made.globals |= {"lang": "en", "dir": "ltr", "languages": [], "base_url": "https://register.example.org"}
    made.globals |= {"site_address": "https://register.example.org", "address": "/here", "address_in_any": "/here"}
    words.equip(made)
    return made


@pytest.fixture
def statement_page(environment: Environment) -> Render:
    """Render the statement page of an answer."""

    def render(
        given: Answer,
        *,
        statement: dict[str, Any] = STATEMENT,
        days: list[dict[str, Any]] = DAYS,
        newest: int = 11,
        edition_page: bool = False,
        **how: Any,
    ) -> Page:
        page = presentation.list_page(
            given, days=days, editions=statement["editions"], today=TODAY, newest=newest, **how
        )
        text = presentation.paragraphs("One\nline.\n\n\nAnother <p>.")
        shown = {"statement": statement, "paragraphs": text, "language": "en", "edition_page": edition_page}
        return Page(environment.get_template("statement.html").render(shown | page))

    return render


CONDITIONS = Conditions("editor", "An editor reads each entry.", "", "", None)


@pytest.fixture
def form_page(environment: Environment) -> Render:
    """Render the signing form."""

    def render(values: dict[str, str] | None = None, errors: dict[str, str] | None = None, **more: Any) -> Page:
        told: dict[str, Any] = {
            "excerpt": "One",
            "text_sha256": "ab" * 32,
            "version_label": None,
            "signed_language": "en",
            "texts": [],
        }
        given: dict[str, Any] = {
            "values": values or {},
            "errors": errors or {},
            "preview": "",
            "name_languages": [("fr", "French")],
        }
        given |= {"statement": STATEMENT | told, "published": True, "conditions": CONDITIONS, "lookalikes": []}
        given |= {"form_id": "f", "trap": "remarks", "invitation": "", "here": {}, "known": []}
        given |= {"countries": [("Kenya", "Kenia")], "territories": [("Kenia", "")]}
        return Page(environment.get_template("form.html").render(given | more))

    return render


# ── parts ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", [answer, standing_form])
def test_the_sum_can_be_redone(form: Callable[[], Answer]) -> None:
    """Places less withdrawn less others plus subsequent is what stands, in both forms of the list."""
    terms = presentation.sum_of(form())
    assert {"places": 7, "withdrawn": 1, "other": 0, "subsequent": 1, "standing": 7} == terms
    assert terms["standing"] == terms["places"] - terms["withdrawn"] - terms["other"] + terms["subsequent"]


def test_gaps_stand_in_their_places() -> None:
    """A number that does not stand keeps its place among the rows."""
    rows = presentation.rows_of(standing_form())
    assert [(n, n == 2) for n in range(1, 8)] == [(row["number"], row["empty"]) for row in rows]


def test_headings() -> None:
    """Rows come under the heading before them; a heading without rows is left out."""
    groups = presentation.grouped(presentation.rows_of(answer())[2:4], answer()["sections"])
    assert [("Europe", [3, 4])] == [(g["heading"], [row["number"] for row in g["rows"]]) for g in groups]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("revolutionnaire", [1]),
        ("RÉVOLUTIONNAIRE congo", [1]),
        ("маоистская", [3]),
        ("rossijskaya", [3]),
        ("turkiye", [5]),
        ("اتحاد", [7]),
        ("france", [4]),
        ("communist", [2, 4]),
        ("rossia", []),
    ],
)
def test_find(question: str, expected: list[int]) -> None:
    """Any spelling finds a name, in its own or in Latin letters, without accents, and hits keep their numbers."""
    assert expected == [row["number"] for row in presentation.matching(presentation.rows_of(answer()), question)]


@given(st.integers(0, 700), st.integers(0, 500), st.none() | st.integers(-5, 1_300))
def test_pages_hold_every_row_once(size: int, more: int, start: int | None) -> None:
    """The pages together hold every row once, subsequent ones after the numbered; exactly one of them is the one shown."""
    rows = [{"number": n} for n in range(1, size + 1)]
    later: list[dict[str, Any]] = [{"later": n} for n in range(1, more + 1)]
    shown, after, links = presentation.pages_of(rows, later, start)
    assert (links == []) == (size + more < presentation.LONG)
    if links:
        assert 1 == sum(link["here"] for link in links)
        pages = [presentation.pages_of(rows, later, link["start"]) for link in links]
        assert rows == [row for page in pages for row in page[0]]
        assert later == [row for page in pages for row in page[1]]
        assert all(len(page[0]) + len(page[1]) <= presentation.PAGE for page in [(shown, after), *pages])
        for link, page in zip(links, pages, strict=True):
            assert link["numbers"] == [page[0][at]["number"] for at in (0, -1) if page[0]]
            assert link["later"] == [page[1][at]["later"] for at in (0, -1) if page[1]]


def test_pages_of_a_very_long_list_are_linked_by_number() -> None:
    """The first, the last and those around the one shown, of a list of any length."""
    links = presentation.hundreds(1_234_567, 5_001)
    expected = [1, 4_801, 4_901, 5_001, 5_101, 5_201, 1_234_501]
    assert expected == [link["start"] for link in links]
    assert [5_001] == [link["start"] for link in links if link["here"]]
    assert [1_234_501, 1_234_567] == links[-1]["numbers"]
    assert [(1, False), (101, False)] == [(link["start"], link["here"]) for link in presentation.hundreds(101, None)]


def test_jumps() -> None:
    """The dates that matter are the editions, the last three changes and today, each with its number."""
    jumps = presentation.jumps(DAYS, STATEMENT["editions"], as_of="2021-06-15", today=TODAY)
    expected = [("2021-06-07", 1, 7, False), ("2021-06-15", None, 8, True), ("2021-09-01", None, 7, False)]
    assert [*expected, (None, None, 7, False)] == [tuple(jump.values()) for jump in jumps]


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", "7 June 2021"), ("de", "7. Juni 2021"), ("ar", "7 يونيو 2021"), ("xx", "7 June 2021")],
)
def test_day_words(language: str, expected: str) -> None:
    """A date is written in the language of the page, always with the digits 0-9."""
    assert expected == words.day_words("2021-06-07", language)


def test_moment_words() -> None:
    """An instant is written to the minute, in UTC."""
    assert words.moment_words("2021-06-07T20:00:59+02:00") == "7 June 2021, 18:00 UTC"


# ── the record ───────────────────────────────────────────────────────────────────────────────────────────────────────


def row(position: int, type_: str, *, actor: str = "editor", name: str | None = None, **data: Any) -> dict[str, Any]:
    return {
        "position": position,
        "recorded_at": "2021-06-07T18:00:00.000000Z",
        "type": type_,
        "name": {"acronym": None, "name": name, "name_language": None} if name else None,
        "holds_from": data.get("signed_on") or data.get("withdrawn_on"),
        "actor": actor,
        "reason_code": data.pop("reason_code", None),
        "note": data.pop("note", None),
        "annulled_at": data.pop("annulled_at", None),
        "data": data,
    }


def signed(position: int, actor: str = "import") -> dict[str, Any]:
    return row(position, "Signed", actor=actor, name=f"Body {position}", signed_on="2021-06-07", signed_on_means="by")


ROWS = [
    row(1, "Drafted", reference="ours-2021"),
    row(2, "TextSet", language="en", title="T", version_label=None),
    *[signed(n) for n in range(3, 8)],
    row(8, "Published", edition=1, as_of="2021-06-07"),
    signed(9, "organisation"),
    row(10, "Corrected", name="Body 3", changes={"name": "Body <three>"}, effective_on=None, reason_code="typo"),
    row(11, "Withdrawn", name="Body 4", withdrawn_on="2021-09-01", show=True, note="Their <wish>", annulled_at=13),
    row(12, "Withdrawn", withdrawn_on="2021-09-02", show=False),
    row(13, "Annulled", name="Body 4") | {"data": {"position": 11}},
]


def test_the_record_folds_runs_of_imports() -> None:
    """The newest comes first; imported signatures in a row are one row that holds each of them."""
    rows = record.record_rows(reversed(ROWS))
    assert [13, 12, 11, 10, 9, 8, 3, 2, 1] == [each["position"] for each in rows]
    assert [3, 4, 5, 6, 7] == [each["position"] for each in rows[6]["run"]]


def test_what_is_annulled_is_named_only_where_it_was() -> None:
    """An Annulled names whom its target names; the target of a withdrawal without a name, or of another page, it does not."""
    named, nameless, elsewhere = (
        row(position, "Annulled", name="Body 4") | {"data": {"position": target}}
        for position, target in ((14, 11), (15, 12), (16, 500))
    )
    rows = {one["position"]: one for one in record.record_rows([*ROWS, named, nameless, elsewhere])}
    assert [True, False, False] == [rows[position]["name"] is not None for position in (14, 15, 16)]
    assert [True, True, False] == [rows[position]["target_here"] for position in (14, 15, 16)]


def test_few_of_many_editions_are_named() -> None:
    """The first edition and the last five stand among the dates that matter."""
    editions = [{"number": n, "as_of": f"2021-{n:02}-01"} for n in range(1, 13)]
    jumps = presentation.jumps([], editions, as_of=TODAY, today=TODAY)
    assert [1, 8, 9, 10, 11, 12, None] == [jump["edition"] for jump in jumps]


def test_the_chart_names_few_and_nothing_annulled() -> None:
    """A correction is told by name beside its mark; an annulled withdrawal and one not to be named are not."""
    picture = record.history_page(ROWS, days=DAYS, editions=[], today=TODAY)["chart"]
    assert ["Body 3"] == [note["name"] for note in picture["notes"]]
    part = record.history_page(ROWS, days=DAYS, editions=[], today=TODAY, total=99)
    assert ([], 99, None) == (part["chart"]["notes"], part["total"], part["first_recorded"])


def test_a_comparison_of_very_many_is_cut(environment: Environment) -> None:
    """The page holds the first five hundred changes, says how many more there are and where; the sum counts all."""
    many = [{"number": None, **entry(n, ORGANISATIONS[1])} for n in range(20, 623)]
    diff: dict[str, Any] = {
        "from": {"as_of": "2021-06-07", "position": 12, "standing": 7},
        "to": {"as_of": "2021-10-01", "position": 12, "standing": 610},
        "added": many,
        "withdrawn": [],
        "corrected": [],
        "voided": [],
    }
    made = record.history_page(ROWS, days=DAYS, editions=[], today=TODAY, diff=diff)
    page = Page(environment.get_template("history.html").render(statement=STATEMENT, **made))
    said = " ".join(page.said.split())
    assert "7 on 7 June 2021 + 603 added = 610 on 1 October 2021" in said
    assert "103 more changes are in the comparison as JSON." in said
    assert "/api/v1/statements/ours-2021/diff?from=2021-06-07%4012&to=2021-10-01%4012" in {
        a["href"] for a in page.all("a")
    }
    assert (500, 0) == (len(made["compared"]), made["again"])


def test_history_page(environment: Environment) -> None:
    """The page holds the chart, both dates compared with a sum, and every entry, all of it escaped."""
    diff = {
        "from": {"as_of": "2021-06-07", "position": 12, "standing": 7},
        "to": {"as_of": "2021-10-01", "position": 12, "standing": 7},
        "added": [entry(9, ORGANISATIONS[5])],
        "withdrawn": [{"number": 2, **entry(4, ORGANISATIONS[1], withdrawn_on="2021-09-01")}],
        "corrected": [
            {
                "signature_id": "s3",
                "printed_from": "A ",
                "printed_to": "A",
                "fields": {"name": ["A ", "A"]},
                "number": 3,
            }
        ],
        "voided": [],
    }
    made = record.history_page(ROWS, days=DAYS, editions=STATEMENT["editions"], today=TODAY, diff=diff)
    page = Page(environment.get_template("history.html").render(statement=STATEMENT, **made))
    said = " ".join(page.said.split())
    for expected in (
        "13 entries, recorded on 7 June 2021.",
        "7 on 7 June 2021 + 1 added − 1 withdrawn = 7 on 1 October 2021",
        "Smith & <b>Sons</b>",
        "name: “A ” is now “A”",
        "3 to 7",
        "Their <wish>",
        "slip of the pen",
        "name is now “Body <three>”",
        "Annulled at position 13: counts as never recorded",
        "An organisation that does not wish to be named",
    ):
        assert expected in said
    assert_follows_the_policy(page)


# ── the list on the page ─────────────────────────────────────────────────────────────────────────────────────────────


def lines() -> list[str]:
    given = answer()
    return [e["printed"] for e in given["numbered"] + given["subsequent"]]


def test_copying_gives_the_printed_line(statement_page: Render) -> None:
    """The text of an entry is exactly its printed line, brackets, commas and stray spaces included."""
    assert lines() == statement_page(answer()).of_class("line")


def test_the_list_alone_holds_printed_lines() -> None:
    """The document for print holds the same lines under the same numbers, and the date of its edition."""
    about = {"title": "T", "default_language": "en", "issuer": None, "kind": None, "issued_on": None}
    page = Page(html_list(answer(), about))
    assert lines() == page.of_class("line")
    assert [str(n) for n in range(1, 8)] == [a["value"] for a in page.all("li") if "value" in a]
    assert "Signatories (as of 07 June 2021, further signatories possible)" in page.said


def test_every_name_says_its_language(statement_page: Render) -> None:
    """A name carries its language in an element of its own; an unknown language is not guessed."""
    names = [a.get("lang") for a in statement_page(answer()).all("bdi", **{"class": "name"})]
    assert ["fr", "en", "ru", "fr", "tr", None, "ar", "en"] == names


def test_left_is_shown(statement_page: Render) -> None:
    """One that withdrew stays in its place, with the date, and its number is not used again."""
    told = statement_page(answer()).of_class("gone")
    assert 1 == len(told)
    assert "Withdrew on 1 September 2021. Number 2 is not used again." in told[0]
    empty = statement_page(standing_form()).of_class("empty")
    assert ["2. Withdrew on 1 September 2021. Number 2 is not used again."] == [" ".join(t.split()) for t in empty]


def test_a_late_entry_says_so(statement_page: Render) -> None:
    """A backdated entry tells from when it counts and when it was recorded."""
    told = statement_page(answer()).of_class("subsequent")[0]
    assert "Entered later: counts from 7 June 2021, recorded on 7 June 2021" in told


def test_today_has_no_band(statement_page: Render) -> None:
    """Today's list is not marked as another time, and the sum stands beside the as-of line."""
    page = statement_page(answer())
    assert [] == page.of_class("other")
    assert "7 numbered − 1 withdrawn + 1 subsequent = 7 stand today" in " ".join(page.of_class("sum")[0].split())
    assert "(as of 22 November 2026, further signatories possible)" in page.said


@pytest.mark.parametrize(
    ("given", "how", "expected"),
    [
        (answer("2021-06-20"), {}, "You are reading the list as it stood on 20 June 2021, not as it is today."),
        (answer(position=9), {}, "It is shown as far as it was known on 1 September 2021, 07:42 UTC (position 9)."),
        (
            answer("2030-01-01"),
            {},
            "You are reading the list of 1 January 2030, a date to come, by what is known today.",
        ),
        (
            answer("2021-06-07"),
            {"edition_page": True},
            "You are reading edition 1 as it was published, as of 7 June 2021.",
        ),
    ],
)
def test_another_time_says_so(statement_page: Render, given: Answer, how: dict[str, Any], expected: str) -> None:
    """A list that is not of today, or not by what is known today, begins with a sentence in words."""
    assert expected in " ".join(statement_page(given, **how).of_class("tells")[0].split())


def test_a_provisional_list_says_that_numbers_may_move(statement_page: Render) -> None:
    """Without an edition the numbers are not promised."""
    said = statement_page(answer(edition=None), statement=STATEMENT | {"editions": []}).said
    assert "its numbers may still move" in said


NOBODY: Answer = {"numbered": [], "subsequent": [], "sections": [], "edition": None}
NOBODY["counts"] = {"standing": 0, "numbered": 0, "subsequent": 0, "withdrawn": 0, "places": 0}


@pytest.mark.parametrize(
    ("as_of", "days", "expected"),
    [
        (TODAY, [], "No organisation has signed yet. The first will be number 1 of the next edition."),
        ("2021-05-01", DAYS, "Nobody had signed on 1 May 2021. The first signature counts from 7 June 2021."),
    ],
)
def test_empty_lists(statement_page: Render, as_of: str, days: list[dict[str, Any]], expected: str) -> None:
    """An empty list says why it is empty."""
    assert expected in statement_page(answer(as_of, **NOBODY), days=days, statement=STATEMENT | {"editions": []}).said


def test_find_on_the_page(statement_page: Render) -> None:
    """Hits keep their numbers; no hit says what to try."""
    page = statement_page(answer(), question="communist")
    assert "3 of 8 names match." in page.said
    assert "No name matches “Rossia”." in statement_page(answer(), question="Rossia").said


def test_long_lists_have_pages(statement_page: Render) -> None:
    """From 200 entries a page shows a hundred, and subsequent signatories follow on the last."""
    many = [{"number": n, **entry(n + 2, ORGANISATIONS[0])} for n in range(1, 251)]
    given = answer(numbered=many, sections=[])
    first, last = statement_page(given), statement_page(given, start=201)
    assert (100, 51) == (len(first.of_class("line")), len(last.of_class("line")))
    assert {"href": "/statements/ours-2021?start=101"} in first.all("a")


def test_a_page_of_a_long_list(statement_page: Render) -> None:
    """An answer that is a page already shows its links as given, and a sum that needs no other page."""
    given = answer(numbered=answer()["numbered"][:3], subsequent=[])
    links = [{"words": "1–3", "href": "/statements/ours-2021?a", "here": True}]
    links += [{"words": "4–7", "href": "/statements/ours-2021?b", "here": False}]
    page = statement_page(given, pages=links)
    assert {"href": "/statements/ours-2021?b"} in page.all("a")
    assert "7 numbered − 1 not standing + 1 subsequent = 7 stand today" in " ".join(page.of_class("sum")[0].split())


@pytest.mark.parametrize("status", ["draft", "open", "closed", "retracted"])
def test_the_sign_button_only_while_open(statement_page: Render, status: str) -> None:
    """Only an open statement offers to sign."""
    page = statement_page(answer(), statement=STATEMENT | {"status": status})
    assert (status == "open") == bool(page.all("a", href="/statements/ours-2021/sign"))


def test_cite_is_pinned(statement_page: Render) -> None:
    """The citation names date and position, and so does each download."""
    page = statement_page(answer("2021-06-20"))
    assert "https://register.example.org/statements/ours-2021?as_of=2021-06-20&position=11" in page.of_class("cite")[0]
    downloads = [a["href"] for a in page.all("a") if a["href"].startswith("/api/v1/statements")]
    kinds = [href.removesuffix("?as_of=2021-06-20&position=11").rpartition(".")[2] for href in downloads]
    assert ["pdf", "docx", "txt", "csv", "json", "jsonld", "html"] == kinds


def test_front_page(environment: Environment) -> None:
    """Each statement stands with its state in words and its number; one taken back has its number in brackets."""
    more = {"languages": ["en", "fr"], "standing": 1234, "spark": drawing.spark(DAYS)}
    taken_back = STATEMENT | more | {"status": "retracted", "retracted_on": "2022-01-02"}
    template = environment.get_template("front.html")
    page = Page(template.render(statements=[STATEMENT | more, taken_back]))
    assert "English, Français. Open for signature" in page.said
    assert "Taken back on 2 January 2022, list kept" in page.said
    assert ["1,234"] == page.of_class("back")
    assert_follows_the_policy(page)
    assert "No statement has been published yet." in template.render(statements=[])


# ── the form ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_form_requires(form_page: Render) -> None:
    """A name, a person, an address and the authority are required; everything else is marked as optional."""
    page = form_page()
    required = {a["name"] for tag in ("input", "textarea", "select") for a in page.all(tag) if "required" in a}
    assert {"name", "contact_name", "contact_email", "authority"} == required
    (form,) = page.all("form", **{"class": "form", "accept-charset": "utf-8"})
    assert ("post", "/statements/ours-2021/sign") == (form["method"], form["action"])
    assert_follows_the_policy(page)


def test_errors_stand_above_and_beside(form_page: Render) -> None:
    """Each error leads to its field, which says the same and holds what was typed."""
    values = {"name": "A </textarea>", "name_language": "fr", "contact_email": "me@", "letter_name": "keep"}
    errors = {"contact_email": "Enter the whole address.", "authority": "Tick it."}
    page = form_page(values, errors)
    assert ["2 answers need another look Enter the whole address. Tick it."] == [
        " ".join(re.sub(r"(?<=[a-z.])(?=[A-Z])", " ", text).split()) for text in page.of_class("problems")
    ]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert {"contact_email", "authority"} <= set(ids)
    assert len(set(ids)) == len(ids)
    assert ["Error: Enter the whole address.", "Error: Tick it."] == page.of_class("why")
    (email,) = page.all("input", name="contact_email")
    assert ("me@", "true", "contact_email-hint contact_email-why") == (
        email["value"],
        email["aria-invalid"],
        email["aria-describedby"],
    )
    assert "A </textarea>" in page.said
    assert ["fr"] == [a["value"] for a in page.all("option") if "selected" in a]


def test_a_lookalike_is_told_and_marked(form_page: Render) -> None:
    """A Greek letter in a Latin word is asked about beside its field and marked in the preview; it stays as typed."""
    alike = {"field": "name", "word": "Haϊti", "letter": "ϊ", "letter_script": "Greek", "word_script": "Latin"}
    alike |= {"expected": "ï", "changed": "Haïti"}
    page = form_page({"name": "Haϊti & Co"}, lookalikes=[alike], preview="Haϊti & Co")
    assert "One letter is Greek in a Latin word" in page.said
    assert ["Haϊti & Co"] == page.of_class("printed")
    assert 1 == len(page.all("mark"))
    assert ["keep"] == [a["value"] for a in page.all("input", name="letter_name") if "checked" in a]


def test_received(environment: Environment) -> None:
    """The receipt says that nothing is listed yet."""
    page = Page(
        environment.get_template("received.html").render(
            statement=STATEMENT,
            published=True,
            conditions=CONDITIONS,
            printed="A <b>",
            name_language="fr",
            received_at="2021-06-07T18:00:00Z",
            submission="4f",
        )
    )
    assert ["A <b>"] == page.of_class("printed")
    assert "Your organisation’s signature waits until you confirm it." in page.said
    assert_follows_the_policy(page)


def test_error_page(environment: Environment) -> None:
    """An error says what is the matter, what to do and what exists instead."""
    links = [{"href": "/statements/ours-2021", "words": "The list"}]
    page = Page(
        environment.get_template("error.html").render(
            title="T", sentence="It is <gone>.", advice="Go on.", links=links, retry_after=5
        )
    )
    for expected in ("It is <gone>. Go on.", "Try again in 5 seconds.", "The list"):
        assert expected in page.said
    assert_follows_the_policy(page)


# ── every page ───────────────────────────────────────────────────────────────────────────────────────────────────────


def assert_follows_the_policy(page: Page) -> None:
    """No script but our own files, no inline style, no link that leads nowhere, and one id for one element."""
    assert [] == [a for a in page.all("script") if not a.get("src", "").startswith("/static/")] + page.all("style")
    assert not [a for _, a in page.tags if "style" in a or any(name.startswith("on") for name in a)]
    known = re.compile(
        r"(/|/check|/organisations|/feeds/ours-2021\.atom|/statements/ours-2021(/(sign|history|embed|editions(/\d+)?|texts(/\w+/\d+)?))?|/api/v1/[\w/.-]+)?(\?[^#]*)?(#[\w-]+)?"
    )
    targets = [a["href"] for a in page.all("a")] + [a["action"] for a in page.all("form")]
    assert [] == [target for target in targets if not target or not known.fullmatch(target)]
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert sorted(set(ids)) == sorted(ids)
    assert {target[1:] for target in targets if target.startswith("#")} <= set(ids)


@pytest.mark.parametrize(
    ("given", "how"),
    [
        (answer(), {}),
        (answer("2021-06-20", position=9), {"keep": {"lang": "de"}, "question": "a"}),
        (standing_form(), {"lang": "ar", "mirrored": True}),
        (answer("2021-06-07"), {"edition_page": True}),
        (answer(edition=None), {"days": []}),
    ],
)
def test_statement_pages_follow_the_policy(statement_page: Render, given: Answer, how: dict[str, Any]) -> None:
    """Whatever list a page shows, it holds no script, no inline style and no dead link."""
    assert_follows_the_policy(statement_page(given, **how))
