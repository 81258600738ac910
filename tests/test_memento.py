"""Memento: RFC 7089 as a checklist on each engine, and its own client against a live server."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import parse_qs, quote, urlsplit

import pytest
import requests
from memento_client.memento_client import MementoClient
from werkzeug.test import TestResponse

import projections.memento
from projections.views.view import StatementRow
from projections.web.doorkeeper import PLACES
from tests import losing
from tests.api import Api, code_of, small_api, small_environ
from tests.commands import Commands
from tests.copies import copies_of
from tests.mailserver import free_port
from tests.test_serving import Server, until

SAMPLE = "sample-2021"
PATH = f"/statements/{SAMPLE}/signatories"
LIST, TIMEGATE, TIMEMAP = f"/api/v1{PATH}", f"/timegate{PATH}", f"/timemap{PATH}"
LINK = re.compile(r'<([^>]*)>((?:; [a-z]+="[^"]*")*)(?:,\s*|\s*\Z)')
RFC1123 = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}"
    r" [0-9]{2}:[0-9]{2}:[0-9]{2} GMT"
)


class Link(NamedTuple):
    """A link as RFC 8288 has it."""

    target: str
    rel: str
    attributes: dict[str, str]

    @property
    def rels(self) -> list[str]:
        """List its relations."""
        return self.rel.split()


def links(text: str) -> list[Link]:
    """Read a Link header or a TimeMap, all of it."""
    found, at = [], 0
    while at < len(text):
        match = LINK.match(text, at)
        assert match, text[at : at + 200]
        attributes = dict(re.findall(r'; ([a-z]+)="([^"]*)"', match[2]))
        found.append(Link(match[1], attributes.pop("rel"), attributes))
        at = match.end()
    return found


class History:
    """A published list with several states, and what the log says of them."""

    def __init__(self, api: Api) -> None:
        """Write a history with another statement's entries between, two entries in one second and two at one instant."""
        self.api, self.client = api, api.app.test_client(use_cookies=False)
        api.statement()
        for name in ("Bakers", "Millers"):
            api.clock.advance(seconds=10)
            api.sign(SAMPLE, name)
        api.clock.advance(seconds=30, milliseconds=200)
        api.publish(SAMPLE, "2021-06-07")
        api.statement("other-2021")
        api.clock.advance(milliseconds=500)
        api.sign(SAMPLE, "Reapers", "2021-06-20")
        api.clock.advance(hours=30)
        api.sign("other-2021", "Weavers")
        api.publish("other-2021", "2021-06-07")
        api.clock.advance(days=3)
        api.sign(SAMPLE, "Smiths", "2021-06-21")
        api.clock.advance(days=3)
        self.states = self.look()

    def look(self) -> list[tuple[int, datetime]]:
        """Read in the log which states there are, and since when."""
        events = self.api.get(f"/statements/{SAMPLE}/events").get_json()["events"]
        return [(event["position"], datetime.fromisoformat(event["recorded_at"])) for event in events]

    def ask(self, address: str, at: datetime | str | None = None, method: str = "GET") -> TestResponse:
        """Ask at an address, perhaps for a date and time."""
        written = format_datetime(at, usegmt=True) if isinstance(at, datetime) else at
        headers = {"X-Request-Id": "one-request", **({} if written is None else {"Accept-Datetime": written})}
        return self.client.open(address.removeprefix("http://localhost"), method=method, headers=headers)

    def list_at(self, position: int) -> TestResponse:
        """Ask for the list pinned at a position."""
        return self.ask(f"{LIST}?position={position}")

    def every_kind(self) -> dict[str, TestResponse]:
        """Ask for one of each: the list, its TimeGate with all that may stand in the header, a state."""
        dates = [None, self.states[2][1], datetime(1990, 1, 1, tzinfo=UTC), datetime(2999, 1, 1, tzinfo=UTC), "x"]
        return {
            "list": self.ask(LIST),
            **{f"timegate {at}": self.ask(TIMEGATE, at) for at in dates},
            **{f"memento {at}": self.list_at(at) for at, _ in self.states},
        }


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[History]:
    """Open a history on SQLite once for all tests, which read or add to it."""
    api = small_api(tmp_path_factory.mktemp("memento"))
    yield History(api)
    api.close()


def of(answer: TestResponse, relation: str) -> list[Link]:
    """List the links of an answer in one relation."""
    return [link for link in links(answer.headers.get("Link", "")) if relation in link.rels]


def position_of(address: str) -> int:
    """Read which position an address is pinned at."""
    return int(parse_qs(urlsplit(address).query)["position"][0])


def chosen(history: History, at: datetime | str | None) -> int:
    """Tell which position a TimeGate chooses."""
    answer = history.ask(TIMEGATE, at)
    assert 302 == answer.status_code
    return position_of(answer.headers["Location"])


# ── the checklist: section of RFC 7089, what it demands, and how that is looked at ───────────────────────────────────

Check = Callable[[History], None]
CHECKLIST: list[tuple[str, str, Check]] = []


def rule(section: str, demand: str) -> Callable[[Check], Check]:
    """Put a check on the list."""

    def add(check: Check) -> Check:
        CHECKLIST.append((section, demand, check))
        return check

    return add


@rule("2.1.1", "Memento-Datetime is an rfc1123-date in GMT, and tells when the state was recorded")
def _(history: History) -> None:
    for position, recorded_at in history.states:
        told = history.list_at(position).headers["Memento-Datetime"]
        assert RFC1123.fullmatch(told)
        assert recorded_at.replace(microsecond=0) == parsedate_to_datetime(told)


@rule("2.1.1", "Only mementos have a Memento-Datetime")
def _(history: History) -> None:
    for name, answer in history.every_kind().items():
        assert name.startswith("memento") == ("Memento-Datetime" in answer.headers), name


@rule("2.1.2", "A TimeGate varies by accept-datetime, whatever it answers; nothing else does")
def _(history: History) -> None:
    for name, answer in history.every_kind().items():
        assert name.startswith("timegate") == ("accept-datetime" in answer.headers.get("Vary", "")), name
        assert not (name.startswith("memento") and "Vary" in answer.headers), name


@rule("2.2.1", "TimeGates and mementos have exactly one original, which is the list itself")
def _(history: History) -> None:
    for name, answer in history.every_kind().items():
        if name != "list":
            assert [f"http://localhost{LIST}"] == [link.target for link in of(answer, "original")], name


@rule("2.2.2", "The list and its mementos name the TimeGate")
def _(history: History) -> None:
    for name, answer in history.every_kind().items():
        named = [link.target for link in of(answer, "timegate")]
        assert named == ([] if name.startswith("timegate") else [f"http://localhost{TIMEGATE}"]), name


@rule("2.2.3", "The list, its TimeGate and its mementos name the TimeMap and its media type")
def _(history: History) -> None:
    for name, answer in history.every_kind().items():
        (link,) = of(answer, "timemap")
        assert (f"http://localhost{TIMEMAP}", "application/link-format") == (link.target, link.attributes["type"]), name


@rule("2.2.3", "from and until of a TimeMap are rfc1123-dates that hold all its mementos")
def _(history: History) -> None:
    for answer in history.every_kind().values():
        for link in of(answer, "timemap"):
            ends = [link.attributes[name] for name in ("from", "until") if name in link.attributes]
            assert all(map(RFC1123.fullmatch, ends))
            if ends:
                first, last = (history.states[at][1].replace(microsecond=0) for at in (0, -1))
                assert [first, last] == [parsedate_to_datetime(end) for end in ends]


@rule("2.2.4", "The datetime of a memento link is the Memento-Datetime of what it leads to")
def _(history: History) -> None:
    told = [link for answer in history.every_kind().values() for link in of(answer, "memento")]
    told += [link for link in links(history.ask(TIMEMAP).text) if "memento" in link.rels]
    for target, at in {(link.target, link.attributes["datetime"]) for link in told}:
        answer = history.ask(target)
        assert (200, at) == (answer.status_code, answer.headers["Memento-Datetime"])


@rule("2.2.4", "first, last, prev and next are mementos, and those of the log")
def _(history: History) -> None:
    positions = [position for position, _ in history.states]
    for at, position in enumerate(positions):
        found = {rel: link for link in of(history.list_at(position), "memento") for rel in link.rels}
        expected = {"first": positions[0], "last": positions[-1]}
        expected |= {"prev": positions[at - 1]} if at else {}
        expected |= {"next": positions[at + 1]} if at + 1 < len(positions) else {}
        assert expected == {rel: position_of(link.target) for rel, link in found.items() if rel != "memento"}


@rule("2.2.4", "No address stands in two memento links of one answer")
def _(history: History) -> None:
    for answer in history.every_kind().values():
        targets = [link.target for link in of(answer, "memento")]
        assert len(targets) == len(set(targets))


@rule("4.2", "The list does not negotiate: Accept-Datetime changes nothing in its answer")
def _(history: History) -> None:
    plain, dated = history.ask(LIST), history.ask(LIST, history.states[0][1])
    assert (200, plain.data, list(plain.headers)) == (dated.status_code, dated.data, list(dated.headers))


@rule("4.2.1", "A TimeGate answers 302, with Location and without a body")
def _(history: History) -> None:
    answer = history.ask(TIMEGATE, history.states[2][1])
    assert (302, b"", "0") == (answer.status_code, answer.data, answer.headers["Content-Length"])
    assert f"http://localhost{LIST}?position={history.states[2][0]}" == answer.headers["Location"]


@rule("4.2.1", "A TimeGate names the memento that it chose, with its date")
def _(history: History) -> None:
    for at in (None, history.states[2][1], datetime(1990, 1, 1, tzinfo=UTC)):
        answer = history.ask(TIMEGATE, at)
        assert 1 == [link.target for link in of(answer, "memento")].count(answer.headers["Location"])


@rule("4.2.1", "A memento answers 200 with the list as it was known")
def _(history: History) -> None:
    for position, _recorded_at in history.states:
        answer = history.list_at(position)
        assert (200, position, True) == (answer.status_code, answer.get_json()["position"], answer.get_json()["final"])


@rule("4.5.3", "Earlier than the first: the first; later than the last, or no header: the last")
def _(history: History) -> None:
    first, last = history.states[0][0], history.states[-1][0]
    assert first == chosen(history, datetime(1, 1, 1, tzinfo=UTC))
    assert first == chosen(history, history.states[0][1] - timedelta(seconds=1))
    assert last == chosen(history, datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC))
    assert last == chosen(history, None)


@rule("4.5.3", "What is no rfc1123-date is answered with 400")
def _(history: History) -> None:
    for text in MALFORMED:
        answer = history.ask(TIMEGATE, text)
        assert (400, "invalid-time") == (answer.status_code, code_of(answer)), text


@rule("4.5.6", "Memento-Datetime and original stay with every answer: to HEAD, 304, and with Accept-Datetime")
def _(history: History) -> None:
    address = f"{LIST}?position={history.states[1][0]}"
    first = history.ask(address)
    held = history.client.get(address, headers={"If-None-Match": first.headers["ETag"]})
    others = [history.ask(address, method="HEAD"), history.ask(address, history.states[0][1]), held]
    assert [200, 200, 304] == [answer.status_code for answer in others]
    for answer in others:
        for name in ("Memento-Datetime", "Link", "Cache-Control", "ETag"):
            assert first.headers[name] == answer.headers[name]


@rule("4.5.6", "A memento is frozen: later entries change neither its bytes nor its date")
def _(history: History) -> None:
    before = {position: history.list_at(position) for position, _ in history.states}
    history.api.clock.advance(days=400)
    history.api.sign(SAMPLE, "Latecomers", "2021-06-05")
    for position, answer in before.items():
        again = history.list_at(position)
        assert (answer.data, answer.headers["Memento-Datetime"]) == (again.data, again.headers["Memento-Datetime"])
    history.states = history.look()
    history.api.clock.advance(days=1)


@rule("5", "A TimeMap is application/link-format, and all of it links")
def _(history: History) -> None:
    answer = history.ask(TIMEMAP)
    assert (200, "application/link-format") == (answer.status_code, answer.headers["Content-Type"])
    assert links(answer.text)


@rule("5", "A TimeMap lists the original, the TimeGate and itself, once each")
def _(history: History) -> None:
    found = links(history.ask(TIMEMAP).text)
    for relation, path in (("original", LIST), ("timegate", TIMEGATE), ("self", TIMEMAP)):
        assert [f"http://localhost{path}"] == [link.target for link in found if link.rels == [relation]]


@rule("5", "A TimeMap lists every state of the log with its date, the first and the last as such")
def _(history: History) -> None:
    found = [link for link in links(history.ask(TIMEMAP).text) if "memento" in link.rels]
    told = [(position_of(link.target), parsedate_to_datetime(link.attributes["datetime"])) for link in found]
    assert [(position, at.replace(microsecond=0)) for position, at in history.states] == told
    middle = ["memento"] * (len(found) - 2)
    assert ["first memento", *middle, "last memento"] == [link.rel for link in found]


@rule("5.1.1", "A TimeMap of several pages: each names its neighbours with from and until, and together they list all")
def _(history: History) -> None:
    projections.memento.PAGE = 2
    waiting, seen, listed = [TIMEMAP], dict[str, str](), list[int]()
    while waiting:
        page = waiting.pop(0)
        seen[page] = text = history.client.get(page, headers={"Cookie": "past=the-door"}).text
        for link in links(text):
            path = link.target.removeprefix("http://localhost")
            if "memento" in link.rels:
                listed.append(position_of(path))
            elif link.rel == "timemap":
                assert {"type", "from", "until"} == link.attributes.keys()
                waiting += [] if path in seen or path in waiting else [path]
            elif link.rel == "self":
                assert page == path
    assert [position for position, _ in history.states] == listed
    assert -(-len(history.states) // 2) == len(seen)
    assert (404, "not-found") == ((none := history.ask(f"{TIMEMAP}?page=99")).status_code, code_of(none))


@rule("HTTP", "HEAD is answered as GET is, without the body, everywhere")
def _(history: History) -> None:
    for address in (LIST, TIMEGATE, TIMEMAP, f"{LIST}?position={history.states[0][0]}", f"/timegate{PATH}x"):
        get, head = history.ask(address), history.ask(address, method="HEAD")
        assert (get.status_code, sorted(get.headers), b"") == (head.status_code, sorted(head.headers), head.data), (
            address
        )


MALFORMED = (
    "", "x", "2021-06-07", "2021-06-07T12:00:00Z", "Mon, 07 Jun 2021 12:00:00", "Mon, 07 Jun 2021 12:00:00 CET",
    "Mon, 07 Jun 2021 12:00:00 +0000", "mon, 07 Jun 2021 12:00:00 GMT", "Mon, 07 JUN 2021 12:00:00 GMT",
    "Mon, 7 Jun 2021 12:00:00 GMT", "Monday, 07-Jun-21 12:00:00 GMT", "Mon Jun  7 12:00:00 2021",
    "Mon, 31 Feb 2021 12:00:00 GMT", "Mon, 07 Jun 2021 24:00:00 GMT", "Mon, 07 Jun 2021 12:60:00 GMT",
    "Mon, 07 Jun 0000 12:00:00 GMT", "Mon, 07 Jun 2021 12:00:00 GMT, Mon, 07 Jun 2021 12:00:00 GMT",
    "Mon, 07 Jun 2021 12:00:00 GMTx", "Mon, ٠٧ Jun 2021 12:00:00 GMT", "\u00ff" * 300,
)  # fmt: skip


@pytest.mark.parametrize(
    "check", [pytest.param(check, id=f"{section} {demand}") for section, demand, check in CHECKLIST]
)
def test_the_checklist(check: Check, small: History, monkeypatch: pytest.MonkeyPatch) -> None:
    """What RFC 7089 demands of an original, a TimeGate, a memento and a TimeMap holds."""
    monkeypatch.setattr(projections.memento, "PAGE", projections.memento.PAGE)
    check(small)


@pytest.mark.postgresql
def test_the_checklist_on_the_other_engine(
    postgresql_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it holds on PostgreSQL as well."""
    api = Api({**small_environ(tmp_path), "SIGNATURES_DATABASE": postgresql_url})
    history = History(api)
    for section, demand, check in CHECKLIST:
        monkeypatch.setattr(projections.memento, "PAGE", 1_000)
        try:
            check(history)
        except AssertionError as failure:
            raise AssertionError(f"{section}: {demand}") from failure
    api.close()


# ── which state is chosen ────────────────────────────────────────────────────────────────────────────────────────────


def test_every_date_of_the_timemap_leads_to_a_state_of_that_second(small: History) -> None:
    """Seconds in HTTP have no parts: what is chosen is the last state of the second asked for."""
    for _, at in small.states:
        second = at.replace(microsecond=0)
        expected = max(position for position, other in small.states if other.replace(microsecond=0) == second)
        assert expected == chosen(small, second)


def test_between_two_states_the_earlier_one_is_chosen(small: History) -> None:
    """A state holds until the next entry: the nearest in time would often be one that nobody knew yet."""
    for (position, at), (_, following) in zip(small.states, small.states[1:], strict=False):
        if following - at > timedelta(seconds=2):
            assert position == chosen(small, following - timedelta(seconds=2))


def test_a_timegate_chooses_as_known_at_does(small: History) -> None:
    """On whole seconds both ways to ask for a moment lead to the same list."""
    for _, at in small.states:
        moment = at.replace(microsecond=0) + timedelta(seconds=1)
        known = small.ask(f"{LIST}?known_at={quote(moment.isoformat())}").get_json()
        told = small.ask(small.ask(TIMEGATE, moment).headers["Location"]).get_json()
        assert known["position"] == told["position"]
        assert known["numbered"] == told["numbered"]


def test_the_name_of_the_day_is_not_looked_up(small: History) -> None:
    """Clients get it wrong (even the documentation of one does), and the rest says it all."""
    right = format_datetime(small.states[2][1], usegmt=True)
    wrong = ("Mon" if right[:3] != "Mon" else "Tue") + right[3:]
    assert chosen(small, right) == chosen(small, wrong)


def test_a_position_between_two_entries_is_a_state_of_its_own_moment(small: History) -> None:
    """Only the day may have moved on there; its neighbours are the entries before and after."""
    (before, _), (after, _) = next(
        pair for pair in zip(small.states, small.states[1:], strict=False) if pair[1][0] - pair[0][0] > 2
    )
    answer = small.list_at(after - 1)
    entry = small.api.room.store.entry(after - 1)
    assert entry is not None
    at = datetime.fromisoformat(entry.recorded_at).replace(microsecond=0)
    assert at == parsedate_to_datetime(answer.headers["Memento-Datetime"])
    found = {rel: position_of(link.target) for link in of(answer, "memento") for rel in link.rels if rel != "memento"}
    assert {"first": 1, "last": small.states[-1][0], "prev": before, "next": after} == found


def test_a_statement_with_one_state_is_first_and_last(tmp_path: Path) -> None:
    """A client finds each relation, all of one address in one link."""
    assert (
        "first last memento"
        == projections.memento._among_all(_row(last_version=1), [projections.memento.State(1, "")], 0)[
            projections.memento.State(1, "")
        ]
    )
    state = projections.memento.State(1, "2021-06-07T12:00:00.000000Z")
    alone = projections.memento.Chosen("sample-2021", state, state, state, None, None)
    assert {state: "first last memento"} == alone.relations()


def _row(last_version: int) -> Any:
    return StatementRow(1, "statement/x", "sample-2021", 1, 1, "", last_version, None)


# ── what is no memento ───────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("query", ["as_of=2021-06-08", "as_of=2021-06-08&position=5", "as_of=&position=5", "edition=1"])
def test_a_list_on_another_date_promises_nothing(small: History, query: str) -> None:
    """Another date is another question: neither a state nor the list that has states."""
    answer = small.ask(f"{LIST}?{query}")
    assert (200, False) == (answer.status_code, "Memento-Datetime" in answer.headers)
    assert [] == [link for rel in ("original", "timegate", "memento") for link in of(answer, rel)]


def test_variants_have_states_of_their_own(small: History) -> None:
    """What else a list is asked for stays in all its addresses."""
    asked = "?part=all&show=annotated&language=en&limit=5"
    gate = small.ask(f"{TIMEGATE}{asked}", small.states[2][1])
    assert f"http://localhost{LIST}{asked}&position={small.states[2][0]}" == gate.headers["Location"]
    state = small.ask(gate.headers["Location"])
    for answer in (gate, state):
        assert [f"http://localhost{LIST}{asked}"] == [link.target for link in of(answer, "original")]
        assert [f"http://localhost{TIMEMAP}{asked}"] == [link.target for link in of(answer, "timemap")]
    assert [f"http://localhost{TIMEGATE}{asked}"] == [link.target for link in of(state, "timegate")]
    (last,) = [link.target for link in links(small.ask(f"{TIMEMAP}{asked}").text) if "last" in link.rels]
    assert f"http://localhost{LIST}{asked}&position={small.states[-1][0]}" == last


def test_pages_of_a_state_are_told_before_its_neighbours(small: History) -> None:
    """The next page and the next state are two links; whoever takes the first that says "next" turns the page."""
    answer = small.ask(f"{LIST}?position={small.states[-2][0]}&limit=1")
    following = of(answer, "next")
    assert ["next", "last next memento"] == [link.rel for link in following]
    assert "cursor=" in following[0].target
    page = small.ask(following[0].target)
    assert (200, False) == (page.status_code, "Memento-Datetime" in page.headers)
    assert [] == of(page, "original")


@pytest.mark.parametrize("query", ["show=x", "language=!", "limit=0", "page=2", "position=5", "as_of=2021-06-07"])
def test_a_timegate_takes_what_the_list_takes_but_no_time(small: History, query: str) -> None:
    """Values that the list would refuse are refused before anybody is sent there."""
    assert 400 == small.ask(f"{TIMEGATE}?{query}").status_code


@pytest.mark.parametrize("page", ["0", "x", "-1", "", "99999999999999999999"])
def test_a_page_that_is_none(small: History, page: str) -> None:
    """A sentence, never a failure."""
    assert small.ask(f"{TIMEMAP}?page={page}").status_code in (400, 404)


def test_drafts_have_no_states_for_anybody(tmp_path: Path) -> None:
    """TimeGate and TimeMap know no draft; a token sees its list, which names neither."""
    api = small_api(tmp_path)
    api.statement()
    client = api.app.test_client()
    assert [404, 404] == [client.get(address, headers=api.bearer()).status_code for address in (TIMEGATE, TIMEMAP)]
    for query in ("", "?position=1"):
        shown = client.get(LIST + query, headers=api.bearer())
        assert (200, False, False) == (
            shown.status_code, "Memento-Datetime" in shown.headers, "Link" in shown.headers,
        )  # fmt: skip
    api.close()


def test_a_reference_is_told_as_it_is_written(small: History) -> None:
    """Whatever case somebody types, there is one original and one chain of states."""
    other = small.ask(TIMEGATE.replace("sample", "SAMPLE"))
    assert (302, small.ask(TIMEGATE).headers["Link"]) == (other.status_code, other.headers["Link"])
    state = small.ask(f"{LIST.replace('sample', 'Sample')}?position=4")
    assert [f"http://localhost{LIST}"] == [link.target for link in of(state, "original")]


@pytest.mark.parametrize("path", ["none", "..", "%3Cscript%3E", "a%0d%0aX-Evil:1", "%00", "x" * 300])
def test_what_is_not_there_is_not_there(small: History, path: str) -> None:
    """No reference makes a header of its own."""
    for place in ("timegate", "timemap"):
        answer = small.ask(f"/{place}/statements/{path}/signatories")
        assert (404, False) == (answer.status_code, "X-Evil" in answer.headers)


@pytest.mark.parametrize("reference", ["a%0ab", "a%0d%0aX-Evil:1", '%22%3E; rel="next"', "%3E", "%ff"])
def test_a_refusal_links_to_one_address_whatever_stands_in_it(small: History, reference: str) -> None:
    """A refused question names the list that it was about in links of its own, which nothing in its path can break."""
    answer = small.ask(f"/timegate/statements/{reference}/signatories?colour=red")
    assert (400, "unknown-parameter") == (answer.status_code, code_of(answer))
    assert ["original", "timemap"] == [link.rel for link in links(answer.headers["Link"])]
    assert "X-Evil" not in answer.headers


def test_what_was_lost_is_no_state(environ: dict[str, str], tmp_path: Path) -> None:
    """For a moment of which nobody can tell any more what was known, the last state that is left is chosen, with its date."""
    environ["SIGNATURES_BASE_URL"] = "http://localhost"
    with copies_of(environ["SIGNATURES_DATABASE"], tmp_path / "copies") as copies:
        site = losing.Site(environ, copies)
        site.lose()
        site.recover()
        with site.room() as room:
            site.sign(room, "Omega")
            left = room.store.entry(losing.KEPT)
        assert left is not None
        site.clock.advance(minutes=1)
        with site.app() as app:
            client, place = app.test_client(), f"statements/{losing.OPEN}/signatories"
            listed = [position_of(x.target) for x in links(client.get(f"/timemap/{place}").text) if "memento" in x.rels]
            assert [1, 2, 4, 6, losing.KEPT, losing.LAST + 2] == listed
            gap = datetime.fromisoformat(left.recorded_at) + timedelta(seconds=5)
            gate = client.get(f"/timegate/{place}", headers={"Accept-Datetime": format_datetime(gap, usegmt=True)})
            assert losing.KEPT == position_of(gate.headers["Location"])
            assert [losing.LAST + 2] == [position_of(x.target) for x in of(gate, "next")]
            assert 410 == client.get(f"{losing.LIST}?position={losing.LAST}").status_code


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_kept_answer_says_the_same(small: History) -> None:
    """The keeper at the door gives list, state and TimeMap again with every header."""
    for address in (LIST, f"{LIST}?position=5", TIMEMAP):
        first, second = small.ask(address), small.ask(address)
        assert (first.data, list(first.headers)) == (second.data, list(second.headers))


def test_a_timegate_is_never_kept_at_the_door() -> None:
    """It is answered by a header that the keeper does not look at."""
    assert not TIMEGATE.startswith(PLACES)
    assert TIMEMAP.startswith(PLACES)


def test_a_new_entry_is_the_next_state_at_once(tmp_path: Path) -> None:
    """What was kept of the last state names its successor after the next entry."""
    api = small_api(tmp_path)
    api.published("Bakers")
    client, last = api.app.test_client(), api.position()
    before = client.get(f"{LIST}?position={last}")
    listed = client.get(TIMEMAP).text
    api.sign(SAMPLE, "Millers")
    after = client.get(f"{LIST}?position={last}")
    assert ([], [api.position()]) == tuple(
        [position_of(x.target) for x in of(answer, "next")] for answer in (before, after)
    )
    assert before.data == after.data
    assert 1 == len(links(client.get(TIMEMAP).text)) - len(links(listed))
    api.close()


# ── a client of others against a live server ─────────────────────────────────────────────────────────────────────────


@pytest.fixture
def served(environ: dict[str, str], tmp_path: Path) -> Iterator[str]:
    """Serve a statement with gunicorn, under its own address; entries lie two seconds apart."""
    port = free_port()
    environ["SIGNATURES_BASE_URL"] = f"http://127.0.0.1:{port}"
    api = Api(environ)
    api.clock.set(datetime.now(UTC) - timedelta(days=1))
    api.statement()
    for name in ("Bakers", "Millers"):
        api.clock.advance(seconds=2)
        api.sign(SAMPLE, name)
    api.clock.advance(seconds=2)
    api.publish(SAMPLE, "2021-06-07")
    api.close()
    server = Server(environ, tmp_path / "server.log", port)
    try:
        until(server.is_ready)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.end()


def test_the_memento_client_travels(served: str, environ: dict[str, str]) -> None:
    """The list leads it to our TimeGate; each date of the TimeMap leads it to that state and its neighbours."""
    events = Commands(environ)
    assert "Signed" in events.said("history", SAMPLE)
    original = f"{served}{LIST}"
    listed = MementoClient.parse_link_header(requests.get(f"{served}{TIMEMAP}", timeout=30).text)
    states = sorted(
        (position_of(address), MementoClient.convert_to_datetime(told["datetime"][0]))
        for address, told in listed.items()
        if "memento" in told["rel"]
    )
    assert 5 == len(states)
    with MementoClient() as client:
        for at, (position, moment) in list(enumerate(states))[1:]:  # the first two are of one second
            found = client.get_memento_info(original, moment)
            mementos = found["mementos"]
            assert (original, f"{served}{TIMEGATE}") == (found["original_uri"], found["timegate_uri"])
            assert {"datetime": moment, "http_status_code": 200, "uri": [f"{original}?position={position}"]} == (
                mementos["closest"]
            )
            assert [f"{original}?position={states[0][0]}"] == mementos["first"]["uri"]
            assert [f"{original}?position={states[-1][0]}"] == mementos["last"]["uri"]
            assert (at > 0, at + 1 < len(states)) == ("prev" in mementos, "next" in mementos)


def test_the_memento_client_recognises_what_is_what(served: str) -> None:
    """Its own tests of a TimeGate and a memento, from a memento back to its list, and dates outside all states."""
    original, moment = f"{served}{LIST}", datetime.now(UTC).replace(tzinfo=None)
    with MementoClient() as client:
        assert client.is_timegate(f"{served}{TIMEGATE}")
        last = client.get_memento_info(original, moment + timedelta(days=300))["mementos"]
        first = client.get_memento_info(original, moment - timedelta(days=9_000))["mementos"]
        assert last["last"]["uri"] == last["closest"]["uri"]
        assert first["first"]["uri"] == first["closest"]["uri"]
        (address,) = first["closest"]["uri"]
        assert client.is_memento(address)
        assert not client.is_memento(original)
        assert original == client.get_original_uri(address)
        again = client.get_memento_info(address, moment)
        assert (original, last["closest"]) == (again["original_uri"], again["mementos"]["closest"])


def test_over_a_socket_head_is_get_without_its_body(served: str) -> None:
    """Lengths and headers are the same through gunicorn, kept at the door or not."""
    with requests.Session() as session:
        for path in (LIST, TIMEMAP, TIMEGATE, f"{LIST}?position=2"):
            for _ in range(2):
                how: dict[str, Any] = {
                    "allow_redirects": False,
                    "timeout": 30,
                    "headers": {"X-Request-Id": "one-request"},
                }
                get, head = session.get(served + path, **how), session.head(served + path, **how)
                told = [{n: v for n, v in answer.headers.items() if n != "Date"} for answer in (get, head)]
                assert (get.status_code, told[0], b"") == (head.status_code, told[1], head.content)
