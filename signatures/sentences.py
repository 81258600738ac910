"""Sentences that are told in the language of whoever reads them: a template in English, which is the key, and its values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Sentence:
    """A sentence with places for values, and the values: texts, numbers, or a sentence of its own."""

    sentence: str
    values: tuple[tuple[str, str | int | Sentence], ...] = ()

    def of(self, **values: str | int | Sentence) -> Sentence:
        """Fill in the values."""
        return replace(self, values=tuple(values.items()))

    def says(self, other: Sentence) -> bool:
        """Tell whether this is the same sentence as another one's, whatever the values are."""
        return self.sentence == other.sentence

    def told(self, translate: Callable[[str], str] = str, quote: Callable[[str | int], str] = str) -> str:
        """Tell it in the language into which `translate` brings a sentence; `quote` sets a value apart from the words."""
        values = {
            name: value.told(translate, quote) if isinstance(value, Sentence) else quote(value)
            for name, value in self.values
        }
        return translate(self.sentence) % values if values else translate(self.sentence)


def said(sentence: str, **values: str | int | Sentence) -> Sentence:
    """Say a sentence that the catalogues translate; its places for values are `%(name)s`."""
    return Sentence(sentence, tuple(values.items()))
