"""Asides below a list: who is sent a copy, an address behind a colon, a postscript, a sentence where names stood."""

from __future__ import annotations

import re
from collections.abc import Sequence

from signatures.importing.lexicon.words import fold, phrases, vocabulary
from signatures.importing.lines.line import Line

_ADDRESSED = re.compile(
    r":\s*<?(?:https?://\S+|www\.\S+|mailto:\S+|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+|(?:[\w-]{1,64}\.){1,4}[a-z]{2,8}(?:/\S*)?)>?"
    r"[.,;]?\s*\Z",
    re.IGNORECASE,
)
_POSTSCRIPT = re.compile(
    r"(?:P\.? ?P?\.? ?S\.?|N\.? ?B\.?|Not|Nota bene|Post ?scriptum|P\. ?D\.?|З\.? ?Ы\.?)(?P<end>\s?:|\s)", re.IGNORECASE
)
_ABBREVIATED = re.compile(
    r"(?:\b[^\W\d_]|\.\s?\w{1,3}|\b(?:inc|ltd|ltda|lda|co|corp|assoc|org|st|univ|cia|int|intl|nat|dr|etc))\.\Z",
    re.IGNORECASE,
)
_LETTERS = re.compile(r"[^\W\d_]+")
_FEW_WORDS = 4
_AROUND = " \t*_#~=()[]<>.|-\u2013\u2014\u2022"


def is_copy(line: Line) -> bool:
    """Tell whether a line says who is sent a copy: "c. c. : …", "Kopie an: …"."""
    if ":" not in line.bare:
        return False
    head = fold(line.bare.split(":", 1)[0].lstrip("*_ "))
    return head in vocabulary("copies") or any(head.startswith(f"{copy} ") for copy in phrases("copies"))


def is_enclosure(line: Line) -> bool:
    """Tell whether a line names what is sent with a letter: "Anlage: Gutachten", "Enclosures:"."""
    return ":" in line.bare and line.words[:1] != [] and line.words[0] in vocabulary("enclosures")


def addressed(line: Line) -> bool:
    """Tell whether a line ends in a colon and an address."""
    return bool(_ADDRESSED.search(line.bare[-300:])) and "\t" not in line.bare and "|" not in line.bare


def is_postscript(line: Line) -> bool:
    """Tell whether a line is a postscript: behind its mark stands a colon, or a sentence, where a name is none."""
    match = _POSTSCRIPT.match(line.bare.lstrip("*_ "))
    if match is None:
        return False
    sentence = line.ends_sentence and line.length > _FEW_WORDS and not _ABBREVIATED.search(line.bare)
    return ":" in match.group("end") or ("." in match.group() and sentence) or reads_as_sentence(line)


def abbreviated(text: str) -> bool:
    """Tell whether a text ends in the full stop of an abbreviation: "e.V.", "Inc."."""
    return bool(_ABBREVIATED.search(text))


def is_more(line: Line) -> bool:
    """Tell whether a line only says that there are more: "and many others …", "u. v. m."."""
    folded = fold(line.bare.lstrip("-\u2022\u2013*.\u2026 ")).rstrip(" .\u2026!")
    counted = line.words[:1] and line.words[0] in vocabulary("ands") and vocabulary("mores").issuperset(line.words[1:])
    if counted and any(c.isdecimal() for c in line.bare):
        return True
    trails = line.bare.rstrip(") ").endswith(("...", "\u2026"))
    return folded in vocabulary("and_more") or (trails and not vocabulary("ands").isdisjoint(line.words[:1]))


def is_end(line: Line) -> bool:
    """Tell whether a line only marks the end of a text: "ENDS", "– Ende –", "-30-"."""
    word = line.bare.strip(_AROUND)
    marked = word.isupper() or word != line.bare.rstrip(".") or not word.isascii()
    return line.length <= _FEW_WORDS - 1 and marked and (fold(word) in vocabulary("end_marks") or line.bare == "-30-")


def reads_as_sentence(line: Line) -> bool:
    """Tell whether a line ends in a full stop, and most of its words are of a sentence and not of a name."""
    if not line.ends_sentence or line.length <= _FEW_WORDS + 1 or _ABBREVIATED.search(line.bare):
        return False
    further = _LETTERS.findall(line.bare)[1:]
    small = vocabulary("links", "function_words")
    lower = sum(1 for word in further if word[0].islower() and fold(word) not in small)
    upper = sum(1 for word in further if word[0].isupper())
    linking = sum(1 for word in further if word[0].islower() and fold(word) in small)
    long = line.length > 2 * _FEW_WORDS - 1 and lower > 1 and lower + linking > upper
    return linking > 0 and (long or (lower >= _FEW_WORDS - 1 and lower > upper))


def salutes(lines: Sequence[Line], index: int) -> bool:
    """Tell whether a line set apart addresses the reader of a letter: it ends in a comma, and prose or a lead is below it."""
    below = next((line for line in lines[index + 1 :] if not line.blank), None)
    apart = index + 1 < len(lines) and lines[index + 1].blank and lines[index - 1].blank
    prose = below is not None and (below.sentence or below.ends_sentence or below.bare.endswith(":"))
    return apart and prose and lines[index].bare.endswith((",", "\u060c"))
