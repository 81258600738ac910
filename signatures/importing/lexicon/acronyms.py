"""Acronyms before names: how well the letters of the one are the initials of the other."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from signatures.importing.lexicon.words import fold, vocabulary

_TOKEN = re.compile(r"[^\W_]+")
_MOST_LETTERS, _MOST_WORDS = 14, 24


@dataclass(frozen=True)
class Match:
    """How an acronym fits a name: the share of its letters found, and the weighty words before and between that it passes over."""

    found: float
    skipped: int
    starts: bool

    @property
    def full(self) -> bool:
        """Tell whether every letter is found and no weighty word passed over."""
        return self.found >= 1.0 and self.starts and self.skipped == 0

    @property
    def good(self) -> bool:
        """Tell whether every letter is found, and few words are passed over."""
        return self.found >= 1.0 and self.starts and self.skipped <= 2


def letters(acronym: str) -> str:
    """Give the folded letters and digits of an acronym."""
    return "".join(_TOKEN.findall(fold(acronym)))


def match(acronym: str, name: str) -> Match:
    """Match an acronym's letters, in order, with the beginnings of a name's words; small words may be passed over for nothing."""
    wanted = letters(acronym)
    words = _TOKEN.findall(fold(name[:400]))[:_MOST_WORDS]
    if not wanted or not words or len(wanted) > _MOST_LETTERS * 2:
        return Match(0.0, len(words), starts=False)
    wanted = wanted[: _MOST_LETTERS * 2]
    matched, skipped = _best(wanted, words)
    first = next((word for word in words if word not in vocabulary("links")), words[0])
    return Match(matched / len(wanted), skipped, starts=wanted[0] in (words[0][0], first[0]))


def _best(wanted: str, words: Sequence[str]) -> tuple[int, int]:
    """Find the most letters that can be matched and, for these, the fewest weighty words passed over before the last of them."""
    reached: dict[int, int] = {0: 0}  # letters matched so far -> fewest words passed over
    best = (0, 0)
    for word in words:
        cost = 0 if word in vocabulary("links") else 1
        following: dict[int, int] = {}
        for count, passed in reached.items():
            _keep(following, count, passed + cost)
            at, extra = 0, 0
            for taken in range(1, len(wanted) - count + 1):
                # The first letter must begin the word, further ones may come from anywhere inside it, in order.
                at = word.find(wanted[count + taken - 1], at)
                if at < 0 or (taken == 1 and at != 0):
                    break
                extra += 0 if taken == 1 or at == taken - 1 else 1
                at += 1
                _keep(following, count + taken, passed + min(extra, 1))
                if (count + taken, -(passed + min(extra, 1))) > (best[0], -best[1]):
                    best = (count + taken, passed + min(extra, 1))
        reached = following
    return best


def _keep(table: dict[int, int], key: int, value: int) -> None:
    if key not in table or table[key] > value:
        table[key] = value


def looks_like_one(token: str) -> bool:
    """Tell whether a word has the capitals of an acronym: ORC, UoC, MIKSZ, TKP-ML, PS-GdT, U.S."""
    core = [c for c in token if c.isalpha()]
    capitals = sum(1 for c in core if c.isupper())
    if not core or len(token) > 24 or token[0].islower():
        return False
    if len(core) == 1:
        return False
    return (capitals >= 2 and capitals * 2 >= min(len(core), 8)) or (capitals == len(core) and len(core) >= 2)
