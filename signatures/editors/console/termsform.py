"""The form of a statement's terms: how it is shown, and what was typed read back."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil
from typing import Any

from flask_babel import gettext as _

from signatures.clock import stamp
from signatures.editors.console.keeping import Answer
from signatures.errors import InvalidInput
from signatures.intake import closing
from signatures.intake.terms import ACCEPTANCES, Terms
from signatures.room import Room
from signatures.web import catalogues


def progress(terms: Terms, standing: int, invited: int) -> dict[str, Any] | None:
    """Tell how many stand of how many are hoped for; a share is one of those invited, rounded up."""
    if terms.threshold_share is not None:
        wanted = ceil(invited * terms.threshold_share / 100)
    elif terms.threshold is not None:
        wanted = terms.threshold
    else:
        return None
    return {"standing": standing, "wanted": wanted, "invited": invited, "share": terms.threshold_share}


def written(terms: Terms, time_zone: str) -> dict[str, str]:
    """Write terms as the fields of their form hold them."""
    day, hour = closing.hour_of(terms.deadline, time_zone) if terms.deadline else ("", "")
    fold = closing.fold_of(terms.deadline, time_zone) if terms.deadline else None
    hoped = "share" if terms.threshold_share is not None else "number" if terms.threshold is not None else "none"
    return {
        "acceptance": terms.acceptance,
        "deadline_day": day,
        "deadline_hour": hour,
        "deadline_fold": "" if fold is None else str(fold),
        "hoped": hoped,
        "threshold": str(terms.threshold or ""),
        "threshold_share": str(terms.threshold_share or ""),
        "answer_days": str(terms.answer_days or ""),
    }


def read_terms(
    room: Room, told: Answer, values: Mapping[str, str], *, ended: bool
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Read the terms that were typed: what changes, and a sentence for each field that needs another look.

    A deadline is not asked where signing has `ended`: reopening asks for it.
    """
    changes: dict[str, Any] = {"acceptance": values.get("acceptance", "")}
    errors: dict[str, Any] = {}
    if changes["acceptance"] not in ACCEPTANCES:
        errors["acceptance"] = _("Choose who accepts a signature.")
    if not ended:
        _read_deadline(room, told, values, changes, errors)
    hoped = values.get("hoped", "none")
    for kind, field, most in (("number", "threshold", 10_000_000), ("share", "threshold_share", 100)):
        changes[field] = _number(field, values, most, errors, needed=True) if hoped == kind else None
    changes["answer_days"] = _number("answer_days", values, 365, errors)
    return changes, errors


def _read_deadline(
    room: Room, told: Answer, values: Mapping[str, str], changes: dict[str, Any], errors: dict[str, Any]
) -> None:
    before = room.terms.of(told["reference"]).deadline
    try:
        changes["deadline"] = typed_deadline(values, told["time_zone"])
    except InvalidInput as refused:
        errors["deadline_hour"] = deadline_words(refused, told["time_zone"])
        errors["offsets"] = refused.details.get("offsets", [])
        return
    if changes["deadline"] and changes["deadline"] != before and changes["deadline"] <= stamp(room.clock()):
        errors["deadline_hour"] = _("This hour has passed. To end signing at once, use “Close now”.")


def typed_deadline(values: Mapping[str, str], time_zone: str) -> str | None:
    """Read day and hour of a deadline on the statement's clocks; None where both are empty."""
    day, hour, fold = (values.get(f"deadline_{part}", "") for part in ("day", "hour", "fold"))
    if not day and not hour:
        return None
    if not day or not hour:
        missing = _("Write the day, too.") if hour else _("Write the hour, too, for example 18:00.")
        raise InvalidInput(missing, field="deadline")
    return closing.deadline_at(f"{day} {hour}", time_zone, int(fold) if fold in ("0", "1") else None)


def deadline_words(refused: InvalidInput, time_zone: str) -> str:
    """Say in the page's language why an hour cannot be taken."""
    match refused.details:
        case {"hour": "twice"}:
            return str(
                _("The clocks of %(zone)s show this hour twice on that day. Say which of the two.", zone=time_zone)
            )
        case {"hour": "never", "around": [str(earlier), str(later)]}:
            sentence = _(
                "The clocks of %(zone)s never show this hour: they are put forward. Write %(earlier)s or %(later)s.",
                zone=time_zone,
                earlier=earlier,
                later=later,
            )
            return str(sentence)
        case _:
            return catalogues.told(refused.said)


def _number(
    name: str, values: Mapping[str, str], most: int, errors: dict[str, Any], *, needed: bool = False
) -> int | None:
    text = values.get(name, "")
    if not text and not needed:
        return None
    if text.isascii() and text.isdigit() and len(text) < 9 and 1 <= int(text) <= most:
        return int(text)
    errors[name] = _("Write a whole number from 1 to %(most)s.", most=most)
    return None
