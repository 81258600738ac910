"""The API's reading routes: each loads, asks once and replies. GET and HEAD change nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from uuid import UUID

from flask import Response, g
from marshmallow import Schema

from projections.lists import Lists
from projections.memento import Mementos
from projections.paging import MOST
from projections.rendering.json import json_bytes
from projections.web import replies
from projections.web.forms import CSVM, FORMS, Listing
from projections.web.memento import dressed
from projections.web.schemas import (
    AtQuery,
    Diff,
    DiffQuery,
    Edition,
    Editions,
    Events,
    EventsQuery,
    ListQuery,
    OrganisationQuery,
    Organisations,
    OrganisationSigned,
    OrganisationsQuery,
    PageQuery,
    Query,
    SignatoryList,
    Statement,
    Statements,
    Text,
    Versions,
)
from projections.web.versionlinks import linked
from signatures.web.openapi import (
    IF_NONE_MATCH,
    MIN_POSITION,
    PREFIX,
    REFERENCE,
    REGISTER_POSITION,
    ApiBlueprint,
    Decorator,
    Parameter,
    in_turn,
    named,
    problems,
)

STATEMENT = "/statements/<reference>"
PINNED = re.compile(r".+@[0-9]+\Z")  # an end of a comparison that no later entry can change
LANGUAGE: Parameter = {"in": "path", "name": "language", "schema": {"type": "string"}, "example": "en"}
NUMBER: Parameter = {"in": "path", "name": "number", "schema": {"type": "integer", "minimum": 1}}
ORGANISATION: Parameter = {"in": "path", "name": "organisation_id", "schema": {"type": "string", "format": "uuid"}}
Asked = Mapping[str, str]


def blueprint(lists: Lists) -> ApiBlueprint:
    """Make the reading routes; who shows a valid token (`signatures.web.api` looks at it) sees unpublished statements too."""
    routes = ApiBlueprint("read", __name__, url_prefix=PREFIX, description="Reading, on any date and at any position")
    _add_statements(routes, lists)
    _add_lists(routes, lists)
    _add_record(routes, lists)
    _add_organisations(routes, lists)
    return routes


def gets(
    routes: ApiBlueprint,
    rule: str,
    query: type[Schema],
    told: type[Schema] | Parameter,
    *,
    path: list[Parameter] | None = None,
    type_: str = replies.JSON,
    views: bool = True,
) -> Decorator:
    """Serve and describe a GET; it also answers HEAD, and 304 to who holds the answer; from the `views` or from the log."""
    return in_turn(
        routes.loads(query, "query"),
        routes.answers(200, told, content_type=type_, headers=REGISTER_POSITION if views else None),
        routes.told(
            operationId=named("get", rule),
            parameters=[IF_NONE_MATCH, *([MIN_POSITION] if views else [])],
            security=[{}, {"bearer": []}],
            responses={304: {"description": "What you hold is still right"}}
            | problems(400, 401, *([404, 410] if path else []), 503),
        ),
        routes.route(rule, methods=["GET"], parameters=path),
    )


def sees_drafts() -> bool:
    """Tell whether the request showed a valid token."""
    return g.get("holder") is not None


def _add_statements(routes: ApiBlueprint, lists: Lists) -> None:
    @gets(routes, "/statements", PageQuery, Statements)
    def statements(query: Asked) -> Response:
        """List the statements, the newest first."""
        answer = lists.statements(drafts=sees_drafts(), limit=query.get("limit"), cursor=query.get("cursor"))
        return replies.told(answer, links=replies.page_links({"cursor": answer.next} if answer.next else None))

    @gets(routes, STATEMENT, AtQuery, Statement, path=[REFERENCE])
    def statement(query: Asked, reference: str) -> Response:
        """Tell a statement's own data, its texts and editions, and today's counts."""
        answer = lists.statement(reference, drafts=sees_drafts(), **query)
        return linked(replies.told(answer, answer["position"]), answer, api=True)

    @gets(routes, f"{STATEMENT}/texts/<language>", AtQuery, Text, path=[REFERENCE, LANGUAGE])
    def text(query: Asked, reference: str, language: str) -> Response:
        """Tell title and text in a language; the ETag names the version, for PUT."""
        found = lists.text(reference, language, drafts=sees_drafts(), **query)
        content = found.pop("content")
        body = json_bytes({**found, "text": None if content is None else content.decode(errors="replace")})
        return replies.reply(replies.Rendered(body, f"{found['position']}-{language}"))

    @gets(routes, f"{STATEMENT}/editions", Query, Editions, path=[REFERENCE])
    def editions(query: Asked, reference: str) -> Response:
        """List the editions of a statement."""
        found = lists.editions(reference, drafts=sees_drafts(), **query)
        return replies.told({"statement": reference, "editions": found})

    @gets(routes, f"{STATEMENT}/editions/<number>", Query, Edition, path=[REFERENCE, NUMBER])
    def edition(query: Asked, reference: str, number: str) -> Response:
        """Tell of one edition; its list is signatories?edition=N."""
        found = lists.edition(reference, number, drafts=sees_drafts(), **query)
        return linked(replies.told(found), lists.statement(reference, drafts=sees_drafts()), found["number"], api=True)

    @gets(routes, f"{STATEMENT}/texts", AtQuery, Versions, path=[REFERENCE])
    def texts(query: Asked, reference: str) -> Response:
        """List every version of the texts, by language."""
        found = lists.versions(reference, drafts=sees_drafts(), **query)
        return replies.told({"statement": reference, "texts": found})


def _add_lists(routes: ApiBlueprint, lists: Lists) -> None:
    listing, mementos = Listing(lists), Mementos(lists)

    @gets(routes, f"{STATEMENT}/signatories", ListQuery, SignatoryList, path=[REFERENCE])
    def signatories(query: Asked, reference: str) -> Response:
        """Tell who stands under a statement on a date, knowing the log up to a position."""
        return dressed(listing.reply(reference, query, "json", drafts=sees_drafts()), mementos, reference, query)

    def add(form: str) -> None:
        type_ = FORMS[form].content_type.partition(";")[0]

        @gets(routes, f"{STATEMENT}/signatories.{form}", ListQuery, {"type": "string"}, path=[REFERENCE], type_=type_)
        def signatories_in_form(query: Asked, reference: str) -> Response:
            """Write who stands under a statement on a date."""
            return listing.reply(reference, query, form, drafts=sees_drafts())

    for form in FORMS:
        add(form)

    @gets(
        routes,
        f"{STATEMENT}/signatories.csv-metadata.json",
        ListQuery,
        {"type": "object"},
        path=[REFERENCE],
        type_=CSVM,
    )
    def csv_metadata(query: Asked, reference: str) -> Response:
        """Describe the columns of the CSV (CSV on the Web)."""
        return listing.metadata(reference, query, drafts=sees_drafts())


def _add_record(routes: ApiBlueprint, lists: Lists) -> None:
    @gets(routes, f"{STATEMENT}/events", EventsQuery, Events, path=[REFERENCE])
    def events(query: Asked, reference: str) -> Response:
        """List what was recorded about a statement, by position."""
        found = lists.events(reference, drafts=sees_drafts(), **query)
        full = len(found) == min(int(query.get("limit") or MOST), MOST)
        links = replies.page_links({"after": found[-1]["position"]} if full and found else None)
        return replies.told({"statement": reference, "events": found}, links=links)

    @gets(routes, f"{STATEMENT}/diff", DiffQuery, Diff, path=[REFERENCE])
    def diff(query: Asked, reference: str) -> Response:
        """Compare two lists: who was added, withdrawn, corrected, voided; of long ones page by page."""
        asked = dict(query)
        ends = asked.pop("from_"), asked.pop("to", "")
        found = lists.diff(reference, *ends, drafts=sees_drafts(), **asked)
        content = replies.rendered(json_bytes(found), found["to"]["position"])
        caching = replies.FOR_LONG if all(map(PINNED.match, ends)) else replies.AGAIN
        links = replies.page_links({"cursor": found.next} if found.next else None)
        return replies.reply(content, caching=caching, links=links)


def _add_organisations(routes: ApiBlueprint, lists: Lists) -> None:
    @gets(routes, "/organisations", OrganisationsQuery, Organisations)
    def organisations(query: Asked) -> Response:
        """List organisations by name."""
        asked = {"query" if name == "q" else name: value for name, value in query.items()}
        answer = lists.organisations(drafts=sees_drafts(), **asked)
        return replies.told(answer, links=replies.page_links({"cursor": answer.next} if answer.next else None))

    @gets(routes, "/organisations/<uuid:organisation_id>", OrganisationQuery, OrganisationSigned, path=[ORGANISATION])
    def organisation(query: Asked, organisation_id: UUID) -> Response:
        """Tell of an organisation: its names, its registrations, and what it signed."""
        return replies.told(lists.organisation(str(organisation_id), drafts=sees_drafts(), **query))
