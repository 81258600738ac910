"""What the signing form may hold, and the sentences that stand beside what needs another look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from signatures.characters import PART_LIMIT, check_language, check_line
from signatures.errors import InvalidInput
from signatures.intake.contacts import Contact
from signatures.intake.territories import territory_codes
from signatures.organisation import URL_LIMIT, NameParts, check_url

BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")
LOST = "\ufffd"  # what stands where bytes were no UTF-8


class Line(fields.Field[str | None]):
    """One printed line: outer white space falls away, line breaks are folded to a space, nothing else changes."""

    def __init__(self, said: str, *, missing: str = "", limit: int = PART_LIMIT) -> None:
        """Name the answer as its sentences do; `missing` is the sentence where it must not be empty."""
        super().__init__(load_default=None)
        self.said, self.missing, self.limit = said, missing, limit

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str | None:
        """Fold and check; what was left out counts as empty."""
        text = BREAKS.sub(" ", value.strip()).strip() if isinstance(value, str) else ""
        if not text:
            if self.missing:
                raise ValidationError(str(self.missing))
            return None
        if LOST in text:
            raise ValidationError(f"{self.said} holds a character that did not arrive. Type it again.")
        try:
            return self.check(check_line(self.said, text, limit=self.limit))
        except InvalidInput as refused:
            raise ValidationError(refused.sentence) from refused

    def check(self, text: str) -> str:
        """Return a line that was read, or refuse it."""
        return text


class LanguageTag(Line):
    """A language tag (BCP 47)."""

    def check(self, text: str) -> str:
        """Refuse what is no tag."""
        return check_language(self.said, text)


class Website(Line):
    """A whole web address."""

    def check(self, text: str) -> str:
        """Refuse what is no address."""
        try:
            return check_url(text)
        except InvalidInput:
            raise ValidationError(str(_("Write the whole web address, for example https://www.example.org"))) from None


class Address(Line):
    """An e-mail address; whether it receives anything is not asked here."""

    def check(self, text: str) -> str:
        """Refuse what is no address."""
        try:
            validate_email(text, check_deliverability=False)
        except EmailNotValidError:
            raise ValidationError(str(self.missing)) from None
        return text


class Territories(fields.Field[list[str]]):
    """Names or codes of countries and territories, in a language that the reader or the statement uses."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> list[str]:
        """Read the codes, or name what was not understood."""
        schema = self.parent
        languages = schema.languages if isinstance(schema, FormSchema) else ("en",)
        codes, unknown = territory_codes(value if isinstance(value, str) else "", languages)
        if unknown:
            sentence = _(
                "We know no country or territory “%(typed)s”. Write its name, or its two letters, for example KE.",
                typed=", ".join(unknown)[:PART_LIMIT],
            )
            raise ValidationError(str(sentence))
        return codes


class Tick(fields.Field[bool]):
    """A box that must be ticked."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Refuse an empty box."""
        if value not in ("yes", "on", "true", "1"):
            raise ValidationError(str(_("Tick the box if you may sign this text for your organisation.")))
        return True


class FormSchema(Schema):
    """The fields in the order in which they are read; what else a browser sends is left out."""

    class Meta:
        """Browsers and their extensions add fields of their own."""

        unknown = EXCLUDE

    name = Line("The name", missing=_("Write the name of your organisation in its own language and script."))
    name_language = LanguageTag("The language of the name", limit=64)
    acronym = Line("The short name")
    transliteration = Line("The name in Latin letters")
    translation = Line("The translation")
    country = Line("The country to print")
    territories = Territories(load_default=[])
    url = Website("The website", limit=URL_LIMIT)
    contact_name = Line(
        "The contact's name", missing=_("Write the name of a person who answers for this signature."), limit=200
    )
    contact_role = Line("The role", limit=200)
    contact_email = Address(
        "The e-mail address",
        missing=_("Enter the whole e-mail address, for example name@example.org"),
        limit=254,
    )
    authority = Tick()

    def __init__(self, languages: tuple[str, ...] = ("en",)) -> None:
        """Read names of countries in these languages."""
        super().__init__()
        self.languages = tuple(dict.fromkeys((*languages, "en")))

    def read(self, typed: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what could be read, by field name, and a sentence for each field that could not, in their order."""
        try:
            return self.load(typed), {}
        except ValidationError as refused:
            messages: dict[str, Any] = refused.normalized_messages()  # type: ignore[no-untyped-call]
            errors = {name: str(messages[name][0]) for name in self.fields if name in messages}
            read = refused.valid_data
            return read if isinstance(read, dict) else {}, errors


def name_parts(read: Mapping[str, Any], language: str) -> NameParts:
    """Make the name parts; translation and printed country are in the statement's default language."""
    return NameParts(
        name=read["name"],
        acronym=read.get("acronym"),
        name_language=read.get("name_language"),
        transliteration=read.get("transliteration"),
        translations={language: read["translation"]} if read.get("translation") else {},
        country_printed={language: read["country"]} if read.get("country") else {},
        territories=read.get("territories") or [],
        url=read.get("url"),
    )


def contact(read: Mapping[str, Any]) -> Contact:
    """Make the contact."""
    return Contact(read["contact_name"], read.get("contact_role"), read["contact_email"])
