"""The stamp of a form: when it was handed out, signed; and what tells people from programs without asking anybody.

Nothing is refused for it: who fills in the field that nobody sees, or sends faster than anybody types, waits until an
editor has looked. An old form is as good as a new one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from uuid import UUID, uuid4

from itsdangerous import BadData, URLSafeSerializer

from signatures.clock import Clock

TOO_FAST = timedelta(seconds=2)
TRAP = "remarks"
"""The field that people do not see and that no browser fills in by itself."""


class Stamp(NamedTuple):
    """A form's own id, by which a form sent twice is known, and the instant at which it was handed out."""

    id: str
    issued_at: datetime


class FormStamps:
    """Issues stamps and reads those that it issued."""

    def __init__(self, secret: str, clock: Clock) -> None:
        """Sign with the installation's secret."""
        self._signer = URLSafeSerializer(secret, salt="signatures form stamp")
        self.clock = clock

    def issue(self) -> str:
        """Make the stamp of a form that is handed out now."""
        return str(self._signer.dumps([str(uuid4()), int(self.clock().timestamp() * 1000)]))

    def read(self, text: str) -> Stamp | None:
        """Read a stamp; None for what was not issued here."""
        try:
            id_, milliseconds = self._signer.loads(text)
            return Stamp(str(UUID(id_)), datetime.fromtimestamp(milliseconds / 1000, UTC))
        except (BadData, ValueError, TypeError, UnicodeError):
            return None

    def suspicion(self, typed: Mapping[str, str]) -> str | None:
        """Say why a form that was sent waits for an editor: `honeypot`, `fast`, or None for a usual one."""
        if typed.get(TRAP):
            return "honeypot"
        stamp = self.read(typed.get("form_id", ""))
        return "fast" if stamp is None or self.clock() - stamp.issued_at < TOO_FAST else None
