"""Presentation: what a page needs to know about a list, made from plain answers. No database, no request, no words.

The sentences stand in the templates, where translators find them; here are only sums, orders and choices.
"""

from __future__ import annotations

import re
import unicodedata
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.looks import chart, drawing
from signatures.web.words import locale_of

PAGE = 100
"""Entries on one page of a long list."""

LONG = 200
"""From so many entries on, a list is shown in pages."""

FEW = 5
"""So many editions beside the first are named among the dates that matter."""

Answer = Mapping[str, Any]
Row = dict[str, Any]


def checkpoint_of(answer: Answer) -> dict[str, Any] | None:
    """Give the checkpoint that an answer names, its root as it is written in the note and as hexadecimal digits."""
    told = answer.get("checkpoint")
    return {**told, "hex": b64decode(told["root"]).hex()} if told else None


def mark_since(rows: Iterable[Row], since: Mapping[str, Any] | None) -> None:
    """Mark the entries about which something became known later; who does not wish to be named stays as it was."""
    changes = (since or {}).get("changes") or ()
    named = {row["signature_id"]: row for row in changes if row.get("printed") or row.get("printed_to")}
    for row in rows:
        row["since"] = named.get(row.get("signature_id"))


def sum_since(since: Mapping[str, Any]) -> dict[str, int] | None:
    """Count what became known later by kind: then + late + restored - withdrawn - redated - voided + again = now.

    `again` is what an order that prints a signature twice counts twice.
    """
    if since["changes"] is None:
        return None
    kinds = [row["kind"] for row in since["changes"]]
    terms = {kind: kinds.count(kind) for kind in ("late", "restored", "withdrawn", "redated", "voided", "corrected")}
    counted = terms["late"] + terms["restored"] - terms["withdrawn"] - terms["redated"] - terms["voided"]
    return {**terms, "again": since["to"]["standing"] - since["from"]["standing"] - counted}


def paragraphs(text: str | None) -> list[str]:
    """Split a plain text at its blank lines."""
    return [part.strip() for part in re.split(r"\n[ \t]*\n", (text or "").replace("\r\n", "\n")) if part.strip()]


def rows_of(answer: Answer) -> list[Row]:
    """Give the numbered list with its gaps in their places; a row without a name is a number and why it is empty."""
    rows: list[Row] = [{**entry, "empty": not entry.get("printed")} for entry in answer["numbered"]]
    rows += [{**gap, "empty": True} for gap in answer.get("gaps") or ()]
    for row in rows:
        row["id"] = f"n{row['number']}"
    return sorted(rows, key=lambda row: row["number"])


def later_rows(answer: Answer) -> list[Row]:
    """Give the subsequent signatories, each with an address of its own on the page."""
    return [
        {**entry, "empty": not entry.get("printed"), "id": f"s{entry['position']}"} for entry in answer["subsequent"]
    ]


def borrow(rows: Iterable[Row], own: Mapping[int, Mapping[str, Any]], language: str) -> bool:
    """Mark translations and printed countries that are those of the statement's own language; tell if there are any."""
    borrowed = False
    for row in rows:
        twin = own.get(row.get("position") or 0, {})
        for part in ("translation", "country"):
            if row.get(part) and row[part] == twin.get(part):
                row[f"{part}_language"], borrowed = language, True
    return borrowed


def _by_position(answer: Answer) -> dict[int, Mapping[str, Any]]:
    return {entry["position"]: entry for entry in [*answer["numbered"], *answer["subsequent"]] if entry["position"]}


def grouped(rows: Iterable[Row], sections: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put rows under the headings that the order gives; the first group may have none."""
    waiting = sorted(sections, key=lambda section: section["before"])
    groups: list[dict[str, Any]] = [{"heading": None, "rows": []}]
    for row in rows:
        while waiting and waiting[0]["before"] <= row["number"]:
            groups.append({"heading": waiting.pop(0)["heading"], "rows": []})
        groups[-1]["rows"].append(row)
    return [group for group in groups if group["rows"]]


def sum_of(answer: Answer) -> dict[str, int]:
    """Give the terms of the sum a reader can redo: places - withdrawn - other + subsequent = standing.

    A page of a long list does not tell why the others do not stand: there all of them are `other`.
    """
    counts = answer["counts"]
    rows = rows_of(answer)
    places = counts["places"]
    withdrawn = sum(row["status"] == "withdrawn" for row in rows) if len(rows) == places else 0
    return {
        "places": places,
        "withdrawn": withdrawn,
        "other": places - counts["numbered"] - withdrawn,
        "subsequent": counts["subsequent"],
        "standing": counts["standing"],
    }


def folded(text: str) -> str:
    """Fold case, accents and the widths of letters away, so that any spelling finds a name."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def matching(rows: Iterable[Row], question: str) -> list[Row]:
    """Keep the rows that hold every word asked for, in any of their name parts or in the country."""
    words = folded(question).split()
    parts = ("acronym", "name", "transliteration", "translation", "country")

    def holds(row: Row) -> bool:
        text = folded(" ".join(row.get(part) or "" for part in parts))
        return all(word in text for word in words)

    return [row for row in rows if holds(row)]


def pages_of(rows: Sequence[Row], later: Sequence[Row], start: int | None) -> tuple[list[Row], list[Row], list[Row]]:
    """Cut a long list into pages: the rows, the later ones, both from the `start`-th entry on, and a link a page."""
    entries = [*rows, *later]
    if len(entries) < LONG:
        return list(rows), list(later), []
    pages = [range(at, min(at + PAGE, len(entries))) for at in range(0, len(entries), PAGE)]
    here = min(max((start or 1) - 1, 0) // PAGE, len(pages) - 1)
    links = [_link(page, rows) | {"here": n == here} for n, page in enumerate(pages)]
    shown = pages[here]
    return (
        list(rows[shown.start : shown.stop]),
        list(later[max(0, shown.start - len(rows)) : max(0, shown.stop - len(rows))]),
        links,
    )


def _link(page: range, rows: Sequence[Row]) -> Row:
    """Tell a page's numbers, and how many subsequent signatories it holds from which on."""
    numbers = [rows[at]["number"] for at in (page.start, min(page.stop, len(rows)) - 1) if page.start < len(rows)]
    later = [at - len(rows) + 1 for at in (max(page.start, len(rows)), page.stop - 1) if page.stop > len(rows)]
    return {"start": page.start + 1, "numbers": numbers, "later": later}


def hundreds(places: int, first: int | None) -> list[Row]:
    """Link the pages of a very long list by number: the first, those around the one that begins with `first`, the last."""
    last = (places - 1) // PAGE
    here = -1 if first is None else (first - 1) // PAGE
    around = range(here - 2, here + 3) if first is not None else range(0)
    return [
        {
            "start": n * PAGE + 1,
            "numbers": [n * PAGE + 1, min((n + 1) * PAGE, places)],
            "later": [],
            "here": n == here and (first or 0) % PAGE == 1,
        }
        for n in sorted({0, last, *around})
        if 0 <= n <= last
    ]


def jumps(
    days: Sequence[chart.Day], editions: Iterable[Mapping[str, Any]], *, as_of: str, today: str
) -> list[dict[str, Any]]:
    """Name the dates that matter, with their counts: editions, the last three changes, today."""
    told = [edition for edition in editions if edition["as_of"] <= today]
    numbers = {edition["as_of"]: edition["number"] for edition in [*told[:1], *told[1:][-FEW:]]}
    changed = [day["on"] for day in days if (day["signed"] or day["withdrew"]) and day["on"] < today]
    dates = sorted({*numbers, *changed[-3:]} - {today})
    return [
        {"on": on, "edition": numbers.get(on), "standing": chart.standing_on(days, on), "here": on == as_of}
        for on in dates
    ] + [
        {"on": None, "edition": numbers.get(today), "standing": chart.standing_on(days, today), "here": as_of == today}
    ]


def with_today(dates: list[dict[str, Any]], standing: int | None) -> list[dict[str, Any]]:
    """Let the way back to today tell what is known today."""
    return dates if standing is None else [*dates[:-1], {**dates[-1], "standing": standing}]


def list_page(
    answer: Answer,
    *,
    days: Sequence[chart.Day],
    editions: Sequence[Mapping[str, Any]],
    today: str,
    newest: int,
    lang: str = "en",
    mirrored: bool = False,
    question: str = "",
    searched: bool = False,
    found: int | None = None,
    start: int | None = None,
    pages: Sequence[Mapping[str, Any]] | None = None,
    known_at: str | None = None,
    since: Mapping[str, Any] | None = None,
    standing_now: int | None = None,
    own: tuple[str, Answer] | None = None,
    keep: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make everything statement.html needs to know about a list.

    `days` (see `told.days_of`) and `editions` are those known at the answer's position, `newest` is the statement's
    last position of all, `today` the civil date in its zone, `known_at` the instant that was asked about, `since`
    what became known later (see `hindsight.since`), `standing_now` how many stand today by what is known today, `own` the
    statement's own language and the same answer in it, where this one is in another, `keep` the query parameters that links
    to other dates keep (`lang`, `show`). Of a whole answer, the entries that match `question` are
    chosen and pages are cut here. One that was `searched` tells how many are `found`, or None if they are too many to
    count; one that is a page already comes with its `pages` [{href, words or numbers and later, here}].
    """
    counts = answer["counts"]
    rows, later = rows_of(answer), later_rows(answer)
    borrowed = own is not None and borrow([*rows, *later], _by_position(own[1]), own[0])
    mark_since([*rows, *later], since)
    if question and not searched:
        rows, later = matching(rows, question), matching(later, question)
        found = len(rows) + len(later)
    if pages is None:
        rows, later, pages = pages_of(rows, later, start)
    as_of, kept = answer["as_of"], dict(keep or {})
    known_earlier = answer["position"] < newest
    time = ({"as_of": as_of} if as_of != today else {}) | ({"position": answer["position"]} if known_earlier else {})
    return {
        "answer": answer,
        "sum": sum_of(answer),
        "groups": grouped(rows, answer.get("sections") or ()),
        "borrowed": own[0] if own and borrowed else None,
        "heading_language": own[0] if own and own[1].get("sections") == answer.get("sections") else None,
        "later": later,
        "pages": pages,
        "found": found,
        "everything": (counts["places"] if answer["edition"] else counts["standing"]) + counts["subsequent"],
        "question": question,
        "when": "today" if as_of == today else "past" if as_of < today else "to-come",
        "known_earlier": known_earlier,
        "known_at": known_at,
        "since": since,
        "sum_since": sum_since(since) if since else None,
        "checkpoint": checkpoint_of(answer),
        "keep": kept,
        "same": kept | time,
        "today": today,
        "first_on": days[0]["on"] if days else None,
        "jumps": with_today(jumps(days, editions, as_of=as_of, today=today), standing_now) if days else [],
        "band": drawing.band(days, editions, as_of=as_of, today=today, locale=locale_of(lang), mirrored=mirrored),
    }
