"""Where the list begins: every line that may head it is scored, the best is taken, the later one on a tie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from signatures.importing import reasons
from signatures.importing.lexicon.words import slip_for, vocabulary
from signatures.importing.lines import asides, evidence, kinds, numbering, sections
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.headwords import is_heading_word, is_later_heading, is_weak_word
from signatures.importing.lines.line import Line
from signatures.importing.lines.remarks import as_of_dates, is_remark, only_date, without_dates
from signatures.importing.reasons import Reason

_MOST_WORDS = 22
_ENOUGH = 5.0
_LOOK_AHEAD = 6
_LOOK_FAR = 40
_MORE_THAN_A_SIGNATURE = 4  # lines
_SHORT = 14  # words of a line that may be an entry
_ABOUT_AS_GOOD = 3.0
_FEW_WORDS = 4  # of a heading
_STRONG = 3.0  # points of a word that heads lists
_FEWEST = 3  # entries of a list without any heading

Reasons = tuple[Reason, ...]


@dataclass(frozen=True)
class Start:
    """Where the list stands: its heading, if it has one, further lines of it, and the first line that may be an entry."""

    heading: int | None
    wrapped: tuple[int, ...]  # lines into which the heading itself runs on
    remarks: tuple[int, ...]  # lines beside it with its date, its order, or that more may sign
    first: int
    score: float
    reasons: Reasons = ()

    @property
    def lines(self) -> tuple[int, ...]:
        """The indexes of all lines of the heading."""
        return () if self.heading is None else (self.heading, *self.wrapped, *self.remarks)


def find(lines: Sequence[Line]) -> Start | None:
    """Find the beginning of the list, or None in a text without one."""
    return _best(lines, later=False) or _best(lines, later=True)


def _best(lines: Sequence[Line], *, later: bool) -> Start | None:
    """Find the line that scores most; with `later` one that says who joined later may head the only list there is."""
    scored = [
        (score, index, why)
        for index in range(len(lines))
        if (found := _score(lines, index, later=later))
        for score, why in [found]
    ]
    enough = [candidate for candidate in scored if candidate[0] >= _ENOUGH]
    if enough:
        score, index, why = _not_remark(
            lines, scored, _earlier_part(lines, enough, max(enough, key=lambda c: (c[0], c[1])))
        )
        wrapped = _wrapped(lines, index)
        remarks = _remarks(lines, max(index, *wrapped, index))
        first = max(index, *wrapped, *remarks, index) + 1
        return Start(index, wrapped, remarks, first, score, (reasons.HEADING, *why))
    return None


def _score(lines: Sequence[Line], index: int, *, later: bool) -> tuple[float, Reasons] | None:
    """Score a line as the list's heading, or give None where it has no word of one."""
    line = lines[index]
    if line.blank or len(line.bare) > 300 or line.length > _MOST_WORDS:
        return None
    if not any(is_heading_word(w) or is_weak_word(w) or slip_for(w) for w in line.words):
        return None
    if is_later_heading(line) and not later:
        return None
    words = without_dates(line)
    score, why = _word_score(words)
    if not why:
        return None
    for points, more in (_form_score(line, words), _context_score(lines, index)):
        score += points
        why += more
    return score, why


def _word_score(words: Sequence[str]) -> tuple[float, Reasons]:
    known = vocabulary("fillers", "links", "scope", "groups", "group", "later", "possible", "documents", "lead", "we")
    score: float = 0.0
    why: Reason | None = None
    for word in words:
        if is_heading_word(word):
            gained, reason = 4.0, reasons.WORD.of(word=word)
        elif is_weak_word(word):
            gained, reason = 2.5, reasons.WORD.of(word=word)
        elif word not in known and (meant := slip_for(word)) and is_heading_word(meant):
            gained, reason = 3.5, reasons.SLIP.of(word=word, meant=meant)
        else:
            continue
        if gained > score:
            score, why = gained, reason
    score += 1.0 if 0 < score < _STRONG and vocabulary("groups").intersection(words) else 0.0
    others = [w for w in words if w not in known and not is_heading_word(w) and slip_for(w) is None]
    unknown = sum(1 for word in others if not is_weak_word(word))
    bare = score < _STRONG and len(others) > unknown and not vocabulary("lead").intersection(words)
    if any(word in vocabulary("demands") for word in words) or (
        unknown and any(word in vocabulary("we") for word in words)
    ):
        score -= 5.0  # "We, the undersigned, demand:" begins a sentence
    return score - min(unknown, 6) * 0.9 - (0.5 if bare else 0.0), (why,) if why else ()


def _form_score(line: Line, words: Sequence[str]) -> tuple[float, Reasons]:
    score: float = 0.0
    why: Reasons = ()
    end = line.bare.rstrip("*_ ")[-1:]
    if end in (":", "："):
        score, why = 2.0, (reasons.LAST_CHARACTER,)
    elif end in (",", ")"):
        score, why = 1.0, (reasons.LAST_CHARACTER,)
    elif end in (".", ";", "!", "?"):
        score -= 2.0
    if as_of_dates(line):
        score += 1.5
        why += (reasons.DATED,)
    if line.length <= 8:
        score += 1.0
    elif line.length > _SHORT:
        score -= 2.0
    if words and (
        is_heading_word(words[0]) or words[0] in ("list", "liste", "lista", "listesi", "the", "all", "elenco", "список")
    ):
        score += 0.5
    return score, why


def _context_score(lines: Sequence[Line], index: int) -> tuple[float, Reasons]:
    score, why = following(lines, index)
    if score > 0 and why and (index == 0 or lines[index - 1].blank):
        names, _ = evidence.names_below(lines[: index + _LOOK_FAR], index + 1)
        score += 1.5 if len(names) > _MORE_THAN_A_SIGNATURE and evidence.of_organisations(names, 1 / 2) else 0.0
    previous = lines[index - 1] if index else None
    if previous is None or previous.blank:
        score += 0.5
    elif previous.length > _SHORT and not previous.ends_sentence:
        score -= 2.0
    if numbering.read(lines[index], index) or bullet(lines[index].text):
        score -= 2.5
    if _runs_on(lines, index):
        score -= 5.0
    return score, why


def _runs_on(lines: Sequence[Line], index: int) -> bool:
    """Tell whether a line is the first of a paragraph: it ends openly, and the next one begins in lower case."""
    following = lines[index + 1] if index + 1 < len(lines) else None
    openly = lines[index].bare[-1].isalpha() and lines[index].length >= _FEW_WORDS
    return openly and following is not None and not following.blank and following.bare[0].islower()


def following(lines: Sequence[Line], index: int) -> tuple[float, Reasons]:
    """Score what stands right after: entries speak for a heading, prose against it."""
    seen, bonus = 0, 0.0
    reached = index
    for line in lines[index + 1 : index + 1 + 40]:
        reached += 1
        if line.blank or kinds.is_ruler(line) or kinds.is_column_titles(line) or kinds.is_footer(line):
            continue
        if seen == 0 and (only_date(line) or is_remark(line)):
            continue
        if seen == 0 and asides.salutes(lines, reached) and any(map(only_date, lines[index + 1 : reached])):
            return (-8.0, ())  # the title of a letter, its date and whom it addresses
        number = numbering.read(line, 0)
        if seen == 0 and number and number.number == 1:
            return (bonus + 3.0, (reasons.NAMES_FOLLOW,)) if _like_names(lines, reached) else (-4.0, ())
        if seen == 0 and not bonus and sections.section(line, numbered=True):
            bonus = 2.0
            continue
        if line.sentence or line.length > _SHORT * 2 or (seen == 0 and kinds.contact(line) not in (None, reasons.MAIL)):
            return (bonus - 5.0 if seen == 0 else 0.0), ()
        seen += 1
        if seen >= _LOOK_AHEAD:
            break
    return (bonus + 1.5, (reasons.NAMES_FOLLOW,)) if seen else (-8.0, ())


def _like_names(lines: Sequence[Line], first: int) -> bool:
    """Tell numbered names from numbered demands by the first few of them."""
    rests = [found.rest for line in lines[first : first + 30] if (found := numbering.read(line, 0))][:_LOOK_AHEAD]
    lower = sum(1 for rest in rests if rest[:1].islower())
    prose = sum(1 for rest in rests if rest.rstrip().endswith((".", "!", "?")) and len(rest.split()) > 9)
    return (lower + prose) * 2 <= len(rests)


def _wrapped(lines: Sequence[Line], heading: int) -> tuple[int, ...]:
    """Give the lines into which a heading with an open bracket runs on."""
    text, taken = lines[heading].text, []
    for index in range(heading + 1, min(heading + 3, len(lines))):
        if text.count("(") <= text.count(")") or lines[index].blank or numbering.read(lines[index], index):
            break
        text += lines[index].text
        taken.append(index)
    return tuple(taken) if text.count("(") == text.count(")") else ()


def _remarks(lines: Sequence[Line], heading: int) -> tuple[int, ...]:
    """Give the lines below a heading that only tell its date, its order, or that more may sign."""
    taken: list[int] = []
    for index in range(heading + 1, min(heading + 6, len(lines))):
        line = lines[index]
        if line.blank:
            continue
        if not is_remark(line) or numbering.read(line, index):
            break
        taken.append(index)
    return tuple(taken)


def _not_remark(
    lines: Sequence[Line], scored: Sequence[tuple[float, int, Reasons]], best: tuple[float, int, Reasons]
) -> tuple[float, int, Reasons]:
    """Go up from a remark in brackets to the heading that it belongs to."""
    if not lines[best[1]].bare.startswith(("(", "[")) or not is_remark(lines[best[1]]):
        return best
    above = next((index for index in range(best[1] - 1, -1, -1) if not lines[index].blank), -1)
    return next((candidate for candidate in scored if candidate[1] == above and candidate[0] > 0), best)


def _earlier_part(
    lines: Sequence[Line], enough: Sequence[tuple[float, int, Reasons]], best: tuple[float, int, Reasons]
) -> tuple[float, int, Reasons]:
    """Go back to a heading whose entries reach down to the best one: that one heads only a part of the same list."""
    for candidate in enough:
        if candidate[1] >= best[1]:
            break
        if candidate[0] < best[0] - _ABOUT_AS_GOOD:
            continue
        between = [line for line in lines[candidate[1] + 1 : best[1]] if not line.blank]
        entries = [line for line in between if not sections.section(line, numbered=True)]
        if len(entries) >= _FEWEST and not any(
            line.sentence or line.length > 25 or kinds.contact(line) for line in entries
        ):
            numbers = [n.number for line in entries if (n := numbering.read(line, 0))]
            if not numbers or numbers[0] == 1:
                return candidate
    return best
