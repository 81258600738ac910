"""What stands before the list: title, kind, issuer, date, footer and the body of the text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from signatures.importing import reasons
from signatures.importing.lexicon import dates
from signatures.importing.lexicon.languages import language_of
from signatures.importing.lexicon.words import fold, printed, vocabulary
from signatures.importing.lines import kinds, sections
from signatures.importing.lines.closings import is_closing
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Left

_REFERENCE = re.compile(r"\s*([A-Z]{2,12}[-_ ]?\d{3,8})\b")
_VERSION = re.compile(r"(?:\bver(?:sion)?|_ver|_v|\bv)[\s._]{0,2}(\d{1,4}(?:\.\d{1,4}){0,3})(?!\d)", re.IGNORECASE)
_LANGUAGE = re.compile(r"[_\-. ]([A-Z]{2})\.(?:docx?|pdf|odt|rtf|txt)\b")
_WEEKDAY = re.compile(
    r"\b(?:\w{2,8}(?:day|tag|woch|di|dì|feira|çek)|domin\w+|dimanche|lunes|martes|mi[eé]rcoles|jueves|viernes|s[áa]bado|sabato"
    r"|pazar\w*|salı|çarşamba|perşembe|cuma\w*|понедельник|вторник|среда|четверг|пятница|суббота|воскресенье)\s*,?\s*\Z",
    re.IGNORECASE,
)
_APART = re.compile(r"(?:[,:|(\u2013\u2014]|\s-|\s{3})\s*\Z")
_DASH = re.compile(r"[.)]?:?\s*[-\u2013\u2014]{1,2}\s")
_AFTER_DATE = " .)г"  # what may stand behind a date at the end of its line
_HEAD_LINES = 12  # among these a title and a date line are looked for
_LONGEST_DATE_LINE = 14
_WIDE = 60
_BEFORE_DATE = frozenset(("den", "le", "г", "li", "ai"))  # what stands between a place and its day, or after a year
_FEW_WORDS, _SOME_WORDS = 2, 6  # beside a date


@dataclass
class Preamble:
    """The statement's own data, as far as they are printed."""

    title: str | None = None
    kind: str | None = None
    issuer: str | None = None
    issued_on: str | None = None
    date_line: str | None = None
    year: int | None = None
    printed_number: str | None = None
    version_label: str | None = None
    footer_language: str | None = None
    body: str = ""
    skipped: dict[int, Left] = field(default_factory=dict)


def read(lines: Sequence[Line], until: int) -> Preamble:
    """Read the lines before the one with index `until`."""
    found = Preamble()
    _footers(found, lines, until)
    head = [i for i in range(until) if not lines[i].blank and i not in found.skipped][:_HEAD_LINES]
    titled = len(head) > 1 and not lines[head[1]].sentence  # a title may stand below the first line
    dated = next((i for i in head if _is_date_line(lines[i], first=i == head[0], titled=titled)), None)
    if dated is not None:
        _date(found, lines[dated])
        found.skipped[dated] = ("date-line", (reasons.DATE_LINE,))
    elif opening := next((one for i in head[1:] if (one := _dateline(lines[i]))), None):
        found.issued_on, found.year = opening.iso(), opening.year
    title = _title(lines, [i for i in head if i != dated], until)
    if title:
        found.title = " ".join(" ".join(lines[i].text.split()) for i in title)
        for index in title:
            found.skipped[index] = ("title", (reasons.FIRST_LINE,))
        _from_title(found, found.title)
    _body(found, lines, until)
    return found


def _footers(found: Preamble, lines: Sequence[Line], until: int) -> None:
    for index in range(len(lines)):
        line = lines[index]
        if line.blank or not kinds.is_footer(line) or (index >= until and found.printed_number):
            continue
        number, version, language = (p.search(line.bare) for p in (_REFERENCE, _VERSION, _LANGUAGE))
        found.printed_number = found.printed_number or (number.group(1) if number and number.start() == 0 else None)
        found.version_label = found.version_label or (version.group(1) if version else None)
        found.footer_language = found.footer_language or (language.group(1).lower() if language else None)
        if index < until:
            found.skipped[index] = ("footer", (reasons.OF_PAGE,))


def _is_date_line(line: Line, *, first: bool, titled: bool) -> bool:
    """A date line is short, and only place, kind or issuer stand beside the date; the first line is rather the title."""
    if line.length > _LONGEST_DATE_LINE or not (found := dates.find(line.text)):
        return False
    if first and titled and _placed(line, found[0]):
        return True
    if not first and any(_set_apart(line, one) for one in (found[0], _whole(found))):
        return True
    rest = (line.text[: found[0].start] + " " + line.text[found[0].end :]).strip(" ,.;:()\u2013\u2014-")
    others = [word.strip(",.;:()") for word in rest.split()]
    if line.bare.endswith(("?", "!")) or len(others) > (
        _FEW_WORDS if first and not _kind_at_end(rest) else _SOME_WORDS
    ):
        return False
    if first and not _kind_at_end(rest):
        return not any(word[:1].islower() and fold(word) not in _BEFORE_DATE for word in others)
    small = vocabulary("links", "fillers")
    return all(not word[:1].islower() or fold(word) in small for word in others if word)


def _placed(line: Line, date: dates.PrintedDate) -> bool:
    """Tell whether a line is only a place and a day: "Rio de Janeiro, 21 de março de 2019"."""
    place = line.text[: date.start].strip(" ,").split()
    named = [word for word in place if fold(word) not in vocabulary("links")]
    capital = 0 < len(named) <= _FEW_WORDS and all(word[:1].isupper() for word in named)
    return capital and _set_apart(line, date) and not _kind_at_end(" ".join(place))


def _whole(found: Sequence[dates.PrintedDate]) -> dates.PrintedDate:
    """Give the first date, or the same day with its year where that one has none: "14 Mart bildirisi (14.03.2022)"."""
    first = found[0]
    same = (one for one in found if one.year and (one.month, one.day) == (first.month, first.day))
    return first if first.year else next(same, first)


def _dateline(line: Line) -> dates.PrintedDate | None:
    """Give the date with which a text begins, behind a place and before a dash: "Port Alban, May 3, 2021 – We …"."""
    printed = next(iter(dates.find(line.text[:120])), None)
    if printed is None or not _DASH.match(line.text[printed.end :]):
        return None
    place = line.text[: printed.start].strip(" ,(")
    placed = len(place.split()) <= _FEW_WORDS + 1 and all(word[:1].isupper() for word in place.split())
    return printed if placed else None


def _set_apart(line: Line, date: dates.PrintedDate) -> bool:
    """Tell whether a date ends its line behind a comma, a dash or a wide gap, or a line that begins with what it is."""
    before = _WEEKDAY.sub("", line.text[: date.start])
    apart = _APART.search(before) or any(fold(line.bare).startswith(f"{fold(kind)} ") for kind in printed("kinds"))
    return bool(apart) and not line.text[date.end :].strip(_AFTER_DATE) and not line.sentence


def _kind_at_end(text: str) -> bool:
    return any(fold(text).endswith(fold(kind)) for kind in printed("kinds"))


def _date(found: Preamble, line: Line) -> None:
    found.date_line = line.bare
    first = _whole(dates.find(line.text))
    found.issued_on, found.year = first.iso(), first.year
    before = " ".join(line.text[: first.start].split()).rstrip(" ,:;-\u2013\u2014(")
    for kind in printed("kinds"):
        if fold(before) == fold(kind) or fold(before).endswith(" " + fold(kind)):
            found.kind = before[len(before) - len(kind) :]
            found.issuer = before[: len(before) - len(kind)].strip(" ,:-\u2013\u2014'’") or None
            return


def _from_title(found: Preamble, title: str) -> None:
    """Take kind and issuer from a title that begins with them, unless the date line has told: they are kept as printed there."""
    if found.kind is not None:
        return
    low = fold(title)
    for kind in printed("kinds"):
        at = low.find(fold(kind))
        if (
            at < 0
            or len(low) != len(title)
            or at > 60
            or (at and low[at - 1] != " ")
            or low[at + len(kind) : at + len(kind) + 1].isalpha()
        ):
            continue
        before = title[:at].strip()
        if before and not (len(before.split()) <= 4 and all(word[0].isupper() for word in before.split())):
            continue
        if (
            before
            and not any(word.isupper() for word in before.split())
            and fold(before) not in ("joint", "common", "public")
        ):
            continue
        found.kind = title[at : at + len(kind)]
        found.issuer = before if before and any(word.isupper() for word in before.split()) else None
        return


def _title(lines: Sequence[Line], head: Sequence[int], until: int) -> list[int]:
    """Take the first line for the title, with the lines into which a long one was wrapped."""
    if not head or _placeholder(lines[head[0]]):
        return []
    taken = [head[0]]
    for index in range(head[0] + 1, min(until, head[0] + 4)):
        before, line = lines[taken[-1]], lines[index]
        if index not in head or line.blank or before.ends_sentence or sections.section(line, numbered=True):
            break
        if not (line.bare[0].islower() or len(before.bare) >= _WIDE) or line.length > 20 or line.ends_sentence:
            break
        following = lines[index + 1] if index + 1 < until else None
        if following is not None and not following.blank and len(line.bare) >= _WIDE:
            break
        taken.append(index)
    return taken


def _placeholder(line: Line) -> bool:
    return line.bare.startswith("[") and line.bare.endswith("]")


def _body(found: Preamble, lines: Sequence[Line], until: int) -> None:
    kept: list[str] = []
    blank = False
    for index in range(until):
        line = lines[index]
        if line.blank or index in found.skipped:
            blank = True
            continue
        if kept and blank:
            kept.append("")
        if index == 0 or lines[index - 1].number != line.number:
            kept.append(line.source)
        blank = False
        found.skipped[index] = ("closing", (reasons.CLOSING,)) if is_closing(line) else ("body", (reasons.BODY,))
    found.body = "\n".join(kept)


def language(found: Preamble, texts: Sequence[str]) -> str | None:
    """Propose the document's language: that of its footer, of its heading words, or of its commonest words."""
    if found.footer_language:
        return found.footer_language
    return next((guess for text in texts if text and (guess := language_of(text))), None)
