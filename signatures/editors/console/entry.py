"""An entry as the editors see it: its parts today, its acts, and what was typed to correct it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from flask_babel import gettext as _

from signatures.characters import fold
from signatures.errors import InvalidInput, NotFound
from signatures.intake.territories import territory_codes
from signatures.log.eventlog import Entry
from signatures.organisation import PART_FIELDS
from signatures.pages.formschema import BREAKS
from signatures.printed import printed
from signatures.register import Register
from signatures.sentences import said
from signatures.statement import ANNULLABLE, SignatureRow, Statement

LINES = ("name", "name_language", "acronym", "transliteration", "translation", "country", "url", "signed_on")
"""What is typed as a line, besides the territories."""


class Act(NamedTuple):
    """One act on a signature that counts, with its place in the log."""

    type: str
    position: int
    recorded_at: str
    data: dict[str, Any]

    @property
    def can_be_taken_back(self) -> bool:
        """Whether it may be annulled."""
        return self.type in ANNULLABLE


class Signed(NamedTuple):
    """A signature with its statement, its parts as they hold today, and its acts in their order."""

    row: SignatureRow
    statement: Statement
    parts: dict[str, Any]
    acts: list[Act]

    @property
    def lines(self) -> dict[str, str]:
        """The parts as the fields of a form hold them."""
        language = self.statement.default_language
        return {
            **{name: self.parts[name] or "" for name in ("name", "name_language", "acronym", "transliteration", "url")},
            "translation": self.parts["translations"].get(language, ""),
            "country": self.parts["country_printed"].get(language, ""),
            "territories": ", ".join(self.parts["territories"]),
            "signed_on": self.parts["signed_on"],
        }

    @property
    def printed(self) -> str:
        """The line as it is printed today."""
        lines = {name: value or None for name, value in self.lines.items()}
        return printed(
            lines["acronym"],
            self.parts["name"],
            lines["transliteration"],
            lines["translation"] or next(iter(self.parts["translations"].values()), None),
            lines["country"] or next(iter(self.parts["country_printed"].values()), None),
        )


def signed(register: Register, reference: str, signature_id: str) -> Signed:
    """Read a signature of a statement; NotFound where it is not one of it."""
    statement, row = register.statement(reference), register.signature(signature_id)
    if row.statement != str(statement.id):
        raise NotFound(
            said(
                "There is no signature %(id)s under %(reference)s.",
                id=repr(signature_id),
                reference=statement.reference,
            )
        )
    stream = f"statement/{row.statement}"
    acts = [_act(register.store.stream_entries(stream, act["version"] - 1, 1)[0]) for act in row.acts]
    return Signed(row, statement, _parts(acts, register.today(statement).isoformat()), acts)


def changes_of(before: Signed, values: Mapping[str, str], languages: tuple[str, ...]) -> dict[str, Any]:
    """Tell which parts were typed otherwise than they are; InvalidInput names the field that cannot be read."""
    was = before.lines
    changes: dict[str, Any] = {
        name: values[name] or None for name in LINES if name in values and values[name] != was[name].strip()
    }
    if "territories" in values and fold(values["territories"]) != fold(was["territories"]):
        changes["territories"] = territories_of(values["territories"], languages)
    if not changes:
        raise InvalidInput(_("Nothing is different from what stands there."), field="name")
    for name, sentence in (("name", _("The name cannot be empty.")), ("signed_on", _("Write the day it counts from."))):
        if name in changes and not changes[name]:
            raise InvalidInput(sentence, field=name)
    return changes


def territories_of(text: str, languages: tuple[str, ...]) -> list[str]:
    """Read names or codes of countries and territories."""
    codes, unknown = territory_codes(text, languages)
    if unknown:
        sentence = _(
            "We know no country or territory “%(typed)s”. Write its name, or its two letters, for example KE.",
            typed=", ".join(unknown)[:200],
        )
        raise InvalidInput(sentence, field="territories")
    return codes


def one_line(values: Mapping[str, str]) -> dict[str, str]:
    """Fold the line breaks that a wide field invites; nothing else is changed."""
    return {name: BREAKS.sub(" ", text).strip() for name, text in values.items()}


def _act(entry: Entry) -> Act:
    return Act(entry.type, entry.position, entry.recorded_at, entry.data())


def _parts(acts: list[Act], today: str) -> dict[str, Any]:
    """Fold the corrections that hold today: the greatest date wins, then the later position."""
    parts = {name: acts[0].data[name] for name in (*PART_FIELDS, "organisation_id", "signed_on", "signed_on_means")}
    corrections = [act for act in acts if act.type == "Corrected" and (act.data["effective_on"] or "") <= today]
    for act in sorted(corrections, key=lambda act: (act.data["effective_on"] or "", act.position)):
        parts |= act.data["changes"]
    return parts
