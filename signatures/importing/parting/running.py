"""Entries on the heading's line: what stands behind its colon becomes one line for each entry."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise

from signatures.importing import reasons
from signatures.importing.lexicon import countries, dates
from signatures.importing.lexicon.words import vocabulary
from signatures.importing.lines import asides, evidence, kinds, numbering
from signatures.importing.lines.bullets import bullet
from signatures.importing.lines.headwords import is_heading_word, is_later_heading, is_weak_word
from signatures.importing.lines.line import Line
from signatures.importing.lines.remarks import is_remark
from signatures.importing.reasons import Reason

_INLINE = re.compile(r"(?:(?<=\s)|\A)[\[(]?(\d{1,4})[.)\]](?=\s)")
_COLON = re.compile(r"\s?:[*_]{0,2}\s+(?=\S)")
_DASHES = re.compile(r"\s+[-\u2013\u2014]\s+")
_ABBREVIATED = re.compile(
    r"(?:\b[^\W\d_]|\.\s?\w{1,3}|\b(?:inc|ltd|ltda|co|corp|assoc|org|st|univ|cia|int|intl|nat))\.\Z", re.IGNORECASE
)
_TO_NEXT = re.compile(r"(?:[,;]\s*(?:and|und|et|y|e|и|ve)?|\s(?:and|und|et|y|e|и|ve))\Z")  # before the next number
_AND = re.compile(r"\s(?:(?:and|&|et|y|e|und|sowie|ve|и|en)\s|و(?=\S{3}))")
_FIRST_AND = re.compile(r"(?:and|et|y|e|und|sowie|ve|и|en)\s+(?=\S)|و\s+(?=\S)")
_BY = re.compile(r"[^,;:()]{2,80}?\s(?:by|von|par|por|pelas|pelos|da|dalle|dai)\s+(?=[^\W\d_])")
_MARKS = (r"\s*[;\u061b]\s*", r"\s*\u2022\s*", r"\s*\|\s*", r"\s+\u00b7\s+", r"\s+//?\s+")
_BETWEEN = ",;|\u2022\u00b7/\u060c\u061b"  # what parts entries on a line
_COMMAS = (",", "\u060c")
_FEW = 3
_MOST_BELOW = 12  # lines of a paragraph below its heading
_WIDE = 40  # characters, at least, of its first line
_ALONE = 4  # entries, at least, of a paragraph below its heading
_MOST_UNKNOWN = 2  # words of a heading before entries on its line
_MOST_WORDS = 14  # of a heading, or of an entry on its line
_MOST_LINES = 400  # of one paragraph


def run_in(lines: Sequence[Line]) -> list[Line]:
    """Part headings from the entries behind their colons; every part keeps the number of its line."""
    result: list[Line] = []
    index = 0
    while index < len(lines):
        line, end = lines[index], index + 1
        cut = _heading_end(line)
        if cut is None:
            result.append(line)
            if not line.blank and line.length <= _MOST_WORDS and not line.ends_sentence:
                end = _below(lines, index + 1, result)
        else:
            end = _paragraph_end(lines, index)
            result += _entries_of(line, cut, lines[index + 1 : end])
        index = end
    return result


def _below(lines: Sequence[Line], index: int, result: list[Line]) -> int:
    """Part a paragraph of entries that stands alone below its heading; give the index behind what was read."""
    start = next((at for at in range(index, min(index + 3, len(lines))) if not lines[at].blank), len(lines))
    if (
        start == len(lines)
        or len(lines[start].bare) < _WIDE
        or not any(mark in lines[start].bare for mark in _BETWEEN)
        or _bulleted(lines[start])
    ):
        return index
    end = _paragraph_end(lines, start, _MOST_BELOW)
    block = lines[start:end]
    parted = _parted(block) if block and not numbering.read(block[0], 0) else None
    pieces = [piece for piece in parted or () if not piece.joins]
    head = lines[index - 1]
    headed = _plain(head.text) or _named(head) or _heads_names(head, pieces)
    if not headed and not (_last(lines, end) and evidence.of_names(pieces)):
        return index
    few = len(block) + 2 if _heads_names(head, pieces) else 2 * len(block)
    narrow = len(pieces) < max(_ALONE, few) or (len(block) > 1 and any("|" in line.text for line in block))
    if parted is None or narrow or any(piece.length > _MOST_WORDS or piece.bare[:1].islower() for piece in pieces):
        return index
    result += [*lines[index:start], *parted]
    return end


def _bulleted(line: Line) -> bool:
    """Tell whether a line has one bullet, at its beginning: then it is one entry."""
    return bullet(line.text) is not None and line.bare.count(line.bare[0]) == 1


def _named(line: Line) -> bool:
    return line.bare.endswith((":", "\uff1a")) and any(is_heading_word(w) or is_weak_word(w) for w in line.words)


def _heads_names(head: Line, pieces: Sequence[Line]) -> bool:
    """Tell whether a line with a colon and a word for groups stands above names: "Student unions:"."""
    groups = head.bare.endswith((":", "\uff1a")) and vocabulary("groups").intersection(head.words)
    return bool(groups) and not set(head.words) & vocabulary("demands") and evidence.of_names(pieces)


def _last(lines: Sequence[Line], end: int) -> bool:
    """Tell whether nothing but contacts and notes follows."""
    below = next((line for line in lines[end:] if not line.blank), None)
    return below is None or bool(kinds.contact(below) or kinds.note(below)) or asides.is_end(below)


def _entries_of(line: Line, cut: int, more: Sequence[Line]) -> list[Line]:
    """Part a heading from the entries on its line; where they are none, the lines stay."""
    rest = [replace(line, text=line.text[cut:]), *more]
    parted = _parted(rest)
    if line.text[:cut].rstrip(" *_")[-1] not in ":\uff1a" and (not parted or any(p.bare[:1].islower() for p in parted)):
        return [line, *more]
    if parted is None and _plain(line.text[:cut]) and rest[0].length <= _MOST_WORDS and not rest[0].ends_sentence:
        parted = rest
    if parted is None or sum(piece.bare[:1].islower() for piece in parted if not piece.joins) * 3 > len(parted):
        return [line, *more]
    return [replace(line, text=line.text[:cut].rstrip()), *parted]


def _heading_end(line: Line) -> int | None:
    """Give where a heading ends within its line, if something else stands behind its colon."""
    match = next((m for m in _COLON.finditer(line.text[:300]) if _closed(line.text[: m.start()])), None)
    if line.blank:
        return None
    if match is None:
        return _by_end(line)
    head, rest = (Line(line.number, "", text) for text in (line.text[: match.end()], line.text[match.end() :]))
    named = any(is_heading_word(word) or is_weak_word(word) for word in head.words)
    said = is_remark(rest) or not rest.words or _says(head)
    return match.end() if named and head.length <= _MOST_WORDS and not said else None


def _by_end(line: Line) -> int | None:
    """Give where a heading without a colon ends: "Signed by A, B and C"."""
    match = _BY.match(line.text[:300])
    return match.end() if match and _plain(match.group()) else None


def _closed(text: str) -> bool:
    return text.count("(") <= text.count(")")


def _says(head: Line) -> bool:
    """Tell whether the words before a colon say something of their own."""
    return bool(set(head.words) & vocabulary("demands")) or len(_unknown(head)) > _MOST_UNKNOWN


def _plain(text: str) -> bool:
    head = Line(0, "", text)
    return any(map(is_heading_word, head.words)) and not _unknown(head)


def _unknown(head: Line) -> list[str]:
    known = vocabulary("fillers", "links", "scope", "groups", "group", "later", "possible", "documents", "lead")
    return [w for w in head.words if w not in known and w not in dates.months() and not is_heading_word(w)]


def _paragraph_end(lines: Sequence[Line], index: int, most: int = _MOST_LINES) -> int:
    end = index + 1
    while end < len(lines) and end - index < most and not lines[end].blank:
        if numbering.read(lines[end], 0) or is_later_heading(lines[end]) or _heading_end(lines[end]) is not None:
            break
        end += 1
    return end


def _parted(rest: Sequence[Line]) -> list[Line] | None:
    """Part a paragraph at its numbers, its semicolons or its commas, or give None where it has none of them."""
    text = " ".join(line.text.strip() for line in rest)
    if len(numbers := _counting(text)) >= _FEW:
        return [
            replace(piece, text=_TO_NEXT.sub("", piece.text))
            for piece in _pieces(rest, [(at, at) for at in numbers[1:]])
        ]
    for mark in _MARKS:
        if len(spans := [match.span() for match in re.finditer(mark, text)]) > 1:
            return _pieces(rest, spans)
    commas = [span for span in _commas(text) if not _country_after(text, span[1])]
    within = len(commas) - sum(1 for line in rest[:-1] if line.bare.endswith(_COMMAS))
    lines_are_entries = len(rest) > 1 and within * 3 < len(rest)
    if len(commas) < _FEW - 1 or lines_are_entries:
        dashes = [match.span() for match in _DASHES.finditer(text)]
        return _pieces(rest, dashes, reasons.PARTED) if len(rest) == 1 and len(dashes) > _FEW else None
    return _pieces(rest, _with_last(text, commas), reasons.PARTED)


def _with_last(text: str, commas: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Add the "and" before the last name: right behind the last comma, or between two names where it stands for one."""
    last = commas[-1][1]
    if behind := _FIRST_AND.match(text, last):
        return [*commas[:-1], (commas[-1][0], behind.end())]
    ands = list(_AND.finditer(text, last))
    if len(ands) != 1:
        return commas
    halves = [text[last : ands[0].start()], _without_stop(text[ands[0].end() :])]
    others = [text[end:start] for (_, end), (start, _) in pairwise(commas)]
    persons = not any(map(evidence.organisation, others)) and all(map(evidence.person, [*others, *halves]))
    named = all(map(evidence.organisation, halves)) and evidence.meet(*halves) and "&" not in ands[0].group()
    two = (persons or named) and not any(half[:1].islower() for half in halves)
    return [*commas, ands[0].span()] if two else commas


def _counting(text: str) -> list[int]:
    """Give where the numbers 1, 2, 3 … stand in a text."""
    found: list[int] = []
    for match in _INLINE.finditer(text):
        if int(match.group(1)) == len(found) + 1:
            found.append(match.start())
    return found if found and found[0] == 0 else []


def _commas(text: str) -> Iterator[tuple[int, int]]:
    """Give the commas of a text that stand outside brackets."""
    depth = 0
    for match in re.finditer(r"[()]|[,\u060c]\s+", text):
        if match.group() in "()":
            depth = max(0, depth + (1 if match.group() == "(" else -1))
        elif depth == 0:
            yield match.span()


def _country_after(text: str, at: int) -> bool:
    """Tell whether a country stands up to the next mark, or to the end: it belongs to the name before it."""
    return countries.known(re.split(r"[,;\u060c]", text[at : at + 100], maxsplit=1)[0].strip().rstrip("."))


def _pieces(rest: Sequence[Line], cuts: Sequence[tuple[int, int]], guess: Reason | None = None) -> list[Line]:
    """Cut a paragraph, line by line: `cuts` are the marks between its entries, in the text of its joined lines."""
    texts = [line.text.strip() for line in rest]
    offsets = [0, *accumulate(len(text) + 1 for text in texts)]
    result: list[Line] = []
    for start, stop in zip([0, *(end for _, end in cuts)], [*(start for start, _ in cuts), offsets[-1]], strict=True):
        begun = False
        for at in range(bisect_right(offsets, start) - 1, len(rest)):
            if offsets[at] >= stop:
                break
            if piece := texts[at][max(start - offsets[at], 0) : stop - offsets[at]].strip():
                result.append(replace(rest[at], text=piece, joins=begun, guess=guess))
                begun = True
    result[-1] = replace(result[-1], text=_without_stop(result[-1].text))
    if guess and not result[-1].joins and _AND.search(result[-1].text):
        result[-1] = replace(result[-1], doubt=reasons.TWO_NAMES)
    return result


def _without_stop(text: str) -> str:
    """Take the full stop of the sentence away, and leave that of an abbreviation."""
    return text if not text.endswith(".") or _ABBREVIATED.search(text) else text.rstrip(".").rstrip()
