"""The site around the lists: finding statements and organisations, what an organisation signed, countries, maps, what is shared."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote
from xml.etree import ElementTree as ET

import pytest

from projections.looks import world
from projections.questions import desk
from projections.web import browsing, sitemaps
from signatures.aggregate import Reason
from signatures.organisation import NameParts
from signatures.register import Receipt
from tests import scenes
from tests.htmlpage import Page
from tests.scenes import EDITOR, HOSTILE
from tests.site import BASE, Site, crawl, opened, words

ENGINES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)]
WORLD, OLD, FRENCH = "world-2026", "old-2019", "french-2020"


class Filled:
    """The site, and the signatures that tests speak of."""

    site: Site
    renamed: Receipt
    merged: Receipt
    left: Receipt
    hidden: Receipt
    withheld: Receipt
    draft: Receipt


@pytest.fixture(scope="module", params=ENGINES)
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    """Serve four statements, one of them a draft, whose organisations were renamed, merged, left, or are not to be named."""
    folder, told = tmp_path_factory.mktemp("site"), Filled()
    if request.param == "sqlite":
        with opened(f"sqlite:///{quote(str(folder))}/var", folder, lambda site: fill(site, told)):
            yield told
        return
    server = request.getfixturevalue("postgresql_server")
    with server.fresh_database("site") as url, opened(url, folder, lambda site: fill(site, told)):
        yield told


def fill(site: Site, told: Filled) -> None:
    """Write what the tests read."""
    told.site, register = site, site.room.register
    scenes.begin(register, WORLD, title=f"From many countries {HOSTILE}")
    for n, codes in enumerate(["FR", "FR", "DE", "FR BE", "IN", "TR", "AQ", ""]):
        scenes.sign(register, WORLD, NameParts(f"Body {n}", territories=codes.split()), "2026-01-05")
    told.renamed = scenes.sign(
        register, WORLD,
        NameParts("Организация Альфа", "БРП", "ru", "Organizatsiya Alfa", {"en": "Alpha"}, territories=["RU"], url="https://alfa.example/"),
        "2026-01-06",
    )  # fmt: skip
    register.rename(
        EDITOR, told.renamed.organisation_id, {"name": "Øresund Association", "acronym": "ØA"}, on="2026-06-01"
    )
    told.merged, told.left, told.hidden, told.withheld = (
        scenes.sign(register, WORLD, NameParts(name), "2026-01-07")
        for name in ("Smaller Union", "Leaving Union", "Hidden Union", "Forbidden Union")
    )
    register.publish(EDITOR, WORLD, as_of="2026-01-10")
    register.merge(EDITOR, told.merged.organisation_id, told.renamed.organisation_id)
    register.withdraw(EDITOR, told.left.signature_id, on="2026-02-01")
    register.withdraw(EDITOR, told.hidden.signature_id, on="2026-02-01", show=False)
    for entry in register.store.entries(0, 1_000):
        if b"Forbidden" in entry.state and entry.type in ("Signed", "Registered"):
            register.withhold(EDITOR, entry.position, Reason("legal", "by order of a court"))
    _fill_more(site, told)


def _fill_more(site: Site, told: Filled) -> None:
    register = site.room.register
    scenes.begin(register, OLD, title="An old one, on Düngemittel", issued_on="2019-05-01", printed_number="R 12")
    register.sign(
        EDITOR, OLD, NameParts("Alpha of old"), signed_on="2019-05-02", method="paper",
        organisation_id=told.renamed.organisation_id,
    )  # fmt: skip
    register.publish(EDITOR, OLD, as_of="2019-06-01")
    register.close_signing(EDITOR, OLD, on="2020-01-01")
    scenes.begin(register, FRENCH, title="Sur les listes communes", issued_on="2020-03-01", language="fr")
    register.publish(EDITOR, FRENCH, as_of="2020-03-01")
    scenes.begin(register, "draft-2026", title="Not yet, on Düngemittel")
    told.draft = scenes.sign(register, "draft-2026", NameParts("Secret Union"), "2026-01-05")


@pytest.fixture
def site(filled: Filled) -> Site:
    """Ask the filled site."""
    return filled.site


def found(page: Page) -> list[str]:
    """List the statements that a front page leads to."""
    return [a["href"].rpartition("/")[2] for a in page.all("a") if re.fullmatch(r"/statements/[\w-]+", a["href"])]


def bodies(page: Page) -> list[str]:
    """List the organisations that a page leads to."""
    return [a["href"].rpartition("/")[2] for a in page.all("a") if re.fullmatch(r"/organisations/[\w-]+", a["href"])]


# ── the front page ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("q=dungemittel", [OLD]),
        ("q=R%2012", [OLD]),
        ("q=LISTES", [FRENCH]),
        ("q=2026%20countries", [WORLD]),
        ("q=secret", []),
        ("state=closed", [OLD]),
        ("state=open&language=fr", [FRENCH]),
        ("year=2026", [WORLD]),
        ("year=1066", []),
        ("q=dungemittel&state=open", []),
        ("language=en", [WORLD, OLD]),
    ],
)
def test_statements_are_found(site: Site, query: str, expected: list[str]) -> None:
    """By any spelling of title, reference or number, by state, year and language of the text; a draft by nothing."""
    page = site.read(f"/?{query}")
    assert expected == found(page)
    assert ("No statement is like that." in page.said) == (not expected)
    assert {"name": "robots", "content": "noindex"} in page.all("meta")


@pytest.mark.parametrize("query", ["state=drafted", "state=draft", "q=a&q=b", "kind=x", f"q={'a' * 1001}"])
def test_what_the_front_page_does_not_know_is_refused(site: Site, query: str) -> None:
    """A slip does not pass for an answer."""
    assert 400 == site.get(f"/?{query}").status_code


def test_filters_stand_where_there_is_much_to_choose_from(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not above three statements; above many, or where one is chosen, with what there is to choose."""
    assert [] == site.read("/").all("select")
    monkeypatch.setattr(browsing, "FEW", 2)
    page = site.read("/?lang=en")
    assert ["state", "year", "language"] == [a["name"] for a in page.all("select")]
    assert ["", "open", "closed", "", "2026", "2020", "2019", "", "en", "fr"] == [
        a["value"] for a in page.all("option")
    ]
    assert [{"value": "2019", "selected": ""}] == site.read("/?year=2019").all("option", selected="")


def test_pages_of_what_was_found_keep_the_question(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it takes several pages, each link leads on with the same words and choices."""
    monkeypatch.setattr(desk, "PAGE", 1)
    first = site.read("/?language=en&lang=de")
    (following,) = first.all("a", rel="next")
    assert [[OLD], [WORLD]] == [found(first), found(site.read(following["href"]))]


def test_organisations_are_found_beside_statements(filled: Filled) -> None:
    """By today's name, by an earlier one, which is then told, and by none that only a draft or nobody may name."""
    for query in ("oresund", "organizatsiya", "альфа", "ALPHA"):
        page = filled.site.read(f"/?q={quote(query)}")
        assert [filled.renamed.organisation_id] == bodies(page)
        assert (query == "альфа") == ("Also known as БРП Организация Альфа" in words(page.said))
    for query in ("secret", "forbidden"):
        page = filled.site.read(f"/?q={query}")
        assert [] == bodies(page)
        assert f"No name matches “{query}”." in words(page.said)


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_of_organisations_in_parts(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every organisation of a published list stands on exactly one of its pages, and no other does."""
    monkeypatch.setattr(desk, "PAGE", 5)
    pages = [filled.site.read("/organisations?lang=en-GB")]
    while following := pages[-1].all("a", rel="next"):
        pages.append(filled.site.read(following[0]["href"]))
    ids = [id_ for page in pages for id_ in bodies(page)]
    assert (3, 12, 12) == (len(pages), len(ids), len(set(ids)))
    assert filled.draft.organisation_id not in ids
    assert ["From the beginning" in page.said for page in pages] == [False, True, True]


def test_an_organisation_with_its_names_and_what_it_signed(filled: Filled) -> None:
    """Under which name, with which number; names by date, the other registration of the same body, its country and site."""
    page = filled.site.read(f"/organisations/{filled.renamed.organisation_id}")
    said = words(page.said)
    for expected in (
        "It signed 2 statements.",
        "Also known asБРП Организация Альфа from the beginningØA Øresund Association from 1 June 2026",
        "One body withSmaller Union",
        "TerritoriesRussia Websitehttps://alfa.example/",
        "9 БРП Организация Альфа (Organizatsiya Alfa) (Alpha) Edition 1. Signed on 6 January 2026.",
        "1 Alpha of old Edition 1. Signed on 2 May 2019.",
    ):
        assert expected in said
    (site,) = page.all("a", href="https://alfa.example/")
    assert "nofollow" in site["rel"]
    assert [a["href"] for a in page.all("a") if "#n" in a["href"]] == [
        f"/statements/{WORLD}#n10",
        f"/statements/{WORLD}#n9",
        f"/statements/{OLD}#n1",
    ]


def test_the_other_registration_names_the_body(filled: Filled) -> None:
    """Its page is there, says the same, and its one address is that of the body."""
    page = filled.site.read(f"/organisations/{filled.merged.organisation_id}")
    assert f"{BASE}/organisations/{filled.renamed.organisation_id}" == page.all("link", rel="canonical")[0]["href"]
    assert "One body withØA Øresund Association" in words(page.said)


def test_a_withdrawal_stands_in_brackets(filled: Filled) -> None:
    """Number and line, with the date; who left without a name has no page of it."""
    page = filled.site.read(f"/organisations/{filled.left.organisation_id}")
    assert ["11", "Leaving Union"] == page.of_class("back")
    assert "Withdrew on 1 February 2026." in page.said
    assert 404 == filled.site.get(f"/organisations/{filled.hidden.organisation_id}").status_code
    assert [] == bodies(filled.site.read("/organisations?q=hidden"))
    assert "Hidden" not in filled.site.get("/api/v1/organisations").text


def test_a_name_that_an_order_withholds_is_on_no_page(filled: Filled) -> None:
    """The page of its organisation says so and asks not to be indexed."""
    page = filled.site.read(f"/organisations/{filled.withheld.organisation_id}")
    assert "Name withheld by order." in page.said
    assert {"name": "robots", "content": "noindex"} in page.all("meta")
    assert not any(
        "Forbidden" in answer.text for answer in crawl(filled.site, within=r"/(organisations(/[\w-]+)?)?$").values()
    )


@pytest.mark.parametrize("rest", ["x", "00000000-0000-4000-8000-000000000000", "%00", "../x", "1/2"])
def test_organisations_that_are_none(filled: Filled, rest: str) -> None:
    """404 with a page; so has one that only a draft names."""
    assert 404 == filled.site.get(f"/organisations/{rest}").status_code
    assert 404 == filled.site.get(f"/organisations/{filled.draft.organisation_id}").status_code


# ── countries ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_signatories_by_country(site: Site) -> None:
    """Each region and country with its number, the most first; one of several countries counts in each; who left does not."""
    page = site.read(f"/statements/{WORLD}/territories")
    said = words(page.said)
    assert "Europe6 France3 Belgium1 Germany1 Russia1 Türkiye1 Asia1 India1 world1 Antarctica1" in said
    assert "11 organisations stood on 1 March 2027. The countries of 8 are known. 1 of several countries counts" in said
    earlier = site.read(f"/statements/{WORLD}/territories?as_of=2026-01-05")
    assert "8 organisations stood on 5 January 2026. The countries of 7 are known." in words(earlier.said)
    assert {"href": f"/statements/{WORLD}/territories"} in site.read(f"/statements/{WORLD}").all("a")
    assert not [a for a in site.read(f"/statements/{FRENCH}").all("a") if "territories" in a["href"]]


def test_bars_grow_from_where_reading_begins(site: Site) -> None:
    """The longest is the whole width; on a page from right to left the others end at the right."""
    plain, mirrored = (site.read(f"/statements/{WORLD}/territories?lang={code}").all("rect") for code in ("en", "ar"))
    assert ("0%", "100.0%") == (plain[0]["x"], plain[0]["width"])
    for bar in mirrored:
        assert 100 == pytest.approx(float(bar["x"].rstrip("%")) + float(bar["width"].rstrip("%")), abs=0.02)


def test_nobody_from_anywhere() -> None:
    """Where no country is known, there is nothing to draw."""
    assert [] == world.by_region({}, {})


# ── those who pass by ────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_map_of_the_site(filled: Filled, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every public page once, in parts of any size, with the day of its last change; each is there, and no draft is."""
    monkeypatch.setattr(sitemaps, "PART", 4)
    monkeypatch.setattr(sitemaps, "SIZES", {"statements": 2, "organisations": 4})
    monkeypatch.setattr(sitemaps, "STATEMENTS", 2)
    parts = addresses(filled.site, "/sitemap.xml")
    assert 2 + 4 == len(parts)
    pages = [page for part in parts for page in addresses(filled.site, part)]
    assert len(set(pages)) == len(pages) == 3 + 3 * 3 + 12
    assert {f"/statements/{WORLD}/editions/1", f"/statements/{OLD}/history", "/", "/organisations", "/check"} <= set(
        pages
    )
    assert not [page for page in pages if "draft" in page or filled.draft.organisation_id in page]
    assert {200} == {filled.site.get(page).status_code for page in pages}
    assert 404 == filled.site.get("/sitemaps/drafts-0.xml").status_code


def addresses(site: Site, path: str) -> list[str]:
    """Read one part of the map."""
    answer = site.get(path)
    assert (200, "application/xml; charset=utf-8") == (answer.status_code, answer.content_type)
    told = [node.text or "" for node in ET.fromstring(answer.data).iter() if node.tag.endswith("loc")]
    assert all(address.startswith(BASE) for address in told)
    return [address.removeprefix(BASE) or "/" for address in told]


ODD = [
    "q=%00", "q=%ed%a0%80", "q=%25_!'", "cursor=x", "cursor=%C3%A9", "cursor=MSA", "as_of=%00", "position=0", "year=%00",
    "language=zz", "q=%C2%AD", "state=", "lang=xx&q=a", "position=999999999999999999999",
]  # fmt: skip


@pytest.mark.parametrize("path", ["/", "/organisations", f"/statements/{WORLD}/territories", "/sitemap.xml"])
def test_whatever_an_address_holds_has_an_answer(site: Site, path: str) -> None:
    """A page or a sentence, never a fault of ours."""
    assert [] == [query for query in ODD if site.get(f"{path}?{query}").status_code not in (200, 400)]


def test_robots_and_those_who_look_for_an_icon(site: Site) -> None:
    """The one file names the map; the other address leads to the icon that there is."""
    robots = site.get("/robots.txt")
    assert ("text/plain; charset=utf-8", True) == (robots.content_type, f"Sitemap: {BASE}/sitemap.xml" in robots.text)
    assert 304 == site.get("/robots.txt", headers={"If-None-Match": robots.headers["ETag"]}).status_code
    icon = site.get("/favicon.ico")
    assert (301, "/static/icon.svg") == (icon.status_code, icon.headers["Location"])


def test_what_a_page_says_of_itself(filled: Filled) -> None:
    """One address, its other languages, a title and a sentence, whatever a title holds; the same on each public page."""
    for path in ("/", f"/statements/{WORLD}", f"/statements/{WORLD}/history", f"/statements/{WORLD}/territories", "/organisations",
                 f"/organisations/{filled.renamed.organisation_id}", "/check"):  # fmt: skip
        page = filled.site.read(f"{path}?lang=ar")
        told = {a["property"]: a["content"] for a in page.all("meta") if "property" in a}
        image = {"og:image", "og:image:type", "og:image:width", "og:image:height", "og:image:alt"}
        assert {"og:type", "og:site_name", "og:title", "og:description", "og:url", "og:locale"} | image == set(told)
        assert [f"{BASE}{path}?lang=ar"] == [a["href"] for a in page.all("link", rel="canonical")] == [told["og:url"]]
        others = {a["hreflang"]: a["href"] for a in page.all("link", rel="alternate") if "hreflang" in a}
        assert (f"{BASE}{path}", f"{BASE}{path}?lang=de") == (others["x-default"], others["de"])
    assert f"From many countries {HOSTILE}" == next(
        a["content"] for a in filled.site.read(f"/statements/{WORLD}").all("meta", property="og:title")
    )


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("as_of=", ""),
        ("as_of=2027-03-01", ""),
        ("as_of=2026-01-08", "?as_of=2026-01-08"),
        ("position=20", "?position=20"),
    ],
)
def test_a_list_has_one_address(site: Site, query: str, expected: str) -> None:
    """Today's list that of its statement, one of another time its own."""
    page = site.read(f"/statements/{WORLD}?{query}")
    assert [f"{BASE}/statements/{WORLD}{expected}"] == [a["href"] for a in page.all("link", rel="canonical")]
