"""Organisations: who is registered, under which names, merged into whom, and what each signed."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from projections.moments import whole_number
from projections.signatory_list import Leaf, in_language
from projections.told import texts_of, title_of
from projections.views import lookups
from projections.views.generation import Generation
from signatures.errors import BadQuery
from signatures.printed import printed
from signatures.sentences import said

PARTS = (
    "acronym", "name", "name_language", "transliteration", "translations", "country_printed", "territories", "url",
)  # fmt: skip


class Registered:
    """One registration as known now: its names by date, and the registration it was merged into."""

    def __init__(self, id_: str, leaves: list[Leaf]) -> None:
        """Fold the leaves that nothing has annulled."""
        self.id = id_
        self.first = next(leaf for leaf in leaves if leaf["type"] == "Registered")
        self.renames = [leaf for leaf in leaves if leaf["type"] == "Renamed"]
        self.into = next((leaf["data"]["into"] for leaf in leaves if leaf["type"] == "Merged"), None)

    def parts(self, day: str) -> dict[str, Any]:
        """Tell the name parts on a date: the greatest effective_on, then the later position, wins."""
        parts = {name: self.first["data"][name] for name in PARTS}
        for leaf in sorted(self.renames, key=lambda leaf: (leaf["data"]["effective_on"] or "", leaf["position"])):
            if (leaf["data"]["effective_on"] or "") <= day:
                parts |= leaf["data"]["changes"]
        return parts

    def told(self, day: str, language: str = "en") -> dict[str, Any]:
        """Tell of it on a date."""
        parts = self.parts(day)
        languages = (language, parts["name_language"] or language)
        translation, country = (in_language(parts[field], languages) for field in ("translations", "country_printed"))
        line = printed(parts["acronym"], parts["name"], parts["transliteration"], translation, country)
        told = {**parts, "name": parts["name"] or None, "printed": line or None}  # none of one whose name was withheld
        return {"organisation_id": self.id, **told, "merged_into": self.into}

    def names(self, language: str = "en") -> list[dict[str, Any]]:
        """Tell all names it bore, each with the date from which it holds; None: from the beginning."""
        days = sorted({leaf["data"]["effective_on"] or "" for leaf in self.renames} | {""})
        told = [{"from": day or None, **self.told(day, language)} for day in days]
        return [one for n, one in enumerate(told) if n == 0 or one["printed"] != told[n - 1]["printed"]]


def cursor(folded: str, position: int) -> str:
    """Write where a page of organisations ends."""
    return base64.urlsafe_b64encode(f"{position} {folded}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> tuple[str, int]:
    """Read a cursor that an earlier answer gave."""
    try:
        position, _, folded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode().partition(" ")
        return folded.replace("\0", ""), whole_number("cursor", position)
    except ValueError:
        raise BadQuery(said("This cursor is none that an answer gave. Ask without a cursor."), field="cursor") from None


def registered(view: Generation, ids: Sequence[str]) -> dict[str, Registered]:
    """Find registrations by id."""
    return {id_: Registered(id_, leaves) for id_, leaves in lookups.organisation_acts(view, ids).items()}


def body_of(id_: str, mergers: Mapping[str, str]) -> str:
    """Follow mergers to the registration that stands for all."""
    seen = {id_}
    while (into := mergers.get(id_)) is not None and into not in seen:
        id_ = into
        seen.add(id_)
    return id_


def group_of(view: Generation, id_: str) -> list[str]:
    """List all registrations that are one body, the one that stands for all first."""
    group = [body_of(id_, lookups.mergers(view))]
    for one in group:
        group += [merged for merged in lookups.merged_into(view, one) if merged not in group]
    return group


def named_today(view: Generation, ids: Sequence[str], today_in: Callable[[str], str]) -> list[str]:
    """Leave out those that no list names today: their signatures were struck, or withdrawn with the name."""
    doubtful = lookups.perhaps_unnamed(view, ids)
    return [id_ for id_ in ids if id_ not in doubtful or signed_by(view, group_of(view, id_), today_in, drafts=False)]


def signed_by(
    view: Generation, group: list[str], today_in: Callable[[str], str], *, drafts: bool
) -> list[dict[str, Any]]:
    """List the signatures of a body as they are printed today, on all statements that may be seen."""
    found = lookups.signings(view, group, drafts=drafts)
    signatures = view.signatures_at([key for _, key in found], view.newest)
    rows = []
    for row, key in found:
        folded = lookups.folded_statement(view, row)
        today = today_in(folded.time_zone)
        entry = signatures[key].entry(today, folded.languages(None))
        if entry["organisation_id"] not in group:
            continue  # corrected to another one, voided, or not to be named
        edition = lookups.edition_in_force(view, row.key, folded, today)
        number = lookups.numbers(view, edition, [key]).get(key) if edition else None
        title = title_of(texts_of(folded))
        rows.append(
            {
                "statement": row.reference,
                "title": title,
                "edition": edition.number if edition else None,
                "number": number,
            }
            | entry
        )
    return rows
