"""Who stands under a statement on a day, with names as signed, and how the last edition ordered them: for ordering."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from signatures.log import heads
from signatures.log.eventlog import Entry
from signatures.order import OrderLine, stored_order
from signatures.ordering import Signatory
from signatures.organisation import PART_FIELDS, NameParts
from signatures.printed import printed
from signatures.register import Register
from signatures.statement import Statement, parse_date

SIGNATURES = ("Signed", "Withdrawn", "Corrected", "Voided", "Annulled")


class Standing(NamedTuple):
    """A statement, who stands under it as received, and the last edition's orders; None where there is no edition."""

    statement: Statement
    signatories: list[Signatory]
    last: dict[str, list[OrderLine]] | None

    @property
    def ids(self) -> list[str]:
        """List the signatures as received."""
        return [one.id for one in self.signatories]

    def last_in(self, language: str) -> list[OrderLine] | None:
        """Tell the last edition's order in a language, or in the statement's own."""
        if self.last is None:
            return None
        return self.last.get(language) or self.last[self.statement.default_language]


def standing(register: Register, reference: str, as_of: str | None = None) -> Standing:
    """Tell who stands on a day (today unless given) as far as is known now."""
    with register.store.reading() as transaction:
        statement = register.statement(reference)
        on = parse_date("as_of", as_of).isoformat() if as_of else _today(register, statement)
        ids = heads.standing_on(transaction, str(statement.id), on)
        entries = register.store.stream_entries(f"statement/{statement.id}")
        return Standing(statement, _signatories(entries, ids, on), _last(register, statement, entries))


def _today(register: Register, statement: Statement) -> str:
    return register.today(statement).isoformat()


def _signatories(entries: Iterable[Entry], ids: Iterable[str], on: str) -> list[Signatory]:
    """Fold what was signed and corrected, per field that of the greatest date, then the later one."""
    wanted: dict[str, list[tuple[str, int, Mapping[str, Any]]]] = {id_: [] for id_ in ids}
    annulled: set[int] = set()
    for entry in entries:
        if entry.type == "Annulled":
            annulled.add(entry.data()["position"])
        elif entry.type in ("Signed", "Corrected"):
            data = entry.data()
            since = data.get("effective_on") or ""
            if data["signature_id"] in wanted and since <= on:
                wanted[data["signature_id"]].append((since, entry.position, data.get("changes") or data))
    return [Signatory(id_, _parts(acts, annulled)) for id_, acts in wanted.items()]


def _parts(acts: Iterable[tuple[str, int, Mapping[str, Any]]], annulled: set[int]) -> NameParts:
    folded: dict[str, Any] = {}
    for _, position, changes in sorted(acts, key=lambda act: act[:2]):
        if position not in annulled:
            folded |= {field: changes[field] for field in PART_FIELDS if field in changes}
    return NameParts(**folded)


def _last(register: Register, statement: Statement, entries: Iterable[Entry]) -> dict[str, list[OrderLine]] | None:
    editions = [entry for entry in entries if entry.type == "Published"]
    if not editions:
        return None
    edition = editions[-1]
    if (orders := edition.data()["orders"]) is None:
        stood = _standing_at([entry for entry in entries if entry.position < edition.position], edition.data()["as_of"])
        return {statement.default_language: [OrderLine("signature", id_) for id_ in stood]}
    return {
        language: stored_order((register.store.text(digest) or b"").decode()) for language, digest in orders.items()
    }


def _standing_at(entries: Iterable[Entry], on: str) -> list[str]:
    """Tell who stood on a day by these entries alone, in log order: an edition without an order is numbered so."""
    acts = {entry.position: (entry.type, entry.data()) for entry in entries if entry.type in SIGNATURES}
    for position in [act["position"] for type_, act in acts.values() if type_ == "Annulled"]:
        acts.pop(position, None)
    dates: dict[str, tuple[str, str | None]] = {}
    for type_, act in acts.values():
        id_ = act.get("signature_id", "")
        if type_ == "Signed":
            dates[id_] = act["signed_on"], None
        elif type_ == "Withdrawn":
            dates[id_] = dates[id_][0], act["withdrawn_on"]
        elif type_ == "Corrected":
            dates[id_] = act["changes"].get("signed_on", dates[id_][0]), dates[id_][1]
        elif type_ == "Voided":
            dates.pop(id_, None)
    return [id_ for id_, (since, until) in dates.items() if since <= on and (until is None or on < until)]


def line_of(parts: NameParts, languages: tuple[str, str]) -> str:
    """Print an entry in a language, or else in the statement's own."""
    translation, country = (_in_language(texts, languages) for texts in (parts.translations, parts.country_printed))
    return printed(parts.acronym, parts.name, parts.transliteration, translation, country)


def _in_language(texts: Mapping[str, str], languages: tuple[str, str]) -> str | None:
    wanted = next((language for language in languages if language in texts), min(texts, default=None))
    return None if wanted is None else texts[wanted]
