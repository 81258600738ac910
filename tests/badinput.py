"""What somebody may send that should not: requests to a site's own routes and forms, with values that break things.

Every request is drawn by hypothesis from what the site offers: its routes and their parameters, the forms on its pages as a
browser would fill them in, bodies that the API takes. Each is then bent in one or several places.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from html.parser import HTMLParser
from itertools import product
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode, urljoin, urlsplit

from hypothesis import strategies as st
from werkzeug.exceptions import HTTPException

from signatures.web.openapi import PREFIX
from tests.everywhere import Met
from tests.hostile import HOSTILE
from tests.scenes import DRAFT, SCRIPTS

DEEP = b"[" * 20_000
BODIES = (
    b"", b" ", b"{", b"}", b"[]", b"{}", b"null", b"true", b"0", b'""', b'"x"', b"NaN", b"-Infinity", b"1e400", b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}", b"\x00", b"\xff", b'{"name": "\xff"}', b'{"name": "\\ud800"}', b'{"name": "a\\u0000b"}', b'{"name": 1, "name": "b"}',
    DEEP, b'{"a":' * 20_000, DEEP + b"]" * 20_000, b'{"name": "' + b"a" * 300_000 + b'"}', b'{"name": [' + b"1," * 50_000 + b"1]}",
    b'{"_type_": "uuid_hex", "_data_": "x"}', b'{"name": {"_type_": "uuid_hex", "_data_": "x"}}', b'{"__proto__": {}}', b'{"": ""}',
    b"1" * 5_000, b'{"signed_on": ' + b"9" * 5_000 + b"}", b"<x/>", b"a=b&c=d", b"--b\r\n\r\n--b--", b'{"name": "x"}trailing', b"// x\n{}",
)  # fmt: skip
"""Bodies that are no request of the API, whoever reads them."""

TYPES = (
    "application/json", "application/json; charset=utf-16", "application/x-www-form-urlencoded", "text/plain", "multipart/form-data",
    "multipart/form-data; boundary=" + "b" * 300, "application/problem+json", "x", "", "application/json; charset=nobody-knows", "\u00e9/json",
)  # fmt: skip

MOMENTS = (
    "2021-06-07", "2021-02-30", "2021-06-07T12:00:00Z", "2021-06-07T12:00:00", "2021-06-07T12:00:00+25:00", "2021-06-07T24:00:00Z",
    "2016-12-31T23:59:60Z", "0000-01-01", "0001-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-12:00", "10000-01-01",
    "-2021-06-07", "2021-6-7", "2021-W23-1", "2021-158", "20210607", "now", "latest", "2021-06-07 12:00", "２０２１-06-07", "2021-06-07T12:00:00.1234567Z",
    "2021-03-28T02:30:00", "1582-10-10", "Sun, 06 Nov 1994 08:49:37 GMT", "Sun, 31 Feb 9999 99:99:99 GMT", "1624000000",
)  # fmt: skip

NUMBERS = (
    "0", "-1", "1", "2", "999999999999", str(2**31), str(2**53), str(2**63 - 1), str(2**63), str(2**64), "1" * 500, "1.5", "1e3", "0x1", "01", "+1",
    " 1", "1 ", "１", "٣", "", "NaN", "inf", "1_000", "½",
)  # fmt: skip

HEADERS = {
    "Accept": ("text/html", "application/json", "*/*;q=9", "a/b;q=" + "9" * 50, ",,,,", "x", "application/*; q=0"),
    "Accept-Language": ("ar", "xx-YY", "de;q=2", "*", "-,-", "a" * 400, "zh-Hans-CN-x-private"),
    "Accept-Datetime": MOMENTS,
    "Accept-Encoding": ("gzip", "br;q=x", "identity;q=0, *;q=0"),
    "Authorization": ("Bearer", "Bearer x", "Bearer \u00e9", "Basic eDp5", "Basic !!!", "Digest a=b", "x" * 400, "Bearer " + "e" * 400),
    "Idempotency-Key": ('"a"', "a", '""', '"' + "k" * 400 + '"', '"\u00e9"', "?1", '"a";b=c', "\\"),
    "If-Match": ("*", '"x"', "x", 'W/"1"', '"1", "2"', '"' + "1" * 300 + '"', '"\u00e9"', '"18446744073709551616"'),
    "If-None-Match": ("*", '"x"', 'W/"x"', ",", '"' + "a" * 300),
    "If-Modified-Since": MOMENTS,
    "Range": ("bytes=0-1", "bytes=9-1", "bytes=-", "lines=1-2", "bytes=" + "0-1," * 60),
    "Origin": ("null", "https://example.org", "x", "http://[::1", "\u00e9"),
    "Referer": ("http://localhost/editors", "x", "http://[", "https://example.org/"),
    "X-Forwarded-For": ("::1", "x", "1.2.3.4, 5.6.7.8", "\u00e9", "[", "999.1.1.1"),
    "X-Request-Id": ("a", "a b", "\u00e9", "x" * 400, "../../x", "<b>"),
    "Cookie": ("editor=x", "session=.e.y", "=", ";;;", "editor=\u00e9", "a=" + "b" * 400, "language=xx"),
    "Host": ("localhost", "example.org", "[::1", "a b", "\u00e9", "localhost:99999", ""),
    "Content-Type": TYPES,
    "Content-Encoding": ("gzip", "x"),
    "Prefer": ("wait=10", "return=minimal", "=", "respond-async"),
    "Sec-Fetch-Site": ("cross-site", "x"),
}  # fmt: skip

PARTS = {
    "name": "Harbour Union", "acronym": "HU", "name_language": "en", "transliteration": "harbour union", "translation": "A union",
    "country": "Kenya", "territories": ["KE"], "url": "https://union.example.org/",
}  # fmt: skip
LINES = ("name", "acronym", "transliteration", "translation", "country")
CONTACT = {"name": "Office", "email": "office@example.org", "role": "Secretary"}
TAKEN: dict[str, dict[str, Any]] = {
    "write.draft": {"reference": "drawn", "kind": "Resolution", "time_zone": "Europe/Berlin", "default_language": "en"},
    "write.set_text": {"title": "A title", "text": "A text."},
    "write.sign": {**PARTS, "signed_on": "2021-06-07"},
    "write.submit": {"statement": SCRIPTS, **PARTS, "contact": CONTACT, "authority": True},
    "write.withdraw": {"withdrawn_on": "2026-10-10", "reason_code": "own-request", "note": "A note."},
    "write.void": {"reason_code": "not-authorised"},
    "write.correct": {"name": "Another", "effective_on": None, "reason_code": "typo"},
    "write.publish": {"as_of": "2026-10-10", "version_label": "second"},
    "cosigning.cosign": {"checkpoint": "x"},
}  # fmt: skip
"""Bodies near to what each route takes; what is left as it is may be recorded."""


JSON = {"Content-Type": "application/json"}


LISTS = (f"{PREFIX}/statements/{SCRIPTS}/signatories", f"/statements/{SCRIPTS}")
MOMENTS_ARE_IN = ("as_of", "known_at", "position", "limit", "cursor", "from", "to", "start", "language", "in")
SINGLE_HEADERS = [(name, value) for name, values in HEADERS.items() for value in values]


class Ask(NamedTuple):
    """A request, whose every part may be wrong."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None

    def __repr__(self) -> str:
        body = self.body if self.body is None or len(self.body) < 400 else self.body[:400] + b"..."
        return f"{self.method} {self.path} {self.headers} {body!r}"


class Form(NamedTuple):
    """A form of a page: where it goes, and what a browser would send if nobody touched it."""

    action: str
    method: str
    fields: list[tuple[str, str]]


class Forms(HTMLParser):
    """All forms of a page, with their buttons and every choice that they offer."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.path, self.found = path, list[Form]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Read forms and whatever has a name in them."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(urljoin(self.path, given.get("action", "")), given.get("method", "get").upper(), []))
        elif self.found and given.get("name"):
            at = 0 if given["name"] != "csrf_token" else len(self.found[-1].fields)  # seldom bent: it would end there
            self.found[-1].fields.insert(at, (given["name"], given.get("value", "")))


class Offer:
    """What a site offers to whoever wants to break it."""

    def __init__(self, met: Met, read: Callable[[str], str]) -> None:
        """Read its routes, its pages' forms and the names of its parameters; `read` opens a page as an editor."""
        self.adapter = met.site.app.url_map.bind("localhost")
        rules = [rule for rule in met.site.app.url_map.iter_rules() if rule.endpoint != "static"]
        self.routes = sorted((rule.rule, rule.endpoint) for rule in rules)
        self.arguments = {rule.rule: sorted(rule.arguments) for rule in rules}
        self.known: dict[str, set[str]] = defaultdict(set)
        self.forms: list[Form] = []
        for path in met.pages.values():
            self._learn(path)
            self.forms += [form for form in Forms(read(path), path).found if "/sign-out" not in form.action]
        text = met.site.get(f"{PREFIX}/statements/{SCRIPTS}/texts/en").get_json()["text_sha256"]
        self.taken = {**TAKEN, "write.submit": {**TAKEN["write.submit"], "text_sha256": text}}
        document = met.site.get(f"{PREFIX}/openapi.json").get_json()
        described = [one for told in document["paths"].values() for one in told.values() if isinstance(one, dict)]
        queries = {p["name"] for one in described for p in one.get("parameters", []) if p.get("in") == "query"}
        self.queries = sorted(queries | {"q", "start", "lang", "in", "theme", "state", "url", "maxwidth", "find"})

    def _learn(self, path: str) -> None:
        try:
            _, values = self.adapter.match(urlsplit(path).path, "GET")
        except HTTPException:
            return
        for name, value in values.items():
            self.known[name].add(str(value))

    def fixed(self) -> Iterator[Ask]:
        """List every text of the corpora in every kind of place; nothing is drawn."""
        for text in (each.text for each in HOSTILE):
            yield from _with_a_text(text)
        for name, value in product(MOMENTS_ARE_IN, (*MOMENTS, *NUMBERS)):
            yield from (Ask("GET", f"{path}?{encoded([(name, value)])}", {}, None) for path in LISTS)
        for rule, endpoint in self.routes:
            if endpoint in TAKEN:
                yield from self._with_bodies(rule, "PUT" if endpoint == "write.set_text" else "POST")
        for name, value in SINGLE_HEADERS:
            for path in (*LISTS, "/", "/editors/", f"/timegate/statements/{SCRIPTS}/signatories"):
                yield Ask("GET", path, {name: value}, None)
            yield Ask("POST", f"{PREFIX}/statements/{DRAFT}/signatures", {**JSON, name: value}, b"{}")

    def _with_bodies(self, rule: str, method: str) -> Iterator[Ask]:
        path = rule
        for name in self.arguments[rule]:
            path = re.sub(rf"<(\w+:)?{name}>", min(self.known.get(name, {"en"})), path)
        yield from (Ask(method, path, JSON, body) for body in BODIES)
        yield from (Ask(method, path, {"Content-Type": type_}, b"{}") for type_ in TYPES)

    # ── requests ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def asks(self) -> st.SearchStrategy[Ask]:
        """Draw a request: of a route, with a body of the API, or of a form."""
        return st.one_of(self._of_a_route(), self._of_the_api(), self._of_a_form(), self._of_a_form())

    @st.composite
    @staticmethod
    def _addresses(draw: st.DrawFn, offer: Offer, rules: list[tuple[str, str]]) -> tuple[str, str]:
        rule, endpoint = draw(st.sampled_from(rules))
        return draw(offer._filled(rule)), endpoint

    def _filled(self, rule: str) -> st.SearchStrategy[str]:
        arguments = self.arguments[rule]

        def path(values: list[str]) -> str:
            parts = rule
            for name, value in zip(arguments, values, strict=True):
                begin = parts.index("<")
                while name not in parts[begin : parts.index(">", begin)]:
                    begin = parts.index("<", begin + 1)
                escaped = quote(value.encode("utf-8", "surrogatepass"), safe="")
                parts = parts[:begin] + escaped + parts[parts.index(">", begin) + 1 :]
            return parts

        known = [st.sampled_from(sorted(self.known[name])) if self.known.get(name) else TEXTS for name in arguments]
        return st.tuples(*(st.one_of(*[one] * 7, TEXTS) for one in known)).map(lambda got: path(list(got)))

    def _of_a_route(self) -> st.SearchStrategy[Ask]:
        queries = st.lists(st.tuples(st.sampled_from(self.queries), TEXTS), max_size=4)
        methods = st.sampled_from(("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"))
        return st.builds(
            lambda method, address, query, headers, body: Ask(
                method, address[0] + (f"?{encoded(query)}" if query else ""), headers, body if method[0] == "P" else None
            ),
            methods, self._addresses(self, self.routes), queries, SOME_HEADERS, st.sampled_from(BODIES),
        )  # fmt: skip

    def _of_the_api(self) -> st.SearchStrategy[Ask]:
        writing = [(rule, endpoint) for rule, endpoint in self.routes if endpoint in TAKEN]

        def ask(
            address: tuple[str, str], another: int, bends: list[Bend], raw: bytes | None, headers: dict[str, str]
        ) -> Ask:
            whole = self.taken[address[1]]
            names: dict[str, Any] = {
                name: f"{whole[name]}-{another}" for name in ("name", "reference") if name in whole
            }
            body = json.dumps(bent({**whole, **names}, bends)).encode() if raw is None else raw
            method = "PUT" if address[1] == "write.set_text" else "POST"
            return Ask(method, address[0], {"Content-Type": "application/json", "If-Match": "*", **headers}, body)

        another, bends = st.integers(0, 10**6), st.one_of(st.lists(BENDS, max_size=1), st.lists(BENDS, max_size=3))
        return st.builds(
            ask, self._addresses(self, writing), another, bends, rarely(st.sampled_from(BODIES)), FEW_HEADERS
        )

    def _of_a_form(self) -> st.SearchStrategy[Ask]:
        def ask(form: Form, bends: list[tuple[int, str, int]], headers: dict[str, str]) -> Ask:
            fields = list(form.fields)
            for at, value, how in bends:
                if fields:
                    name = fields[at % len(fields)][0]
                    fields[at % len(fields)] = (value, value) if how == 0 else (name, value)
                    fields += [(name, value)] * (how == 1)
            if form.method == "GET":
                return Ask("GET", f"{form.action.split('?')[0]}?{encoded(fields)}", headers, None)
            typed = {"Content-Type": "application/x-www-form-urlencoded", "Referer": "http://localhost/editors"}
            return Ask("POST", form.action, {**typed, **headers}, encoded(fields).encode())

        bend = st.tuples(st.integers(0, 40), TEXTS, st.integers(0, 9))
        bends = st.one_of(st.lists(bend, max_size=1), st.lists(bend, max_size=4))
        return st.builds(ask, st.sampled_from(self.forms), bends, FEW_HEADERS)


def _with_a_text(text: str) -> Iterator[Ask]:
    """Sign with a text as all lines of an entry and as its name alone, look for it, and take it for a statement."""
    for fields in (LINES, LINES[:1]):
        signature = {**dict.fromkeys(fields, text), "signed_on": "2026-01-09"}
        yield Ask("POST", f"{PREFIX}/statements/{DRAFT}/signatures", JSON, json.dumps(signature).encode())
    yield Ask("GET", f"/statements/{SCRIPTS}?{encoded([('q', text[:500])])}", {}, None)
    yield Ask("GET", f"/statements/{quote(text[:500].encode('utf-8', 'surrogatepass'), safe='')}", {}, None)


def encoded(fields: list[tuple[str, str]]) -> str:
    """Write fields as a browser does, half characters too."""
    return urlencode([(n.encode("utf-8", "surrogatepass"), v.encode("utf-8", "surrogatepass")) for n, v in fields])


# ── values ───────────────────────────────────────────────────────────────────────────────────────────────────────────

TEXTS = st.one_of(
    st.sampled_from([each.text for each in HOSTILE if len(each.text) < 2_000]),
    st.sampled_from(MOMENTS),
    st.sampled_from(NUMBERS),
    st.text(max_size=12),
)
VALUES: st.SearchStrategy[Any] = st.one_of(
    TEXTS,
    st.sampled_from([each.text for each in HOSTILE]),
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.floats(),
    st.just({"_type_": "uuid_hex", "_data_": "x"}),
    st.just({}),
    st.just([]),
    st.just(["x"] * 2_000),
    st.just({str(n): "x" for n in range(500)}),
    st.builds(lambda depth: json.loads("[" * depth + "]" * depth), st.integers(1, 90)),
    st.dictionaries(TEXTS, TEXTS, max_size=3),
    st.lists(TEXTS, max_size=3),
)
Bend = tuple[int, str | None, Any]
BENDS: st.SearchStrategy[Bend] = st.tuples(st.integers(0, 12), st.one_of(st.none(), st.none(), TEXTS), VALUES)
SOME_HEADERS = st.lists(st.sampled_from(SINGLE_HEADERS), max_size=3).map(dict)


FEW_HEADERS = st.one_of(*[st.just({})] * 5, SOME_HEADERS)


def rarely(values: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes | None]:
    """Draw a value now and then, mostly none."""
    return st.one_of(*[st.none()] * 7, values)


def bent(body: Mapping[str, Any], bends: list[Bend]) -> Any:
    """Replace, add or take away: 0 leaves the body for a value alone, an even number takes a field away."""
    made: Any = dict(body)
    for at, name, value in bends:
        if not isinstance(made, dict) or (at == 0 and name is None):
            return value
        keys = list(made)
        if name is not None or not keys:
            made[name or "name"] = value
        elif at % 4 == 2:
            del made[keys[at % len(keys)]]
        else:
            made[keys[at % len(keys)]] = value
    return made
