"""Memento's own addresses, and what a list says of its earlier states: RFC 7089, pattern 2.1.

The list itself negotiates nothing: it names a TimeGate, which sends on to a list pinned at a position, and a TimeMap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from flask import Blueprint, Response, request

from projections.lists import Lists
from projections.memento import Chosen, Mementos, Span, State
from projections.web import replies
from signatures.errors import NotFound
from signatures.web.address import base_address
from signatures.web.admission import refuse_unknown
from signatures.web.openapi import PREFIX
from signatures.web.problems import answer_problems

LIST = "/statements/<reference>/signatories"
LINKS = "application/link-format"
VARIANT = ("part", "show", "language", "limit")  # what else a list is asked for; each variant has a history of its own
OTHER_TIMES = ("known_at", "edition", "cursor")


class Addresses(NamedTuple):
    """Where one list, its TimeGate, its TimeMap and its states are found; whole addresses, for whoever keeps them."""

    base: str
    reference: str
    variant: Mapping[str, Any]

    def original(self) -> str:
        """Address the list as it is now."""
        return self._at(PREFIX)

    def timegate(self) -> str:
        """Address what chooses a state by date and time."""
        return self._at("/timegate")

    def timemap(self, page: int = 1) -> str:
        """Address a page of the list of all states."""
        return self._at("/timemap", {"page": page} if page > 1 else {})

    def memento(self, state: State) -> str:
        """Address a state."""
        return self._at(PREFIX, {"position": state.position})

    def _at(self, prefix: str, more: Mapping[str, object] = {}) -> str:
        asked = urlencode({**self.variant, **more})
        return f"{self.base}{prefix}/statements/{quote(self.reference, safe='')}/signatories" + (
            f"?{asked}" if asked else ""
        )


def blueprint(lists: Lists) -> Blueprint:
    """Make TimeGate and TimeMap of the published lists."""
    routes = Blueprint("memento", __name__)
    answer_problems(routes)
    mementos = Mementos(lists)

    @routes.get(f"/timegate{LIST}")
    def timegate(reference: str) -> Response:
        """Send on to the list as it was known at Accept-Datetime."""
        refuse_unknown(request, VARIANT)
        chosen = mementos.chosen(reference, request.headers.get("Accept-Datetime"))
        here = addresses(chosen.reference)
        if here.variant:  # one that the list itself would refuse has no states
            lists.signatories(chosen.reference, position=chosen.state.position, **here.variant)
        links = (_original(here), _timemap(here, chosen.first, chosen.last), *_mementos(here, chosen))
        headers = {"Location": here.memento(chosen.state), "Link": ", ".join(links), "Cache-Control": replies.AGAIN}
        return Response(b"", 302, headers, content_type="text/plain; charset=utf-8")

    @routes.get(f"/timemap{LIST}")
    def timemap(reference: str) -> Response:
        """List all states of a list, a thousand a page."""
        refuse_unknown(request, (*VARIANT, "page"))
        page = mementos.page(reference, request.args.get("page", 1))
        here = addresses(page.reference)
        links = [
            _original(here),
            _other_page(here, page.span, "self"),
            _link(here.timegate(), "timegate"),
            *(_other_page(here, span, "timemap") for span in page.neighbours),
            *(_memento(here, state, relation) for state, relation in page.states.items()),
        ]
        body = (",\n".join(links) + "\n").encode()
        return replies.reply(replies.rendered(body, page.span.last.position), LINKS)

    @routes.after_request
    def negotiable(response: Response) -> Response:
        """Say in every answer of a TimeGate, refusals too, what it chooses by and for which list."""
        if request.endpoint == f"{routes.name}.timegate":
            response.vary.add("accept-datetime")
            if response.status_code == 400 and "Link" not in response.headers:
                here = addresses((request.view_args or {})["reference"])
                response.headers["Link"] = ", ".join((_original(here), _timemap(here)))
        return response

    return routes


def dressed(response: Response, mementos: Mementos, reference: str, query: Mapping[str, str]) -> Response:
    """Let a list name its TimeGate and TimeMap, and one that is pinned at a position its date and its neighbours.

    A list on a date, of an edition, or a page that a cursor gave is neither; nor is that of a draft.
    """
    if "as_of" in query or any(query.get(name) for name in OTHER_TIMES):
        return response
    try:
        links = _links(response, mementos, reference, query.get("position"))
    except NotFound:  # of a draft, which only a token shows
        return response
    # Pages first: whoever looks for the next page in a hurry takes the first link that says "next".
    response.headers["Link"] = ", ".join([*response.headers.getlist("Link"), *links])
    return response


def _links(response: Response, mementos: Mementos, reference: str, position: str | None) -> Iterable[str]:
    if not position:
        here = addresses(mementos.reference(reference))
        return _link(here.timegate(), "timegate"), _timemap(here)
    chosen = mementos.at(reference, int(position))
    here = addresses(chosen.reference)
    response.headers["Memento-Datetime"] = chosen.state.datetime
    timemap = _timemap(here, chosen.first, chosen.last)
    return _original(here), _link(here.timegate(), "timegate"), timemap, *_mementos(here, chosen)


def addresses(reference: str) -> Addresses:
    """Name a list and its variant that the present request is about."""
    return Addresses(
        base_address(), reference, {name: request.args[name] for name in VARIANT if request.args.get(name)}
    )


# ── links ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _link(address: str, relation: str, **attributes: Any) -> str:
    told = "".join(f'; {name}="{value}"' for name, value in {"rel": relation, **attributes}.items())
    return f"<{address}>{told}"


def _original(here: Addresses) -> str:
    return _link(here.original(), "original")


def _timemap(here: Addresses, first: State | None = None, last: State | None = None) -> str:
    span = {"from": first.datetime, "until": last.datetime} if first and last else {}
    return _link(here.timemap(), "timemap", type=LINKS, **span)


def _other_page(here: Addresses, span: Span, relation: str) -> str:
    ends = {"from": span.first.datetime, "until": span.last.datetime}
    return _link(here.timemap(span.number), relation, type=LINKS, **ends)


def _mementos(here: Addresses, chosen: Chosen) -> Iterable[str]:
    return [_memento(here, state, relation) for state, relation in chosen.relations().items()]


def _memento(here: Addresses, state: State, relation: str) -> str:
    return _link(here.memento(state), relation, datetime=state.datetime)
