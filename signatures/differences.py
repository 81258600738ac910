"""How two versions of a text differ: paragraph by paragraph, and within a paragraph that was changed word by word."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import zip_longest
from typing import Literal, NamedTuple

MOST = 300  # paragraphs that are compared; the time goes with the square of them
AT_ONCE, WORK = 60_000, 1_000_000  # pairs of words compared in one paragraph and in all; beyond it stands as a whole
WORDS = re.compile(r"\S+\s*")
Kind = Literal["same", "removed", "added"]


class Run(NamedTuple):
    """Some words that both versions have, or only one of them."""

    kind: Kind
    text: str


class Passage(NamedTuple):
    """One paragraph as runs, or so many paragraphs `left_out` that are the same in both."""

    runs: Sequence[Run]
    left_out: int = 0


def paragraphs(text: str) -> list[str]:
    """Part a text at its empty lines."""
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def differences(before: str, after: str) -> list[Passage] | None:
    """Tell how a text became another one; None where they are too long to be compared here."""
    old, new = paragraphs(before), paragraphs(after)
    if max(len(old), len(new)) > MOST:
        return None
    passages: list[Passage] = []
    work = WORK
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            passages.append(Passage((), d - c))
            continue
        for one, other in zip_longest(old[a:b], new[c:d], fillvalue=""):
            words = WORDS.findall(one), WORDS.findall(other)
            cost = len(words[0]) * len(words[1])
            passages.append(Passage(_runs(*words) if 0 < cost <= min(work, AT_ONCE) else _whole(one, other)))
            work -= cost if cost <= min(work, AT_ONCE) else 0
    return passages


def _whole(before: str, after: str) -> list[Run]:
    pieces: list[tuple[Kind, str]] = [("removed", before), ("same", " " if before and after else ""), ("added", after)]
    return [Run(*piece) for piece in pieces if piece[1]]


def _runs(old: Sequence[str], new: Sequence[str]) -> list[Run]:
    runs: list[Run] = []
    for kind, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        pieces: Sequence[tuple[Kind, str]]
        if kind == "equal":
            pieces = [("same", "".join(new[c:d]))]
        else:
            pieces = [("removed", "".join(old[a:b])), ("added", "".join(new[c:d]))]
        runs += [run for piece in pieces for run in _without_its_space(*piece)]
    return runs


def _without_its_space(kind: Kind, text: str) -> Iterator[Run]:
    """Leave the space after the last word unmarked, as a person would."""
    words = text.rstrip()
    if words:
        yield Run(kind, words)
    if space := text[len(words) :]:
        yield Run("same", space)
