"""Lines that run from right to left in a PDF, written so that a reader's program takes them out in the order they are read.

Such programs (pdfium, and so browsers) see letters where they are drawn and turn each line round by rules of their own:
a line in one direction comes out right, its brackets as they look; a line in two directions does not.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

THIN = "\u2009"  # hardly seen; it parts a number from the dot or comma after it, which would be read before it
BOUND = re.compile(r"(?<=\d)(?=[.,،](?:\s|\Z))")
TURNED = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")
HIDDEN = re.compile("[\u200e\u200f]")  # marks for a line of two directions; here each has one
Unit = list[tuple[str, bool]]


def leftward(data: Mapping[str, Any]) -> dict[str, Any]:
    """Turn the sheet of a right-to-left list into lines of one direction each."""
    footer = stretches(data["footer"])
    return {
        **data,
        "title": way(data["title"]),
        "name": data["title"],
        "kicker": stretches(data["kicker"]),
        "heading": way(data["heading"]),
        "subsequent": way(data["subsequent"]),
        "paragraphs": [[way(line) for line in part.split("\n")] for part in data["paragraphs"]],
        "groups": [
            {
                "heading": group["heading"] and way(group["heading"]),
                "rows": [{**row, "lines": lines(row)} for row in group["rows"]],
            }
            for group in data["groups"]
        ],
        "later": [{**row, "lines": lines(row)} for row in data["later"]],
        "seal": [line for said in data["seal"] for line in stretches(said)],
        "footer": [line for line in footer if line["right"]],
        "sides": " · ".join(line["units"][0][0][0] for line in footer if not line["right"]),
    }


def stretches(text: str) -> list[dict[str, Any]]:
    """Part a line of several facts where its direction changes; one word of letters alone may stand among others."""
    found: list[tuple[str, list[str]]] = []
    words = HIDDEN.sub("", text).split(" ")
    kinds = [strong(word) for word in words]
    for at, word in enumerate(words):
        near = (found[-1][0] if found else None, next((one for one in kinds[at:] if one), None))
        kind = kinds[at] or ("R" if "R" in near else "L")
        alone = kind == "L" and word.strip(".,()").isalpha() and "L" not in kinds[at + 1 : at + 2]
        if found and (found[-1][0] == kind or (alone and found[-1][0] == "R")):
            found[-1][1].append(word)
        else:
            found.append((kind, [word]))
    parts = (" ".join(part).strip(" ·,،") for _, part in found)
    return [way(part) for part in parts if part]


def lines(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Part an entry where its direction changes; put together with spaces, the lines are its printed line."""
    parts: list[tuple[str, list[dict[str, Any]]]] = []
    for run in row["runs"]:
        on = strong(run["text"]) or (parts[-1][0] if parts else "R")
        if parts and (parts[-1][0] == on or parts[-1][1][-1]["bold"]):
            parts[-1] = (on, [*parts[-1][1], dict(run)])
        else:
            _end(parts, run)
            parts.append((on, [{**run, "text": run["text"].removeprefix(",").lstrip(" ")}]))
    if row["brackets"] and parts:
        parts[0][1][0]["text"] = "[" + parts[0][1][0]["text"]
        parts[-1][1][-1]["text"] += "]"
    if row["told"]:
        parts.append(("R", [{"text": row["told"], "language": None, "bold": False, "told": True}]))
    return [{"right": on == "R", "runs": [_laid(run, on) for run in runs]} for on, runs in parts]


def _end(parts: Sequence[tuple[str, list[dict[str, Any]]]], run: Mapping[str, Any]) -> None:
    """Let the comma before a part stay on the line above it."""
    if parts and run["text"].startswith(","):
        last = parts[-1][1][-1]
        last["text"] += ","


def _laid(run: Mapping[str, Any], on: str) -> dict[str, Any]:
    return {"told": False, **run, "units": units(run["text"]) if on == "R" else [[(run["text"], False)]]}


def way(text: str) -> dict[str, Any]:
    """Tell a line's direction with its text, for text that may be in any language."""
    right = strong(text) == "R"
    return {"right": right, "units": units(text) if right else [[(text, False)]]}


def strong(text: str) -> str | None:
    """Give the direction of the first letter."""
    for letter in text:
        kind = unicodedata.bidirectional(letter)
        if kind in ("L", "R", "AL"):
            return "L" if kind == "L" else "R"
    return None


def units(text: str) -> list[Unit]:
    """Part a line into words, each with its brackets told: those are drawn as they look, and no line may end behind one."""
    found: list[Unit] = []
    before = "R"
    for word in BOUND.sub(THIN, text).split(" "):
        unit: Unit = []
        for letter in word:
            before = strong(letter) or before
            turned = before == "R" and letter in "()[]{}<>«»‹›"
            if unit and not turned and not unit[-1][1]:
                unit[-1] = (unit[-1][0] + letter, False)
            else:
                unit.append((letter.translate(TURNED) if turned else letter, turned))
        found.append(unit)
    return found
