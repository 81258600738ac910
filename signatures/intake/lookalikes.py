"""Letters that only look like those around them: words that mix scripts are told, never refused.

Only Latin, Greek, Cyrillic and Armenian letters can be taken for one another; a word wholly in one script, such as
`БРП(к)`, is as it should be, and so is a word of Arabic, Han or any other script.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import NamedTuple

SCRIPTS = {"LATIN": "Latin", "GREEK": "Greek", "CYRILLIC": "Cyrillic", "ARMENIAN": "Armenian"}
# Letters that stand in one column are twins; a dot stands where a script has none.
TWINS = {
    "LATIN": "ABCEHIJKLMNOPQSTUVWXYZacdefghijklnopqsuvwxy......",
    "GREEK": "ΑΒϹΕΗΙͿΚ.ΜΝΟΡ..Τ...ΧΥΖαϲ.....ιϳκ..ορ..υνωχγΓΠΦΛπφ",
    "CYRILLIC": "АВСЕНІЈК.М.ОРԚЅТ.ѴԜХУ.асԁе..һіјкӏ.орԛѕ.ѵԝхуГПФЛпф",
    "ARMENIAN": "........Լ..Օ..Տ.Ս.........քցհ.յ..ոօ.զ.ս..........",
}
TWIN = {
    (letter, script): twin
    for one in TWINS
    for script in TWINS
    for letter, twin in zip(TWINS[one], TWINS[script], strict=True)
    if one != script and "." not in (letter, twin)
}
WORD = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*")
CLUSTER = re.compile(r".[\u0300-\u036f]*", re.DOTALL)


class Lookalike(NamedTuple):
    """A word with a letter of another script in it, and the word as it would be in one script."""

    word: str
    letter: str
    letter_script: str
    word_script: str
    expected: str
    changed: str


def lookalikes(text: str) -> list[Lookalike]:
    """Find the words of a text in which a letter only looks like those around it."""
    everywhere = Counter(_scripts(text))
    found = (_in_word(match.group(), everywhere) for match in WORD.finditer(text))
    return list(dict.fromkeys(one for one in found if one is not None))


def changed(text: str) -> str:
    """Return the text with the first such word in one script, wherever that word stands."""
    found = lookalikes(text)[:1]
    for one in found:
        text = re.sub(rf"(?<!\w){re.escape(one.word)}(?!\w)", one.changed, text)
    return text


def _in_word(word: str, everywhere: Counter[str]) -> Lookalike | None:
    counts = Counter(_scripts(word))
    if len(counts) < 2:
        return None
    clusters = CLUSTER.findall(word)

    def likely(script: str) -> tuple[bool, int, int]:
        whole = all(_script(_twin(cluster, script)) == script for cluster in clusters)
        return whole, counts[script], everywhere[script]

    host = max(counts, key=likely)
    twins = [_twin(cluster, host) for cluster in clusters]
    foreign = [(cluster, twin) for cluster, twin in zip(clusters, twins, strict=True) if twin != cluster]
    if not foreign:
        return None
    letter, expected = foreign[0]
    return Lookalike(word, letter, SCRIPTS[_script(letter)], SCRIPTS[host], expected, "".join(twins))


def _twin(cluster: str, script: str) -> str:
    """Give the letter of a script that looks like this one, with the same marks above and below; else the letter."""
    base, marks = unicodedata.normalize("NFD", cluster)[0], unicodedata.normalize("NFD", cluster)[1:]
    twin = TWIN.get((base, script))
    return unicodedata.normalize("NFC", twin + marks) if twin else cluster


def _scripts(text: str) -> list[str]:
    return [script for script in map(_script, text) if script in SCRIPTS]


def _script(letter: str) -> str:
    return unicodedata.name(letter[0], "").partition(" ")[0] if letter[0].isalpha() else ""
