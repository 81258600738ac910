"""Reading over the API: any date and position, in every form, kept by caches for as long as it is right and no longer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

import signatures.errors
import signatures.web.admission
import wsgi
from signatures.errors import RegisterError
from signatures.web.problems import PROBLEMS, install_api
from tests.api import NOW, PREFIX, Api, code_of, small_api, small_environ

LIST = "/statements/sample-2021/signatories"
DAY = "2021-06-07"


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of a register with one published statement of three signatories, on each engine."""
    opened = Api(environ)
    opened.published("Bakers", "Millers", "Reapers")
    yield opened
    opened.close()


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Api]:
    """Open the same on SQLite alone, where the engine does not matter."""
    opened = small_api(tmp_path)
    opened.published("Bakers", "Millers", "Reapers")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def reading(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Open the same once for all tests that only read."""
    opened = small_api(tmp_path_factory.mktemp("reading"))
    opened.published("Bakers", "Millers", "Reapers")
    yield opened
    opened.close()


def names(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    """List the names of an answer."""
    return [entry["name"] for part in ("numbered", "subsequent") for entry in answer[part]]


# ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_on_a_date(api: Api) -> None:
    """The keys stand in the order of the interface, the entries in that of the edition."""
    answer = api.get(LIST, as_of=DAY)
    told = answer.get_json()
    assert (200, "application/json") == (answer.status_code, answer.content_type)
    assert ["statement", "as_of", "time_zone", "position", "recorded_through", "final"] == list(told)[:6]
    assert ["Bakers", "Millers", "Reapers"] == names(told)
    assert [1, 2, 3] == [entry["number"] for entry in told["numbered"]]
    assert {"number": 1, "as_of": DAY, "further_signatories_possible": True} == told["edition"]


def test_a_list_as_it_was_known(api: Api) -> None:
    """A position shows what was recorded up to it, a date-time counts as its date in the statement's zone."""
    api.sign("sample-2021", "Weavers", on="2021-06-20")
    now = api.get(LIST, as_of="2021-07-01").get_json()
    assert ["Bakers", "Millers", "Reapers", "Weavers"] == names(now)
    then = api.get(LIST, as_of="2021-07-01", position=now["position"] - 1).get_json()
    assert (["Bakers", "Millers", "Reapers"], True) == (names(then), then["final"])
    assert DAY == api.get(LIST, as_of="2021-06-06T22:30:00Z").get_json()["as_of"]


def test_the_api_agrees_with_the_command(small: Api, tmp_path: Path) -> None:
    """The same question has the same bytes on the command line."""
    runner = CliRunner(env=small_environ(tmp_path))
    done = runner.invoke(wsgi.main, ["list", "sample-2021", "--as-of", DAY, "--format", "json"])
    assert small.get(LIST, as_of=DAY).data == done.stdout_bytes.rstrip(b"\n")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("as_of=2021-02-30", "invalid-time"),
        ("as_of=2021-06-07T12:00:00", "invalid-time"),
        ("as_of=nonsense", "invalid-time"),
        ("as_off=2021-06-07", "unknown-parameter"),
        ("known_at=2999-01-01T00:00:00Z", "known-at-in-future"),
        ("known_at=2021-01-01", "invalid-time"),
        ("position=99999999", "position-out-of-range"),
        ("position=0", "position-out-of-range"),
        ("position=-1", "position-out-of-range"),
        ("position=x", "position-out-of-range"),
        ("position=1&known_at=2021-01-01T00:00:00Z", "conflicting-time-parameters"),
        ("edition=1&as_of=2021-06-07", "conflicting-time-parameters"),
        ("edition=9", "not-found"),
        ("edition=x", "invalid-parameter"),
        ("show=all", "invalid-parameter"),
        ("part=some", "invalid-parameter"),
        ("limit=0", "invalid-parameter"),
        ("limit=x", "invalid-parameter"),
        ("cursor=x", "invalid-parameter"),
        ("language=%00", "invalid-parameter"),
        ("as_of=2021-06-07&as_of=2021-06-08", "invalid-parameter"),
        ("as_of=%ff", "invalid-time"),
    ],
)
@pytest.mark.parametrize("form", ["", ".csv"])
def test_what_cannot_be_asked_is_a_problem(reading: Api, query: str, code: str, form: str) -> None:
    """Each wrong question has a code of its own, in every form of the list."""
    assert code == code_of(reading.get(f"{LIST}{form}?{query}"))


@pytest.mark.parametrize(
    "path",
    [
        "/statements/none",
        "/statements/none/signatories",
        "/statements/a%20b/events",
        "/nothing",
        "/statements/sample-2021/",
    ],
)
def test_what_is_not_there_is_a_problem(reading: Api, path: str) -> None:
    """404, whether the statement or the address is unknown."""
    assert "not-found" == code_of(reading.get(path))


def test_a_wrong_method_is_a_problem_that_names_the_right_ones(reading: Api) -> None:
    """405 keeps Allow."""
    answer = reading.ask(LIST, "DELETE")
    assert "method-not-allowed" == code_of(answer)
    assert {"GET", "HEAD", "OPTIONS"} == set(answer.headers["Allow"].split(", "))


def test_a_wrong_token_is_refused_for_reading_too(reading: Api) -> None:
    """Who shows a token believes to be somebody: 401 rather than a smaller answer."""
    assert "unauthorised" == code_of(reading.get(LIST, headers={"Authorization": "Bearer nonsense"}))


# ── caches ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_how_long_a_cache_may_keep_a_list(small: Api) -> None:
    """What is pinned is kept for long; what may change is asked for again; what is not final is not kept."""
    position = small.get(LIST).get_json()["position"]

    def kept(query: str) -> str:
        return small.get(f"{LIST}?{query}").headers["Cache-Control"]

    for query in (f"as_of={DAY}&position={position}", f"position={position}", "edition=1"):
        assert "max-age=604800, immutable" == kept(query), query
    for query in ("", f"as_of={DAY}", f"as_of=&position={position}"):
        assert "no-cache" == kept(query), query
    assert "no-store" == kept("known_at=2027-03-01T12:00:00Z")
    small.clock.advance(seconds=11)
    assert "max-age=604800, immutable" == kept("known_at=2027-03-01T12:00:00Z")
    assert "no-cache" == kept("known_at=2027-03-01T12:00:00Z&as_of=")


@pytest.mark.parametrize("form", ["", ".json", ".csv", ".txt", ".html"])
def test_who_holds_an_answer_is_told_so(reading: Api, form: str) -> None:
    """304 for the tag, also weak, among others, and with what a compressing proxy makes of it."""
    answer = reading.get(LIST + form, as_of=DAY)
    tag = answer.headers["ETag"]
    inner = tag.strip('"')
    for held in (tag, f"W/{tag}", f'"other", {tag}', f'W/"{inner}-gzip"', f'"{inner}-br"', "*"):
        again = reading.get(LIST + form, as_of=DAY, headers={"If-None-Match": held})
        assert (304, b"", tag) == (again.status_code, again.data, again.headers["ETag"]), held
        assert answer.headers["Cache-Control"] == again.headers["Cache-Control"]
        assert "Content-Type" not in again.headers
    for other in ('"other"', 'W/""', '""', "", "nonsense", ","):
        assert 200 == reading.get(LIST + form, as_of=DAY, headers={"If-None-Match": other}).status_code, other


def test_a_tag_changes_with_what_it_names(small: Api) -> None:
    """Another form, date, page or event is another tag; another question with the same bytes is the same."""
    asked = [
        LIST,
        f"{LIST}?as_of={DAY}",
        f"{LIST}.csv?as_of={DAY}",
        f"{LIST}?as_of={DAY}&limit=1",
        f"{LIST}?as_of={DAY}&show=annotated",
    ]
    tags = [small.get(one).headers["ETag"] for one in asked]
    assert len(tags) == len(set(tags))
    assert small.get(f"{LIST}.json").headers["ETag"] == tags[0]
    small.sign("sample-2021", "Weavers", on="2021-06-20")
    assert 200 == small.get(LIST, headers={"If-None-Match": tags[0]}).status_code
    assert tags[0] != small.get(LIST).headers["ETag"]


def test_an_event_of_another_statement_changes_no_tag(small: Api) -> None:
    """The tag is made from the statement's own last position."""
    tag = small.get(LIST).headers["ETag"]
    small.published("Weavers", reference="other-2021")
    assert tag == small.get(LIST).headers["ETag"]


@pytest.mark.parametrize(
    "path",
    [
        LIST,
        f"{LIST}.csv",
        f"{LIST}.txt",
        "/statements",
        "/statements/sample-2021",
        "/openapi.json",
        "/docs",
        "/statements/none",
    ],
)
def test_head_is_get_without_the_body(reading: Api, path: str) -> None:
    """The same status and headers, length included, and no byte."""
    one = {"X-Request-Id": "one-request"}  # each request has an id of its own unless it brings one
    got, head = reading.get(path, headers=one), reading.ask(path, "HEAD", headers=one)
    assert (got.status_code, b"") == (head.status_code, head.data)
    assert dict(got.headers) == dict(head.headers)


def test_reading_changes_nothing(reading: Api) -> None:
    """No GET or HEAD writes an event."""
    before = reading.position()
    for path in (
        LIST,
        "/statements",
        "/statements/sample-2021/events",
        "/organisations",
        f"/statements/sample-2021/diff?from={DAY}",
    ):
        reading.get(path)
        reading.ask(path, "HEAD")
    assert before == reading.position()


def test_a_reply_to_a_token_is_for_its_holder(reading: Api) -> None:
    """Shared caches keep nothing that somebody read with a token."""
    answer = reading.get(LIST, editor=True)
    assert ("private, no-cache", "Authorization") == (answer.headers["Cache-Control"], answer.headers["Vary"])


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def link(answer: object, relation: str) -> str | None:
    """Follow a Link header (RFC 8288)."""
    for part in answer.headers.get("Link", "").split(", "):  # type: ignore[attr-defined]
        target, _, about = part.partition(">; ")
        if f'rel="{relation}"' in about:
            return str(target.removeprefix("<").removeprefix(PREFIX))
    return None


def test_pages_hold_each_entry_once_while_others_sign(api: Api) -> None:
    """The pages of one reading are of one position: who signs meanwhile is on none of them."""
    api.sign("sample-2021", "Weavers", on="2021-06-20")
    seen: list[str] = []
    path: str | None = f"{LIST}?limit=2"
    while path is not None:
        answer = api.ask(path)
        seen += names(answer.get_json())
        path = link(answer, "next")
        api.sign("sample-2021", f"Late {len(seen)}", on="2021-06-08")
    assert ["Bakers", "Millers", "Reapers", "Weavers"] == seen


def test_pages_lead_back(reading: Api) -> None:
    """Prev leads to the page before and first to the first; a page is pinned by its cursor."""
    first = reading.get(LIST, limit=2)
    second = reading.ask(link(first, "next") or "")
    assert (["Reapers"], None) == (names(second.get_json()), link(second, "next"))
    assert "max-age=604800, immutable" == second.headers["Cache-Control"]
    assert names(first.get_json()) == names(reading.ask(link(second, "prev") or "").get_json())
    assert names(first.get_json()) == names(reading.ask(link(second, "first") or "").get_json())
    assert None is link(first, "prev")


def test_events_come_in_pages(reading: Api) -> None:
    """After and limit cut the events; next leads on until there are no more."""
    seen: list[int] = []
    path: str | None = "/statements/sample-2021/events?limit=2"
    while path is not None:
        answer = reading.ask(path)
        seen += [event["position"] for event in answer.get_json()["events"]]
        path = link(answer, "next")
    whole = reading.get("/statements/sample-2021/events").get_json()["events"]
    assert [event["position"] for event in whole] == seen
    assert ["Drafted", "TextSet", "Signed", "Signed", "Signed", "Published"] == [event["type"] for event in whole]


def test_statements_come_in_pages(small: Api) -> None:
    """The newest first, each once."""
    small.published(reference="other-2021")
    first = small.get("/statements", limit=1)
    assert ["other-2021"] == [one["reference"] for one in first.get_json()["statements"]]
    second = small.ask(link(first, "next") or "")
    assert ["sample-2021"] == [one["reference"] for one in second.get_json()["statements"]]
    assert None is link(second, "next")


# ── the other questions ──────────────────────────────────────────────────────────────────────────────────────────────


def test_a_statement_and_its_parts(api: Api) -> None:
    """Own data, texts, editions and one edition are told each at its address."""
    statement = api.get("/statements/SAMPLE-2021").get_json()
    assert ("sample-2021", "Peace now", "open", 3) == (
        statement["reference"],
        statement["title"],
        statement["status"],
        statement["counts"]["standing"],
    )
    text = api.get("/statements/sample-2021/texts/en").get_json()
    assert ("We ask for peace.", "text/plain") == (text["text"], text["media_type"])
    editions = api.get("/statements/sample-2021/editions").get_json()["editions"]
    assert editions == [api.get("/statements/sample-2021/editions/1").get_json()]
    assert (1, DAY) == (editions[0]["number"], editions[0]["as_of"])
    assert "not-found" == code_of(api.get("/statements/sample-2021/texts/de"))
    assert "not-found" == code_of(api.get("/statements/sample-2021/editions/2"))


def test_two_lists_compared(api: Api) -> None:
    """Who came and who left between two dates; two pinned ends can be kept for long."""
    api.sign("sample-2021", "Weavers", on="2021-06-20")
    left = api.get(LIST, as_of=DAY).get_json()["numbered"][0]["signature_id"]
    api.post(f"/signatures/{left}/withdrawal", {"withdrawn_on": "2021-07-01"})
    answer = api.get(f"/statements/sample-2021/diff?from={DAY}&to=2021-07-03")
    told = answer.get_json()
    assert (["Weavers"], ["Bakers"]) == tuple([one["name"] for one in told[kind]] for kind in ("added", "withdrawn"))
    assert "no-cache" == answer.headers["Cache-Control"]
    position = told["to"]["position"]
    pinned = api.get(f"/statements/sample-2021/diff?from={DAY}@{position}&to=2021-07-03@{position}")
    assert "max-age=604800, immutable" == pinned.headers["Cache-Control"]
    assert "invalid-parameter" == code_of(api.get("/statements/sample-2021/diff"))


def test_organisations_are_found_by_name(api: Api) -> None:
    """Any spelling of a name finds it; the organisation tells what it signed."""
    found = api.get("/organisations", q="BAKERS").get_json()["organisations"]
    assert ["Bakers"] == [one["name"] for one in found]
    told = api.get(f"/organisations/{found[0]['organisation_id']}").get_json()
    assert ["sample-2021"] == [one["statement"] for one in told["signatures"]]
    assert "not-found" == code_of(api.get("/organisations/00000000-0000-4000-8000-000000000000"))


# ── forms ────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("form", "type_"),
    [
        ("json", "application/json"),
        ("csv", "text/csv; charset=utf-8; header=present"),
        ("txt", "text/plain; charset=utf-8"),
        ("html", "text/html; charset=utf-8"),
    ],
)
def test_every_form_names_everybody_in_utf8(small: Api, form: str, type_: str) -> None:
    """What people wrote arrives as they wrote it, whatever the script."""
    written = ["Türkiye / Kürdistan", "Parti Haϊtien", "Българска", "اتحاد العمال"]
    for name in written:
        small.sign("sample-2021", name)
    answer = small.get(f"{LIST}.{form}", as_of=DAY)
    assert type_ == answer.content_type
    text = answer.data.decode()
    assert [] == [
        name
        for name in written
        if name not in (json.dumps(json.loads(text), ensure_ascii=False) if form == "json" else text)
    ]


def test_the_csv_has_a_description_beside_it(reading: Api) -> None:
    """Link leads to the metadata of this very question, which names every column."""
    answer = reading.get(f"{LIST}.csv", as_of=DAY)
    rows = list(csv.DictReader(io.StringIO(answer.text, newline="")))
    metadata = reading.ask(link(answer, "describedby") or "")
    told = metadata.get_json(force=True)
    assert "application/csvm+json" == metadata.content_type
    assert f"signatories.csv?as_of={DAY}" == told["url"]
    assert list(rows[0]) == [column["name"] for column in told["tableSchema"]["columns"]]


def test_a_pinned_text_bears_the_title_of_its_time(small: Api) -> None:
    """A later title does not change what is said to be immutable."""
    position = small.get(LIST).get_json()["position"]
    first = small.get(f"{LIST}.txt", as_of=DAY, position=position).data
    small.put("/statements/sample-2021/texts/en", {"title": "Another title", "text": "Other"}, if_match="*")
    assert first == small.get(f"{LIST}.txt", as_of=DAY, position=position).data
    assert "Another title" in small.get(f"{LIST}.txt", as_of=DAY).text


def test_text_and_html_are_in_the_language_asked_for(small: Api) -> None:
    """Title, text and the language of the document follow `language`; they are never negotiated."""
    small.put(
        "/statements/sample-2021/texts/de", {"title": "Frieden jetzt", "text": "Wir wollen Frieden."}, if_none_match="*"
    )
    text = small.get(f"{LIST}.txt", language="de", headers={"Accept-Language": "en"}).text
    assert text.startswith("Frieden jetzt\n")
    assert "Wir wollen Frieden." in text
    assert "Frieden jetzt" in small.get(f"{LIST}.html", language="de").text
    assert "Peace now" in small.get(f"{LIST}.html", headers={"Accept-Language": "de"}).text


# ── problems ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def subclasses(of: type[RegisterError]) -> set[type[RegisterError]]:
    """List all errors there are."""
    return {of} | {deeper for one in of.__subclasses__() for deeper in subclasses(one)}


def test_every_error_of_the_api_has_a_page() -> None:
    """Each code that can reach a program stands in the table from which its page is made."""
    modules = {"signatures.errors", signatures.web.admission.__name__}
    codes = {one.code for one in subclasses(RegisterError) if one.__module__ in modules} - {"error", "misconfigured"}
    assert set() == codes - set(PROBLEMS)


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_the_type_of_a_problem_resolves(reading: Api, code: str) -> None:
    """The address that names a type is a page that says what it means and what to do."""
    page = reading.app.test_client().get(f"/problems/{code}")
    assert 200 == page.status_code
    assert PROBLEMS[code].title in page.text


def test_types_of_problems_stand_under_the_public_address() -> None:
    """Behind a proxy the addresses are those that the world knows."""
    app = Flask("signatures")
    install_api(app, base_url="https://register.example.org/lists")
    problem = app.test_client().get("/api/v1/nothing").get_json()
    assert "https://register.example.org/lists/problems/not-found" == problem["type"]


def test_a_fault_of_ours_tells_nothing_of_its_inside(reading: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 as a problem, without the exception's words."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the inside")

    monkeypatch.setattr("projections.lists.Lists.organisations", broken)
    answer = reading.get("/organisations")
    assert ("internal-error", 500) == (code_of(answer), answer.status_code)
    assert "inside" not in answer.text


@pytest.mark.parametrize("error", [signatures.errors.ViewBehind, signatures.errors.StorageUnavailable])
def test_what_passes_says_when_to_ask_again(
    reading: Api, monkeypatch: pytest.MonkeyPatch, error: type[RegisterError]
) -> None:
    """503 with Retry-After."""

    def busy(*_: object, **__: object) -> None:
        raise error("Not just now.")

    monkeypatch.setattr("projections.lists.Lists.organisations", busy)
    answer = reading.get("/organisations")
    assert (error.code, "2") == (code_of(answer), answer.headers["Retry-After"])


def test_nothing_of_the_api_may_be_sniffed(reading: Api) -> None:
    """The headers of safety stand on answers and on problems."""
    for path in (LIST, "/statements/none"):
        assert "nosniff" == reading.get(path).headers["X-Content-Type-Options"]


def test_the_clock_of_these_tests_is_not_the_machines() -> None:
    """Dates in these tests never become ones to come."""
    assert 2027 == NOW.year
