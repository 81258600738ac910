"""Name parts of an entry: acronym, name, transliteration, translation and country, each proposed with its reason."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from signatures.importing import reasons
from signatures.importing.confidence import DOUBTFUL, LIKELY, SURE, lower
from signatures.importing.lexicon import acronyms, countries
from signatures.importing.lexicon.languages import mixed
from signatures.importing.lexicon.words import fold, visible
from signatures.importing.naming.brackets import judge, split_brackets
from signatures.importing.reasons import Reason

_WIDE = re.compile(
    r"(?<=\S)(?:\s{3,}|[^\S\t\n]*[\u00a0\u2007\u202f][^\S\t\n]+|[^\S\t\n]+[\u00a0\u2007\u202f][^\S\t\n]*)(?=\S)"
)
_TRAILING = ",;"
_LONGEST_ACRONYM = 40
_MOST_TOKENS = 5
_CONVENTION = 0.4  # share of entries that begin with a proven acronym in a list where that is the custom
_FEW = 3


@dataclass
class Parts:
    """What an entry is taken apart into, and how sure that is."""

    name: str
    acronym: str | None = None
    transliteration: str | None = None
    translation: str | None = None
    country: str | None = None
    confidence: str = SURE
    reasons: list[Reason] = field(default_factory=list)

    def doubt(self, confidence: str, reason: Reason) -> None:
        """Lower the confidence to at most this, and say why."""
        self.confidence = lower(self.confidence, confidence)
        self.reasons.append(reason)


@dataclass(frozen=True)
class Custom:
    """What the entries of one document have in common."""

    acronym_first: bool
    wide_gap: bool
    language: str | None

    @property
    def reader_languages(self) -> tuple[str, ...]:
        """The languages into which a name is translated for the document's readers."""
        return tuple(dict.fromkeys((self.language or "en", "en")))


def folded(text: str) -> str:
    """Fold runs of white space to one space and drop what nobody sees; every other character stays."""
    return " ".join(visible(text).split())


def custom_of(raws: Sequence[str], language: str | None) -> Custom:
    """Learn from all entries of a document whether acronyms stand before names, and how they are set apart."""
    if not raws:
        return Custom(acronym_first=False, wide_gap=False, language=language)
    sample = raws[:400]
    gaps = sum(1 for raw in sample if _gap(raw))
    proven = sum(1 for raw in sample if _gap(raw) or ((best := _best_prefix(folded(raw))) and best.match.good))
    share = proven / len(sample)
    return Custom(acronym_first=share >= _CONVENTION, wide_gap=gaps * 2 >= len(sample), language=language)


def take_apart(raw: str, custom: Custom, *, country: str | None = None, whole: bool = False) -> Parts:
    """Take an entry apart; with `whole` the text is a cell of its own and only looked at, with `country` that was found already."""
    parts = Parts(folded(raw).rstrip(_TRAILING).rstrip() or folded(raw))
    parts.country = country
    if not whole:
        _take_country(parts)
        gap = _gap(raw)
        left = folded(raw[: gap.start()]) if gap else ""
        if left and parts.name.startswith(left + " "):
            _take_gap(parts, left, custom)
        else:
            _take_prefix(parts, custom)
        _take_brackets(parts, custom)
    if letter := mixed(parts.name):
        parts.doubt(LIKELY, reasons.MIXED.of(character=f"U+{ord(letter):04X}"))
    return parts


def _take_country(parts: Parts) -> None:
    """Take the text after the last comma outside brackets, if it is the name of a country."""
    at = _last_comma(parts.name)
    if at is None or parts.country is not None:
        return
    tail = parts.name[at + 1 :].strip()
    if countries.known(tail) and parts.name[:at].strip():
        parts.name, parts.country = parts.name[:at].rstrip(), tail
        parts.reasons.append(reasons.COUNTRY.of(text=tail))


def _last_comma(text: str) -> int | None:
    depth = 0
    for at in range(len(text) - 1, max(-1, len(text) - 100), -1):
        if text[at] == ")":
            depth += 1
        elif text[at] == "(":
            depth -= 1
        elif text[at] in ",\uff0c\u060c" and depth == 0:
            return at
    return None


def _gap(raw: str) -> re.Match[str] | None:
    """Find the wide space that sets an acronym apart, near the beginning and outside brackets."""
    found = _WIDE.search(raw[:_LONGEST_ACRONYM])
    if found is None or found.end() >= len(raw.rstrip()):
        return None
    left = raw[: found.start()].strip()
    balanced = left.count("(") == left.count(")")
    return found if balanced and 0 < len(left.split()) <= _MOST_TOKENS and left[-1] not in ",;:" else None


def _take_gap(parts: Parts, left: str, custom: Custom) -> None:
    rest = parts.name[len(left) :].lstrip()
    if not rest:
        return
    parts.acronym, parts.name = left, rest
    parts.reasons.append(reasons.WIDE_SPACE.of(text=left))
    if not (custom.wide_gap or acronyms.looks_like_one(left.split(maxsplit=1)[0]) or acronyms.match(left, rest).good):
        parts.doubt(LIKELY, reasons.NOT_INITIALS.of(text=left))


@dataclass(frozen=True)
class _Prefix:
    text: str
    rest: str
    match: acronyms.Match

    @property
    def rank(self) -> tuple[bool, bool, float, int, int]:
        return self.match.full, self.match.good, self.match.found, -self.match.skipped, len(self.text)


def _prefixes(text: str) -> list[_Prefix]:
    """Give every beginning of a text that may be its acronym, with what would be left for the name."""
    tokens = text[: _LONGEST_ACRONYM * 2].split(" ")[: _MOST_TOKENS + 1]
    found = []
    for count in range(1, min(len(tokens), _MOST_TOKENS + 1)):
        head = " ".join(tokens[:count])
        rest = text[len(head) :].lstrip()
        if not rest or len(head) > _LONGEST_ACRONYM or head.count("(") != head.count(")"):
            continue
        if head[-1] in ",;:-\u2013\u2014/&" or (not rest[0].isalnum() and rest[0] not in "\u201e\u201c\u00ab\"'\u2018"):
            continue
        if not acronyms.looks_like_one(tokens[0]) or (count > 1 and not _belongs(tokens[1:count], rest)):
            continue
        found.append(_Prefix(head, rest, _match(head, rest)))
    return found


def _belongs(tokens: Sequence[str], rest: str) -> bool:
    """Tell whether what follows an acronym's first word still belongs to it: a bracket, or words that the name repeats at its end."""
    text = " ".join(tokens)
    close = text.rfind(")")
    after = text[close + 1 :].strip() if text.startswith("(") else text
    return (text.startswith("(") and not after) or (bool(after) and fold(after) in fold(rest[-120:]))


def _match(head: str, rest: str) -> acronyms.Match:
    """Match an acronym with the name, the name with its first bracket, or what the brackets say instead of it."""
    plain, groups = split_brackets(rest)
    targets = [rest, plain, *groups]
    if groups:
        targets.append(f"{plain} {groups[0]}")
    core, _, suffix = head.partition(" (")
    suffix, _, after = suffix.partition(")")
    best = max((acronyms.match(head, target) for target in targets), key=_quality)
    if suffix or after:
        # A bracket or a word that name and acronym share ("(independiente)", "Red Star") need not be matched by its letters.
        folded_rest = fold(rest)
        if all(fold(shared) in folded_rest for shared in (suffix.strip(), after.strip()) if shared):
            best = max([best, *(acronyms.match(core, target) for target in targets)], key=_quality)
    return best


def _quality(match: acronyms.Match) -> tuple[bool, float, int]:
    return match.starts, match.found, -match.skipped


def _best_prefix(text: str) -> _Prefix | None:
    return max(_prefixes(text), key=lambda prefix: prefix.rank, default=None)


def _take_prefix(parts: Parts, custom: Custom) -> None:
    """Take the beginning of the text for the acronym where its letters and the custom of the list speak for it."""
    best = _best_prefix(parts.name)
    if best is None:
        return
    single = " " not in best.rest.strip()
    if best.match.good and custom.acronym_first:
        confidence = SURE if best.match.full else LIKELY
        reason = reasons.INITIALS
    elif custom.acronym_first and not single and best.match.found >= 0.6 and best.match.starts:
        confidence, reason = LIKELY, reasons.MOST_INITIALS
    elif custom.acronym_first and not single and _FEW <= len(acronyms.letters(best.text)) <= 2 * len(best.rest.split()):
        confidence, reason = DOUBTFUL, reasons.NOT_INITIALS
    elif best.match.full and len(acronyms.letters(best.text)) >= _FEW:
        confidence, reason = LIKELY, reasons.INITIALS
    else:
        return
    parts.acronym, parts.name = best.text, best.rest
    parts.doubt(confidence, reason.of(text=best.text))


def _take_brackets(parts: Parts, custom: Custom) -> None:
    """Take the last brackets for transliteration and translation where script or language speak for it."""
    plain, groups = split_brackets(parts.name)
    if not groups:
        return
    found = judge(plain, groups, parts.acronym, custom.reader_languages, usual=custom.acronym_first)
    if found is None:
        return
    end = len(plain)
    for group in groups[: found.kept]:
        end = parts.name.index(group, end) + len(group) + 1
    parts.name = parts.name[:end].rstrip()
    parts.transliteration, parts.translation = found.transliteration, found.translation
    parts.doubt(found.confidence, found.reason)
