"""Deadlines: an hour at which signing ends, in the statement's own zone, and what is recorded once it has passed."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from signatures.aggregate import NO_REASON, Actor, Reason
from signatures.clock import civil_date, stamp
from signatures.errors import InvalidInput, NotFound, Refused
from signatures.intake.acceptance import ref
from signatures.intake.terms import Terms
from signatures.register import Recorded
from signatures.sentences import said
from signatures.statement import Statement

if TYPE_CHECKING:
    from signatures.room import Room

SYSTEM = Actor("system", "deadline")
HOUR = re.compile(r"((?:19|2\d)\d\d-\d\d-\d\d)[ T](\d\d:\d\d)\Z", re.ASCII)
MOMENT = timedelta(microseconds=1)  # the least by which two stamps differ


def deadline_at(text: str, time_zone: str, fold: int | None = None) -> str:
    """Turn a day and an hour on the clocks of a zone, `2026-12-01 18:00`, into the stamp of that instant.

    An hour that occurs twice needs `fold`, 0 for the first and 1 for the second; one that is skipped is refused. The
    refusal names `hour`, twice or never, and with it the offsets or the hours that there are.
    """
    local, zone = _hour(text), ZoneInfo(time_zone)
    first, second = (local.replace(tzinfo=zone, fold=n) for n in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return stamp(first)
    if not _occurs(first, zone):
        around = [" ".join(hour_of(stamp(one), time_zone)) for one in (second, first)]
        raise InvalidInput(
            said("%(text)s never occurs in %(time_zone)s: the clocks are put forward. Write %(earlier)s or %(later)s.", text=text, time_zone=time_zone, earlier=around[0], later=around[1]),
            field="deadline", hour="never", around=around,
        )  # fmt: skip
    if fold is None:
        offsets = [f"UTC{one:%z}" for one in (first, second)]
        raise InvalidInput(
            said("%(text)s occurs twice in %(time_zone)s: the clocks are put back. Say which, the first (%(first)s) or the second (%(second)s).", text=text, time_zone=time_zone, first=offsets[0], second=offsets[1]),
            field="deadline_fold", hour="twice", offsets=offsets,
        )  # fmt: skip
    return stamp(second if fold else first)


def hour_of(deadline: str, time_zone: str) -> tuple[str, str]:
    """Tell the day and the hour of a deadline on the clocks of a zone, as people write them."""
    local = datetime.fromisoformat(deadline).astimezone(ZoneInfo(time_zone))
    return f"{local:%Y-%m-%d}", f"{local:%H:%M}"


def fold_of(deadline: str, time_zone: str) -> int | None:
    """Tell which of two equal hours a deadline is; None where there is only one."""
    local = datetime.fromisoformat(deadline).astimezone(ZoneInfo(time_zone))
    other = local.replace(fold=1 - local.fold)
    return None if other.utcoffset() == local.utcoffset() else local.fold


def zone_of(deadline: str, time_zone: str) -> str:
    """Name the zone of a deadline's hour, and which of the two it is where the clocks show it twice."""
    if fold_of(deadline, time_zone) is None:
        return time_zone
    return f"{time_zone}, UTC{datetime.fromisoformat(deadline).astimezone(ZoneInfo(time_zone)):%z}"


def ends_on(deadline: str, time_zone: str) -> str:
    """Tell the first day on which no signature counts: the one after the last instant before a deadline."""
    last = datetime.fromisoformat(deadline) - MOMENT
    return (civil_date(last, time_zone) + timedelta(days=1)).isoformat()


def due(room: Room) -> int:
    """Record the end of signing where a deadline has passed; return how many. What is recorded is not done again."""
    now = room.clock()
    return sum(_close(room, terms) for terms in room.terms.with_deadline() if terms.over(now))


def close_now(room: Room, actor: Actor, reference: str, reason: Reason = NO_REASON) -> Recorded | None:
    """End signing now: what was received until this instant still counts, so the list closes with the day.

    Return what was recorded; None where an earlier act ends it with this day already.
    """
    statement = room.register.statement(reference)
    _refuse_ended(room, statement)
    terms = room.terms.change(statement.reference, ref(actor), deadline=stamp(room.clock()))
    on = ends_on(str(terms.deadline), statement.time_zone)
    if not statement.open_on(on):
        return None
    return room.register.close_signing(actor, statement.reference, on=on, reason=reason)


def reopen(
    room: Room, actor: Actor, reference: str, *, deadline: str | None = None, reason: Reason = NO_REASON
) -> Recorded | None:
    """Take signatures again from today, until another deadline or without one; None where only the hour had passed."""
    statement = room.register.statement(reference)
    if deadline is not None and deadline <= stamp(room.clock()):
        raise InvalidInput(said("This hour has passed. Write one that is still to come, or none."), field="deadline")
    if statement.discarded or statement.retractions:
        raise Refused(
            said(
                "%(reference)s was taken back or discarded; nobody can sign it any more.", reference=statement.reference
            )
        )
    # First, or a tick between the two commits would find the old one due and close again.
    room.terms.change(statement.reference, ref(actor), deadline=deadline)
    today = room.register.today(statement)
    recorded = None
    for day in (today, today + timedelta(days=1)):  # closed today, or with the end of today
        if not room.register.statement(reference).open_on(day.isoformat()):
            recorded = room.register.reopen_signing(actor, statement.reference, on=day.isoformat(), reason=reason)
    return recorded


def _close(room: Room, terms: Terms) -> bool:
    try:
        statement = room.register.statement(terms.reference)
    except NotFound:  # a log older than the contacts was put beside them: the other deadlines are kept all the same
        return False
    if room.terms.of(terms.reference).deadline != terms.deadline:  # changed since it was found due
        return False
    on = ends_on(str(terms.deadline), statement.time_zone)
    if statement.discarded or statement.retractions or not statement.open_on(on):
        return False
    with suppress(Refused):  # another process was quicker
        room.register.close_signing(SYSTEM, statement.reference, on=on)
        return True
    return False


def _refuse_ended(room: Room, statement: Statement) -> None:
    if statement.discarded or statement.retractions:
        raise Refused(
            said(
                "%(reference)s was taken back or discarded; nobody can sign it any more.", reference=statement.reference
            )
        )
    today = room.register.today(statement).isoformat()
    if not statement.open_on(today) or room.terms.of(statement.reference).over(room.clock()):
        raise Refused(said("Signing of %(reference)s has ended already.", reference=statement.reference))


def _hour(text: str) -> datetime:
    match = HOUR.match(text.strip())
    try:
        if match is None:
            raise ValueError(text)
        day = date.fromisoformat(match[1])
        return datetime.fromisoformat(f"{day.isoformat()}T{match[2]}")
    except ValueError:
        raise InvalidInput(
            said("%(text)s is no day and hour. Write for example 2026-12-01 18:00.", text=repr(text)), field="deadline"
        ) from None


def _occurs(local: datetime, zone: ZoneInfo) -> bool:
    """Tell whether the clocks of a zone ever show an hour."""
    return local.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None)
