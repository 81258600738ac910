"""Organisations that a submission may already be: how near its name is to every registered one. A hint, never a decision.

The score is rapidfuzz's `fuzz.ratio` of two printed lines made of the parts that both give, folded, or with letters that
look alike folded into one. Similarity cannot decide: of the seeds, UC and UC Lyon (88) may be one body, while CPSA (ML)
and CPA/ML (86) are two.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

from rapidfuzz import fuzz, process

from signatures.characters import fold
from signatures.database import Transaction
from signatures.intake.lookalikes import TWINS
from signatures.log import heads
from signatures.organisation import NameParts, agrees, folded_name
from signatures.printed import printed
from signatures.register import Register

THRESHOLD = 75
ROUGH = 60  # names this near are compared part by part: with acronyms and countries they may come nearer
RENDERED = 90  # a name and a translation must be this near to be told
ROUGHLY = 60  # so many of them, the nearest first
FEW = 50  # changed organisations that are read one by one
MEMORY = 1_000  # submissions whose neighbours are kept at hand
ONE_LETTER = {
    ord(letter): next(row[column] for row in TWINS.values() if row[column] != ".")
    for twins in TWINS.values()
    for column, letter in enumerate(twins)
    if letter != "."
}


class Candidate(NamedTuple):
    """A registered organisation that a submission may be; `formerly` is the older printed line that was the nearest.

    `same` tells that the register itself would take the submission for this organisation.
    """

    organisation_id: str
    score: int
    parts: NameParts
    statements: int
    registered_at: str
    same: bool
    formerly: str | None = None


class _Spelling(NamedTuple):
    """One set of parts under which an organisation is or was known."""

    organisation: str
    parts: dict[str, Any]
    today: bool


def candidates(register: Register, parts: NameParts, limit: int = 5) -> list[Candidate]:
    """List the registered organisations that these parts may name, the nearest first; none below the threshold."""
    with _making:
        known = _known.setdefault(register, _Known(register))
    return known.nearest(parts, limit)


def spellings(register: Register) -> list[tuple[str, str, dict[str, Any]]]:
    """List every set of parts under which an organisation is or was known, with its body and its own id."""
    with _making:
        known = _known.setdefault(register, _Known(register))
    return known.all()


def skeleton(text: str) -> str:
    """Fold a text so that letters that only look alike are one, whatever their script."""
    apart = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
    return fold(unicodedata.normalize("NFC", apart.translate(ONE_LETTER)))


def score(one: Mapping[str, Any], other: Mapping[str, Any]) -> int:
    """Tell how near two sets of name parts are, from 0 to 100."""
    here, there = _shared_line(one, other), _shared_line(other, one)
    lines = max(fuzz.ratio(fold(here), fold(there)), fuzz.ratio(skeleton(here), skeleton(there)))
    return round(max(lines, *(_rendered(a, b) for a, b in ((one, other), (other, one)))))


def _rendered(one: Mapping[str, Any], other: Mapping[str, Any]) -> float:
    """Compare a name with what the other is called in other letters or languages; many are a little alike in English."""
    name = fold(one["name"])
    return max((fuzz.ratio(name, fold(text), score_cutoff=RENDERED) for text in _renderings(other)), default=0)


_known: WeakKeyDictionary[Register, _Known] = WeakKeyDictionary()
_making = Lock()


class _Known:
    """The names of all organisations of one register, kept in memory and brought up to date before each question."""

    def __init__(self, register: Register) -> None:
        # Not the register itself: it is the key by which this is found, and would live for ever.
        self.store = register.store
        self.position = 0
        self.versions: dict[str, int] = {}
        self.spellings: dict[str, list[_Spelling]] = {}
        self.into: dict[str, str] = {}
        self.texts: dict[tuple[str, int, str], str] = {}
        self.neighbours: dict[str, tuple[dict[str, Any], dict[tuple[str, int], int]]] = {}
        self.lock = Lock()

    def nearest(self, parts: NameParts, limit: int) -> list[Candidate]:
        """List the nearest bodies, each by the spelling that is the nearest."""
        with self.lock, self.store.reading() as transaction:
            self._catch_up(transaction)
            best: dict[str, tuple[int, _Spelling]] = {}
            for (id_, number), near in sorted(self._neighbours(parts).items(), key=lambda pair: (pair[1], pair[0])):
                best[self._body(id_)] = (near, self.spellings[id_][number])
            order = sorted(best, key=lambda id_: (-best[id_][0], id_))[:limit]
            return [self._candidate(transaction, id_, *best[id_], parts) for id_ in order]

    def all(self) -> list[tuple[str, str, dict[str, Any]]]:
        """List all spellings, each with its body and the id that it is registered under."""
        with self.lock, self.store.reading() as transaction:
            self._catch_up(transaction)
            return [(self._body(id_), id_, one.parts) for id_, told in self.spellings.items() for one in told]

    def _neighbours(self, parts: NameParts) -> dict[tuple[str, int], int]:
        question = repr(parts)
        if question not in self.neighbours:
            if len(self.neighbours) >= MEMORY:
                self.neighbours.clear()
            self.neighbours[question] = (parts.payload(), self._scored(parts.payload()))
        return self.neighbours[question][1]

    def _catch_up(self, transaction: Transaction) -> None:
        """Read the organisations that are new or have changed since the last question."""
        newest = self.store.newest()
        position = newest.position if newest else 0
        if position == self.position:
            return
        versions = heads.organisation_versions(transaction)
        stale = [id_ for id_, version in versions.items() if self.versions.get(id_) != version]
        if len(stale) <= FEW:
            changed = [head for id_ in stale if (head := heads.head(transaction, id_)) is not None]
        else:
            changed = heads.organisations(transaction)
            self.neighbours.clear()
        for head in changed:
            self._keep(head)
        self.position = position

    def _keep(self, head: heads.Head) -> None:
        """Keep every spelling of an organisation, and every text of each in the form in which it is looked for."""
        told = [head.state["parts"]]
        for rename in head.state["renames"]:
            told.append({**told[-1], **rename["changes"]})
        self._forget(head.id)
        self.versions[head.id] = head.version
        self.spellings[head.id] = [_Spelling(head.id, parts, parts is told[-1]) for parts in told]
        if head.state["mergers"]:
            self.into[head.id] = head.state["mergers"][-1]["into"]
        for number, parts in enumerate(told):
            self.texts |= {(head.id, number, kind): text for kind, text in _texts(parts)}
            for asked, near in self.neighbours.values():
                near.update(_near_enough((head.id, number), score(asked, parts)))

    def _forget(self, id_: str) -> None:
        self.into.pop(id_, None)
        for number, spelling in enumerate(self.spellings.pop(id_, [])):
            for kind, _text in _texts(spelling.parts):
                self.texts.pop((id_, number, kind), None)
            for _asked, near in self.neighbours.values():
                near.pop((id_, number), None)

    def _scored(self, parts: dict[str, Any]) -> dict[tuple[str, int], int]:
        """Find names that are roughly near, then compare each part by part."""
        rough: set[tuple[str, int]] = set()
        for text in dict.fromkeys(text for _, text in _texts(parts)):
            hits = process.extract(text, self.texts, scorer=fuzz.ratio, score_cutoff=ROUGH, limit=ROUGHLY)
            rough |= {key[:2] for _, _, key in hits}
        near: dict[tuple[str, int], int] = {}
        for id_, number in rough:
            near |= _near_enough((id_, number), score(parts, self.spellings[id_][number].parts))
        return near

    def _body(self, id_: str) -> str:
        """Follow mergers to the registration that stands for all."""
        seen = {id_}
        while (into := self.into.get(id_)) is not None and into not in seen:
            seen.add(into)
            id_ = into
        return id_

    def _candidate(
        self, transaction: Transaction, id_: str, near: int, spelling: _Spelling, parts: NameParts
    ) -> Candidate:
        today = NameParts(**self.spellings[id_][-1].parts)
        of_body = [one for one in self.spellings if self._body(one) == id_] if self.into else [id_]
        same = any(_is(known.parts, parts) for one in of_body for known in self.spellings[one])
        return Candidate(
            id_,
            near,
            today,
            heads.statements_of(transaction, of_body),
            self.store.stream_entries(f"organisation/{id_}", 0, 1)[0].recorded_at,
            same,
            None if spelling.today and spelling.organisation == id_ else _line(spelling.parts),
        )


def _near_enough(key: tuple[str, int], near: int) -> dict[tuple[str, int], int]:
    return {key: near} if near >= THRESHOLD else {}


def _texts(parts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Give the forms in which a set of parts is looked for, each with a name of its own."""
    name, bones = fold(parts["name"]), skeleton(parts["name"])
    yield "name", name
    if bones != name:
        yield "skeleton", bones
    if parts["acronym"]:
        yield "line", fold(f"{parts['acronym']} {parts['name']}")
    for number, text in enumerate(_renderings(parts)):
        yield f"other {number}", fold(text)


def _renderings(parts: Mapping[str, Any]) -> list[str]:
    """List the name in other letters and languages."""
    return [text for text in (parts["transliteration"], *parts["translations"].values()) if text]


def _shared_line(parts: Mapping[str, Any], other: Mapping[str, Any]) -> str:
    """Print the parts that the other gives too."""
    return printed(
        parts["acronym"] if other["acronym"] else None,
        parts["name"],
        parts["transliteration"] if other["transliteration"] else None,
        _shared_text(parts["translations"], other["translations"]),
        _shared_text(parts["country_printed"], other["country_printed"]),
    )


def _shared_text(texts: Mapping[str, str], others: Mapping[str, str]) -> str | None:
    """Choose the text in a language that both have; where they share none, the first, if the other has one at all."""
    shared = [text for language, text in sorted(texts.items()) if language in others]
    return next(iter(shared or (texts.values() if others else ())), None)


def _line(parts: Mapping[str, Any]) -> str:
    translation, country = (next(iter(parts[field].values()), None) for field in ("translations", "country_printed"))
    return printed(parts["acronym"], parts["name"], parts["transliteration"], translation, country)


def _is(known: dict[str, Any], parts: NameParts) -> bool:
    """Tell whether the register takes the two for one."""
    alike = folded_name(known["acronym"], known["name"]) == folded_name(parts.acronym, parts.name)
    return alike and agrees(known, parts.payload())
