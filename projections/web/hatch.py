"""A hatch at the door: the common question of programs, a whole list on a date in JSON, composed by the same lists as inside.

Only the app around them is left away. What it adds to each such reply is taken from one that came from inside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from projections import seen
from projections.answers import Answer
from projections.lists import Lists
from projections.rendering.json import json_bytes
from projections.web import replies
from projections.web.dated import Days, Reply
from projections.web.forms import MADE, Made
from projections.web.schemas import ListQuery
from projections.web.seen import KNOWN
from signatures.web.openapi import PREFIX
from signatures.web.watching import SEEN, Seen

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RULE = f"{PREFIX}/statements/<reference>/signatories"
PLACE = re.compile(RULE.replace("<reference>", "([0-9A-Za-z._-]+)"))
PAIR = re.compile(r"([a-z_]+)=([0-9A-Za-z._-]*)")
NAMES = ListQuery().fields.keys() - {"cursor"}
Headers = list[tuple[str, str]]


class Asked(NamedTuple):
    """A question as the route would load it."""

    reference: str
    query: dict[str, Any]


class Composed(NamedTuple):
    """A reply, and the days on which its list changes."""

    reply: Reply
    days: Days | None


class Hatch:
    """Composes replies once it has seen what one from inside looks like."""

    def __init__(self, lists: Lists) -> None:
        """Ask the lists that the route asks."""
        self.lists = lists
        self._headers: Headers | None = None

    def composed(self, environ: WSGIEnvironment) -> Composed | None:
        """Compose a reply; None where that is left to the app: other questions, pages of a list, refusals."""
        asked = None if self._headers is None else _read(environ)
        if asked is None or self._headers is None:
            return None
        made = self._make(asked)
        if (answer := made.whole()) is None:
            environ[MADE] = made
            return None
        at: Seen | None = environ.get(SEEN)
        if at is not None:
            at.rule = RULE
        return Composed(_dressed(asked, answer, made.known, self._headers), answer.days)

    def learn(self, environ: WSGIEnvironment, reply: Reply) -> None:
        """Take the headers of a reply from inside, if composing here leads to the very same one."""
        if self._headers is not None or (asked := _read(environ)) is None:
            return
        made = self._make(asked)
        answer = made.whole()
        if answer is not None and _dressed(asked, answer, made.known, reply.headers) == reply:
            self._headers = reply.headers

    def _make(self, asked: Asked) -> Made:
        seen.begin(0)
        try:
            outcome: Answer | Exception = self.lists.signatories(asked.reference, keep=False, **asked.query)
        except Exception as error:  # noqa: BLE001 - inside it is said in words, or noted where nobody foresaw it
            outcome = error
        known = seen.known()
        seen.end()
        return Made(outcome, known)


def _dressed(asked: Asked, answer: Answer, known: int | None, headers: Headers) -> Reply:
    content = replies.rendered(json_bytes(answer), answer["position"])
    own = {
        "Content-Length": str(len(content.body)),
        "ETag": f'"{content.tag}"',
        "Cache-Control": replies.caching(answer, asked.query),
        KNOWN: str(known),
    }
    return Reply([(name, own.get(name, value)) for name, value in headers], *content)


def _read(environ: WSGIEnvironment) -> Asked | None:
    """Read a question that names a date, if it is written so plainly that there is only one way to read it."""
    place = PLACE.fullmatch(environ["PATH_INFO"])
    if place is None:
        return None
    pairs = list(map(PAIR.fullmatch, environ.get("QUERY_STRING", "").split("&")))
    query = {pair[1]: pair[2] for pair in pairs if pair}
    plain = len(query) == len(pairs) and "as_of" in query and query.keys() <= NAMES
    return Asked(place[1], query) if plain else None
