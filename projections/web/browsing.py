"""What the pages show on which readers look for statements and organisations, gathered from the answers to a few questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from projections import moments
from projections.answers import Answer
from projections.lists import Lists
from projections.looks import drawing, world
from projections.shelf import STATES, Wanted, choices, words_of
from projections.views.names import folded_names
from projections.web.contents import TIME, Asked, chosen_language, shown_statement, signed_otherwise
from signatures.arranging.countries import territory_names
from signatures.web.frame import is_mirrored, language_of_reader

FILTERS = ("state", "year", "language")
FEW = 9  # statements that are overlooked without filters
FOUND = 10  # organisations beside the statements that were found


# ── the front page ───────────────────────────────────────────────────────────────────────────────────────────────────


def front(lists: Lists, asked: Asked) -> dict[str, Any]:
    """Gather what the front page shows: the statements that are asked for, last signed first, and organisations of that name."""
    shelf = lists.shelf()
    wanted = _wanted(asked)
    found = [one.key for one in shelf if wanted.takes(one)]
    answer = lists.statements(cursor=asked.get("cursor"), among=found)
    statements = [_work(lists, one, asked) for one in answer["statements"]]
    statements.sort(key=lambda one: one["last_on"] or "", reverse=True)
    kept: dict[str, Any] = {name: asked[name] for name in ("lang", "q", *FILTERS) if asked.get(name)}
    chosen = {name: asked.get(name) for name in FILTERS}
    return {
        "statements": statements,
        "found": len(found),
        "question": asked.get("q", ""),
        "chosen": chosen,
        "choices": choices(shelf) if len(shelf) > FEW or any(chosen.values()) else {},
        **_organisations_too(lists, asked),
        "first": url_for("pages.front", **kept) if "cursor" in asked else None,
        "older": url_for("pages.front", **kept, cursor=answer.next) if answer.next else None,
    }


def _wanted(asked: Asked) -> Wanted:
    if "state" in asked:
        moments.one_of("state", asked["state"], STATES)
    return Wanted(words_of(asked.get("q")), *(asked.get(name) for name in FILTERS))


def _organisations_too(lists: Lists, asked: Asked) -> dict[str, Any]:
    """Look for organisations by the same words; a filter asks for statements alone."""
    if not words_of(asked.get("q")) or any(name in asked for name in FILTERS):
        return {}
    answer = lists.organisations(query=asked["q"], limit=FOUND, language=language_of_reader())
    return {"organisations": _named(lists, answer, asked["q"]), "more_organisations": answer.next is not None}


def _work(lists: Lists, told: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Tell of a statement among others."""
    return {
        **shown_statement(told, chosen_language(told, asked.get("lang"))),
        "languages": [text["language"] for text in told["texts"]],
        "standing": told["counts"]["standing"],
        "spark": drawing.spark(lists.timeline(told["reference"]), mirrored=is_mirrored()),
    }


# ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────────


def organisations(lists: Lists, asked: Asked) -> dict[str, Any]:
    """Gather what the list of organisations shows: a page of them by name, or those that hold some words."""
    question = asked.get("q", "")
    answer = lists.organisations(query=question, cursor=asked.get("cursor"), language=language_of_reader())
    kept: dict[str, Any] = {name: asked[name] for name in ("lang", "q") if asked.get(name)}
    return {
        "organisations": _named(lists, answer, question),
        "question": question,
        "first": url_for("site.organisations", **kept) if "cursor" in asked else None,
        "following": url_for("site.organisations", **kept, cursor=answer.next) if answer.next else None,
    }


def organisation(lists: Lists, id_: str, asked: Asked) -> dict[str, Any]:
    """Gather what the page of an organisation shows: its names, and what it signed under which."""
    language = language_of_reader()
    told = lists.organisation(id_, language=language)
    today = lists.clock().date().isoformat()
    others = lists.called(told["same_body"], language=language).values()
    signed = [_signed(lists, one, asked) for one in told["signatures"]]
    return {
        "organisation": _line_of(told),
        "names_known": [_line_of(one) for one in told["names"]] if len(told["names"]) > 1 else [],
        "others": [_line_of([one for one in names if (one["from"] or "") <= today][-1]) for names in others],
        "countries": [_territory_names().get(code, code) for code in told["territories"]],
        "signatures": sorted(signed, key=lambda one: str(one["signed_on"]), reverse=True),
    }


def _signed(lists: Lists, one: Mapping[str, Any], asked: Asked) -> dict[str, Any]:
    """Tell of one signature, with the title of its statement in the language of the page where it has one."""
    statement = lists.statement(one["statement"])
    shown = shown_statement(statement, chosen_language(statement, asked.get("lang") or language_of_reader()))
    return {
        **one,
        "title": shown["title"],
        "title_language": shown["language"],
        "own_language": statement["default_language"],
        "taken_back": shown["status"] == "retracted",
        "version": signed_otherwise(lists, statement["reference"], [one["signature_id"]]).get(one["signature_id"]),
    }


def _named(lists: Lists, answer: Answer, question: str) -> list[dict[str, Any]]:
    """Tell of organisations by their lines; one that was found by another name than today's tells that one, too."""
    words, rows = words_of(question), [_line_of(told) for told in answer["organisations"]]
    others = [row for row in rows if not _holds(row, words)]
    names = lists.called([row["organisation_id"] for row in others], language=language_of_reader())
    for row in others:
        known = names.get(row["organisation_id"], ())
        row["found_by"] = next((_line_of(name) for name in known if _holds(name, words)), None)
    return rows


def _holds(told: Mapping[str, Any], words: Sequence[str]) -> bool:
    names = folded_names(told)
    return all(word in names for word in words)


def _line_of(told: Mapping[str, Any]) -> dict[str, Any]:
    """Add the parts of the line in the language of the page, else in that of the name, else in any; and tell in which."""
    row = {**told, "translation": None, "country": None}
    for part, texts in (("translation", told["translations"]), ("country", told["country_printed"])):
        for language in (language_of_reader(), told["name_language"], *sorted(texts)):
            if language in texts and row[part] is None:
                row[part], row[f"{part}_language"] = texts[language], language
    return row


# ── countries ────────────────────────────────────────────────────────────────────────────────────────────────────────


def territories(lists: Lists, reference: str, asked: Asked) -> dict[str, Any]:
    """Gather what the page of a list by country shows."""
    told = lists.statement(reference)
    answer = lists.territories(reference, **{name: asked[name] for name in TIME if name in asked})
    counted = answer["counted"]
    return {
        "statement": shown_statement(told, chosen_language(told, asked.get("lang"))),
        "as_of": answer["as_of"],
        "standing": answer["standing"],
        "known": answer["standing"] - counted.get((), 0),
        "several": world.several(counted),
        "regions": world.by_region({codes: n for codes, n in counted.items() if codes}, _territory_names()),
        "same": {name: asked[name] for name in TIME if asked.get(name)},
        "mirrored": is_mirrored(),
    }


def _territory_names() -> Mapping[str, str]:
    return territory_names(language_of_reader())
