"""What both aggregates share: who acts, a salt in every event, and a small state that fits one head row."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple, Self
from uuid import UUID

from eventsourcing.domain import AggregateCreated, AggregateEvent, BaseAggregate

from signatures.characters import NOTE_LIMIT, check_line
from signatures.errors import InvalidInput, StaleVersion
from signatures.sentences import said

REASON_CODES = (
    "own-request",
    "not-authorised",
    "duplicate",
    "fraud",
    "typo",
    "renamed",
    "expired",
    "legal",
    "late",
    "other",
)
UNTIMED = datetime(1, 1, 1, tzinfo=UTC)  # the log's recorded_at is the only time of an event


class Actor(NamedTuple):
    """Who acts: a kind and an opaque reference, never a person's name."""

    kind: str
    ref: str = ""


class Reason(NamedTuple):
    """Why: a code and a public note by an editor."""

    code: str | None = None
    note: str | None = None

    def checked(self) -> dict[str, str | None]:
        """Return the event's fields, or refuse an unknown code or a note that cannot be printed."""
        if self.code is not None and self.code not in REASON_CODES:
            raise InvalidInput(
                f"{self.code!r} is no reason code. Use one of {', '.join(REASON_CODES)}.", field="reason_code"
            )
        note = check_line("note", self.note, limit=NOTE_LIMIT) if self.note else None
        return {"reason_code": self.code, "note": note}


NO_REASON = Reason()


class Recordable(AggregateEvent):
    """An event with its actor and a salt, so that its leaf's hash tells nothing."""

    actor: dict[str, str]
    salt: str


class Initial(AggregateCreated):
    """The first event of a stream."""

    actor: dict[str, str]
    salt: str


class Explained(Recordable):
    """An event with a reason."""

    reason_code: str | None
    note: str | None


class Redaction(Explained):
    """The payload of an earlier entry of the stream is erased by order; this tells what is kept of it."""

    position: int
    version: int
    recorded_at: str
    type: str
    type_version: int
    kept: dict[str, Any]


class Headed(BaseAggregate[UUID]):
    """An aggregate whose whole state is small, so that a head row replaces its replay."""

    TOPIC: ClassVar[str]

    Withheld: ClassVar[type[Redaction]]

    class Event(AggregateEvent):
        """What the library derives its event classes from."""

    @classmethod
    def from_head(cls, id_: UUID, version: int, state: dict[str, Any]) -> Self:
        """Make the aggregate from its head row."""
        aggregate = cls.__new__(cls)
        aggregate.__base_init__(id_, version, UNTIMED)
        aggregate.__dict__.update(state)
        return aggregate

    def state(self) -> dict[str, Any]:
        """Tell what the head row keeps: every attribute but the library's own; written at once, so nothing is copied."""
        return {name: value for name, value in vars(self).items() if not name.startswith("_")}

    def expect(self, version: int | None) -> None:
        """Refuse to go on if the stream has another version than the caller saw."""
        if version is not None and version != self.version:
            raise StaleVersion(
                said(
                    "This was changed meanwhile: it has version %(version)s, not %(given)s. Look again first.",
                    version=self.version,
                    given=version,
                )
            )

    def record(self, event_class: type[Recordable], actor: Actor, **payload: Any) -> None:
        """Trigger an event of this aggregate with its actor and a fresh salt."""
        event = _made(event_class, self.id, self.version + 1, actor, payload)
        event.mutate(self)
        self.pending_events.append(event)

    def withhold(self, actor: Actor, reason: Reason, **erased: Any) -> None:
        """Record that the payload of an earlier entry is erased: its envelope and what is `kept` of it."""
        if reason.code is None:
            raise InvalidInput("The kind of reason is missing. Write for example --code legal.", field="reason_code")
        self.record(self.Withheld, actor, **erased, **reason.checked())

    @classmethod
    def begin(cls, event_class: type[Initial], id_: UUID, actor: Actor, **payload: Any) -> Self:
        """Begin a stream with its first event."""
        event = _made(event_class, id_, 1, actor, {**payload, "originator_topic": cls.TOPIC})
        aggregate = cls.from_head(id_, 1, {})
        event.apply(aggregate)
        aggregate.pending_events.append(event)
        return aggregate


def _made(event_class: type[Any], id_: UUID, version: int, actor: Actor, payload: dict[str, Any]) -> Any:
    """Make an event as it is read from the log, without the library's assignment of each field; the mapper checks its keys."""
    event = object.__new__(event_class)
    event.__dict__.update(payload)
    event.__dict__.update(
        originator_id=id_,
        originator_version=version,
        timestamp=UNTIMED,
        actor=actor._asdict(),
        salt=secrets.token_hex(16),
    )
    return event
