"""The rule: which signatories a list shows on a date, knowing the log up to a position. Pure, standard library only.

A leaf is the document of one log entry (`signatures/log/eventlog.py`); a history is one statement's leaves in log order.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from signatures.printed import printed

Leaf = Mapping[str, Any]
Entry = dict[str, Any]
Root = Callable[[int], bytes]  # of the log's tree over its first positions

ANNULLABLE = frozenset({"Withdrawn", "Voided", "Corrected", "Closed", "Reopened", "Retracted"})
ABOUT_A_SIGNATURE = frozenset({"Withdrawn", "Voided", "Corrected"})
FOR_ALL_DATES = ("signed_on", "signed_on_means")
SHOWN = (
    "acronym", "name", "name_language", "transliteration", "translations", "country_printed", "territories", "url",
    "organisation_id", *FOR_ALL_DATES,
)  # fmt: skip
_NAMES = ("organisation_id", "acronym", "name", "name_language", "transliteration", "translation", "country")
NAMELESS: dict[str, Any] = {**dict.fromkeys(_NAMES), "territories": [], "url": None, "printed": None}


class UnknownThen(LookupError):
    """At that position, or under that number, there was nothing to show yet."""


class Term(NamedTuple):
    """Between which dates a signature stands, as far as is known."""

    signed_on: str
    withdrawn_on: str | None = None
    voided: bool = False
    named: bool = True
    reason: str | None = None

    def status(self, as_of: str) -> str:
        """Tell `standing`, `withdrawn`, `voided` or `not-yet` on a date."""
        if self.voided:
            return "voided"
        if self.signed_on > as_of:
            return "not-yet"
        if self.withdrawn_on is not None and self.withdrawn_on <= as_of:
            return "withdrawn"
        return "standing"

    @property
    def stood(self) -> bool:
        """Tell whether there is any day on which it stands: signed and withdrawn on one day, it never stood."""
        return not self.voided and (self.withdrawn_on is None or self.signed_on < self.withdrawn_on)

    def left_by(self, as_of: str) -> bool:
        """Tell whether it once stood and was withdrawn on or before a date."""
        return self.stood and self.withdrawn_on is not None and self.withdrawn_on <= as_of


@dataclass(slots=True)
class Signature:
    """One signature: its Signed, and what was said about it since and is known."""

    signed: Leaf
    later: Sequence[Leaf] = ()

    def term(self) -> Term:
        """Fold what bears on the dates."""
        signed_on: str = self.signed["data"]["signed_on"]
        if not self.later:
            return Term(signed_on)
        for leaf in self.later:
            if leaf["type"] == "Corrected" and leaf["data"]["effective_on"] is None:
                signed_on = leaf["data"]["changes"].get("signed_on", signed_on)
        withdrawals = [leaf for leaf in self.later if leaf["type"] == "Withdrawn"]
        voids = [leaf for leaf in self.later if leaf["type"] == "Voided"]
        first = min(withdrawals, key=lambda leaf: str(leaf["data"]["withdrawn_on"]), default=None)
        withdrawn_on = first["data"]["withdrawn_on"] if first else None
        if voids:
            return Term(signed_on, withdrawn_on, voided=True, named=False, reason=_reason(voids[0]))
        if first is None:
            return Term(signed_on)
        named = first["data"]["show"]
        return Term(signed_on, withdrawn_on, named=named, reason=_reason(first) if named else None)

    def shown(self, as_of: str) -> Mapping[str, Any]:
        """Tell each field as it is to be shown on a date: the greatest effective_on, then the later position, wins."""
        values: Mapping[str, Any] = self.signed["data"]
        for leaf in sorted((leaf for leaf in self.later if leaf["type"] == "Corrected"), key=_effect):
            changes, effective_on = leaf["data"]["changes"], leaf["data"]["effective_on"]
            if effective_on is None:
                values = {**values, **changes}
            elif effective_on <= as_of:
                values = {**values, **{name: value for name, value in changes.items() if name not in FOR_ALL_DATES}}
        return values

    def entry(
        self, as_of: str, languages: tuple[str, str], number: int | None = None, after: str | None = None
    ) -> Entry:
        """Compose the entry of a list; `after` is the date of the edition that a subsequent signatory came after."""
        signed, term = self.signed, self.term()
        data, status, values = signed["data"], term.status(as_of), self.shown(as_of)
        shown = (data["signature_id"], *(values[name] for name in SHOWN), signed["recorded_at"])
        entry = told(shown, signed["position"], status, languages, number, after)
        if not self.later:
            return entry
        entry["corrected"] = any(values[name] != data[name] for name in SHOWN)
        if status == "voided" or (status == "withdrawn" and not term.named):
            entry |= NAMELESS
        if status in ("voided", "withdrawn"):
            entry["reason"] = term.reason
        if status == "withdrawn":
            entry["withdrawn_on"] = term.withdrawn_on
        return entry


def told(
    shown: Sequence[Any], position: int, status: str, languages: tuple[str, str], number: int | None, after: str | None
) -> Entry:
    """Compose the entry of a signature as it is shown: its id, what SHOWN names in that order, and its stamp."""
    (
        id_, acronym, name, name_language, transliteration, translations, country_printed, territories, url, organisation_id,
        signed_on, signed_on_means, recorded_at, *_,
    ) = shown  # fmt: skip
    language = languages[0]
    translation = translations.get(language) or in_language(translations, languages) if translations else None
    country = country_printed.get(language) or in_language(country_printed, languages) if country_printed else None
    entry = {
        "number": number,
        "signature_id": id_,
        "organisation_id": organisation_id,
        "acronym": acronym,
        "name": name or None,
        "name_language": name_language,
        "transliteration": transliteration,
        "translation": translation,
        "country": country,
        "territories": territories,
        "url": url,
        "signed_on": signed_on,
        "signed_on_means": signed_on_means,
        "printed": printed(acronym, name, transliteration, translation, country) or None,
        "status": status,
        "late": after is not None and signed_on <= after,
        "corrected": False,
        "position": position,
        "recorded_at": recorded_at,
    }
    if number is None:
        del entry["number"]
    if status != "standing":
        entry["reason"] = None
    return entry


class Place(NamedTuple):
    """A numbered place of an order: a signature, or a gap and its reason."""

    number: int
    signature_id: str | None
    reason: str | None = None


class Order(NamedTuple):
    """An order document as places and sections (`before`: the number that follows the heading)."""

    places: list[Place]
    sections: list[dict[str, Any]]


@dataclass(slots=True)
class Statement:
    """What is known of a statement itself, apart from who signed."""

    fields: dict[str, Any]
    texts: list[Leaf] = field(default_factory=list)
    editions: list[Leaf] = field(default_factory=list)
    closings: list[Leaf] = field(default_factory=list)
    retractions: list[str] = field(default_factory=list)
    discarded: bool = False

    @property
    def reference(self) -> str:
        """Tell what stands in addresses."""
        return str(self.fields["reference"])

    @property
    def time_zone(self) -> str:
        """Tell the zone whose dates count."""
        return str(self.fields["time_zone"])

    @property
    def default_language(self) -> str:
        """Tell the language in which a list is told unless another is asked for."""
        return str(self.fields["default_language"])

    def status(self, as_of: str) -> str:
        """Tell `draft`, `open`, `closed` or `retracted` on a date."""
        if not self.editions:
            return "draft"
        if any(effective_on <= as_of for effective_on in self.retractions):
            return "retracted"
        acts = [leaf for leaf in self.closings if leaf["data"]["effective_on"] <= as_of]
        return "closed" if acts and max(acts, key=_effect)["type"] == "Closed" else "open"

    def edition(self, as_of: str) -> Leaf | None:
        """Find the edition in force on a date: the last published whose own date is not later."""
        return next((leaf for leaf in reversed(self.editions) if leaf["data"]["as_of"] <= as_of), None)

    def numbered(self, edition: int) -> Leaf:
        """Find the edition of a number."""
        for leaf in self.editions:
            if leaf["data"]["edition"] == edition:
                return leaf
        raise UnknownThen(f"{self.reference} has no edition {edition}.")

    def languages(self, language: str | None) -> tuple[str, str]:
        """Tell the language asked for, and the one to fall back to."""
        return language or self.default_language, self.default_language


def known(history: Iterable[Leaf], position: int | None = None) -> list[Leaf]:
    """Keep what is known at a position, without what an Annulled among it says was never recorded."""
    seen = [leaf for leaf in history if position is None or leaf["position"] <= position]
    annulled = {leaf["data"]["position"] for leaf in seen if leaf["type"] == "Annulled"}
    return [leaf for leaf in seen if leaf["position"] not in annulled or leaf["type"] not in ANNULLABLE]


def statement(leaves: Iterable[Leaf]) -> Statement:
    """Fold the known leaves about the statement itself; the first is its Drafted."""
    folded: Statement | None = None
    for leaf in leaves:
        if leaf["type"] == "Drafted":
            folded = Statement(dict(leaf["data"]))
        elif folded is not None:
            _fold(folded, leaf)
    if folded is None:
        raise UnknownThen("The statement had not been drafted then.")
    return folded


def _fold(folded: Statement, leaf: Leaf) -> None:
    match leaf["type"]:
        case "Amended":
            folded.fields.update(leaf["data"]["changes"])
        case "TextSet":
            folded.texts.append(leaf)
        case "Published":
            folded.editions.append(leaf)
        case "Closed" | "Reopened":
            folded.closings.append(leaf)
        case "Retracted":
            folded.retractions.append(leaf["data"]["effective_on"])
        case "Discarded":
            folded.discarded = True


def signatures(leaves: Iterable[Leaf]) -> dict[str, Signature]:
    """Gather the known leaves by signature, in log order."""
    gathered: dict[str, Signature] = {}
    for leaf in leaves:
        if leaf["type"] == "Signed":
            gathered[leaf["data"]["signature_id"]] = Signature(leaf, [])
        elif leaf["type"] in ABOUT_A_SIGNATURE:
            later = gathered[leaf["data"]["signature_id"]].later
            assert isinstance(later, list)  # noqa: S101 - made so two lines above
            later.append(leaf)
    return gathered


def read_order(document: bytes) -> Order:
    """Read an order document: signature and gap lines are numbered 1, 2, 3 …, sections stand between them."""
    order = Order([], [])
    for text in document.decode().split("\n"):
        if not text:
            continue
        line = json.loads(text)
        number = len(order.places) + 1
        if "section" in line:
            order.sections.append({"before": number, "heading": line["section"]})
        elif "gap" in line:
            order.places.append(Place(number, None, line["gap"]))
        else:
            order.places.append(Place(number, line["signature"]))
    return order


def order_digest(edition: Leaf, languages: tuple[str, str]) -> tuple[str, str] | None:
    """Find language and SHA-256 of an edition's order, in the asked language or else the default; None: as received."""
    orders = edition["data"]["orders"]
    if orders is None:
        return None
    language = next(language for language in (*languages, *sorted(orders)) if language in orders)
    return language, orders[language]


def as_received(history: Iterable[Leaf], edition: Leaf) -> Order:
    """Number the signatures that stood on an edition's date at its position, in log order."""
    standing = [
        id_
        for id_, signature in signatures(known(history, edition["position"])).items()
        if signature.term().status(edition["data"]["as_of"]) == "standing"
    ]
    return Order([Place(number, id_) for number, id_ in enumerate(standing, 1)], [])


def order_of(
    history: Sequence[Leaf], documents: Mapping[str, bytes], edition: Leaf, languages: tuple[str, str]
) -> Order:
    """Tell the places of an edition, which never move."""
    digest = order_digest(edition, languages)
    return as_received(history, edition) if digest is None else read_order(documents[digest[1]])


def gap_entry(number: int, reason: str | None) -> Entry:
    """Compose the annotated entry of a place that nobody has."""
    return {
        "number": number, "signature_id": None, **dict.fromkeys(_NAMES), "territories": [], "url": None,
        "signed_on": None, "signed_on_means": None, "printed": None, "status": "gap", "late": False, "corrected": False, "position": None, "recorded_at": None, "reason": reason,
    }  # fmt: skip


def split(entries: Iterable[Entry], show: str) -> tuple[list[Entry], list[Entry]]:
    """Part the entries of all places into those to be shown and the gaps that explain the others."""
    shown: list[Entry] = []
    gaps: list[Entry] = []
    for entry in entries:
        if show == "annotated" or entry["status"] == "standing":
            shown.append(entry)
        else:
            gaps.append(
                {
                    "number": entry["number"],
                    "status": entry["status"],
                    "reason": entry["reason"],
                    "withdrawn_on": entry.get("withdrawn_on"),
                }
            )
    return shown, gaps


def in_language(texts: Mapping[str, str], languages: tuple[str, str]) -> str | None:
    """Choose the text of the asked language, else of the default one, else the first by language."""
    if not texts:
        return None
    for language in languages:
        if language in texts:
            return texts[language]
    return texts[min(texts)]


def counted(standing: int, subsequent: int, withdrawn: int, places: int) -> dict[str, int]:
    """Name the counts; `standing` are the numbered ones."""
    return {
        "standing": standing + subsequent,
        "numbered": standing,
        "subsequent": subsequent,
        "withdrawn": withdrawn,
        "places": places,
    }


def compose(
    folded: Statement,
    *,
    as_of: str,
    last: Leaf,
    final: bool,
    show: str,
    counts: dict[str, int],
    sections: list[dict[str, Any]],
    numbered: Iterable[Entry],
    subsequent: Iterable[Entry],
    root: Root | None,
) -> dict[str, Any]:
    """Compose the answer; `last` is the last entry of the statement among those known, `numbered` holds every place."""
    status, edition = folded.status(as_of), folded.edition(as_of)
    shown, gaps = split(numbered, show)
    answer: dict[str, Any] = {
        "statement": folded.reference,
        "as_of": as_of,
        "time_zone": folded.time_zone,
        "position": last["position"],
        "recorded_through": last["recorded_at"],
        "final": final,
        "statement_status": status,
        "edition": edition
        and {
            "number": edition["data"]["edition"],
            "as_of": edition["data"]["as_of"],
            "further_signatories_possible": status == "open",
        },
        "counts": counts,
        "sections": sections,
        "numbered": shown,
        "subsequent": list(subsequent),
    }
    if show != "annotated":
        answer["gaps"] = gaps
    answer["checkpoint"] = root and checkpoint(last["position"], root)
    return answer


def checkpoint(size: int, root: Root) -> dict[str, Any]:
    """Name what the log holds up to a position, in the words of its signed checkpoints."""
    return {"size": size, "root": base64.b64encode(root(size)).decode()}


def signatory_list(
    history: Sequence[Leaf],
    documents: Mapping[str, bytes],
    *,
    as_of: str = "",
    position: int | None = None,
    language: str | None = None,
    edition: int | None = None,
    show: str = "standing",
    final: bool = True,
    root: Root | None = None,
) -> dict[str, Any]:
    """Tell a statement's list on a date at a position; `edition` asks for that edition's own date and position.

    `documents` holds the order documents by SHA-256; without `root` there is no checkpoint in the answer. Raises UnknownThen before the statement was drafted.
    """
    if edition is not None:
        named = statement(known(history, position)).numbered(edition)
        as_of, position = named["data"]["as_of"], named["position"]
    leaves = known(history, position)
    folded = statement(leaves)
    last = [leaf for leaf in history if position is None or leaf["position"] <= position][-1]
    languages = folded.languages(language)
    signed = signatures(leaves)
    standing = {id_: one for id_, one in signed.items() if one.term().status(as_of) == "standing"}
    in_force = folded.edition(as_of)
    if in_force is None:
        order, rest = Order([Place(number, id_) for number, id_ in enumerate(standing, 1)], []), []
    else:
        order = order_of(history, documents, in_force, languages)
        placed = {place.signature_id for place in order.places}
        rest = sorted(
            (one for id_, one in standing.items() if id_ not in placed),
            key=lambda one: (one.term().signed_on, one.signed["position"]),
        )
    after = in_force["data"]["as_of"] if in_force else None
    return compose(
        folded,
        as_of=as_of,
        last=last,
        final=final,
        show=show,
        counts=counted(
            sum(place.signature_id in standing for place in order.places),
            len(rest),
            sum(one.term().left_by(as_of) for one in signed.values()),
            len(order.places),
        ),
        sections=order.sections,
        numbered=[
            gap_entry(place.number, place.reason)
            if place.signature_id is None
            else signed[place.signature_id].entry(as_of, languages, place.number)
            for place in order.places
        ],
        subsequent=[one.entry(as_of, languages, after=after) for one in rest],
        root=root,
    )


def _effect(leaf: Leaf) -> tuple[str, int]:
    return leaf["data"]["effective_on"] or "", leaf["position"]


def _reason(leaf: Leaf) -> str | None:
    reason: str | None = leaf["data"]["note"] or leaf["data"]["reason_code"]
    return reason
