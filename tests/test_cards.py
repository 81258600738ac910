"""The pictures of shared pages: a title, how many stand and on which day, in every language and script, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import pypdfium2
import pytest

from projections.rendering.card import Card, png, typeset
from projections.web import cards
from projections.web.forms import DocumentsBusy
from signatures.organisation import NameParts
from signatures.web.catalogues import LANGUAGES
from tests import scenes
from tests.htmlpage import Page
from tests.scenes import EDITOR
from tests.site import BASE, Site, opened

SHARED = "shared-2026"
AT = f"/statements/{SHARED}"
TITLE = "On lists that are shared"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Serve a statement in two languages with three signatories, one of whom leaves."""
    folder = tmp_path_factory.mktemp("cards")
    with opened(f"sqlite:///{folder}/var", folder, fill) as made:
        yield made


def fill(site: Site) -> None:
    """Write what the tests read."""
    register = site.room.register
    scenes.begin(register, SHARED, title=TITLE)
    register.set_text(EDITOR, SHARED, language="ar", title="عن القوائم المشتركة", text="نص.\n")
    signed = [scenes.sign(register, SHARED, NameParts(f"Union {name}"), "2026-01-05") for name in "ABC"]
    register.publish(EDITOR, SHARED, as_of="2026-01-10")
    register.withdraw(EDITOR, signed[0].signature_id, on="2026-02-01")
    scenes.begin(register, "draft-2026", title="Not yet")


def pixels(picture: bytes) -> tuple[int, int]:
    """Read the size of a PNG."""
    assert b"\x89PNG\r\n\x1a\n" == picture[:8]
    return int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")


def told_by(page: Page) -> dict[str, str]:
    """Read what a page says of its picture."""
    return {
        meta.get("property") or meta.get("name") or "": meta.get("content") or ""
        for meta in page.all("meta")
        if "og:image" in (meta.get("property") or "") or (meta.get("name") or "").startswith("twitter")
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_has_a_picture_in_its_language(site: Site, language: str) -> None:
    """Its address names list and language and answers for long; its words stand beside it for who does not see it."""
    page = site.read(f"{AT}?lang={language}")
    told = told_by(page)
    address = told["og:image"].removeprefix(BASE)
    assert f"{AT}/card.png?lang={language}&as_of=" in address
    assert ("image/png", "1200", "630", "summary_large_image") == (
        told["og:image:type"], told["og:image:width"], told["og:image:height"], told["twitter:card"],
    )  # fmt: skip
    title = "عن القوائم المشتركة" if language == "ar" else TITLE
    assert (True, True) == (told["og:image:alt"].startswith(f"{title}: "), "%(" not in told["og:image:alt"])
    answer = site.get(address)
    assert (200, "image/png", (1200, 630)) == (answer.status_code, answer.content_type, pixels(answer.data))
    assert ("max-age=604800, immutable", "cross-origin") == (
        answer.headers["Cache-Control"], answer.headers["Cross-Origin-Resource-Policy"],
    )  # fmt: skip
    assert 304 == site.get(address, headers={"If-None-Match": answer.headers["ETag"]}).status_code
    for path in (
        "/",
        "/organisations",
        "/check",
        *(f"{AT}/{one}" for one in ("history", "editions", "texts", "territories")),
    ):
        other = told_by(site.read(f"{path}?lang={language}"))
        assert 200 == site.get(other["og:image"].removeprefix(BASE)).status_code
        assert other["og:image:alt"]


def test_a_card_says_what_its_list_says(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Title, kind, day and count of the day that is asked about, in words of its language; no name of anybody."""
    drawn: list[Card] = []

    def draw(one: Card) -> bytes:
        drawn.append(one)
        return png(one)

    monkeypatch.setattr(cards, "png", draw)
    for query in ("as_of=2026-01-08&lang=de", "as_of=2026-03-01&lang=ar", "as_of=2026-03-01&lang=en"):
        assert 200 == site.get(f"{AT}/card.png?{query}").status_code
    german, arabic, english = drawn
    assert (TITLE, "en", "3 Unterzeichner am 8. Januar 2026") == (german.title, german.title_language, german.finding)
    assert ("ar", "2 signatories as of 1 March 2026") == (arabic.title_language, english.finding)
    assert not [one for one in drawn if "Union" in repr(one)]


def test_a_draft_has_none_and_wrong_questions_are_refused(site: Site) -> None:
    """As the pages do."""
    asked = {
        "/statements/draft-2026/card.png": 404,
        "/statements/nothing/card.png": 404,
        f"{AT}/card.png?x=y": 400,
        f"{AT}/card.png?as_of=yesterday": 400,
        f"{AT}/card.png?as_of=2026-01-08&position=999": 400,
        "/card.png?x=y": 400,
        "/card.png": 200,
    }
    assert asked == {path: site.get(path).status_code for path in asked}


def test_it_is_drawn_once_and_one_at_a_time(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same words are the same bytes, kept; while one is drawn, another that waits too long is asked to come again."""
    one = Card(TITLE, "en", "en", "№ Register", ("Resolution",), "3 signatories")
    assert png(one) == png(one)
    times: list[Card] = []

    def draw(card: Card) -> bytes:
        times.append(card)
        return b"drawn"

    monkeypatch.setattr(cards, "png", draw)
    monkeypatch.setattr(cards, "DOCUMENT_WAIT", 0.05)
    easel = cards.Easel()
    with site.app.test_request_context("/"):
        assert {b"drawn"} == {easel.reply(one).data for _ in range(3)}
        with easel._drawing, pytest.raises(DocumentsBusy):
            easel.reply(one._replace(title="Another"))
    assert [one] == times


def test_a_server_without_the_library_points_at_no_picture(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its pages do not promise what it cannot draw."""
    monkeypatch.setattr(cards, "can_draw", lambda: False)
    assert {} == told_by(site.read(AT))
    assert 404 == site.get(f"{AT}/card.png?as_of=2026-01-06&lang=tr").status_code


TITLES = {
    "ar": "بيان مشترك حول الوضع",
    "zh": "共同声明——关于缅甸局势的国际联合声明，兼论各国组织的共同责任与团结行动" * 4,
    "hi": "म्यांमार की स्थिति पर संयुक्त वक्तव्य",
    "th": "แถลงการณ์ร่วมเกี่ยวกับสถานการณ์",
    "ta": "கூட்டு அறிக்கை",
    "ru": "Совместное заявление",
    "de": "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "en": '#strong[*B*] $x$ \\ "q" ' + "word " * 300,
    "und": "\u202eW" * 400,
}


@pytest.mark.parametrize("language", TITLES)
def test_a_title_of_any_script_and_length_has_room(language: str) -> None:
    """Nothing runs out of the margins or into what stands below, and what is too long ends with an ellipsis."""
    card = Card(TITLES[language], language, "en", "№ Register", ("Resolution",), "3 signatories", "Taken back.")
    assert (1200, 630) == pixels(png(card))
    (page,) = pypdfium2.PdfDocument(bytes(typeset(card).compile(format="pdf")))
    text = page.get_textpage()
    boxes = [text.get_charbox(n) for n in range(text.count_chars())]
    left, bottom, right, top = (pick(box[n] for box in boxes) for n, pick in enumerate((min, min, max, max)))
    assert (True, True) == (70 <= left and right <= 1132, 20 <= bottom and top <= 600), (left, bottom, right, top)
    words = text.get_text_range()
    assert ("3 signatories" in words, language in ("zh", "en", "und")) == (True, "…" in words)
    foot = text.get_charbox(words.index("3 sig"))
    assert min(boxes[n][1] for n in range(words.index("3 sig")) if words[n].strip()) > foot[3] - 2
