"""Presentation: what a page needs to know about a list, made from plain answers. No database, no request, no words.

The sentences stand in the templates, where translators find them; here are only sums, orders, choices and dates in words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import format_decimal
from jinja2 import Environment, pass_context
from jinja2.runtime import Context

from projections import chart

PAGE = 100
"""Entries on one page of a long list."""

LONG = 200
"""From so many entries on, a list is shown in pages."""

Answer = Mapping[str, Any]
Row = dict[str, Any]


# Dates, numbers and languages in words: the filters of the templates.


def locale_of(language: str) -> str:
    """Name the locale whose dates a page in this language uses; English dates begin with the day."""
    try:
        return "en_GB" if language == "en" else str(Locale.parse(language, sep="-"))
    except (UnknownLocaleError, ValueError):
        return "en_GB"


def day_words(on: str, language: str = "en", *, width: str = "long") -> str:
    """Write an ISO date in words: 7 June 2021."""
    return format_date(date.fromisoformat(on), width, locale_of(language))


def moment_words(at: str, language: str = "en") -> str:
    """Write an RFC 3339 instant in words, to the minute, in UTC: 7 June 2021, 18:00 UTC."""
    instant = datetime.fromisoformat(at).astimezone(UTC)
    return f"{day_words(instant.date().isoformat(), language)}, {instant:%H:%M} UTC"


def language_name(code: str, language: str | None = None) -> str:
    """Name a language in its own words, or in those of another."""
    try:
        named = Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return code
    words = named.get_display_name(locale_of(language) if language else None) or code
    return words[:1].upper() + words[1:]


def equip(environment: Environment) -> None:
    """Give an environment the filters that the templates use; each follows the `lang` of the page."""

    @pass_context
    def day(context: Context, on: str) -> str:
        return day_words(on, context.get("lang") or "en")

    @pass_context
    def day_short(context: Context, on: str) -> str:
        return day_words(on, context.get("lang") or "en", width="medium")

    @pass_context
    def moment(context: Context, at: str) -> str:
        return moment_words(at, context.get("lang") or "en")

    @pass_context
    def number(context: Context, n: int) -> str:
        return format_decimal(n, locale=locale_of(context.get("lang") or "en"))

    for each in (day, day_short, moment, number):
        environment.filters[each.__name__] = each
    environment.filters["own_name"] = language_name


# The list.


def paragraphs(text: str | None) -> list[str]:
    """Split a plain text at its blank lines."""
    return [part.strip() for part in re.split(r"\n[ \t]*\n", (text or "").replace("\r\n", "\n")) if part.strip()]


def rows_of(answer: Answer) -> list[Row]:
    """Give the numbered list with its gaps in their places; a row without a name is a number and why it is empty."""
    rows: list[Row] = [{**entry, "empty": not entry.get("name")} for entry in answer["numbered"]]
    rows += [{**gap, "empty": True} for gap in answer.get("gaps") or ()]
    for row in rows:
        row["id"] = f"n{row['number']}"
    return sorted(rows, key=lambda row: row["number"])


def later_rows(answer: Answer) -> list[Row]:
    """Give the subsequent signatories, each with an address of its own on the page."""
    return [{**entry, "empty": False, "id": f"s{entry['position']}"} for entry in answer["subsequent"]]


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
    """Give the terms of the sum a reader can redo: places - withdrawn - empty + subsequent = standing."""
    counts = answer["counts"]
    absent = [row["status"] for row in rows_of(answer) if row["status"] != "standing"]
    withdrawn = absent.count("withdrawn")
    places = counts.get("places", counts["numbered"] + len(absent))
    return {
        "places": places,
        "withdrawn": withdrawn,
        "empty": places - counts["numbered"] - withdrawn,
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


def pages_of(rows: Sequence[Row], start: int | None) -> tuple[list[Row], list[dict[str, Any]]]:
    """Cut a long list into pages by number: the rows from `start` on, and a link a page."""
    if len(rows) < LONG:
        return list(rows), []
    begins = [rows[at]["number"] for at in range(0, len(rows), PAGE)]
    at = max((n for n, begin in enumerate(begins) if begin <= (start or 0)), default=0)
    links = [
        {"start": begin, "end": rows[min((n + 1) * PAGE, len(rows)) - 1]["number"], "here": n == at}
        for n, begin in enumerate(begins)
    ]
    return list(rows[at * PAGE : (at + 1) * PAGE]), links


def jumps(
    days: Sequence[chart.Day], editions: Iterable[Mapping[str, Any]], *, as_of: str, today: str
) -> list[dict[str, Any]]:
    """Name the dates that matter, with their counts: editions, the last three changes, today."""
    numbers = {edition["as_of"]: edition["number"] for edition in editions if edition["as_of"] <= today}
    changed = [day["on"] for day in days if (day["signed"] or day["withdrew"]) and day["on"] < today]
    dates = sorted({*numbers, *changed[-3:]} - {today})
    return [
        {"on": on, "edition": numbers.get(on), "standing": chart.standing_on(days, on), "here": on == as_of}
        for on in dates
    ] + [{"on": None, "edition": numbers.get(today), "standing": chart.standing_on(days, today), "here": as_of == today}]


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
    start: int | None = None,
    keep: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Make everything statement.html needs to know about a list.

    `days` (see `chart.tally`) and `editions` are those known at the answer's position, `newest` is the statement's
    last position of all, `today` the civil date in its zone, `keep` the query parameters that links to other dates keep
    (`lang`, `show`). Needs the whole answer: pages are cut here.
    """
    rows, later = rows_of(answer), later_rows(answer)
    everything = len(rows) + len(later)
    if question:
        rows, later = matching(rows, question), matching(later, question)
    shown, pages = pages_of(rows, start)
    as_of, kept = answer["as_of"], dict(keep or {})
    known_earlier = answer["position"] < newest
    time = ({"as_of": as_of} if as_of != today else {}) | ({"position": answer["position"]} if known_earlier else {})
    return {
        "answer": answer,
        "sum": sum_of(answer),
        "groups": grouped(shown, answer.get("sections") or ()),
        "later": later if not pages or pages[-1]["here"] else [],
        "pages": pages,
        "found": len(rows) + len(later),
        "everything": everything,
        "question": question,
        "when": "today" if as_of == today else "past" if as_of < today else "to-come",
        "known_earlier": known_earlier,
        "keep": kept,
        "same": kept | time,
        "today": today,
        "first_on": days[0]["on"] if days else None,
        "jumps": jumps(days, editions, as_of=as_of, today=today) if days else [],
        "band": chart.band(days, editions, as_of=as_of, today=today, locale=locale_of(lang), mirrored=mirrored),
    }


# The history.


def record_rows(
    events: Iterable[Mapping[str, Any]], names: Mapping[str, Mapping[str, Any]] | None = None
) -> list[dict[str, Any]]:
    """Make the rows of the record, newest first, from leaf documents; runs of imported signatures become one row.

    `names` gives acronym, name, name_language (and number) by signature id; those signed among `events` are known.
    """
    ordered = sorted(events, key=lambda event: event["position"])
    known = {signature: dict(name) for signature, name in (names or {}).items()}
    for event in ordered:
        if event["type"] == "Signed":
            known[event["data"]["signature_id"]] = {**event["data"], **known.get(event["data"]["signature_id"], {})}
    rows: list[dict[str, Any]] = []
    for event in ordered:
        row = _record_row(event, known)
        if rows and _same_run(rows[-1], row):
            rows[-1]["run"].append(row)
        else:
            rows.append({**row, "run": [row]})
    return rows[::-1]


def _same_run(before: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    return row["actor"] == "import" == before["actor"] and row["type"] == "Signed" == before["type"]


def _record_row(event: Mapping[str, Any], known: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    data = event["data"]
    holds_from = next((data[key] for key in ("signed_on", "withdrawn_on", "effective_on", "as_of") if data.get(key)), None)
    return {
        "position": event["position"],
        "type": event["type"],
        "recorded_at": event["recorded_at"],
        "actor": data["actor"]["kind"],
        "holds_from": holds_from,
        "means": data.get("signed_on_means"),
        "organisation": known.get(data.get("signature_id", "")),
        "changes": data.get("changes") or {},
        "reason_code": data.get("reason_code"),
        "note": data.get("note"),
        "data": data,
    }


def compare_rows(diff: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Make the rows of a comparison, in the order added, withdrawn, corrected, voided."""
    rows = [{"kind": "added", **entry} for entry in diff["added"]]
    rows += [{"kind": "withdrawn", **entry} for entry in diff["withdrawn"]]
    rows += [{"kind": "corrected", **entry} for entry in diff["corrected"]]
    return rows + [{"kind": "voided", **entry} for entry in diff["voided"]]


def history_page(
    events: Iterable[Mapping[str, Any]],
    *,
    days: Sequence[chart.Day],
    editions: Sequence[Mapping[str, Any]],
    today: str,
    diff: Mapping[str, Any] | None = None,
    names: Mapping[str, Mapping[str, Any]] | None = None,
    lang: str = "en",
    mirrored: bool = False,
) -> dict[str, Any]:
    """Make everything history.html needs: the chart, the comparison that was asked for, the record."""
    rows = record_rows(events, names)
    return {
        "chart": chart.history(days, editions, today=today, locale=locale_of(lang), mirrored=mirrored),
        "days": days,
        "today": today,
        "diff": diff,
        "compared": compare_rows(diff) if diff else [],
        "record": rows,
        "events": sum(len(row["run"]) for row in rows),
        "first_recorded": rows[-1]["recorded_at"] if rows else None,
        "last_recorded": rows[0]["run"][-1]["recorded_at"] if rows else None,
    }
