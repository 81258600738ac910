"""A second fold of the same contract, written from semantics.md alone: event by event, then day by day. Slow and plain.

Nothing is shared with `projections/signatory_list.py`, so that one mistake is not made twice.
"""

from __future__ import annotations

import copy
import json
from base64 import b64encode
from collections.abc import Callable
from typing import Any


class Book:
    """What is written down after some events."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.about: dict[str, Any] = {}
        self.cards: dict[str, dict[str, Any]] = {}  # one for each signature, in log order
        self.editions: list[dict[str, Any]] = []
        self.doors: list[tuple[str, int, str]] = []  # when signing was closed, opened or the statement taken back
        self.last: dict[str, Any] = {}

    def write(self, leaf: dict[str, Any]) -> None:
        """Write one event down."""
        data, kind = leaf["data"], leaf["type"]
        self.last = leaf
        if kind == "Drafted":
            self.about = {name: data[name] for name in ("reference", "time_zone", "default_language")}
        elif kind == "Amended":
            self.about.update({name: value for name, value in data["changes"].items() if name in self.about})
        elif kind == "Signed":
            self.cards[data["signature_id"]] = {"signed": leaf, "said": {}}
        elif kind in ("Withdrawn", "Voided", "Corrected"):
            self.cards[data["signature_id"]]["said"][leaf["position"]] = (kind, data)
        elif kind in ("Closed", "Reopened", "Retracted"):
            self.doors.append((data["effective_on"], leaf["position"], kind))
        elif kind == "Annulled":
            self.doors = [door for door in self.doors if door[1] != data["position"]]
            for card in self.cards.values():
                card["said"].pop(data["position"], None)
        elif kind == "Published":
            self.editions.append({**data, "received": list(Calendar(self).walk(data["as_of"]).standing)})


class Calendar:
    """Goes from day to day and moves signatures in and out."""

    def __init__(self, book: Book) -> None:
        """Begin before the first day, with a copy of the cards as signed."""
        self.book = book
        self.standing: dict[str, None] = {}
        self.gone: set[str] = set()
        self.left: set[str] = set()
        self.faces = {id_: dict(card["signed"]["data"]) for id_, card in book.cards.items()}
        self.void: dict[str, Any] = {}
        self.parting: dict[str, Any] = {}
        for id_, card in book.cards.items():
            for kind, data in card["said"].values():
                if kind == "Voided" and id_ not in self.void:
                    self.void[id_] = data
                elif kind == "Withdrawn":
                    earlier = self.parting.get(id_)
                    self.parting[id_] = (
                        data if not earlier or data["withdrawn_on"] < earlier["withdrawn_on"] else earlier
                    )
                elif kind == "Corrected" and data["effective_on"] is None:
                    self.faces[id_].update(data["changes"])

    def days(self) -> list[str]:
        """List the days on which anything happens."""
        days = {face["signed_on"] for face in self.faces.values()} | {
            data["withdrawn_on"] for data in self.parting.values()
        }
        for card in self.book.cards.values():
            days |= {
                data["effective_on"]
                for kind, data in card["said"].values()
                if kind == "Corrected" and data["effective_on"]
            }
        return sorted(days)

    def walk(self, until: str) -> Calendar:
        """Go on to the end of a day."""
        for day in self.days():
            if day > until:
                break
            for id_, card in self.book.cards.items():
                self._turn(day, id_, card)
        self.standing = {id_: None for id_ in self.book.cards if id_ in self.standing}
        return self

    def _turn(self, day: str, id_: str, card: dict[str, Any]) -> None:
        for kind, data in card["said"].values():
            if kind == "Corrected" and data["effective_on"] == day:
                changes = {n: v for n, v in data["changes"].items() if n not in ("signed_on", "signed_on_means")}
                self.faces[id_].update(changes)
        parting = self.parting.get(id_)
        if parting and parting["withdrawn_on"] == day:
            if id_ in self.standing and id_ not in self.void:
                self.left.add(id_)
            self.standing.pop(id_, None)
            self.gone.add(id_)
        if self.faces[id_]["signed_on"] == day and id_ not in self.void and id_ not in self.gone:
            self.standing[id_] = None


def second_fold(
    history: list[dict[str, Any]],
    documents: dict[str, bytes],
    *,
    as_of: str,
    position: int | None = None,
    language: str | None = None,
    show: str = "standing",
    final: bool = True,
    root: Callable[[int], bytes] | None = None,
) -> dict[str, Any]:
    """Tell the list on a date at a position."""
    book = Book()
    for leaf in history:
        if position is None or leaf["position"] <= position:
            book.write(copy.deepcopy(leaf))
    calendar = Calendar(book).walk(as_of)
    edition = None
    for one in book.editions:
        if one["as_of"] <= as_of:
            edition = one
    tongue = [language or book.about["default_language"], book.about["default_language"]]
    lines = order_lines(edition, documents, tongue) if edition else [{"signature": id_} for id_ in calendar.standing]
    numbered: list[dict[str, Any]] = []
    gaps: list[dict[str, Any]] = []
    sections = []
    number = 0
    for line in lines:
        if "section" in line:
            sections.append({"before": number + 1, "heading": line["section"]})
            continue
        number += 1
        entry = empty(line["gap"]) if "gap" in line else face(calendar, line["signature"], as_of, tongue)
        if entry["status"] == "standing" or show == "annotated":
            numbered.append({"number": number, **entry})
        else:
            gaps.append({"number": number, **{n: entry.get(n) for n in ("status", "reason", "withdrawn_on")}})
    printed_ids = [line["signature"] for line in lines if "signature" in line]
    rest = [id_ for id_ in calendar.standing if id_ not in printed_ids]
    rest.sort(key=lambda id_: calendar.faces[id_]["signed_on"])  # stable: log order on one day
    subsequent = [face(calendar, id_, as_of, tongue, edition["as_of"] if edition else None) for id_ in rest]
    in_numbers = sum(id_ in calendar.standing for id_ in printed_ids)
    status = door(book, as_of)
    answer = {
        "statement": book.about["reference"],
        "as_of": as_of,
        "time_zone": book.about["time_zone"],
        "position": book.last["position"],
        "recorded_through": book.last["recorded_at"],
        "final": final,
        "statement_status": status,
        "edition": {
            "number": edition["edition"],
            "as_of": edition["as_of"],
            "further_signatories_possible": status == "open",
        }
        if edition
        else None,
        "counts": {
            "standing": in_numbers + len(rest),
            "numbered": in_numbers,
            "subsequent": len(rest),
            "withdrawn": len(calendar.left),
            "places": number,
        },
        "sections": sections,
        "numbered": numbered,
        "subsequent": subsequent,
    }
    if show == "standing":
        answer["gaps"] = gaps
    size = book.last["position"]
    answer["checkpoint"] = root and {"size": size, "root": b64encode(root(size)).decode()}
    return answer


def order_lines(edition: dict[str, Any], documents: dict[str, bytes], tongue: list[str]) -> list[dict[str, str]]:
    """Read the lines of an edition's order, or number what was received."""
    if edition["orders"] is None:
        return [{"signature": id_} for id_ in edition["received"]]
    digest = edition["orders"].get(tongue[0]) or edition["orders"][tongue[1]]
    return [json.loads(line) for line in documents[digest].splitlines()]


def door(book: Book, as_of: str) -> str:
    """Tell the state of the statement on a date."""
    if not book.editions:
        return "draft"
    state = "open"
    for day, _, kind in sorted(book.doors):
        if day <= as_of and state != "retracted":
            state = {"Closed": "closed", "Reopened": "open", "Retracted": "retracted"}[kind]
    return state


def face(
    calendar: Calendar, id_: str, as_of: str, tongue: list[str], edition_as_of: str | None = None
) -> dict[str, Any]:
    """Describe a signatory on the day that the calendar has reached."""
    signed, now = calendar.book.cards[id_]["signed"], calendar.faces[id_]
    reason: str | None = None
    withdrawn_on: str | None = None
    nameless = False
    if id_ in calendar.void:
        status, nameless = "voided", True
        reason = calendar.void[id_]["note"] or calendar.void[id_]["reason_code"]
    elif now["signed_on"] > as_of:
        status = "not-yet"
    elif id_ in calendar.gone:
        parting = calendar.parting[id_]
        status, withdrawn_on, nameless = "withdrawn", parting["withdrawn_on"], not parting["show"]
        reason = (parting["note"] or parting["reason_code"]) if parting["show"] else None
    else:
        status = "standing"
    translation, country = choose(now["translations"], tongue), choose(now["country_printed"], tongue)
    line = " ".join(part for part in (now["acronym"], now["name"]) if part)
    line += "".join(f" ({part})" for part in (now["transliteration"], translation) if part)
    line += f", {country}" if country else ""
    line = line if now["acronym"] or now["name"] else ""  # withheld
    told = {
        "signature_id": id_,
        "organisation_id": None if nameless else now["organisation_id"],
        "acronym": None if nameless else now["acronym"],
        "name": None if nameless else now["name"] or None,
        "name_language": None if nameless else now["name_language"],
        "transliteration": None if nameless else now["transliteration"],
        "translation": None if nameless else translation,
        "country": None if nameless else country,
        "territories": [] if nameless else now["territories"],
        "url": None if nameless else now["url"],
        "signed_on": now["signed_on"],
        "signed_on_means": now["signed_on_means"],
        "printed": None if nameless else line or None,
        "status": status,
        "late": edition_as_of is not None and now["signed_on"] <= edition_as_of,
        "corrected": now != signed["data"],
        "position": signed["position"],
        "recorded_at": signed["recorded_at"],
    }
    if status != "standing":
        told["reason"] = reason
    if status == "withdrawn":
        told["withdrawn_on"] = withdrawn_on
    return told


def empty(reason: str) -> dict[str, Any]:
    """Describe a place that nobody has."""
    names = (
        "signature_id", "organisation_id", "acronym", "name", "name_language", "transliteration", "translation", "country",
    )  # fmt: skip
    return {
        **dict.fromkeys(names),
        "territories": [],
        **dict.fromkeys(("url", "signed_on", "signed_on_means", "printed")),
        "status": "gap",
        "late": False,
        "corrected": False,
        "position": None,
        "recorded_at": None,
        "reason": reason,
    }


def choose(texts: dict[str, str], tongue: list[str]) -> str | None:
    """Choose a text by language."""
    for language in [*tongue, *sorted(texts)]:
        if language in texts:
            return texts[language]
    return None
