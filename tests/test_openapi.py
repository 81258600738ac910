"""The API's description: every route is in it, what it says is so, and its page needs no outside host."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from projections.web.schemas import ListQuery
from tests.api import PREFIX, Api, small_api, small_environ
from tests.htmlpage import Page as HtmlPage

METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
NOT_DESCRIBED = ("description",)  # the document itself and its page
SUBMISSIONS = f"{PREFIX}/submissions"
REF, STATEMENT = "sample-2021", "/statements/{reference}"
OPEN = (SUBMISSIONS, f"{PREFIX}/log/cosignatures")  # to anybody


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Open the API of a register with one published statement."""
    opened = small_api(tmp_path_factory.mktemp("openapi"))
    opened.published("Bakers", "Millers", "Reapers")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def document(api: Api) -> dict[str, Any]:
    """Read the description as a program does."""
    answer = api.get("/openapi.json")
    assert (200, "application/json") == (answer.status_code, answer.content_type)
    read: dict[str, Any] = answer.get_json()
    return read


def test_every_route_is_described(api: Api, document: dict[str, Any]) -> None:
    """Each address and method under the API's prefix stands in the document, and nothing else."""
    routed = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method)
        for rule in api.app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX) and not rule.endpoint.startswith(NOT_DESCRIBED)
        for method in (rule.methods or set()) & METHODS
    }
    described = {
        (path, method.upper())
        for path, told in document["paths"].items()
        for method in told
        if method.upper() in METHODS
    }
    assert routed == described
    assert ("/api/v1/statements/{reference}/signatories", "GET") in described


def test_the_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    """Its version, and a sentence on every operation."""
    assert document["openapi"].startswith("3.1")
    silent = [
        (path, method)
        for path, told in document["paths"].items()
        for method, operation in told.items()
        if method != "parameters" and not operation.get("summary")
    ]
    assert [] == silent


def test_operations_have_names_of_their_own(document: dict[str, Any]) -> None:
    """A program that makes clients finds one name an operation."""
    names = [
        operation["operationId"]
        for told in document["paths"].values()
        for method, operation in told.items()
        if method != "parameters"
    ]
    assert len(names) == len(set(names))
    assert "get_statements_reference_signatories_csv" in names


def test_writing_needs_a_token_and_a_post_needs_a_key(document: dict[str, Any]) -> None:
    """The document says so for each operation that writes; anybody sends a submission or a witness's signature."""
    for path, told in document["paths"].items():
        for method, operation in told.items():
            if method in ("post", "put"):
                anybody = path in OPEN
                assert ([] if anybody else [{"bearer": []}]) == operation["security"], path
                headers = {one["name"] for one in operation.get("parameters", []) if one["in"] == "header"}
                assert (method == "post" and not anybody) == ("Idempotency-Key" in headers), path


def test_refusals_are_described_as_problems(document: dict[str, Any]) -> None:
    """Every answer from 400 on is application/problem+json."""
    for path, told in document["paths"].items():
        for method, operation in told.items():
            if method == "parameters":
                continue
            for status, response in operation["responses"].items():
                if status == "default" or int(status) >= 400:
                    name = response["$ref"].rpartition("/")[2]
                    content = document["components"]["responses"][name]["content"]
                    assert ["application/problem+json"] == list(content), (path, method, status)


def test_every_parameter_of_a_query_is_described(document: dict[str, Any]) -> None:
    """Headers that are described by hand stand beside the query that a route loads, and not in its place."""
    told = document["paths"][f"{PREFIX}{STATEMENT}/signatories"]["get"]["parameters"]
    assert {("query", name) for name in ListQuery().fields} | {
        ("header", "If-None-Match"),
        ("header", "Min-Position"),
    } == {(one["in"], one["name"]) for one in told}


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/statements", "/statements"),
        ("/organisations", "/organisations"),
        (f"{STATEMENT}", f"/statements/{REF}"),
        (f"{STATEMENT}/signatories", f"/statements/{REF}/signatories?as_of=2026-01-01"),
        (f"{STATEMENT}/diff", f"/statements/{REF}/diff?from=2021-06-01"),
        (f"{STATEMENT}/events", f"/statements/{REF}/events"),
        ("/log/checkpoint", "/log/checkpoint"),
    ],
)
def test_the_position_token_is_described_where_it_is_told(
    api: Api, document: dict[str, Any], path: str, address: str
) -> None:
    """Where an answer says what it knows, the description says so, and how a reader says what was seen."""
    told = document["paths"][f"{PREFIX}{path}"]["get"]
    answer = api.get(address)
    assert 200 == answer.status_code
    names = {one["name"] for one in told.get("parameters", []) if one.get("in") == "header"}
    described = "Register-Position" in told["responses"]["200"].get("headers", {}), "Min-Position" in names
    assert ("Register-Position" in answer.headers,) * 2 == described


def test_the_document_is_not_sent_twice(api: Api) -> None:
    """304 to who holds it."""
    tag = api.get("/openapi.json").headers["ETag"]
    assert 304 == api.get("/openapi.json", headers={"If-None-Match": f"W/{tag}"}).status_code


def test_the_page_tells_all_that_the_document_tells(api: Api, document: dict[str, Any]) -> None:
    """Every operation, parameter, message to webhooks and shape stands there, and each link leads somewhere."""
    page = HtmlPage(api.get("/docs").text)
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    paths = [*document["paths"].values(), *document["webhooks"].values()]
    operations = [told for item in paths for method, told in item.items() if method != "parameters"]
    assert {told["operationId"] for told in operations} <= ids
    assert {name for name, shape in document["components"]["schemas"].items() if shape.get("properties")} <= ids
    named = {one["name"] for told in operations for one in told.get("parameters", [])}
    assert [] == [name for name in named if name not in page.said]
    within = {a["href"][1:] for a in page.all("a") if a["href"].startswith("#")}
    assert set() == within - ids


def test_the_page_needs_neither_script_nor_another_host(api: Api) -> None:
    """It is all there without JavaScript; everything it names is here; 304 to who holds it, in each language for itself."""
    page = api.get("/docs")
    named = [one for one in re.findall(r'(?:src|href)="([^"]+)"', page.text) if not one.startswith("#")]
    assert [] == re.findall(r"<script|<style|style=|\son\w+=", page.text)
    assert [] == [one for one in named if urlsplit(one).netloc]
    for one in named:
        with api.app.test_client().get(one.replace("&amp;", "&")) as answer:
            assert 200 == answer.status_code, one
    assert 304 == api.get("/docs", headers={"If-None-Match": page.headers["ETag"]}).status_code
    german = api.get("/docs?lang=de")
    assert (True, True) == ('lang="de"' in german.text, german.headers["ETag"] != page.headers["ETag"])
    assert 400 == api.get("/docs?lang=de&other=1").status_code


# ── the description, taken at its word ───────────────────────────────────────────────────────────────────────────────


CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
EXAMPLES = int(os.environ.get("API_EXAMPLES", "5"))  # of each operation, right and wrong ones, on each engine


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def asked(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Open such an API on each engine."""
    environ = small_environ(tmp_path_factory.mktemp("asked"))
    with ExitStack() as stack:
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            environ["SIGNATURES_DATABASE"] = stack.enter_context(server.fresh_database("asked"))
        opened = Api(environ)
        stack.callback(opened.close)
        opened.published("Bakers", "Millers", "Reapers")
        yield opened


@pytest.mark.faults
@pytest.mark.parametrize("mode", GenerationMode, ids=lambda mode: str(mode.value))
def test_generated_requests_find_no_fault(asked: Api, mode: GenerationMode) -> None:
    """Requests made from the description, right or wrong, never meet a fault, an undescribed answer or a wrong shape."""
    schema = schemathesis.openapi.from_wsgi(f"{PREFIX}/openapi.json", asked.app)
    tried = 0
    for found in schema.get_all_operations():
        assert isinstance(found, Ok)
        operation = found.ok()
        asked.room.limits.tally.reset()  # each operation is asked as if nobody had asked before

        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            database=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def ask(case: schemathesis.Case[Any]) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(headers=headers_of(asked, case), checks=CHECKS)

        with suppress(Unsatisfiable):  # nothing about it can be wrong
            ask()
    assert tried > EXAMPLES * 10


def headers_of(api: Api, case: schemathesis.Case[Any]) -> dict[str, str]:
    """Write as the editor, under keys of one's own, upon whatever is there; read, what is known, and submit as anybody."""
    if case.method.upper() == "GET" or f"{PREFIX}{case.path}" in OPEN:
        return {"Min-Position": "0"}  # a made-up position is waited for, and not available
    return {**api.bearer(), "Idempotency-Key": next(api.keys), "If-Match": "*"}
