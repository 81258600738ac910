"""What the correction form of an entry holds: its name parts as they are, the reason, and from which date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from babel import Locale
from flask_babel import lazy_gettext as _

from signatures.errors import InvalidTime
from signatures.intake.territories import NOT_ISO
from signatures.organisation import PART_FIELDS, NameParts
from signatures.pages.formschema import FormSchema
from signatures.statement import WITHDRAWAL_AHEAD, parse_date
from signatures.web.frame import language_of_reader
from signatures.web.words import day_words, language_name

CODES = (
    ("typo", _("It was a slip in writing")),
    ("renamed", _("The organisation has another name now")),
    ("own-request", _("The organisation wishes it so")),
    ("other", _("Another reason")),
)
"""The reasons that a contact may give, with their words."""

LEAVING = (("own-request", _("The organisation wishes it so")), ("other", _("Another reason")))
"""The reasons for a withdrawal."""

PARTS = (
    ("name", _("Name in your own language and script")),
    ("name_language", _("Language of this name")),
    ("acronym", _("Short name or acronym")),
    ("transliteration", _("The name in Latin letters")),
    ("translation", _("Translation")),
    ("country", _("Country to print after the name")),
    ("territories", _("Where you are registered or active")),
    ("url", _("Website")),
)
"""What can be changed, in the words of the form."""

NOT_SURE = _("Tick the box if your organisation means it.")
NO_DATE = _("Write the date as year-month-day, for example 2021-06-07.")


class PartsSchema(FormSchema):
    """The form's name parts alone."""

    class Meta(FormSchema.Meta):
        """The contact stays as it is."""

        exclude = ("contact_name", "contact_role", "contact_email", "authority")


@dataclass
class Typed:
    """What was typed, what could be read of it, and what needs another look."""

    values: dict[str, str]
    taken: dict[str, Any]
    errors: dict[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, values: dict[str, str], language: str) -> Typed:
        """Read the name parts and the date."""
        taken, errors = PartsSchema((language_of_reader(), language)).read(values)
        typed = cls(values, taken, errors)
        if values.get("on"):
            try:
                parse_date("on", values["on"])
            except InvalidTime:
                typed.errors["on"] = str(NO_DATE)
        return typed

    @property
    def code(self) -> str:
        """The reason."""
        return self.values.get("code") or "typo"

    @property
    def on(self) -> str | None:
        """The date from which it holds; None: it was always meant so."""
        return self.values.get("on") or None

    def parts(self, present: NameParts, language: str) -> NameParts:
        """Put what was typed in the place of what stands there; other languages' translations stay."""
        return NameParts(
            name=self.taken["name"],
            acronym=self.taken.get("acronym"),
            name_language=self.taken.get("name_language"),
            transliteration=self.taken.get("transliteration"),
            translations=_with(present.translations, language, self.taken.get("translation")),
            country_printed=_with(present.country_printed, language, self.taken.get("country")),
            territories=self.taken.get("territories") or [],
            url=self.taken.get("url"),
        )


def typed_of(parts: NameParts, language: str, reader: str) -> dict[str, str]:
    """Fill the form in with an entry's parts."""
    names = Locale.parse(reader, sep="-").territories
    territories = [
        str(names.get(code, code)).replace(",", "") if code not in NOT_ISO else code for code in parts.territories
    ]
    return {
        "name": parts.name,
        "acronym": parts.acronym or "",
        "name_language": parts.name_language or "",
        "transliteration": parts.transliteration or "",
        "translation": parts.translations.get(language, ""),
        "country": parts.country_printed.get(language, ""),
        "territories": ", ".join(territories),
        "url": parts.url or "",
    }


def differences(before: NameParts, after: NameParts, language: str, reader: str) -> list[tuple[str, str, str]]:
    """List in words what a correction changes: the part, as it stands, as it would be."""
    old, new = ({**typed_of(parts, language, reader), **_spoken(parts, reader)} for parts in (before, after))
    return [(str(words), old[part], new[part]) for part, words in PARTS if old[part] != new[part]]


def changes_of(before: NameParts, after: NameParts) -> dict[str, Any]:
    """Tell the fields that differ, as a correction names them."""
    pairs = ((name, getattr(before, name), getattr(after, name)) for name in PART_FIELDS)
    return {name: new for name, old, new in pairs if old != new}


def overridden(acts: Sequence[Mapping[str, Any]], changes: Mapping[str, Any], on: str | None) -> dict[str, str]:
    """Say beside the date that an earlier correction, from a later date on, would hide this one; nothing if none does.

    Of several corrections of a part the one of the latest date is printed.
    """
    dates = [act["effective_on"] or "" for act in acts if set(act.get("changes", ())) & set(changes)]
    latest = max(dates, default="")
    if (on or "") >= latest:
        return {}
    day = day_words(latest, language_of_reader())
    return {"on": str(_("This was changed from %(day)s on already. Give that date or a later one.", day=day))}


def leaving_fault(on: str, signed_on: str, today: str) -> str | None:
    """Say what is wrong with the date of a withdrawal; None if nothing is."""
    try:
        day = parse_date("on", on)
    except InvalidTime:
        return str(NO_DATE)
    if day < date.fromisoformat(signed_on):
        return str(_("The organisation signed later than that. Choose the day of signing or a later one."))
    if day > date.fromisoformat(today) + WITHDRAWAL_AHEAD:
        return str(_("That is more than 366 days ahead. Choose an earlier day."))
    return None


def _spoken(parts: NameParts, reader: str) -> dict[str, str]:
    return {"name_language": language_name(parts.name_language, reader) if parts.name_language else ""}


def _with(texts: Mapping[str, str], language: str, text: str | None) -> dict[str, str]:
    others = {code: words for code, words in texts.items() if code != language}
    return {**others, language: text} if text else others
