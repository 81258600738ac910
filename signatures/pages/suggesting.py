"""Registered organisations that a name being typed may mean: public ones only, and never a decision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from babel import Locale
from flask_babel import gettext as _
from rapidfuzz import fuzz

from signatures.characters import fold, visible
from signatures.intake.lookalikes import changed
from signatures.log.store import Store
from signatures.printed import printed

MOST = 5
SHORTEST = 2  # characters; one letter stands in nearly every name
LONGEST = 200  # characters; more say nothing new
FILLED = ("acronym", "name", "name_language", "transliteration", "translation", "country", "territories", "url")


class OrganisationsLike(Protocol):
    """Lists registered organisations whose names hold all words of a text, those that a public list names and no other.

    Each is a mapping with `organisation_id`, the name parts as `NameParts` has them, and `merged_into` (an id or None).
    """

    def __call__(self, text: str, /) -> Sequence[Mapping[str, Any]]:
        """List organisations."""


class Suggestion(NamedTuple):
    """A registered organisation, under its registered name, with the translation and country of a statement's language."""

    organisation_id: str
    year: str
    acronym: str | None
    name: str
    name_language: str | None
    transliteration: str | None
    translation: str | None
    country: str | None
    territories: list[str]
    url: str | None

    @property
    def line(self) -> str:
        """Acronym and name, by which people know it."""
        return printed(self.acronym, self.name, None, None, None)

    def as_json(self, language: str) -> dict[str, Any]:
        """Tell the form's script what it fills in, and the sentence that it shows, in the reader's language."""
        names = Locale.parse(language, sep="-").territories
        # Isolated, so that a name written the other way does not turn the sentence around.
        words = _("Sign as %(name)s, registered %(year)s", name=f"\u2068{self.line}\u2069", year=self.year)
        fields = {field: getattr(self, field) or "" for field in FILLED}
        fields["territories"] = ", ".join(str(names.get(code, code)) for code in self.territories)
        return {"organisation_id": self.organisation_id, "words": str(words), "fields": fields}


class Suggesting:
    """Suggests organisations for what is typed."""

    def __init__(self, like: OrganisationsLike, store: Store) -> None:
        """Look for names in the lists, and for the year of a registration in the log."""
        self.like, self.store = like, store

    def of(self, text: str, language: str) -> list[Suggestion]:
        """Suggest at most five, the nearest first; a letter that only looks like another does not hide a name."""
        text = " ".join(text[:LONGEST].split())
        if len(text) < SHORTEST or not visible(text):
            return []
        spellings = dict.fromkeys((text, changed(text)))
        found = [(spelling, one) for spelling in spellings for one in self.like(spelling)]
        found.sort(key=lambda pair: -_nearness(pair[0], pair[1]))
        bodies: dict[str, Mapping[str, Any]] = {}
        for _spelling, one in found:
            bodies.setdefault(one.get("merged_into") or one["organisation_id"], one)
        return [self._suggestion(id_, one, language) for id_, one in list(bodies.items())[:MOST]]

    def again(self, id_: str, line: str, language: str) -> list[Suggestion]:
        """Suggest once more what was chosen before, by its registered line; nothing where no public list names it."""
        return [one for one in self.of(line, language) if one.organisation_id == id_]

    def _suggestion(self, id_: str, one: Mapping[str, Any], language: str) -> Suggestion:
        return Suggestion(
            id_,
            self.store.stream_entries(f"organisation/{id_}", 0, 1)[0].recorded_at[:4],
            one["acronym"],
            one["name"],
            one["name_language"],
            one["transliteration"],
            one["translations"].get(language),
            one["country_printed"].get(language),
            list(one["territories"]),
            one["url"],
        )


def _nearness(typed: str, one: Mapping[str, Any]) -> float:
    line = printed(one["acronym"], one["name"], None, None, None)
    return max(fuzz.ratio(fold(typed), fold(text)) for text in (one["name"], line, one["acronym"] or ""))
