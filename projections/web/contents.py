"""What each page shows, gathered from the answers to a few questions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from flask import url_for
from flask_babel import gettext as _

from projections import moments
from projections.answers import Answer
from projections.lists import Lists
from projections.looks import presentation, record
from projections.paging import Cursor, Mark
from projections.versions import several
from projections.web.comparison import COMPARED, difference
from signatures.web.frame import is_mirrored, language_of_reader

LONG = 1_000  # entries; a longer list is read page by page
FEW = 10  # entries; of fewer each may say which version it signed
RECORD = 500  # events on one page of the history
TIME = ("as_of", "known_at", "position")
Asked = Mapping[str, str]


# ── a statement and its list ─────────────────────────────────────────────────────────────────────────────────────────


def statement(lists: Lists, reference: str, asked: Asked) -> dict[str, Any]:
    """Gather what the page of a statement, or of one of its editions, shows."""
    now = lists.statement(reference)
    language = chosen_language(now, asked.get("lang"))
    answer = read_list(lists, now["reference"], asked, language)
    position = answer["position"]
    then = now if position == now["position"] else lists.statement(now["reference"], position=position)
    question = asked.get("q", "").replace("\0", "")
    return {
        "statement": {**shown_statement(then, language), **{name: now[name] for name in PRESENT}},
        "paragraphs": presentation.paragraphs(lists.body(now["reference"], answer, language)),
        "language": language,
        **_signed_versions(lists, now["reference"], answer),
        **presentation.list_page(
            answer,
            days=lists.timeline(now["reference"], position=position),
            editions=[one for one in now["editions"] if one["position"] <= position],
            today=now["today"],
            newest=now["position"],
            lang=language_of_reader(),
            mirrored=is_mirrored(),
            question=question,
            searched=bool(question),
            found=answer.found,
            start=_start(asked),
            pages=_pages_of_a_long_list(answer, asked) if answer.next or answer.previous else None,
            known_at=asked.get("known_at", "").upper() or None,
            since=_since(lists, now, answer, language),
            standing_now=now["counts"]["standing"],
            own=_in_its_own_language(lists, then, answer, asked, language),
            keep=_kept(asked, "lang", "show"),
        ),
    }


def _signed_versions(lists: Lists, reference: str, answer: Answer) -> dict[str, Any]:
    """Tell which entries of a list signed another version of the text than the one that was known with it."""
    ids = [entry["signature_id"] for part in ("numbered", "subsequent") for entry in answer[part]]
    versions = lists.versions(reference, position=answer["position"])
    others = signed_otherwise(lists, reference, ids, position=answer["position"])
    own = [one for one in versions if one["language"] == versions[0]["language"]]
    same = next(iter(others.values()), None) if len(ids) >= FEW and _is_one(others, ids) else None
    return {"signed_versions": others, "signed_by_all": same, "version_shown": own[-1] if own else None}


def _is_one(others: Mapping[str, Mapping[str, Any]], ids: Sequence[str]) -> bool:
    """Tell whether all of these signed one other version, so that a sentence says it once."""
    return len(others) == len(set(ids)) and len({(one["language"], one["version"]) for one in others.values()}) == 1


def signed_otherwise(
    lists: Lists, reference: str, ids: Sequence[str], *, position: int | None = None
) -> dict[str, dict[str, Any]]:
    """Tell by signature the version that it was given to sign, where its language has another text by now."""
    versions = lists.versions(reference, position=position)
    if not several(versions):
        return {}
    newest = {one["language"]: one["text_sha256"] for one in versions}
    signed = lists.signed_texts(reference, ids, position=position)
    return {id_: one for id_, one in signed.items() if one["text_sha256"] != newest[one["language"]]}


PRESENT = ("status", "closed_on", "closes_on", "retracted_on", "editions")
"""What the page tells of the statement as it is now, whatever date its list is of: whether it can be signed."""


def read_list(lists: Lists, reference: str, asked: Asked, language: str) -> Answer:
    """Ask for the whole list, or for a page of one that is very long."""
    question: dict[str, Any] = {name: asked[name] for name in (*TIME, "edition") if name in asked}
    question |= {"show": asked.get("show", "annotated"), "language": language, "query": asked.get("q")}
    cursor = asked.get("cursor")
    if not cursor:
        answer = lists.signatories(reference, **question, limit=presentation.PAGE)
        if answer.next and _size(answer) <= LONG:
            return lists.signatories(reference, **question, limit=LONG)
        if not answer.next or not _start(asked):
            return answer
        if answer["edition"] and (start := _start(asked)) and start > 1:
            place = Mark("numbered", start - 1, "", 0)
            cursor = str(Cursor(answer["as_of"], answer["position"], backward=False, mark=place))
    return lists.signatories(reference, **question, cursor=cursor, limit=presentation.PAGE)


def _size(answer: Answer) -> int:
    """Count what a list can show: each place, and each subsequent signatory."""
    counts = answer["counts"]
    return int((counts["places"] if answer["edition"] else counts["standing"]) + counts["subsequent"])


def _since(lists: Lists, now: Mapping[str, Any], answer: Answer, language: str) -> dict[str, Any] | None:
    """Tell what became known of a list since, where anything was recorded since."""
    if answer["position"] >= now["position"]:
        return None
    return lists.since(now["reference"], answer["as_of"], answer["position"], language=language)


def _in_its_own_language(
    lists: Lists, told: Mapping[str, Any], answer: Answer, asked: Asked, language: str
) -> tuple[str, Answer] | None:
    """Ask again in the statement's own language, so that the page can tell what has no words in another one."""
    own = str(told["default_language"])
    if language == own or answer.next or answer.previous:
        return None
    return own, read_list(lists, told["reference"], asked, own)


def _pages_of_a_long_list(answer: Answer, asked: Asked) -> list[dict[str, Any]]:
    """Link the pages of a very long list: by hundreds of its numbers, and the ones before and after this one."""
    kept = {name: value for name, value in asked.items() if name not in ("cursor", "start", "edition")}
    if answer["edition"] and asked.get("show", "annotated") == "annotated" and "q" not in asked:
        numbers = [entry["number"] for entry in answer["numbered"]]
        links = presentation.hundreds(answer["counts"]["places"], numbers[0] if numbers else None)
        if answer["counts"]["subsequent"]:
            place = Cursor(answer["as_of"], answer["position"], backward=False, mark=Mark("subsequent", 0, "", 0))
            links.append({"words": _("subsequent"), "cursor": str(place), "here": not numbers})
    else:
        links = [{"words": _("this page"), "here": True}]
    for link in links:
        where: dict[str, Any] = {name: link[name] for name in ("start", "cursor") if name in link}
        link["href"] = f"?{urlencode(kept | where)}"
    before = [{"words": _("earlier"), "href": f"?{urlencode({**kept, 'cursor': answer.previous})}"}]
    after = [{"words": _("later"), "href": f"?{urlencode({**kept, 'cursor': answer.next})}"}]
    return [*(before if answer.previous else []), *links, *(after if answer.next else [])]


def _start(asked: Asked) -> int | None:
    return moments.whole_number("start", asked["start"]) if "start" in asked else None


def chosen_language(told: Mapping[str, Any], asked: str | None) -> str:
    """Choose the text's language: the one asked for if there is a text in it, else the statement's own."""
    there = [text["language"] for text in told["texts"]]
    return str(asked if asked in there else told["default_language"])


def shown_statement(told: Mapping[str, Any], language: str) -> dict[str, Any]:
    """Add what a template shows of a statement in one language."""
    text = next((one for one in told["texts"] if one["language"] == language), (told["texts"] or [{}])[0])
    return {
        **told,
        "title": text.get("title") or told["title"] or told["reference"],
        "language": text.get("language") or language,
        "version_label": text.get("version_label"),
    }


# ── the history ──────────────────────────────────────────────────────────────────────────────────────────────────────


def history(lists: Lists, reference: str, asked: Asked) -> dict[str, Any]:
    """Gather what the history page shows: the record, and what changed between two dates."""
    told = lists.statement(reference)
    language = chosen_language(told, asked.get("lang"))
    compared, problem = difference(lists, told, asked, language)
    rows = lists.history(
        told["reference"], after=asked.get("before"), limit=RECORD, newest_first=True, language=language
    )
    # The version of the last entry counts all of the statement's.
    (last,) = lists.events(told["reference"], after=told["position"] - 1, limit=1)
    return {
        "statement": shown_statement(told, language),
        "problem": problem,
        "known_then": {
            name: asked.get(f"{name}_known") or asked.get(name, "").partition("@")[2] for name in ("from", "to")
        },
        **_other_pages(lists, told, asked, rows),
        **record.history_page(
            rows,
            days=lists.timeline(told["reference"]),
            editions=told["editions"],
            today=told["today"],
            diff=compared,
            total=last.get("version", len(rows)),  # withheld just now, it has none
            lang=language_of_reader(),
            mirrored=is_mirrored(),
        ),
    }


def _other_pages(
    lists: Lists, told: Mapping[str, Any], asked: Asked, rows: list[dict[str, Any]]
) -> dict[str, str | None]:
    """Link the newer and the older entries; a page begins before a position."""
    kept = {"reference": told["reference"], **_kept(asked, "lang", *COMPARED), "_anchor": "record"}
    top = rows[0]["position"] if rows else 0
    newer = older = None
    if top < told["position"]:
        following = lists.events(told["reference"], after=top, limit=RECORD)[-1]["position"]
        before = {"before": following + 1} if following < told["position"] else {}
        newer = url_for("pages.history", **kept, **before)
    if rows and rows[-1]["type"] != "Drafted":
        older = url_for("pages.history", **kept, before=rows[-1]["position"])
    return {"newer": newer, "older": older}


def _kept(asked: Asked, *names: str) -> dict[str, str]:
    return {name: asked[name] for name in names if asked.get(name)}
