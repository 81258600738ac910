"""A list in somebody else's page: a frame without cookies and scripts, oEmbed, and answers that scripts of any page may read."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from signatures.web.sharing import OPEN
from tests import scenes
from tests.htmlpage import Page
from tests.scenes import CLOSED, DRAFT, HOSTILE, LONG, SCRIPTS
from tests.site import BASE, Site, opened

FRAME = f"/embed/{SCRIPTS}"
PAGE = f"{BASE}/statements/{SCRIPTS}"
LIST = f"/api/v1/statements/{SCRIPTS}/signatories"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Make a register with every scene; reading it needs one engine."""
    folder = tmp_path_factory.mktemp("site")
    with opened(f"sqlite:///{quote(str(folder))}/var", folder, lambda made: scenes.every(made.room.register)) as made:
        yield made


@pytest.fixture
def app(site: Site) -> Flask:
    """Let `live_url` serve it."""
    return site.app


# ── the frame ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_frame_may_stand_in_every_page_and_lets_nothing_in(site: Site) -> None:
    """It has a policy of its own, no cookie, no script and no form; every link leads out, to the register's own address."""
    answer = site.get(FRAME, headers={"Cookie": "session=x; editor=y"})
    policy = dict(part.split(" ", 1) for part in answer.headers["Content-Security-Policy"].split("; "))
    assert ("*", "'none'", "'none'") == (policy["frame-ancestors"], policy["default-src"], policy["form-action"])
    assert "script-src" not in policy
    assert ("cross-origin", None) == (
        answer.headers["Cross-Origin-Resource-Policy"],
        answer.headers.get("X-Frame-Options"),
    )
    assert ("Set-Cookie" in answer.headers, "Cookie" in answer.headers["Vary"]) == (False, False)
    page = Page(answer.text)
    assert [] == page.all("script") + page.all("form")
    assert ["_blank"] == [one["target"] for one in page.all("base")]
    assert {True} == {one["href"].startswith(f"{BASE}/") for one in page.all("a")}


@pytest.mark.parametrize(
    "question",
    [{}, {"as_of": "2026-02-08"}, {"as_of": "2026-03-08", "position": "EDITION"}, {"lang": "ar"}, {"lang": "de"}],
)
def test_the_frame_tells_the_list_that_the_page_tells(site: Site, question: dict[str, str]) -> None:
    """The same lines under the same numbers, today, on a past date, at a position, in another language."""
    if "position" in question:
        (edition,) = json.loads(site.get(f"/api/v1/statements/{SCRIPTS}/editions").text)["editions"]
        question = {**question, "position": str(edition["position"])}
    frame, page = (site.read(f"{where}?{urlencode(question)}") for where in (FRAME, f"/statements/{SCRIPTS}"))
    assert 10 < len(page.of_class("line"))
    assert (page.of_class("no"), page.of_class("line")) == (frame.of_class("no"), frame.of_class("line"))
    assert page.all("html")[0]["dir"] == frame.all("html")[0]["dir"]


def test_another_time_is_said_in_words(site: Site) -> None:
    """Who reads the frame of a past date is told so; the way to the page keeps the date."""
    frame = site.read(f"{FRAME}?as_of=2026-02-08&theme=dark")
    assert "You are reading the list as it stood on 8 February 2026, not as it is today." in frame.said
    assert "dark" == frame.all("html")[0]["data-theme"]
    assert f"{PAGE}?as_of=2026-02-08" in {one["href"] for one in frame.all("a")}


def test_a_long_list_is_read_by_pages_inside_the_frame(site: Site) -> None:
    """Links between its pages stay in the frame and keep what it was asked for."""
    frame = site.read(f"/embed/{LONG}?theme=light")
    (href, *_) = [one["href"] for one in frame.all("a", target="_self")]
    second = site.read(f"/embed/{LONG}{href}")
    assert ("light", "101.") == (second.all("html")[0]["data-theme"], second.of_class("no")[0])


def test_what_cannot_be_shown_is_said_inside_the_frame(site: Site) -> None:
    """A draft is as little there as what never was; a slip in the address is told; each may be framed."""
    asked = {"/embed/nothing": 404, f"/embed/{DRAFT}": 404, f"{FRAME}?theme=pink": 400, f"{FRAME}?as_of=soon": 400}
    asked |= {f"{FRAME}?q=x": 400, f"{FRAME}?as_of=2026-01-01&as_of=2026-01-02": 400, f"{FRAME}?position=999999": 400}
    for path, status in asked.items():
        answer = site.get(path)
        assert (path, status, "no-store") == (path, answer.status_code, answer.headers["Cache-Control"])
        assert "frame-ancestors *" in answer.headers["Content-Security-Policy"]
        assert 1 == len(Page(answer.text).all("main"))


def test_the_frame_is_kept_and_asked_for_again(site: Site) -> None:
    """Its tag is that of its bytes: 304 to who holds them, also for the next reader, until something is recorded."""
    first = site.get(FRAME)
    again = site.get(FRAME, headers={"If-None-Match": first.headers["ETag"]})
    assert (200, 304, first.headers["Content-Security-Policy"]) == (
        first.status_code, again.status_code, again.headers["Content-Security-Policy"],
    )  # fmt: skip


# ── the two lines ────────────────────────────────────────────────────────────────────────────────────────────────────


def test_two_lines_put_a_list_into_a_page(site: Site) -> None:
    """They are what the page shows, valid, escaped, and name the day in the frame's language."""
    shown = site.read(f"/statements/{SCRIPTS}/embed?as_of=2026-02-08&in=de&theme=dark")
    code, *_ = [text for classes, text in shown.texts if not classes and text.startswith("<iframe")]
    frame, link = code.split("\n")
    (tag,) = Page(frame).all("iframe")
    assert f"{BASE}{FRAME}?as_of=2026-02-08&lang=de&theme=dark" == tag["src"]
    assert tag["title"].endswith("8. Februar 2026")
    assert [f"{PAGE}?as_of=2026-02-08&lang=de"] == [one["href"] for one in Page(link).all("a")]
    assert ["lazy"] == [tag["loading"]]
    assert "frame-src 'self'" in site.get(f"/statements/{SCRIPTS}/embed").headers["Content-Security-Policy"]


def test_the_statement_leads_to_both(site: Site) -> None:
    """Its page links the lines, and tells programs where oEmbed is; a draft's does neither."""
    page = site.read(f"/statements/{SCRIPTS}?as_of=2026-02-08")
    (link,) = page.all("link", type="application/json+oembed")
    told = json.loads(site.get(link["href"].removeprefix(BASE)).text)
    assert f"{BASE}{FRAME}?as_of=2026-02-08" in unescape(told["html"])
    assert f"/statements/{SCRIPTS}/embed?as_of=2026-02-08" in {one["href"] for one in page.all("a")}


# ── oEmbed ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(site: Site, url: str, **more: object) -> dict[str, object]:
    """Ask as a program does."""
    answer = site.get(f"/oembed?{urlencode({'url': url, **more})}")
    assert (200, "application/json", "*") == (
        answer.status_code, answer.content_type, answer.headers["Access-Control-Allow-Origin"],
    )  # fmt: skip
    told: dict[str, object] = json.loads(answer.text)
    return told


def test_oembed_tells_how_to_show_a_list(site: Site) -> None:
    """All that version 1.0 wants of a rich one; the size keeps within what is asked for; unknown words are left alone."""
    told = asked(site, PAGE, maxwidth=500, maxheight=300, dnt=1)
    assert ("1.0", "rich", 500, 300) == (told["version"], told["type"], told["width"], told["height"])
    (tag,) = Page(str(told["html"]).split("\n")[0]).all("iframe")
    assert (f"{BASE}{FRAME}", "500", "300") == (tag["src"], tag["width"], tag["height"])
    assert 640 == asked(site, PAGE, maxwidth=9999)["width"]


@pytest.mark.parametrize(
    "url",
    [
        PAGE, f"{PAGE}/", PAGE.replace("http:", "https:"), f"{PAGE}/history", f"{BASE}{FRAME}", f"{PAGE}#n13",
        f"{PAGE}?utm_source=x", PAGE.upper().replace(SCRIPTS.upper(), SCRIPTS).replace("/STATEMENTS", "/statements"),
    ],
)  # fmt: skip
def test_oembed_knows_every_address_of_a_list(site: Site, url: str) -> None:
    """However it was copied."""
    assert f'src="{BASE}{FRAME}"' in str(asked(site, url)["html"])


@pytest.mark.parametrize(
    ("question", "status"),
    [
        ({}, 404), ({"url": ""}, 404), ({"url": "https://elsewhere.example/statements/scripts-2026"}, 404),
        ({"url": f"{BASE}@elsewhere.example/statements/{SCRIPTS}"}, 404), ({"url": "http://[::1"}, 404),
        ({"url": f"{BASE}/statements/{DRAFT}"}, 404), ({"url": f"{BASE}/statements/nothing"}, 404), ({"url": BASE}, 404),
        ({"url": "javascript:alert(1)"}, 404), ({"url": f"{BASE}/statements/%00"}, 404), ({"url": f"{BASE}/statements/{'a' * 3000}"}, 404),
        ({"url": PAGE, "maxwidth": "wide"}, 400), ({"url": PAGE, "maxheight": "-1"}, 400), ({"url": PAGE, "maxwidth": "9" * 50}, 400),
        ({"url": f"{PAGE}?as_of=soon"}, 400), ({"url": f"{PAGE}?as_of=2026-02-30"}, 400), ({"url": f"{PAGE}?position=x"}, 400),
        ({"url": PAGE, "format": "yaml"}, 501),
    ],
)  # fmt: skip
def test_oembed_refuses_in_words(site: Site, question: dict[str, str], status: int) -> None:
    """What is not a list of ours is not found, what its page would refuse is refused, another format not implemented."""
    answer = site.get(f"/oembed?{urlencode(question)}")
    assert (status, "application/problem+json") == (answer.status_code, answer.content_type)
    assert 200 == site.get(json.loads(answer.text)["type"].removeprefix(BASE)).status_code


def test_oembed_in_xml(site: Site) -> None:
    """Well-formed and the same, also where a title would be markup."""
    register = site.room.register
    scenes.begin(register, "hostile-2026", title=HOSTILE)
    register.publish(scenes.EDITOR, "hostile-2026", as_of="2026-01-10")
    url = f"{BASE}/statements/hostile-2026"
    answer = site.get(f"/oembed?{urlencode({'url': url, 'format': 'xml'})}")
    assert "text/xml; charset=utf-8" == answer.content_type
    found = {part.tag: part.text for part in ET.fromstring(answer.text)}
    told = {name: str(value) for name, value in asked(site, url).items()}
    assert told == found
    (tag,) = Page(str(found["html"]).split("\n")[0]).all("iframe")
    assert HOSTILE in tag["title"]


# ── answers for scripts of other pages ───────────────────────────────────────────────────────────────────────────────

OPENED = [
    LIST,
    f"{LIST}.csv",
    "/api/v1/statements/nothing",
    "/api/v1/nothing",
    "/feeds/scripts-2026.atom",
    f"/timemap/statements/{SCRIPTS}/signatories",
]
CLOSED_ONES = ["/", f"/statements/{SCRIPTS}", FRAME, "/editors/sign-in", f"/statements/{SCRIPTS}/sign", "/healthz"]


def test_what_anybody_may_read_may_scripts_read(site: Site) -> None:
    """Public GETs, refusals too, without credentials; pages, forms and the console are not among them."""
    for path in OPENED:
        headers = site.get(path).headers
        assert (path, "*") == (path, headers["Access-Control-Allow-Origin"])
        assert {"ETag", "Link", "Memento-Datetime"} <= set(headers["Access-Control-Expose-Headers"].split(", "))
    for path in CLOSED_ONES:
        assert not [name for name, _ in site.get(path).headers if name.startswith("Access-Control")], path


def test_nothing_is_shared_with_who_shows_a_token_or_writes(site: Site) -> None:
    """An answer to a token may hold drafts; a POST changes something; a question whether it may be asked gets no leave."""
    token = site.room.tokens.issue("program", "editor")
    refused = [
        site.get(LIST, headers={"Authorization": f"Bearer {token}", "Origin": "https://elsewhere.example"}),
        site.get("/api/v1/submissions", "POST", json={}),
        site.get("/api/v1/submissions", "OPTIONS", headers=preflight("POST")),
        site.get(f"/api/v1/statements/{SCRIPTS}/signatures", "OPTIONS", headers=preflight("POST")),
        site.get(LIST, "OPTIONS", headers=preflight("PUT")),
        site.get(LIST, "OPTIONS"),
    ]
    assert [] == [name for one in refused for name, _ in one.headers if name.startswith("Access-Control")]
    for path in OPENED:
        answer = site.get(path, "OPTIONS", headers=preflight("GET"))
        assert ("*", "GET, HEAD") == tuple(
            answer.headers[f"Access-Control-Allow-{what}"] for what in ("Origin", "Methods")
        )
        assert "Access-Control-Allow-Credentials" not in answer.headers
        assert "authorization" not in answer.headers["Access-Control-Allow-Headers"].lower()


def preflight(method: str) -> dict[str, str]:
    """Ask as a browser does before it sends something unusual."""
    return {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "accept-datetime",
    }


def test_the_places_that_are_open_are_places(site: Site) -> None:
    """A rename of an address must not close it to scripts unseen."""
    rules = [rule.rule for rule in site.app.url_map.iter_rules()]
    assert [] == [place for place in OPEN if not any(rule.startswith(place) for rule in rules)]


# ── in a browser ─────────────────────────────────────────────────────────────────────────────────────────────────────

ELSEWHERE = """<!doctype html><html lang="en"><title>Elsewhere</title><h1>A page elsewhere</h1>
<iframe src="{url}/embed/{reference}" title="A list" width="600" height="400"></iframe>
<script>
const from = "{url}{list}";
const told = async (path, options) => {{ try {{ const answer = await fetch(path, options); return [answer.status, answer.headers.get("Memento-Datetime") !== null, (await answer.text()).length > 100]; }} catch (error) {{ return [error.name]; }} }};
const all = async () => [
  await told(from), await told("{url}/timegate{timegate}", {{headers: {{"Accept-Datetime": "{when}"}}}}),
  await told("{url}/statements/{reference}"), await told(from, {{credentials: "include"}}),
  await told("{url}/api/v1/submissions", {{method: "POST", headers: {{"Content-Type": "application/json"}}, body: "{{}}"}}),
  await told(from, {{headers: {{Authorization: "Bearer x"}}}}),
];
all().then(found => {{ document.body.dataset.found = JSON.stringify(found); }});
</script>"""


@pytest.fixture
def elsewhere(live_url: str, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Serve a page of another origin that shows a list and asks for it."""
    monkeypatch.setitem(app.config, "BASE_URL", live_url)
    page = ELSEWHERE.format(
        url=live_url, reference=CLOSED, list=f"/api/v1/statements/{CLOSED}/signatories",
        timegate=f"/statements/{CLOSED}/signatories", when="Mon, 01 Mar 2027 12:00:00 GMT",
    )  # fmt: skip

    class Asked(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_GET(self) -> None:
            """Serve the page."""
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Cross-Origin-Opener-Policy", "same-origin")
            self.send_header("Cross-Origin-Embedder-Policy", "require-corp")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, name="elsewhere")
    thread.start()
    yield f"http://localhost:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.browser
def test_a_page_of_another_origin_shows_and_asks_for_a_list(browser: Browser, live_url: str, elsewhere: str) -> None:
    """Even an isolated page shows the frame, without a cookie; its scripts read the list and its states, and no more."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(elsewhere)
    frame = page.frame_locator("iframe")
    expect(frame.locator(".entry .name").first).to_be_visible()
    expect(frame.locator("h1")).to_have_css("font-size", "24px")
    page.wait_for_selector("body[data-found]")
    found = json.loads(page.get_attribute("body", "data-found") or "")
    assert [[200, False, True], [200, True, True], ["TypeError"], ["TypeError"], ["TypeError"], ["TypeError"]] == found
    assert [] == context.cookies()
    with context.expect_page() as opened_there:
        frame.locator("h1 a").click()
    assert f"{live_url}/statements/{CLOSED}" == opened_there.value.url
    context.close()
