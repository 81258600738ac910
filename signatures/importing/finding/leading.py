"""What leads to a list without a known heading: a line before nothing but names, a letter's closing words, or the names alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice, pairwise, takewhile

from signatures.importing import reasons
from signatures.importing.finding.heading import Start
from signatures.importing.lexicon.words import fold, phrases, vocabulary
from signatures.importing.lines import asides, evidence, kinds, remarks, sections
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.closings import closes
from signatures.importing.lines.evidence import names_below
from signatures.importing.lines.headwords import is_heading_word, is_weak_word
from signatures.importing.lines.line import Line

_LONGEST_LEAD = 18  # words
_FEW_WORDS = 8  # of a line without a colon
_MOST_LEADS = 12  # lines that are tried
_FEWEST = 3  # names below a line that says that they sign
_MORE_THAN_A_SIGNATURE = 5  # lines
_SAYS_SO, _SPEAKS_OF_GROUPS, _ONLY_LEADS = 0.25, 0.33, 0.4  # share of names with the look of organisations'


def by_lead(lines: Sequence[Line]) -> Start | None:
    """Take what a line leads to, where nothing but names follows it to the end."""
    leads_at = ((i, share) for i, line in enumerate(lines) if not line.blank and (share := _share_due(lines, i)))
    for index, share in islice(leads_at, _MOST_LEADS):
        names, end = names_below(lines, index + 1)
        due = _FEWEST if share == _SAYS_SO else _MORE_THAN_A_SIGNATURE
        if len(names) < due or not _ends(lines, end) or not _sign(names, share):
            continue
        return Start(index, (), (), index + 1, 0.0, (reasons.HEADING, reasons.NAMES_FOLLOW))
    return None


def _sign(names: Sequence[Line], share: float) -> bool:
    """Tell whether names are of those who sign; below a line that says so, demands need not be told from them."""
    sure = share < _ONLY_LEADS and evidence.telling(names) >= share
    return sure or evidence.of_organisations(names, share) or evidence.of_persons(names)


def _ends(lines: Sequence[Line], end: int) -> bool:
    """Tell whether a list may end here: at the text's end, or at what stands below a list; one more sentence is allowed."""
    if end == len(lines) or evidence.may_be_entry(lines[end]):
        return True
    return sum(1 for line in lines[end:] if not line.blank) == 1 and lines[end - 1].blank


def _share_due(lines: Sequence[Line], index: int) -> float | None:
    """Give the share of organisations that must stand below a line for it to lead to them, or None where it leads to nothing."""
    line = lines[index]
    if leads(line):
        return _SPEAKS_OF_GROUPS
    closed = line.bare.rstrip("*_ ").endswith((":", "\uff1a"))
    apart = index == 0 or lines[index - 1].blank
    if line.length > _LONGEST_LEAD or leads_elsewhere(line):
        return None
    if not (closed or remarks.is_remark(line)):
        short = apart and line.length <= _FEW_WORDS and not line.ends_sentence and not line.bare.endswith(",")
        return _ONLY_LEADS if short and vocabulary("groups").intersection(line.words) else None
    if any(is_heading_word(w) or is_weak_word(w) or w in vocabulary("documents") for w in line.words):
        return _SAYS_SO
    return _ONLY_LEADS if apart else None


def leads_elsewhere(line: Line) -> bool:
    """Tell whether a line leads to demands, copies, contacts, annexes or notes, or heads a section of a list."""
    words = set(line.words)
    if (
        words & vocabulary("demands", "not_lists")
        or closes(line)
        or kinds.contact(line)
        or kinds.note(line)
        or asides.is_copy(line)
    ):
        return True
    return line.words[-1:] == ["to"] or sections.section(line, numbered=False) in (reasons.SCOPE, reasons.REGION)


def leads(line: Line) -> bool:
    """Tell whether a line speaks of organisations that follow: "On behalf of the following groups,", "Organisations:"."""
    if line.length > _LONGEST_LEAD or line.bare.endswith((".", ";", "!", "?")) or line.bare[0].islower():
        return False
    words = set(line.words)
    if words & (vocabulary("demands") | vocabulary("we")) or line.words[-1:] == ["to"]:
        return False
    known = vocabulary("fillers", "links", "groups", "scope", "qualities")
    folded = fold(line.bare)
    behalf = any(phrase in folded for phrase in phrases("behalf"))
    closed = line.bare.endswith((":", "\uff1a", ","))
    groups = words & vocabulary("groups")
    return (behalf and closed) or (bool(groups) and (closed or all(word in known for word in line.words)))


def by_closing(lines: Sequence[Line]) -> Start | None:
    """Take what follows a letter's closing words, where it is more than a signature."""
    for index in range(len(lines) - 1, -1, -1):
        if lines[index].blank or not closes(lines[index]):
            continue
        names, _ = names_below(lines, index + 1)
        if _more_than_a_signature(names):
            return Start(None, (), (), index + 1, 0.0)
        return None
    return None


def _more_than_a_signature(names: Sequence[Line]) -> bool:
    """Tell several who sign from one with role, organisation and address below the name."""
    marks = [evidence.name_of(line) != line.bare for line in names]
    texts = [evidence.name_of(line) for line in names]
    rows = any(line.joins is False for line in names)
    if any(map(evidence.role, texts)):
        return False
    if sum(marks) >= _FEWEST and sum(marks) * 10 >= len(names) * 6:
        return True
    if len(names) < _FEWEST + (not rows) or any(map(evidence.postal, texts)):
        return False
    return rows or evidence.of_persons(names) or (len(names) >= _MORE_THAN_A_SIGNATURE and evidence.of_names(names))


def by_bullets(lines: Sequence[Line]) -> Start | None:
    """Take the bullets below a paragraph that speaks of those who sign: "... the undersigned demand a fair trial."."""
    for index in range(len(lines) - 1, 0, -1):
        if bullet(lines[index].text) is None or lines[index].blank:
            continue
        above = next((at for at in range(index - 1, -1, -1) if not lines[at].blank), None)
        if above is None or bullet(lines[above].text) is not None:
            continue
        names = _bullets_from(lines, index)
        share, ends = evidence.telling(names), lines[above].ends_sentence
        named = share >= _ONLY_LEADS if not ends else evidence.of_organisations(names, _ONLY_LEADS)
        if len(names) >= _FEWEST and _speaks_of_signing(lines, above) and named:
            return Start(None, (), (), index, 0.0)
    return None


def _bullets_from(lines: Sequence[Line], first: int) -> list[Line]:
    shown = (line for line in lines[first:] if not line.blank)
    return list(takewhile(lambda line: bullet(line.text) is not None and evidence.may_be_entry(line), shown))


def _speaks_of_signing(lines: Sequence[Line], last: int) -> bool:
    """Tell whether the paragraph that ends here has a word that heads lists, and demands nothing below itself."""
    first = last
    while first > 0 and not lines[first - 1].blank and last - first < _FEW_WORDS:
        first -= 1
    demands = lines[last].bare.endswith((":", "\uff1a"))
    return not demands and any(is_heading_word(word) for line in lines[first : last + 1] for word in line.words)


def by_tail(lines: Sequence[Line]) -> Start | None:
    """Take the names of organisations that stand at the end of a text, apart from it, without a word before them."""
    first = _tail(lines)
    names, end = names_below(lines, first)
    if any(closes(line) for line in lines[max(first - 3, 0) : first]):
        return None  # who stands there has signed for all
    apart = 0 < first < len(lines) and (lines[first - 1].blank or kinds.is_ruler(lines[first - 1]))
    named = len(names) > _FEWEST and evidence.telling(names) == 1.0  # fewer are enough where nobody else is named
    few = len(names) < _MORE_THAN_A_SIGNATURE and not named
    if not apart or few or not evidence.of_organisations(names, _ONLY_LEADS):
        return None
    if (
        names[0].bare.endswith(":")
        or not _ends(lines, end)
        or any(evidence.postal(evidence.name_of(line)) for line in names)
    ):
        return None
    alone = names[1].number - names[0].number > 1 and not any(b.number - a.number > 1 for a, b in pairwise(names[1:]))
    if alone and not evidence.organisation(evidence.name_of(names[0])):
        head = lines.index(names[0])
        return Start(head, (), (), head + 1, 0.0, (reasons.HEADING, reasons.NAMES_FOLLOW))
    return Start(None, (), (), first, 0.0)


def _tail(lines: Sequence[Line]) -> int:
    """Give the first line below the last prose, before contacts and notes."""
    first = len(lines)
    while first > 0 and (kinds.contact(lines[first - 1]) or kinds.note(lines[first - 1]) or lines[first - 1].blank):
        first -= 1
    while first > 0 and (
        lines[first - 1].blank or (evidence.may_be_entry(lines[first - 1]) and not _prose(lines[first - 1]))
    ):
        first -= 1
    while first < len(lines) and (lines[first].blank or kinds.is_ruler(lines[first])):
        first += 1
    return first


def _prose(line: Line) -> bool:
    return line.ends_sentence and not asides.abbreviated(line.bare)
