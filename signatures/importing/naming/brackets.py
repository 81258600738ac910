"""Brackets at the end of a name: transliteration, translation, or a part of the name itself."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from signatures.importing import reasons
from signatures.importing.confidence import DOUBTFUL, LIKELY, SURE
from signatures.importing.lexicon import acronyms, countries
from signatures.importing.lexicon.languages import language_of, scores, script
from signatures.importing.lexicon.words import fold, vocabulary
from signatures.importing.reasons import Reason

_MOST_GROUPS = 4
_TWO = 2  # words or brackets


@dataclass(frozen=True)
class Judgement:
    """What the last brackets of a name are; `kept` is how many brackets before them stay in the name."""

    kept: int
    translation: str | None
    transliteration: str | None
    confidence: str
    reason: Reason


def split_brackets(text: str) -> tuple[str, list[str]]:
    """Split up to four bracketed groups off the end of a text: what stands before them, and the inside of each."""
    groups: list[str] = []
    rest = text.rstrip()
    while rest.endswith(")") and len(groups) < _MOST_GROUPS:
        start = _opening(rest)
        if start is None or not rest[:start].strip() or not rest[start - 1].isspace():
            break
        groups.insert(0, rest[start + 1 : -1])
        rest = rest[:start].rstrip()
    return rest, groups


def _opening(text: str) -> int | None:
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth == 0:
            return at
    return None


def judge(
    plain: str, groups: Sequence[str], acronym: str | None, readers: Sequence[str], *, usual: bool
) -> Judgement | None:
    """Judge the brackets behind a name, or give None where all of them belong to it.

    `readers` are the languages into which names are translated here; `usual` tells that most entries of the list have
    an acronym, a name and a translation.
    """
    kept = len(groups) - 1
    if script(plain) not in (None, "LATIN"):
        return _other_script(plain, groups, readers)
    before = plain if not kept else f"{plain} ({') ('.join(groups[:-1])})"
    verdict = _translation(groups[-1].strip(), before, acronym, readers, usual=usual)
    return Judgement(kept, groups[-1], None, *verdict) if verdict else None


def _other_script(plain: str, groups: Sequence[str], readers: Sequence[str]) -> Judgement | None:
    latin = [script(group) == "LATIN" for group in groups]
    kept = len(groups) - 1
    if not latin[-1] or (" " not in groups[-1].strip() and " " in plain):
        return None
    if len(groups) >= _TWO and latin[-2]:
        return Judgement(kept - 1, groups[-1], groups[-2], SURE, reasons.LATIN_BRACKET)
    if language_of(groups[-1]) in readers:
        return Judgement(kept, groups[-1], None, SURE, reasons.LATIN_BRACKET)
    if _sounds_like(plain, groups[-1]):
        return Judgement(kept, None, groups[-1], LIKELY, reasons.SOUNDS)
    return Judgement(kept, groups[-1], None, DOUBTFUL, reasons.LATIN_BRACKET)


def _sounds_like(name: str, latin: str) -> bool:
    """Tell whether as many words begin with the letters by which those of the name are called ("Ka" is K, "Er" is R)."""
    own, other = name.split(), latin.split()
    if len(own) != len(other):
        return False
    alike = sum(1 for a, b in zip(own, other, strict=True) if fold(b)[:1] in _sounds(a[0]))
    return alike * 3 >= len(own) * 2


def _sounds(letter: str) -> str:
    called = unicodedata.name(letter, "").rpartition(" ")[2].lower()
    return called[1:2] if len(called) == _TWO and called[0] in "ei" else called[:1]


def _translation(
    text: str, name: str, acronym: str | None, readers: Sequence[str], *, usual: bool
) -> tuple[str, Reason] | None:
    """Judge whether a bracket translates the name, with confidence and reason."""
    single = len(text.split()) < _TWO
    if single and (len(name.split()) > 1 or not text[:1].isupper() or text.isupper()):
        return None
    if countries.known(text) or all(word in vocabulary("scope", "regions", "links") for word in fold(text).split()):
        return None
    if acronym is not None and _explained(acronym, name, text):
        return None
    own, other = language_of(name), language_of(text)
    if other in readers and own not in (None, other):
        return SURE if usual else LIKELY, reasons.BRACKET_LANGUAGE
    if (
        other is not None
        and other in readers
        and own is None
        and _gains(text, name, other)
        and not _initials_of(name, text)
    ):
        return LIKELY, reasons.BRACKET_LANGUAGE
    if usual and own != other and not single and len(text.split()) * 2 >= len(name.split()):
        return DOUBTFUL, reasons.BRACKET_LENGTH
    return None


def _explained(acronym: str, name: str, bracket: str) -> bool:
    """Tell whether the acronym counts the bracket's letters too, or repeats it: then it belongs to the name."""
    if fold(bracket) in fold(acronym):
        return True
    whole, without = acronyms.match(acronym, f"{name} {bracket}"), acronyms.match(acronym, name)
    return whole.found >= 1.0 and without.found < 1.0 and whole.skipped <= without.skipped + 1


def _initials_of(name: str, bracket: str) -> bool:
    return " " not in name.strip() and (name.isupper() or acronyms.match(name, bracket).good)


def _gains(text: str, name: str, language: str) -> bool:
    """Tell whether more of the bracket than of the name is in a language."""
    inside, outside = scores(text).get(language, 0.0), scores(name).get(language, 0.0)
    return inside * max(1, len(name.split())) > outside * len(text.split())
