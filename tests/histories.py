"""Random legal histories: a program of small steps, of which those that the rules forbid are passed over."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from projections.signatory_list import Signature, known, signatures, statement
from signatures.log.redaction import WITHHOLDABLE, removed
from tests.logmaker import MemoryLog, StatementMaker, uuid

FIRST = date(2021, 5, 1)
DAYS = 16
NAMES = ("Organisation", "Körper", "Союз", "Body", "नाम", "AAA")
CHANGES: list[dict[str, Any]] = [
    {"name": "Renamed"},
    {"name": "Other", "acronym": "O"},
    {"translations": {"de": "Übersetzt"}},
    {"country_printed": {"en": "Kenya", "de": "Kenia"}},
    {"territories": ["KE", "TZ"], "url": "https://example.org/"},
    {"organisation_id": uuid("organisation", "corrected")},
    {"transliteration": "Sojuz", "name_language": "ru"},
]
KINDS = (
    ["sign"] * 4 + ["late"] * 4 + ["withdraw"] * 3 + ["leave"] * 3 + ["correct"] * 3 + ["date"] * 2 + ["void"] * 2 + ["annul"] * 3 + ["publish"] * 3
    + ["withhold"] * 2 + ["close", "reopen", "retract", "text", "amend", "other"]
)  # fmt: skip
NUMBERS = st.integers(0, 35)
DATES = st.integers(0, DAYS - 1)
SIGNED = st.lists(st.tuples(st.just("sign"), NUMBERS, DATES, NUMBERS), min_size=3, max_size=9)
STEPS = st.lists(st.tuples(st.sampled_from(KINDS), NUMBERS, DATES, NUMBERS), min_size=6, max_size=30)
PROGRAMS = st.builds(list.__add__, SIGNED, STEPS)
EXPLAINED = [{}, {"note": "asked to"}, {"reason_code": "typo"}, {"reason_code": "own-request", "note": "both"}]


def day(number: int) -> str:
    """Name a day of the calendar that histories use."""
    return (FIRST + timedelta(days=number)).isoformat()


class Writer:
    """Carries out a program's steps on one statement of a log."""

    def __init__(self) -> None:
        """Draft it, not as the log's first entry."""
        self.log = MemoryLog()
        self.log.append(f"organisation/{uuid('organisation', 0)}", "Registered", **ORGANISATION)
        self.maker = StatementMaker(self.log, kind="statement")
        self.maker.title()

    def run(self, program: list[tuple[str, int, int, int]]) -> StatementMaker:
        """Carry out all steps that are legal."""
        for step, which, when, how in program:
            getattr(self, step)(which, day(when), how)
        return self.maker

    def signed(self) -> dict[str, Signature]:
        """Tell the signatures as known now."""
        return signatures(known(self.maker.history()))

    def pick(self, which: int) -> tuple[str, Signature] | None:
        """Choose one of the signatures."""
        signed = list(self.signed().items())
        return signed[which % len(signed)] if signed else None

    def sign(self, which: int, on: str, how: int) -> None:
        """Sign, unless closed, taken back, or the organisation still stands."""
        folded = statement(known(self.maker.history()))
        acts = [leaf for leaf in folded.closings if leaf["data"]["effective_on"] <= on]
        last = max(acts, key=lambda leaf: (leaf["data"]["effective_on"], leaf["position"]), default=None)
        if folded.retractions or (last and last["type"] == "Closed"):
            return
        name = f"{NAMES[which % len(NAMES)]} {which % 9}"
        for earlier in self.signed().values():
            term = earlier.term()
            if (
                earlier.signed["data"]["name"] == name
                and not term.voided
                and (not term.withdrawn_on or on < term.withdrawn_on)
            ):
                return
        self.maker.sign(
            name,
            on,
            acronym="ABC" if how % 3 == 0 else None,
            translations=[{}, {"en": "Translated"}, {"de": "Übersetzung", "fr": "Traduit"}][how % 3],
            country_printed=[{}, {"fr": "Togo"}][how % 2],
            signed_on_means=["on", "by", "after"][how % 3],
        )

    def late(self, which: int, on: str, how: int) -> None:
        """Sign on or before the date of the newest edition."""
        editions = statement(known(self.maker.history())).editions
        self.sign(which, min(on, editions[-1]["data"]["as_of"]) if editions else on, how)

    def leave(self, which: int, on: str, how: int) -> None:
        """Withdraw the one that signed last."""
        signed = self.signed()
        if signed:
            self.withdraw(len(signed) - 1, on, how)

    def withdraw(self, which: int, on: str, how: int) -> None:
        """Withdraw one that stands."""
        found = self.pick(which)
        if (
            found
            and not found[1].term().voided
            and not found[1].term().withdrawn_on
            and found[1].term().signed_on <= on
        ):
            self.maker.withdraw(found[0], on, show=how % 3 != 0, **EXPLAINED[how % 4])

    def correct(self, which: int, on: str, how: int) -> None:
        """Correct a name, for all dates or from one on."""
        found = self.pick(which)
        if found and not found[1].term().voided:
            self.maker.correct(found[0], CHANGES[how % len(CHANGES)], on if how % 2 else None)

    def date(self, which: int, on: str, how: int) -> None:
        """Correct a date of signing."""
        found = self.pick(which)
        if found and not found[1].term().voided and on <= (found[1].term().withdrawn_on or "9999"):
            self.maker.correct(found[0], {"signed_on": on, "signed_on_means": "by"} if how % 2 else {"signed_on": on})

    def void(self, which: int, on: str, how: int) -> None:
        """Void one."""
        found = self.pick(which)
        if found and not found[1].term().voided:
            self.maker.void(found[0], **EXPLAINED[how % 4])

    def annul(self, which: int, on: str, how: int) -> None:
        """Annul an earlier event that can be."""
        kinds = ("Withdrawn", "Voided", "Corrected", "Closed", "Reopened", "Retracted")
        targets = [leaf["position"] for leaf in known(self.maker.history()) if leaf["type"] in kinds]
        if targets:
            self.maker.annul(targets[which % len(targets)])

    def publish(self, which: int, on: str, how: int) -> None:
        """Publish an edition, as received or in an order with sections, gaps, doubles and a second language."""
        editions = statement(known(self.maker.history())).editions
        on = max(on, editions[-1]["data"]["as_of"]) if editions else on
        standing = [id_ for id_, one in self.signed().items() if one.term().status(on) == "standing"]
        if how % 3 == 0:
            self.maker.publish(on)
            return
        turned = standing[which % (len(standing) or 1) :] + standing[: which % (len(standing) or 1)]
        lines = [("signature", id_) for id_ in turned]
        if how % 2:
            lines = [("section", "First"), *lines[:1], ("gap", "left blank"), ("section", "Second"), *lines[1:]]
        if how % 2 == 0:
            lines += [*lines, ("section", "At the end")]
        default = statement(known(self.maker.history())).default_language
        orders = {default: lines}
        if how % 4 < 2:
            orders["fr"] = [("signature", id_) for id_ in turned[::-1][: which % 5]]
        self.maker.publish(on, orders)

    def withhold(self, which: int, on: str, how: int) -> None:
        """Erase the names or the note of an entry by order."""
        entries = self.log.stream_entries(self.maker.stream)
        named = [one for one in entries if one.type in WITHHOLDABLE and not one.withheld and removed(one.data())]
        if named:
            self.log.withhold(named[which % len(named)].position, reason_code="legal")

    def close(self, which: int, on: str, how: int) -> None:
        """Close."""
        self.maker.on("Closed", on)

    def reopen(self, which: int, on: str, how: int) -> None:
        """Open again."""
        self.maker.on("Reopened", on)

    def retract(self, which: int, on: str, how: int) -> None:
        """Take the statement back, once, after its publication."""
        folded = statement(known(self.maker.history()))
        if how % 4 == 0 and folded.editions and not folded.retractions:
            self.maker.on("Retracted", on)

    def text(self, which: int, on: str, how: int) -> None:
        """Set a text."""
        self.maker.title(f"Title {how}", ["en", "de"][how % 2], b"Text.")

    def amend(self, which: int, on: str, how: int) -> None:
        """Set data right; zone and language only before publication."""
        published = statement(known(self.maker.history())).editions
        changes = [{"issuer": "Somebody"}, {"time_zone": "Pacific/Auckland"}, {"default_language": "de"}]
        self.maker.add("Amended", changes=changes[0 if published else how % 3], reason_code=None, note=None)

    def other(self, which: int, on: str, how: int) -> None:
        """Let something else happen in between."""
        self.log.append(f"organisation/{uuid('organisation', len(self.log.log))}", "Registered", **ORGANISATION)


ORGANISATION: dict[str, Any] = {
    "acronym": None, "name": "Somebody", "name_language": None, "transliteration": None, "translations": {},
    "country_printed": {}, "territories": [], "url": None,
}  # fmt: skip
