"""What clients asked, when, and what they were told: ok, refused, or unknown where no answer came that can be trusted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from hashlib import sha256
from http.client import HTTPException
from typing import Any, NamedTuple

OK, REFUSED, UNKNOWN, BUSY = "ok", "refused", "unknown", "busy"


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes
    etag: str = ""


Send = Callable[[str, str, object, dict[str, str]], Answer]
"""Sends method, path, body (None for none) and headers; raises OSError or HTTPException where no answer comes."""


Request = tuple[str, str, object, dict[str, str]]


class Call(NamedTuple):
    """One request of one client, from the moment at which it was sent to the one at which its outcome was known."""

    kind: str  # sign, withdraw, publish, read
    subject: str  # the organisation's name, the signature's id, or what was asked for
    key: str  # the Idempotency-Key, or nothing
    client: int
    began: float
    ended: float
    outcome: str
    code: str  # of a refusal
    told: Any
    body: bytes

    @property
    def position(self) -> int:
        """Tell where the log has it, as the answer says."""
        return int(self.told["position"])


class History:
    """All calls of all clients, in the order in which they ended."""

    def __init__(self) -> None:
        """Begin empty."""
        self.calls: list[Call] = []
        self._kept: dict[bytes, Any] = {}  # one for all who were told the same

    def call(
        self,
        send: Send,
        client: int,
        kind: str,
        subject: str,
        request: Request,
        keep: Callable[[Any], Any] | None = None,
    ) -> Call:
        """Send a request and note what became of it; of a large answer what is kept, and a hash of its bytes."""
        began = time.monotonic()
        try:
            answer = send(*request)
        except (OSError, HTTPException):
            answer = Answer(0, b"")
        outcome, code, told = read(answer)
        body = answer.body
        if keep is not None and outcome == OK:
            body = sha256(body).digest()
            told = self._kept.get(body) or self._kept.setdefault(body, keep(told))
        key = request[3].get("Idempotency-Key", "")
        done = Call(kind, subject, key, client, began, time.monotonic(), outcome, code, told, body)
        self.calls.append(done)
        return done

    def of(self, *kinds: str) -> list[Call]:
        """List the calls of some kinds."""
        return [call for call in self.calls if call.kind in kinds]


def read(answer: Answer) -> tuple[str, str, Any]:
    """Read an answer: its outcome, the code of a refusal, and what it tells.

    Whoever gets a 5xx knows nothing: the act may have been done before something else went wrong.
    """
    if answer.status == 0 or answer.status >= 500:
        return UNKNOWN, "", None
    try:
        told = json.loads(answer.body)
    except ValueError:
        return UNKNOWN, "", None
    if answer.status < 300:
        return OK, "", told
    return BUSY if answer.status == 429 else REFUSED, str(told["type"]).rpartition("/")[2], told
