"""The conditions of signing in words: how an entry is accepted, until when, and how many are still needed."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_time, get_timezone_name
from flask_babel import gettext as _
from flask_babel import ngettext

from signatures.intake.terms import Terms
from signatures.room import Room
from signatures.statement import Statement
from signatures.web.words import day_words, locale_of


class Progress(NamedTuple):
    """How many organisations stand, and how many are needed."""

    standing: int
    needed: int

    @property
    def sentence(self) -> str:
        """Say both."""
        if self.standing >= self.needed:
            return str(
                ngettext(
                    "%(standing)s stand under it; %(num)s was needed.",
                    "%(standing)s stand under it; %(num)s were needed.",
                    self.needed,
                    standing=self.standing,
                )
            )
        return str(
            ngettext(
                "%(standing)s of the %(num)s organisation that is needed stands under it.",
                "%(standing)s of the %(num)s organisations that are needed stand under it.",
                self.needed,
                standing=self.standing,
            )
        )


class Conditions(NamedTuple):
    """What a form says of its statement's terms; the sentences are in the reader's language."""

    acceptance: str
    how: str
    answer: str
    deadline: str
    progress: Progress | None


def conditions(room: Room, statement: Statement, language: str) -> Conditions:
    """Tell the conditions of a statement as they are now."""
    terms: Terms = room.terms.of(statement.reference)
    return Conditions(
        terms.acceptance,
        _how(terms.acceptance),
        _answer(terms),
        moment_in_words(terms.deadline, statement.time_zone, language) if terms.deadline else "",
        _progress(room, statement, terms),
    )


def conditions_of(room: Room, reference: str, language: str) -> Conditions:
    """Tell the conditions of the statement of a reference."""
    return conditions(room, room.register.statement(reference), language)


def moment_in_words(at: str, time_zone: str, language: str) -> str:
    """Write an instant as the clocks of a zone show it: 30 November 2027, 18:00, Central European Standard Time."""
    local = datetime.fromisoformat(at).astimezone(ZoneInfo(time_zone))
    hour = format_time(local, "HH:mm", locale=locale_of(language))
    zone = get_timezone_name(local, width="long", locale=locale_of(language))
    day = day_words(local.date().isoformat(), language)
    return str(_("%(day)s, %(hour)s, %(zone)s", day=day, hour=hour, zone=zone))


def _how(acceptance: str) -> str:
    match acceptance:
        case "confirmed":
            return str(_("Listed once you confirm by e-mail."))
        case "invited":
            return str(_("By invitation only."))
        case _:
            return str(_("An editor reads each entry."))


def _answer(terms: Terms) -> str:
    if terms.acceptance != "editor" or not terms.answer_days:
        return ""
    return str(
        ngettext("You have an answer within %(num)s day.", "You have an answer within %(num)s days.", terms.answer_days)
    )


def _progress(room: Room, statement: Statement, terms: Terms) -> Progress | None:
    needed = terms.threshold or 0
    if terms.threshold_share:
        needed = -(-terms.threshold_share * _invited(room, statement.reference) // 100)
    return Progress(_standing(room, statement), needed) if needed else None


def _standing(room: Room, statement: Statement) -> int:
    today = room.register.today(statement).isoformat()
    with room.store.reading() as transaction:
        rows = transaction.execute(
            "SELECT count(*) FROM signature WHERE statement = ? AND voided = 0 AND signed_on <= ?"
            " AND (withdrawn_on IS NULL OR withdrawn_on > ?)",
            (str(statement.id), today, today),
        )
    return int(rows[0][0])


def _invited(room: Room, reference: str) -> int:
    counts = room.invitations.counts(reference)
    return sum(counts.values()) - counts.get("cancelled", 0)
