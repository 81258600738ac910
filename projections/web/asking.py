"""What the address of a page asks for: each parameter known, given once and readable; anything else is refused."""

from __future__ import annotations

import re

from flask import request

from signatures.errors import BadQuery, UnknownParameter
from signatures.sentences import said

LONGEST_QUESTION = 1_000  # characters, as many as a name part may have
INSTANTS = ("as_of", "known_at")
# In an address a plus sign means a space, so that an offset east of Greenwich arrives with a space before it.
OFFSET = re.compile(r" (?=[0-9]{2}:[0-9]{2}\Z)")


def asked(*known: str) -> dict[str, str]:
    """Read the parameters of the request; an empty one is as good as none, but for `as_of`, which then means today."""
    for name, values in request.args.lists():
        if name not in known:
            raise UnknownParameter(
                said(
                    "%(name)s is no parameter of this page. It knows: %(known)s.",
                    name=repr(name),
                    known=", ".join(known),
                ),
                parameter=name,
            )
        if len(values) > 1:
            raise BadQuery(
                said("%(name)s stands %(count)s times in the address. Give it once.", name=name, count=len(values)),
                field=name,
            )
    given = {name: value.strip() for name, value in request.args.items()}
    for name in INSTANTS:
        if "T" in given.get(name, "").upper():
            given[name] = OFFSET.sub("+", given[name])
    if len(given.get("q", "")) > LONGEST_QUESTION:
        raise BadQuery(
            said(
                "q has %(count)s characters; %(most)s are the most. Ask for fewer.",
                count=len(given["q"]),
                most=LONGEST_QUESTION,
            ),
            field="q",
        )
    return {name: value for name, value in given.items() if value or name == "as_of"}
