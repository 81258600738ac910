"""Whom to invite, as people paste it: a line each, read and checked before anything is written."""

from __future__ import annotations

import csv
from collections.abc import Collection
from typing import NamedTuple

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _

from signatures.characters import check_language, check_line
from signatures.errors import InvalidInput
from signatures.intake.contacts import CONTACT_LIMIT
from signatures.mail.outbox import one_spelling

COLUMNS = ("name", "email", "language")
HEADINGS = {
    "name": "name", "organisation": "name", "organization": "name",
    "email": "email", "e-mail": "email", "mail": "email", "address": "email",
    "language": "language", "lang": "language",
}  # fmt: skip
MOST = 500  # lines that are taken at once


class Invitee(NamedTuple):
    """One line of those to be invited; `problem` is a sentence where it cannot be taken, `double` where it is a repeat."""

    line: int
    name: str
    email: str
    language: str
    problem: str = ""
    double: bool = False

    @property
    def taken(self) -> bool:
        """Whether this line is to be invited."""
        return not self.problem

    def __repr__(self) -> str:
        """Tell nothing personal: a traceback may show it."""
        return f"Invitee(line={self.line}, …)"


def read_invitees(text: str, language: str, invited: Collection[str] = ()) -> list[Invitee]:
    """Read lines `name; e-mail; language`, or CSV with or without headings; `invited` are the addresses known before, in one spelling.

    Every line that is not blank is told, the ones that cannot be taken with their sentence; nothing is refused here.
    """
    rows = [(number, _cells(line)) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    columns = _headings(rows[0][1]) if rows else None
    if columns:
        rows = rows[1:]
    seen = dict.fromkeys(invited, 0)
    found = []
    for number, cells in rows:
        invitee = _invitee(number, cells, columns or COLUMNS, language)
        if invitee.taken:
            first = seen.setdefault(one_spelling(invitee.email), number)
            invitee = invitee if first == number else _double(invitee, first)
        found.append(invitee)
    if len(found) > MOST:
        raise InvalidInput(
            _("These are %(count)s lines; %(most)s are the most at once.", count=len(found), most=MOST), field="lines"
        )
    return found


def check_invitee(name: str, email: str, language: str) -> None:
    """Refuse what cannot be written to, naming the field."""
    if not name.strip():
        raise InvalidInput(_("Write the name of the organisation that is invited."), field="name")
    check_line("name", name, limit=CONTACT_LIMIT)
    try:
        check_line("email", email, limit=CONTACT_LIMIT)
        validate_email(email, check_deliverability=False)
    except (EmailNotValidError, InvalidInput):
        raise InvalidInput(_("Enter the whole e-mail address, for example name@example.org"), field="email") from None
    check_language("language", language)


def _cells(line: str) -> list[str]:
    delimiter = next((mark for mark in (";", "\t") if mark in line), ",")
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter, skipinitialspace=True))]
    except csv.Error:
        return []


def _headings(cells: list[str]) -> list[str] | None:
    """Read the first line as headings, if it names at least a name and an address."""
    named = [HEADINGS.get(cell.lstrip("\ufeff").casefold(), "") for cell in cells]
    return named if {"name", "email"} <= set(named) else None


def _invitee(number: int, cells: list[str], columns: Collection[str], language: str) -> Invitee:
    given = dict(zip(columns, cells, strict=False))
    invitee = Invitee(number, given.get("name", ""), given.get("email", ""), given.get("language") or language)
    if len(cells) < 2 or len(cells) > len(columns):
        return invitee._replace(problem=_("Write name, e-mail address and language, with semicolons between them."))
    try:
        check_invitee(*invitee[1:4])
    except InvalidInput as refused:
        return invitee._replace(problem=refused.sentence)
    return invitee


def _double(invitee: Invitee, first: int) -> Invitee:
    sentence = _("The same address as in line %(line)s.", line=first) if first else _("Invited before.")
    return invitee._replace(problem=sentence, double=True)
