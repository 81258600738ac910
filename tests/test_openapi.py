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
from playwright.sync_api import Page
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

from tests.api import PREFIX, Api, small_api, small_environ

METHODS = {"GET", "POST", "PUT", "DELETE", "PATCH"}
NOT_DESCRIBED = ("description",)  # the document itself and its page
SUBMISSIONS = f"{PREFIX}/submissions"
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


def test_the_document_is_not_sent_twice(api: Api) -> None:
    """304 to who holds it."""
    tag = api.get("/openapi.json").headers["ETag"]
    assert 304 == api.get("/openapi.json", headers={"If-None-Match": f"W/{tag}"}).status_code


def test_the_page_loads_from_here_alone(api: Api) -> None:
    """No inline script, no inline style, nothing from another host; everything it names is there."""
    page = api.get("/docs")
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert [] == re.findall(r"<script(?![^>]*\bsrc=)|<style|style=|\son\w+=", page.text)
    assert [] == [one for one in named if urlsplit(one).netloc]
    for one in named:
        with api.app.test_client().get(one) as answer:
            assert 200 == answer.status_code, one
    assert "unsafe-inline" not in page.headers["Content-Security-Policy"]


@pytest.mark.browser
def test_the_page_works_under_the_policy(live_url: str, page: Page) -> None:
    """A browser that obeys the policy shows the operations, complains of nothing and asks no other host."""
    complaints: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: hosts.add(urlsplit(request.url).netloc))
    page.goto(f"{live_url}{PREFIX}/docs")
    page.locator(".opblock").first.wait_for()
    assert 20 < page.locator(".opblock").count()
    assert [] == complaints
    assert {urlsplit(live_url).netloc, ""} >= hosts


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
    """Write as the editor, under keys of one's own, upon whatever is there; read and submit as anybody."""
    if case.method.upper() == "GET" or f"{PREFIX}{case.path}" in OPEN:
        return {}
    return {**api.bearer(), "Idempotency-Key": next(api.keys), "If-Match": "*"}
