"""What is told of a statement beside its list: its data, texts, editions and days."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from projections.signatory_list import Leaf, Root, Statement, checkpoint
from projections.views import counting
from projections.views.generation import Generation
from projections.views.view import StatementRow

FIELDS = ("reference", "kind", "issuer", "issued_on", "printed_number", "time_zone", "default_language")


def texts_of(folded: Statement) -> list[dict[str, Any]]:
    """Tell the newest text of each language; `version` counts those set for it so far."""
    newest: dict[str, dict[str, Any]] = {}
    for leaf in folded.texts:
        language = leaf["data"]["language"]
        newest[language] = {
            **{
                name: leaf["data"][name] for name in ("language", "title", "text_sha256", "media_type", "version_label")
            },
            "version": newest.get(language, {"version": 0})["version"] + 1,
            "position": leaf["position"],
        }
    return [newest[language] for language in sorted(newest, key=lambda one: (one != folded.default_language, one))]


def title_of(texts: Iterable[dict[str, Any]], language: str | None = None) -> str | None:
    """Choose the title in a language, else in the first, which is the statement's own."""
    titles = {text["language"]: text["title"] for text in texts}
    return titles.get(language or "") or next(iter(titles.values()), None)


def edition_of(leaf: Leaf, root: Root) -> dict[str, Any]:
    """Tell of one edition, and of the log as it was when it was published."""
    data = leaf["data"]
    return {
        "number": data["edition"],
        "as_of": data["as_of"],
        "position": leaf["position"],
        "recorded_at": leaf["recorded_at"],
        "version_label": data["version_label"],
        "texts": data["texts"],
        "orders": data["orders"],
        "checkpoint": checkpoint(leaf["position"], root),
    }


def told_of(folded: Statement, today: str, root: Root) -> dict[str, Any]:
    """Tell a statement's own data as of today."""
    texts = texts_of(folded)
    data = {name: folded.fields[name] for name in FIELDS}
    return {
        "reference": data.pop("reference"),
        "title": title_of(texts),
        "titles": {text["language"]: text["title"] for text in texts},
        **data,
        "status": folded.status(today),
        "closed_on": closed_on(folded, today),
        "closes_on": closes_on(folded, today),
        "retracted_on": min((on for on in folded.retractions if on <= today), default=None),
        "today": today,
        "texts": texts,
        "editions": [edition_of(leaf, root) for leaf in folded.editions],
    }


def closed_on(folded: Statement, today: str) -> str | None:
    """Tell since when signing has ended; None while it has not."""
    since = None
    for leaf in sorted(folded.closings, key=lambda leaf: (leaf["data"]["effective_on"], leaf["position"])):
        if leaf["data"]["effective_on"] <= today:
            since = (since or str(leaf["data"]["effective_on"])) if leaf["type"] == "Closed" else None
    return since


def closes_on(folded: Statement, today: str) -> str | None:
    """Tell the next date to come on which signing ends, as far as is known; None once it has ended."""
    dates = [leaf["data"]["effective_on"] for leaf in folded.closings]
    ends = [on for on in dates if on > today and folded.status(on) == "closed"]
    return min(ends, default=None) if folded.status(today) == "open" else None


def days_of(view: Generation, row: StatementRow, position: int) -> list[dict[str, Any]]:
    """Tell each day on which something changes, as known at a position: how many signed and left, and how many stand then."""
    days, standing = [], 0
    for on, signed, withdrew, corrected in counting.days(view, row, position):
        standing += signed - withdrew
        days.append({"on": on, "signed": signed, "withdrew": withdrew, "corrected": corrected, "standing": standing})
    return days
