"""The pages as anybody meets them: every state of a statement, on both databases, and whatever an address may hold."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urljoin

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from projections import lists
from projections.questions import desk
from projections.views.replay import Replay
from projections.web import contents
from signatures.aggregate import Reason
from signatures.errors import StorageUnavailable, ViewBehind
from signatures.organisation import NameParts
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from signatures.web import frame as web
from tests import scenes
from tests.benchmarks import filling
from tests.htmlpage import Page
from tests.scenes import BACK, CLOSED, DRAFT, EMPTY, HOSTILE, LONG, SAMPLE, SCRIPTS, Signed
from tests.site import BASE, Site, crawl, opened, words
from tests.submitting import bytes_of

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
VERY_LONG = "very-long-2020"
LIST = f"/statements/{SCRIPTS}"
PAGES = [
    "/",
    *[f"/statements/{reference}" for reference in (SAMPLE, SCRIPTS, LONG, EMPTY, CLOSED, BACK)],
    f"{LIST}/history?from=2026-01-10&to=2026-06-01",
    f"{LIST}/editions/1",
    f"{LIST}/sign",
    f"{LIST}?as_of=2026-01-08&lang=ar&q=a",
    "/problems/invalid-time",
]


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Signed]]:
    """Serve every scene, once on each engine; nothing here writes to it."""
    folder = tmp_path_factory.mktemp("site")
    told: list[Signed] = []

    def fill(site: Site) -> None:
        told.append(scenes.every(site.room.register))

    if request.param == "sqlite":
        with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill) as site:
            yield site, told[0]
        return
    server = request.getfixturevalue("postgresql_server")
    with server.fresh_database("pages") as url, opened(url, folder, fill) as site:
        yield site, told[0]


@pytest.fixture
def site(filled: tuple[Site, Signed]) -> Site:
    """Ask the site of every scene."""
    return filled[0]


@pytest.fixture
def signed(filled: tuple[Site, Signed]) -> Signed:
    """Name the signatures of its scene of many scripts."""
    return filled[1]


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Site]:
    """Make a site of one's own on SQLite, with a statement of three, for what changes while one reads."""
    with opened(
        f"sqlite:///{quote(str(tmp_path))}/var", tmp_path, lambda site: scenes.taken_back(site.room.register)
    ) as made:
        yield made


@pytest.fixture(scope="module")
def very_long(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a statement that 1,500 signed, some of them later."""
    folder = tmp_path_factory.mktemp("long")

    def fill(site: Site) -> None:
        register = site.room.register
        scenes.begin(register, VERY_LONG, title="Signed by very many", text="Its text.")
        filling.append(register, VERY_LONG, 0, 1_250, late=False)
        register.publish(scenes.EDITOR, VERY_LONG, as_of="2019-12-31")
        filling.append(register, VERY_LONG, 1_250, 1_500, late=True)

    with opened(f"sqlite:///{quote(str(folder))}/var", folder, fill) as made:
        yield made


def entries(page: Page) -> dict[str, str]:
    """Read the list: number, or the entry's own id, and what its entry says."""
    rows = [a for a in page.all("li") if "entry" in a.get("class", "").split()]
    return dict(zip([row["id"] for row in rows], [words(text) for text in page.of_class("entry")], strict=True))


def said(page: Page) -> str:
    """Read a page as one line."""
    return words(page.said)


# ── what the public sees ─────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "rest", ["", "/history", "/editions/1", "/sign", "?as_of=2026-01-05", "?position=1", "?lang=en"]
)
def test_a_draft_is_not_there(site: Site, rest: str) -> None:
    """Its pages are those of a statement that never was, and no other page names it."""
    answers = [site.get(f"/statements/{reference}{rest}") for reference in (DRAFT, "never-2026")]
    assert [404, 404] == [answer.status_code for answer in answers]
    assert answers[0].text.replace(DRAFT, "never-2026") == answers[1].text
    assert "Hidden Union" not in answers[0].text


def test_the_front_page_lists_what_is_published(site: Site) -> None:
    """Each statement with its state in words and how many stand today; no draft among them."""
    page = site.read("/")
    assert 6 == len(page.of_class("work"))
    for expected in (
        "A short one Resolution, closed-2026, English. Closed since 1 February 2026 1 organisation stands today",
        "Taken back, and still read Resolution, back-2026, English. Taken back on 1 June 2026, list kept 3 organisations stand today",
        "A statement that waits for its first signatory Resolution, empty-2026, English. Open for signature 0 organisations stand today",
        "scripts-2026, English, العربية, Deutsch, 中文 (简体). Open for signature 11 organisations stand today",
    ):
        assert expected in said(page)
    assert DRAFT not in page.said
    assert "Not yet for anybody" not in page.said


def test_the_front_page_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are many statements, links lead from page to page and back, and every one is on one of them."""
    monkeypatch.setattr(desk, "PAGE", 2)
    pages = [site.read("/?lang=en-GB")]  # an address of its own: others are kept at the door
    while following := pages[-1].all("a", rel="next"):
        pages.append(site.read(following[0]["href"]))
    found = [a["href"] for page in pages for a in page.all("a") if re.fullmatch(r"/statements/[\w-]+", a["href"])]
    assert (3, 6, 6) == (len(pages), len(found), len(set(found)))
    assert ["Newest statements" in page.said for page in pages] == [False, True, True]
    assert not any("2 statements" in page.said for page in pages)


@pytest.mark.parametrize(
    ("reference", "sentence", "signing"),
    [
        (SCRIPTS, "Open for signature", True),
        (CLOSED, "Signing ended on 1 February 2026. The list stays readable.", False),
        (BACK, "The statement was taken back on 1 June 2026. The list stays readable.", False),
        (EMPTY, "No organisation has signed yet. The first will be number 1 of the next edition.", True),
        (EMPTY, "The text of this statement is not kept here.", True),
    ],
)
def test_a_page_tells_the_state_of_its_statement(site: Site, reference: str, sentence: str, signing: bool) -> None:
    """In a sentence, and with a way to sign only where signing is possible."""
    page = site.read(f"/statements/{reference}")
    assert sentence in said(page)
    assert signing == bool(page.all("a", href=f"/statements/{reference}/sign"))


def test_the_number_of_one_taken_back_stands_in_brackets(site: Site) -> None:
    """On its page as on the front page."""
    assert ["3"] == site.read(f"/statements/{BACK}").of_class("back") == site.read("/").of_class("back")


def test_a_closing_to_come_is_told(small: Site) -> None:
    """While it is open the page says until when, and once the day has come, since when it is closed."""
    register = small.room.register
    scenes.begin(register, "soon-2027", text=None)
    register.publish(scenes.EDITOR, "soon-2027", as_of="2027-03-01")
    register.close_signing(scenes.EDITOR, "soon-2027", on="2027-03-10")
    assert "Signing ends on 10 March 2027" in said(small.read("/statements/soon-2027"))
    small.clock.advance(days=10)
    assert "Signing ended on 10 March 2027." in said(small.read("/statements/soon-2027"))
    register.reopen_signing(scenes.EDITOR, "soon-2027", on="2027-03-11")
    assert "Open for signature" in said(small.read("/statements/soon-2027"))


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_happened_to_signatories_is_shown_in_their_places(site: Site) -> None:
    """Headings, gaps with their reason, withdrawn in brackets, unnamed, struck, corrected; then the subsequent ones."""
    page = site.read(LIST)
    shown = entries(page)
    assert ["Europe <and> beyond", "Elsewhere"] == page.of_class("section")
    assert "4. No entry has this number: never given" == shown["n4"]
    assert shown["n6"].endswith("(Union of Seafarers), Greece Corrected")
    assert "11. Withdrew on 1 February 2026. Number 11 is not used again." == shown["n11"]
    assert "12. Leaving Union Withdrew on 1 March 2026. Number 12 is not used again." == shown["n12"]
    assert "13. Struck from the list. Number 13 is not used again." == shown["n13"]
    assert ["12. Leaving Union Withdrew on 1 March 2026. Number 12 is not used again."] == [
        words(text) for text in page.of_class("gone")
    ]
    assert [
        "– Late Union Entered later: counts from 9 January 2026, recorded on 1 March 2027",
        "– LU Later Union, Kenya Signed on 15 February 2026",
    ] == list(shown.values())[13:]
    assert "13 numbered − 2 withdrawn − 2 not standing + 2 subsequent = 11 stand today" in said(page)


@pytest.mark.parametrize("reference", [SAMPLE, SCRIPTS, LONG, CLOSED, BACK])
def test_the_text_of_an_entry_is_its_printed_line(site: Site, reference: str) -> None:
    """What is copied from the page is what the API calls printed, entry by entry, whatever it holds."""
    answer = site.get(f"/api/v1/statements/{reference}/signatories.json?show=annotated").get_json()
    printed = [entry["printed"] for entry in answer["numbered"] + answer["subsequent"] if entry["printed"]]
    starts = range(1, max(2, len(printed)), 100) if len(printed) >= 200 else [1]
    assert printed == [
        line for start in starts for line in site.read(f"/statements/{reference}?start={start}").of_class("line")
    ]


def test_a_list_before_its_first_edition_is_provisional(site: Site) -> None:
    """On a date before any edition every standing signature is listed, and the page says that numbers may move."""
    page = site.read(f"/statements/{LONG}?as_of=2024-02-01")
    assert "No edition was in force on 1 February 2024. This list is provisional: its numbers may still move." in said(
        page
    )
    assert "You are reading the list as it stood on 1 February 2024, not as it is today." in said(page)
    assert [f"n{n}" for n in range(1, 9)] == list(entries(page))


@pytest.mark.parametrize(
    ("reference", "query", "expected"),
    [
        (SAMPLE, "as_of=2021-06-07", "You are reading the list as it stood on 7 June 2021, not as it is today."),
        (
            SCRIPTS,
            "as_of=2027-12-24",
            "You are reading the list of 24 December 2027, a date to come, by what is known today.",
        ),
        (
            SCRIPTS,
            "as_of=2025-12-24",
            "Nobody had signed on 24 December 2025. The first signature counts from 7 January 2026.",
        ),
        (EMPTY, "as_of=2025-12-24", "No organisation has signed yet."),
        (SAMPLE, "position=60&as_of=", "You are reading today’s list by what was known earlier."),
        (SAMPLE, "position=60", "It is shown as far as it was known on 1 March 2027, 12:00 UTC (position 60)."),
    ],
)
def test_another_time_says_so_in_words(site: Site, reference: str, query: str, expected: str) -> None:
    """Whatever is not today's list, by all that is known, begins with a sentence."""
    assert expected in said(site.read(f"/statements/{reference}?{query}"))


def test_an_edition_is_shown_as_it_was_published(site: Site) -> None:
    """Its page holds the list of its own date at its own position, and says so."""
    page = site.read(f"{LIST}/editions/1")
    assert "You are reading edition 1 as it was published, as of 10 January 2026." in said(page)
    assert "12. Leaving Union" == entries(page)["n12"]
    assert "11. Silent Union" == entries(page)["n11"]
    assert "13. False Union Struck since" == entries(page)["n13"]
    assert [] == page.of_class("later")


def test_known_at_names_its_moment(small: Site) -> None:
    """The list by what was known at an instant names that instant; the one to come is refused."""
    small.clock.advance(days=1)
    answer = small.get(f"/api/v1/statements/{BACK}/signatories.json").get_json()
    small.room.register.withdraw(scenes.EDITOR, answer["numbered"][0]["signature_id"], on="2026-02-01")
    page = small.read(f"/statements/{BACK}?known_at=2027-03-01T20:00:00Z&as_of=2026-03-01")
    assert "as far as it was known on 1 March 2027, 20:00 UTC (position" in said(page)
    assert 3 == len(page.of_class("line"))
    assert 1 == len(small.read(f"/statements/{BACK}?as_of=2026-03-01").of_class("gone"))
    assert 400 == small.get(f"/statements/{BACK}?known_at=2027-03-03T20:00:00Z").status_code


def test_the_date_form_needs_no_script(site: Site) -> None:
    """What a browser sends for the form is the page of that date; emptied, it is today's."""
    page = site.read(f"{LIST}?lang=zh-Hans&show=annotated")
    form, knowing = [a for a in page.all("form") if "role" not in a]
    (field,) = page.all("input", type="date")
    hidden = {a["name"]: a["value"] for a in page.all("input", type="hidden") if a["name"] != "as_of"}
    assert ("get", LIST) == (knowing["method"], knowing["action"])
    assert ("get", LIST, "as_of", scenes.TODAY) == (form["method"], form["action"], field["name"], field["value"])
    assert ("2026-01-07", scenes.TODAY) == (field["min"], field["max"])
    past = site.read(f"{LIST}?{urlencode({**hidden, 'as_of': '2026-01-08'})}")
    assert "You are reading the list as it stood on 8 January 2026" in said(past)
    assert ["zh-Hans"] == [a["lang"] for a in past.all("h1")]
    assert [] == site.read(f"{LIST}?{urlencode({**hidden, 'as_of': ''})}").of_class("tells")


@pytest.mark.parametrize("sign", ["%2B", "+"])
def test_a_date_may_be_an_instant(site: Site, sign: str) -> None:
    """It counts as its date in the statement's zone, also where a plus sign was typed as it is."""
    page = site.read(f"{LIST}?as_of=2026-03-01T00:30:00{sign}02:00")
    assert "as it stood on 28 February 2026" in said(page)


@pytest.mark.parametrize(
    ("language", "title"),
    [("de", "Über das Führen gemeinsamer Listen"), ("ar", "حول حفظ القوائم المشتركة"), ("zh-Hans", "关于保存共同名单")],
)
def test_texts_in_other_languages(site: Site, language: str, title: str) -> None:
    """`?lang=` shows title and text in that language, marked as such; one that there is none in shows the statement's own."""
    page = site.read(f"{LIST}?lang={language}")
    assert [language] == [a["lang"] for a in page.all("h1")]
    assert title in page.said
    assert [language] == [a["lang"] for a in page.all("div", **{"class": "text"})]
    assert scenes.LONG_TITLE in site.read(f"{LIST}?lang=fr").said


def test_what_has_no_words_in_a_language_is_marked_as_borrowed(site: Site) -> None:
    """Translations are shown in the statement's own language where there are none in the text's, and the page says so."""
    own, other = site.read(LIST), site.read(f"{LIST}?lang=zh-Hans")
    sentence = "Translations and countries that are not known in Chinese (Simplified) are shown in English."
    assert (False, True) == (sentence in own.said, sentence in other.said)
    assert own.of_class("line") == other.of_class("line")
    for page in (own, other):
        assert {"en"} == {a["lang"] for a in page.all("span", **{"class": "country"})}
        assert ["en", "en"] == [a["lang"] for a in page.all("h3", **{"class": "section"})]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("альфа", ["n1"]),
        ("ALPHA", ["n1"]),
        ("عمال", ["n2"]),
        ("农民", ["n3"]),
        ("Quanguo", ["n3"]),
        ("Haïtien", []),
        ("haϊtien", ["n5"]),
        ("haitian", ["n5"]),
        ("ναυτεργατων", ["n6"]),
        ("kenya later", ["s"]),
        ("democratique terre", ["n10"]),
        ("<script>", ["n9"]),
        ("silent", []),
        ("false union", []),
        ("union", ["n2", "n6", "n10", "n12", "s", "s"]),
        ("%", []),
        ("_", []),
    ],
)
def test_find(site: Site, question: str, expected: list[str]) -> None:
    """Any script, accents ignored, numbers kept; those who do not wish to be named, or never stood, are not found."""
    page = site.read(f"{LIST}?{urlencode({'q': question})}")
    assert expected == [re.sub(r"^s\d+", "s", id_) for id_ in entries(page)]
    assert [question] == [a["value"] for a in page.all("input", type="search")]
    told = f"{len(expected)} of 15 name" if expected else f"No name matches “{question}”."
    assert told in said(page)


# ── long lists ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_of_hundreds_is_read_in_pages(site: Site) -> None:
    """Each of its places is on exactly one of the pages that are linked, with its number."""
    first = site.read(f"/statements/{LONG}")
    targets = {a["href"] for a in first.all("a") if "start=" in a["href"]}
    pages = [first, *[site.read(target) for target in sorted(targets)]]
    shown = [id_ for page in pages for id_ in entries(page)]
    assert 300 == len(shown) == len(set(shown))
    assert [f"n{n}" for n in range(1, 271)] == shown[:270]


def test_a_list_of_thousands_is_read_in_pages(very_long: Site) -> None:
    """From the first page a way leads over links to every place and every subsequent signatory, 100 at a time."""
    api = very_long.get(f"/api/v1/statements/{VERY_LONG}/signatories.json?show=annotated&limit=1").get_json()
    places, later = api["counts"]["places"], api["counts"]["subsequent"]
    assert places > 1_000
    found = crawl(very_long, f"/statements/{VERY_LONG}", within=rf"/statements/{VERY_LONG}\?(start|cursor)=")
    assert {200} == {answer.status_code for answer in found.values()}
    lists_ = [Page(answer.text) for answer in found.values()]
    shown = {id_ for page in lists_ for id_ in entries(page) if not page.of_class("tells")}
    assert {f"n{n}" for n in range(1, places + 1)} <= shown
    assert later == len([id_ for id_ in shown if id_.startswith("s")])
    assert all(len(entries(page)) <= 100 for page in lists_)


def test_the_last_hundred_is_two_links_away(very_long: Site) -> None:
    """The pages of numbers are linked by number: the first, those around, the last; so are the subsequent ones."""
    page = very_long.read(f"/statements/{VERY_LONG}?start=501")
    assert [f"n{n}" for n in range(501, 601)] == list(entries(page))
    labels = page.of_class("pages")[0].split()
    assert ["earlier", "1–100", "301–400", "401–500", "501–600", "601–700", "701–800"] == labels[:7]
    assert ["subsequent", "later"] == labels[-2:]


@pytest.mark.parametrize("question", ["number", "number 77", "nobody"])
def test_finding_in_a_list_of_thousands(very_long: Site, question: str) -> None:
    """A number of hits is told only where it is known; more than a page of them goes on."""
    page = very_long.read(f"/statements/{VERY_LONG}?{urlencode({'q': question})}")
    if question == "number":
        assert "Very many of" in said(page)
        (later,) = {a["href"] for a in page.all("a") if "cursor=" in a["href"]}
        assert 100 == len(entries(very_long.read(urljoin(f"/statements/{VERY_LONG}", later))))
    else:
        assert (f"{len(entries(page))} of" in said(page)) == (question != "nobody")


def test_a_very_long_edition_and_a_very_long_past(very_long: Site) -> None:
    """The pages of an edition and of an earlier date lead on as those of today do."""
    for path in (f"/statements/{VERY_LONG}/editions/1", f"/statements/{VERY_LONG}?as_of=2019-12-30&show=standing"):
        first = very_long.read(path)
        (later,) = {a["href"] for a in first.all("a") if "cursor=" in a["href"] and a["href"].startswith("?")}
        following = very_long.read(urljoin(path, later))
        assert not entries(first).keys() & entries(following).keys()
        assert first.of_class("tells") == following.of_class("tells")


# ── history ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_history_holds_every_entry(site: Site) -> None:
    """As many as were recorded, each with its position; what happened is told in words."""
    page = site.read(f"{LIST}/history")
    events = site.get(f"/api/v1/statements/{SCRIPTS}/events").get_json()["events"]
    assert f"{len(events)} entries, recorded on 1 March 2027." in said(page)
    ids = {a["id"] for a in page.all("tr") if "id" in a}
    assert {f"p{event['position']}" for event in events} == ids
    for expected in ("Decision of <their> congress", "Its letter was found later.", "Edition 1, as adopted"):
        assert expected in said(page)


def test_the_history_in_parts(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Older and newer entries are linked both ways, and the same parts are met on either way; the count is that of all."""
    monkeypatch.setattr(contents, "RECORD", 7)
    down = [f"{LIST}/history?from=2026-01-10&to=2026-06-02"]  # asked nowhere else: what was answered is answered again
    while older := site.read(down[-1]).all("a", rel="next"):
        down.append(older[0]["href"].partition("#")[0])
    up = [down[-1]]
    while newer := site.read(up[-1]).all("a", rel="prev"):
        up.append(newer[0]["href"].partition("#")[0])
    seen = [[[a["id"] for a in site.read(path).all("tr") if "id" in a] for path in way] for way in (down, up[::-1])]
    assert 4 == len(down)
    assert seen[0][0] == seen[1][0]
    assert [24, 24] == [len({id_ for part in way for id_ in part}) for way in seen]
    assert all("24 entries" in site.read(path).said for path in down)
    assert all("as of" not in site.read(path).said and "Later Union" in site.read(path).said for path in down)
    assert "Nothing was recorded before this position." in site.read(f"{LIST}/history?before=1").said


def test_two_dates_compared(site: Site) -> None:
    """What was added, left, was corrected and struck between two lists, with a sum."""
    page = said(site.read(f"{LIST}/history?from=2026-01-10&to=2026-06-01"))
    assert "12 on 10 January 2026 + 1 added − 2 withdrawn = 11 on 1 June 2026" in page
    assert "Added LU Later Union, Kenya 15 Feb 2026" in page
    assert "Withdrew 11 An organisation that does not wish to be named 1 Feb 2026" in page
    assert "Withdrew 12 Leaving Union 1 Mar 2026" in page
    assert "Nothing changed between these two lists." in site.read(f"{LIST}/history?from=2026-06-01").said


def test_two_positions_compared(site: Site) -> None:
    """The same date as it was known at two positions: the sum says which, and what was struck is told."""
    events = site.get(f"/api/v1/statements/{SCRIPTS}/events").get_json()["events"]
    published = next(event["position"] for event in events if event["type"] == "Published")
    page = said(site.read(f"{LIST}/history?from=2026-01-10%40{published}&to=2026-01-10"))
    assert (
        f"12 on 10 January 2026, as known at position {published} + 1 added − 1 struck = 12 on 10 January 2026, as known"
        in page
    )
    assert "Struck 13 False Union" in page
    assert "translation: “Seafarers’ Union” is now “Union of Seafarers”" in page


@pytest.mark.parametrize(
    "query",
    ["from=x&to=2026-01-01", "from=2026-01-01&to=2026-02-30", "from=2026-01-01%400", "from=2026-01-01%40x"],
)
def test_dates_that_cannot_be_compared(site: Site, query: str) -> None:
    """400, with the reason on the page, which still holds everything else."""
    page = site.read(f"{LIST}/history?{query}", 400)
    assert 1 == len(page.of_class("why"))
    assert "The record" in page.said


def test_who_does_not_wish_to_be_named_is_not(site: Site, signed: Signed) -> None:
    """The list of today, the comparison and the record of the withdrawal leave the name out, and its note."""
    name = "Silent Union"
    for path in (LIST, f"{LIST}?q=silent", f"{LIST}/history?from=2026-01-31&to=2026-02-02#compare"):
        page = site.read(path)
        assert name not in "".join(page.of_class("entries") + page.of_class("chart"))
        assert "a note on it" not in page.said
    compared = site.get(f"/api/v1/statements/{SCRIPTS}/diff?from=2026-01-31&to=2026-02-02").get_json()
    assert [(None, None, None)] == [(e["name"], e["printed"], e["organisation_id"]) for e in compared["withdrawn"]]
    assert name not in str(compared)
    record = [row for row in rows_of(site, f"{LIST}/history") if name in row]
    assert ["Signed"] == [re.split(r"\s+", row.strip())[1] for row in record]


def rows_of(site: Site, path: str) -> list[str]:
    """Read the rows of a page's tables."""
    return [words(re.sub(r"<[^>]*>", " ", row)) for row in re.findall(r"<tr.*?</tr>", site.get(path).text, re.DOTALL)]


def test_taking_back_an_unnamed_withdrawal_does_not_name_it(small: Site) -> None:
    """The entry that annuls it says which position, and no name."""
    register = small.room.register
    answer = small.get(f"/api/v1/statements/{BACK}/signatories.json").get_json()
    gone = register.withdraw(scenes.EDITOR, answer["numbered"][0]["signature_id"], on="2026-02-01", show=False)
    register.annul(scenes.EDITOR, BACK, gone.position, Reason("other", "a slip"))
    (row,) = [row for row in rows_of(small, f"/statements/{BACK}/history") if f"Position {gone.position}" in row]
    assert "counts as never recorded" in row
    assert "Union 0" not in row


# ── what may not happen ──────────────────────────────────────────────────────────────────────────────────────────────


def test_markup_in_names_stays_text(site: Site) -> None:
    """On no page does a name open a tag, close an attribute or run as a template; it reads as it was written."""
    for path in [
        *PAGES,
        f"{LIST}?{urlencode({'q': HOSTILE})}",
        f"{LIST}/sign?lang=en",
        f"/statements/{quote(HOSTILE)}",
    ]:
        text = site.get(path).text
        page = Page(text)
        own = [one for one in page.all("script") if one.get("src", "").startswith("/static/")]
        assert own == page.all("script") + page.all("b", onclick="")
        assert "<script>alert" not in text
        assert "49}}" not in text
        assert not [a for _, a in page.tags if any(name.startswith("on") or name == "style" for name in a)]
    assert f"<b>& {HOSTILE} ({HOSTILE}) ({HOSTILE}), {HOSTILE}" in site.read(LIST).of_class("line")


@pytest.mark.parametrize(
    "path",
    [
        *PAGES,
        "/static/register.css",
        "/api/v1/statements",
        "/api/v1/docs",
        "/healthz",
        "/nowhere",
        f"{LIST}?bogus=1",
        "/api/v1/nowhere",
        f"{LIST}/sign/received",
    ],
)
def test_every_answer_has_the_headers_of_safety(site: Site, path: str) -> None:
    """Pages, the API, errors and static files; no inline script or style is allowed anywhere."""
    headers = site.get(path).headers
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert ("nosniff", "same-origin") == (headers["X-Content-Type-Options"], headers["Referrer-Policy"])


@pytest.mark.parametrize("path", [path for path in PAGES[:-2] if not path.endswith("/sign")])
def test_what_a_browser_holds_is_not_sent_again(site: Site, path: str) -> None:
    """The tag of a page asks for it again for nothing; HEAD answers as GET does, without a body."""
    first = site.get(path)
    head = site.get(path, "HEAD")
    assert (200, b"", first.headers["ETag"]) == (head.status_code, head.data, head.headers["ETag"])
    for tag in (first.headers["ETag"], "W/" + first.headers["ETag"], f'"other", {first.headers["ETag"]}'):
        again = site.get(path, headers={"If-None-Match": tag})
        assert (304, b"") == (again.status_code, again.data)
    assert "no-cache" == first.headers["Cache-Control"]
    assert "Accept-Language" in first.headers["Vary"]


def test_no_link_is_dead(site: Site) -> None:
    """Every address that any page names exists, and so does every place within a page."""
    found = crawl(site)
    assert [] == [path for path, answer in found.items() if answer.status_code != 200 and not path.endswith("/sign")]
    assert len(found) > 60
    for answer in found.values():
        if answer.content_type.startswith("text/html"):
            page = Page(answer.text)
            ids = {a["id"] for _, a in page.tags if "id" in a}
            assert {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")} <= ids
            assert all(not a["href"].startswith(("http:", "https:", "javascript:")) for a in page.all("a"))


def test_looking_changes_nothing(site: Site) -> None:
    """Whoever follows every link of the site, also those of forms, leaves all three stores as they were."""
    site.get("/healthz")
    before = stores_of(site.room)
    found = crawl(site)
    for path in [*found, *PAGES]:
        site.get(path, "HEAD")
    for method in ("OPTIONS", "POST", "PUT", "DELETE"):
        assert site.get(LIST, method).status_code in (200, 400, 405)
    assert before == stores_of(site.room)


def stores_of(room: Room) -> dict[str, bytes | list[str]]:
    """Read all that is stored; of SQLite's files not the locks, which readers take."""
    return {
        name: sorted_dump(database) if isinstance(database, SQLiteDatabase) else bytes_of(database)
        for name, database in room.databases.items()
    }


def sorted_dump(database: SQLiteDatabase) -> list[str]:
    """Read every row of a SQLite store."""
    with database.reading() as transaction:
        names = [
            row[0] for row in transaction.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY 1")
        ]
        return [f"{name}: {row!r}" for name in names for row in transaction.execute(f'SELECT * FROM "{name}"')]


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        (
            "bogus=1",
            "'bogus' is no parameter of this page. It knows: lang, show, q, start, cursor, as_of, known_at, position.",
        ),
        ("edition=1", "'edition' is no parameter of this page."),
        ("as_of=&as_of=2026-01-07", "as_of stands 2 times in the address. Give it once."),
        ("as_of=7.6.2021", "as_of: '7.6.2021' is not a date. Write year-month-day, for example 2021-06-07."),
        ("as_of=2026-02-30", "is not a day of the calendar. Dates are written year-month-day, for example 2021-06-07."),
        ("as_of=2026-01-07T12:00", "Write date, time and offset, for example 2021-06-07T12:00:00+02:00."),
        ("as_of=9999-99-99", "is not a day of the calendar."),
        ("as_of=0000-01-01", "is not a day of the calendar."),
        ("position=0", "There is no position 0."),
        ("position=-1", "is not a whole number from 1 to"),
        ("position=999999999999999", "There is no position 999999999999999."),
        ("position=99999999999999999999999999", "is not a whole number"),
        ("position=%D9%A1", "is not a whole number"),
        ("position=5&known_at=2027-01-01T00:00:00Z", "Give one of them."),
        ("known_at=yesterday", "is not a moment."),
        ("known_at=0001-01-01T00:00:00%2B14:00", "is not a moment."),
        ("show=all", "show: 'all' is none of standing, annotated."),
        ("start=0", "start: 0 is too small. It starts at 1."),
        ("start=many", "start: 'many' is not a whole number."),
        ("cursor=%00%ff", "This cursor is none that an answer gave."),
        ("q=" + "a" * 1_001, "q has 1001 characters; 1000 are the most."),
    ],
)
def test_an_address_that_needs_another_look(site: Site, query: str, sentence: str) -> None:
    """400 with a sentence that says what to write, a way back to the statement, and no trace in a cache."""
    answer = site.get(f"{LIST}?{query}")
    page = Page(answer.text)
    assert (400, "no-store") == (answer.status_code, answer.headers["Cache-Control"])
    assert sentence in said(page)
    assert {"href": LIST} in page.all("a")
    assert "The register could not do that" not in page.said


@pytest.mark.parametrize(
    ("path", "status", "sentence", "link"),
    [
        ("/nowhere", 404, "There is nothing at this address", "/"),
        ("/statements/never-2026", 404, "There is no statement 'never-2026' here.", "/"),
        (f"{LIST}/editions/9", 404, "There are 1.", LIST),
        (f"{LIST}/editions/x", 400, "edition: 'x' is not a whole number.", LIST),
        (f"{LIST}?position=1", 404, "at position 1 there was nothing yet.", LIST),
        (f"{LIST}?known_at=2020-01-01T00:00:00Z", 404, "there was nothing yet.", LIST),
        ("/problems/none-such", 404, "There is nothing at this address", "/"),
        (
            f"/statements/{CLOSED}/sign",
            409,
            "Signing ended on 1 February 2026. The list stays readable.",
            f"/statements/{CLOSED}",
        ),
        (f"{LIST}/sign?as_of=2026-01-01", 400, "This page knows no parameter 'as_of'.", LIST),
    ],
)
def test_errors_say_what_exists_instead(site: Site, path: str, status: int, sentence: str, link: str) -> None:
    """Each is a page with a link that leads on."""
    page = site.read(path, status)
    assert sentence in said(page)
    assert {"href": link} in page.all("a")
    assert 200 == site.get(link).status_code


def test_a_method_that_an_address_does_not_take(site: Site) -> None:
    """405 names those that it takes, in a header and in words."""
    answer = site.get(LIST, "POST")
    assert 405 == answer.status_code
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))
    assert "It takes GET, HEAD, OPTIONS, not POST." in answer.text


def test_a_list_that_is_being_brought_up_to_date(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 says that nothing is lost and when to try again, and does not reload by itself."""

    def behind(_self: Replay) -> Any:
        raise ViewBehind("The list is being brought up to date. Nothing is lost; ask again in a few seconds.")

    monkeypatch.setattr(Replay, "reading", behind)
    answer = site.get(f"{LIST}?as_of=2026-01-16")
    assert (503, "5", "no-store") == (
        answer.status_code,
        answer.headers["Retry-After"],
        answer.headers["Cache-Control"],
    )
    page = Page(answer.text)
    assert "Nothing is lost" in page.said
    assert "Try again in 5 seconds." in page.said
    assert {"href": f"{LIST}?as_of=2026-01-16"} in page.all("a")
    assert [] == [a for a in page.all("meta") if "http-equiv" in a]


def test_what_is_known_up_to_the_last_good_position_is_offered(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a statement cannot be told any further, the page leads to what can be."""

    def stopped(_self: lists.Lists, *_: Any, **__: Any) -> Any:
        raise ViewBehind("It cannot be told beyond position 9.", last_good_position=9)

    monkeypatch.setattr(lists.Lists, "statement", stopped)
    assert {"href": f"{LIST}?position=9"} in site.read(f"{LIST}?q=not+asked+before", 503).all("a")


def test_a_store_that_cannot_be_read_is_told_in_words(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """503 also where the keeper at the door looks first."""

    def broken(*_: Any) -> Any:
        raise StorageUnavailable("The store cannot be used just now (disk). Try again in a moment.")

    monkeypatch.setattr(type(site.room.store), "newest", broken)
    page = site.read(f"{LIST}?as_of=2026-01-11", 503)
    assert "Nothing that was acknowledged is lost." in page.said


NAMES = ["as_of", "known_at", "position", "show", "q", "lang", "start", "cursor", "from", "to", "before", "x", ""]
VALUES = (
    st.text(max_size=40)
    | st.binary(max_size=20)
    | st.integers().map(str)
    | st.sampled_from(
        ["", "\0", "\ud800", "2021-06-07@", "-0", "1e9", "٣", "9" * 400, "a" * 5_000, "../..", "%", "'", "2021-06-07\n"]
    )
)


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["/", LIST, f"{LIST}/history", f"{LIST}/editions/1", f"{LIST}/sign", f"/statements/{LONG}"]),
    st.lists(st.tuples(st.sampled_from(NAMES), VALUES), max_size=4),
)
def test_whatever_an_address_holds_has_an_answer(site: Site, path: str, query: list[tuple[str, str | bytes]]) -> None:
    """A page or a sentence, never a fault of ours: surrogates, NUL, other bytes, huge and negative numbers, repeats."""
    pairs = [f"{quote(n)}={quote(v if isinstance(v, bytes) else v.encode(errors='surrogatepass'))}" for n, v in query]
    assert site.get(f"{path}?{'&'.join(pairs)}").status_code in (200, 400, 404)


@pytest.mark.parametrize(
    "query",
    [
        "%",
        "%zz=1",
        "=",
        "&&==",
        "q",
        "q=%e0%80%80",
        "q=%",
        "as_of",
        "x" * 5_000,
        "a=b;c=d",
        "?",
        "\xe9",
        "q=\xff\xfe",
        "\xc3\xa9=1",
    ],
)
def test_addresses_that_are_hardly_any(site: Site, query: str) -> None:
    """Broken escapes, names without values and the other way round: taken or refused, never a fault of ours."""
    for path in ("/", LIST, f"{LIST}/history", "/problems/not-found", "/healthz", "/static/register.css"):
        answer = site.get("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": query})
        assert answer.status_code in (200, 400)


@pytest.mark.parametrize(
    "rest",
    [
        "%00",
        "%ff",
        "%ed%a0%80",
        "a%2Fb",
        "..",
        "%2e%2e",
        "x" * 3_000,
        "%20",
        "' OR 1=1 --",
        "١",
        "{{7*7}}",
        "SCRIPTS-2026%0a",
    ],
)
def test_references_that_are_none(site: Site, rest: str) -> None:
    """404 with a page, on every page of a statement."""
    for tail in ("", "/history", "/editions/1", "/sign"):
        assert site.get(f"/statements/{rest}{tail}").status_code in (404, 308)


def test_the_reference_is_found_in_any_case(site: Site) -> None:
    """And the page leads on by the reference as it is written."""
    page = site.read(LIST.replace("scripts", "SCRIPTS"))
    assert {"href": f"{LIST}/history"} in page.all("a")


# ── from right to left ───────────────────────────────────────────────────────────────────────────────────────────────


def test_a_page_from_right_to_left(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the interface has an Arabic catalogue, direction, dates, drawings and the menu of languages follow."""
    monkeypatch.setattr(web, "LANGUAGES", ("en", "ar"))
    plain, mirrored = (site.read(f"/statements/{SAMPLE}?lang={code}") for code in ("en", "ar"))
    assert [("en", "ltr"), ("ar", "rtl")] == [
        (p.all("html")[0]["lang"], p.all("html")[0]["dir"]) for p in (plain, mirrored)
    ]
    assert "يونيو 2021" in mirrored.said
    marks = [[float(a["cx"].rstrip("%")) for a in page.all("circle")] for page in (plain, mirrored)]
    assert marks[0] == [round(100 - x, 2) for x in marks[1]]
    menu = {a["hreflang"]: a["href"] for a in mirrored.all("a") if "hreflang" in a}
    assert f"/statements/{SAMPLE}?lang=en" == menu["en"]
    chosen = site.get(f"/statements/{SAMPLE}/history", headers={"Accept-Language": "ar-EG, en;q=0.5"})
    assert ["rtl"] == [a["dir"] for a in Page(chosen.text).all("html")]
    assert ["rtl"] == [a["dir"] for a in site.read("/nowhere?lang=ar", 404).all("html")]


def test_a_language_without_a_catalogue_is_that_of_the_text_alone(site: Site) -> None:
    """`?lang=zh-Hans` shows the Chinese text in an English page; with a catalogue the page speaks it, too."""
    for language, spoken, direction in (("zh-Hans", "en", "ltr"), ("de", "de", "ltr"), ("ar", "ar", "rtl")):
        page = site.read(f"{LIST}?lang={language}")
        assert (spoken, direction) == (page.all("html")[0]["lang"], page.all("html")[0]["dir"])
        assert [language] == [a["lang"] for a in page.all("h1")]


# ── while one reads ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signature_is_on_the_next_page_read(small: Site) -> None:
    """A reader sees what was recorded, at once and on every page; what is pinned stays."""
    register = small.room.register
    scenes.begin(register, "living-2027")
    register.publish(scenes.EDITOR, "living-2027", as_of="2027-03-01")
    path = "/statements/living-2027"
    pinned = small.read(path).of_class("cite")[0].partition(BASE)[2]
    assert [] == small.read(pinned).of_class("line")
    scenes.sign(register, "living-2027", NameParts("New Union"), "2027-03-01")
    assert ["New Union"] == small.read(path).of_class("line")
    assert "New Union" in small.read(f"{path}/history").said
    assert [] == small.read(pinned).of_class("line")
    assert "You are reading today’s list by what was known earlier." in said(small.read(pinned))
