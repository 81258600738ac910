"""Dates as printed lists write them, in the languages of printed lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from babel import Locale

from signatures.importing.lexicon.words import fold

_LANGUAGES = ("en", "de", "fr", "es", "pt", "tr", "it", "ru", "nl", "pl", "sv", "ca", "uk", "el", "ar")
_TOKEN = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_DAY_MARKS = frozenset(("st", "nd", "rd", "th", ".", "o", "°", "a", "er", "ste", "го", "ое", "e", "-", "»", "”", '"'))
_BETWEEN = frozenset(("of", "de", "del", "do", "di", "d", "'", "’", ",", ".", "the", "den"))


_ARABIC_MONTHS = (  # of the Maghreb and of the Levant
    ("جانفي", 1), ("فيفري", 2), ("أفريل", 4), ("ماي", 5), ("جوان", 6), ("جويلية", 7), ("أوت", 8),
    ("شباط", 2), ("آذار", 3), ("نيسان", 4), ("أيار", 5), ("حزيران", 6), ("تموز", 7), ("آب", 8), ("أيلول", 9),
    ("تشرين الأول", 10), ("تشرين الثاني", 11), ("كانون الأول", 12), ("كانون الثاني", 1),
)  # fmt: skip


@dataclass(frozen=True)
class PrintedDate:
    """A date in a line: where it stands there, what of it is printed, and what keeps it from being a day."""

    start: int
    end: int
    year: int | None
    month: int | None
    day: int | None
    ambiguous: bool = False

    def iso(self, year: int | None = None) -> str | None:
        """Give the day as YYYY-MM-DD, with `year` where none is printed; None where it is no one day."""
        chosen = self.year or year
        if self.ambiguous or chosen is None or self.month is None or self.day is None:
            return None
        try:
            return date(chosen, self.month, self.day).isoformat()
        except ValueError:
            return None


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int

    @property
    def value(self) -> int:
        return int(self.text) if self.text.isdecimal() and len(self.text) <= 4 else -1

    @property
    def year(self) -> int | None:
        return self.value if len(self.text) == 4 and 1800 <= self.value <= 2199 else None

    @property
    def month(self) -> int | None:
        return months().get(self.text)

    @property
    def day(self) -> int | None:
        return self.value if len(self.text) <= 2 and 1 <= self.value <= 31 else None


@cache
def months() -> dict[str, int]:
    """Give the months' folded names and abbreviations, from 1 to 12."""
    named_months: dict[str, int] = {}
    for language in _LANGUAGES:
        named = Locale(language).months
        for context in ("format", "stand-alone"):
            for width in ("abbreviated", "wide"):
                for number, name in named[context][width].items():
                    folded = fold(name).rstrip(".")
                    if len(folded) >= 3 and folded.isalpha():
                        named_months.setdefault(folded, number)
    return (
        named_months
        | {"sept": 9, "setiembre": 9, "janner": 1, "jänner": 1, "feber": 2}
        | {fold(name): number for name, number in _ARABIC_MONTHS}
    )


def find(text: str) -> list[PrintedDate]:
    """Find every date in a line, from left to right; a line of more than 2,000 characters is no heading and has none."""
    if len(text) > 2000 or not any(c.isdecimal() for c in text):
        return []
    tokens = _in_two_words([_Token(fold(m.group()), m.start(), m.end()) for m in _TOKEN.finditer(text)])
    found: list[PrintedDate] = []
    at = 0
    while at < len(tokens):
        match = _numeric(tokens, at) or _day_first(tokens, at) or _month_first(tokens, at)
        if match is None:
            at += 1
            continue
        printed, after = match
        found.append(printed)
        at = after
    return found


def _in_two_words(tokens: Sequence[_Token]) -> list[_Token]:
    """Make one of a month's two words, and of a month and its other name behind a stroke."""
    joined: list[_Token] = []
    for token in tokens:
        before = joined[-1] if joined else None
        if before and f"{before.text} {token.text}" in months():
            joined[-1] = _Token(f"{before.text} {token.text}", before.start, token.end)
        elif len(joined) > 1 and joined[-1].text == "/" and token.month and joined[-2].month == token.month:
            joined[-2:] = [_Token(joined[-2].text, joined[-2].start, token.end)]
        else:
            joined.append(token)
    return joined


def _skip(tokens: Sequence[_Token], at: int, among: frozenset[str], most: int) -> int:
    for _ in range(most):
        if at < len(tokens) and tokens[at].text in among:
            at += 1
    return at


def _year_after(tokens: Sequence[_Token], at: int) -> tuple[int | None, int]:
    for gap in range(3):
        if (
            at + gap < len(tokens)
            and (year := tokens[at + gap].year)
            and all(t.text in _BETWEEN for t in tokens[at : at + gap])
        ):
            return year, at + gap + 1
    return None, at


def _day_first(tokens: Sequence[_Token], at: int) -> tuple[PrintedDate, int] | None:
    """Match 5 May 2020, 5. Mai, 1er mai, 5th of May 2020, 5 de mayo de 2020, 5 Mayıs 2020."""
    day = tokens[at].day
    if day is None:
        return None
    month_at = _skip(tokens, _skip(tokens, at + 1, _DAY_MARKS, 2), _BETWEEN, 2)
    if month_at >= len(tokens) or (month := tokens[month_at].month) is None:
        return None
    year, after = _year_after(tokens, month_at + 1)
    if year is None and (other := _month_first(tokens, month_at)) and other[0].year:
        return None  # a number that happens to stand before "April 5, 2020"
    return PrintedDate(tokens[at].start, tokens[after - 1].end, year, month, day), after


def _month_first(tokens: Sequence[_Token], at: int) -> tuple[PrintedDate, int] | None:
    """Match April 5, 2020, September 27, May 2020."""
    month = tokens[at].month
    if month is None:
        return None
    year, after = _year_after(tokens, at + 1)
    if year is not None:
        return PrintedDate(tokens[at].start, tokens[after - 1].end, year, month, None), after
    day_at = _skip(tokens, at + 1, frozenset((".", "the")), 1)
    if day_at >= len(tokens) or (day := tokens[day_at].day) is None:
        return None
    year, after = _year_after(tokens, _skip(tokens, day_at + 1, _DAY_MARKS - {"a", "o", "e"}, 1))
    return PrintedDate(tokens[at].start, tokens[after - 1].end, year, month, day), after


def _numeric(tokens: Sequence[_Token], at: int) -> tuple[PrintedDate, int] | None:
    """Match 2020-05-05, 05.05.2020, 5/5/2020; with slashes, day and month may change places, and then it is ambiguous."""
    if at + 5 > len(tokens):
        return None
    first, separator, second, again, third = tokens[at : at + 5]
    if (
        first.value < 0
        or second.value < 0
        or third.value < 0
        or separator.text != again.text
        or separator.text not in ("-", ".", "/")
    ):
        return None
    start, end = first.start, third.end
    if end - start > 14:
        return None
    if first.year:
        return PrintedDate(start, end, first.year, second.value, third.value), at + 5
    if third.year is None:
        return None
    day, month = first.value, second.value
    if separator.text != "." and day <= 12 and month <= 12 and day != month:
        return PrintedDate(start, end, third.year, None, None, ambiguous=True), at + 5
    if month > 12:
        day, month = month, day
    return PrintedDate(start, end, third.year, month, day), at + 5
