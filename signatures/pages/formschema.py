"""What the signing form may hold, and the sentences that stand beside what needs another look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from marshmallow import EXCLUDE, Schema, ValidationError, fields

from signatures.characters import LANGUAGE, NOT_IN_A_LINE, PART_LIMIT, check_line, visible
from signatures.errors import InvalidInput
from signatures.intake.contacts import Contact
from signatures.intake.territories import territory_codes
from signatures.organisation import URL_LIMIT, NameParts, check_url

BREAKS = re.compile(r"\s*[\t\n\v\f\r\x1c-\x1e\x85\u2028\u2029]\s*")
LOST = "\ufffd"  # what stands where bytes were no UTF-8


class Line(fields.Field[str | None]):
    """One printed line: outer white space falls away, line breaks are folded to a space, nothing else changes."""

    def __init__(self, said: Any, *, missing: Any = "", limit: int = PART_LIMIT) -> None:
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
        fault = line_fault(self.said, text, self.limit)
        if fault:
            raise ValidationError(fault)
        return self.check(text)

    def check(self, text: str) -> str:
        """Return a line that was read, or refuse it."""
        return text


def line_fault(said: Any, text: str, limit: int) -> str | None:
    """Say in the reader's language why a line cannot be printed: what `check_line` refuses, and what was lost."""
    fault: Any = None
    if LOST in text:
        fault = gettext("%(field)s holds a character that did not arrive. Type it again.", field=said)
    elif len(text) > limit:
        fault = gettext(
            "%(field)s has %(count)s characters; %(limit)s are the most.", field=said, count=len(text), limit=limit
        )
    elif found := NOT_IN_A_LINE.search(text):
        fault = gettext(
            "%(field)s holds the character %(code)s, which cannot be printed in a line. Remove it.",
            field=said,
            code=f"U+{ord(found[0]):04X}",
        )
    elif not visible(text):
        fault = gettext("%(field)s holds nothing that can be seen. Write it out, or leave it away.", field=said)
    else:
        check_line(str(said), text, limit=limit)
    return None if fault is None else str(fault)


class LanguageTag(Line):
    """A language tag (BCP 47); the page offers a list of them."""

    def check(self, text: str) -> str:
        """Refuse what is no tag."""
        if not LANGUAGE.match(text):
            raise ValidationError(gettext("Choose the language of the name from the list."))
        return text


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

    name = Line(_("The name"), missing=_("Write the name of your organisation in its own language and script."))
    name_language = LanguageTag(_("The language of the name"), limit=64)
    acronym = Line(_("The short name"))
    transliteration = Line(_("The name in Latin letters"))
    translation = Line(_("The translation"))
    country = Line(_("The country to print"))
    territories = Territories(load_default=[])
    url = Website(_("The website"), limit=URL_LIMIT)
    contact_name = Line(
        _("The contact's name"), missing=_("Write the name of a person who answers for this signature."), limit=200
    )
    contact_role = Line(_("The role"), limit=200)
    contact_email = Address(
        _("The e-mail address"),
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
