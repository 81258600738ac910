"""What a submission over the API may hold: the fields of the signing form, by its rules and in its sentences."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import gettext as _
from marshmallow import ValidationError, fields, missing, validate

from signatures.pages.formschema import FormSchema, Line
from signatures.web.catalogues import LANGUAGES
from signatures.web.openapi import Parameter
from signatures.web.schemas import REFERENCE, Strict, identity

FORM = FormSchema().fields
TERRITORY = re.compile(r"[A-Z]{2}\Z")
TERRITORIES = 50  # so many are taken by POST signatures too
TOKEN_LIMIT = 200
WITHIN = "PT72H"  # as long as the link of a confirmation lives
ACCEPT_LANGUAGE: Parameter = {
    "in": "header",
    "name": "Accept-Language",
    "description": "The language of the sentences to show to whoever fills a form in, as far as there is a catalogue.",
    "schema": {"type": "string"},
    "example": "en",
}
EXAMPLES = {
    "an organisation": {
        "value": {
            "statement": "myanmar-2021",
            "acronym": "ORC",
            "name": "Organisation Révolutionnaire du Congo",
            "name_language": "fr",
            "translation": "Revolutionary Organization of Congo",
            "country": "Democratic Republic of the Congo",
            "territories": ["CD"],
            "url": "https://orc.example.org/",
            "contact": {"name": "Office", "role": "Secretariat", "email": "office@orc.example.org"},
            "text_sha256": "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            "language": "en",
            "authority": True,
        }
    },
    "no more than is needed": {
        "value": {
            "statement": "myanmar-2021",
            "name": "Union A",
            "contact": {"name": "Office", "email": "office@example.org"},
            "text_sha256": None,
            "authority": True,
        }
    },
}
EXAMPLE = {
    "submission": "3f1c0f5e-6b0f-4b1e-9d43-1a1f0a6f8a55",
    "state": "received",
    "confirm_within": WITHIN,
    "detail": "We sent a message to the address you gave. Your organisation is listed after you confirm.",
}


class Answer(fields.Str):
    """A line that the form asks for too; white space around it falls away, and an empty one counts as left out."""

    def __init__(self, name: str, *, required: bool = False, **metadata: Any) -> None:
        """Take rules and sentences from the form's field of this name."""
        asked = FORM[name]
        assert isinstance(asked, Line)  # noqa: S101 - what is no line has a field of its own here
        self.asked = asked
        lengths = {"minLength": 1, "maxLength": asked.limit} if required else {"maxLength": asked.limit}
        super().__init__(required=required, allow_none=not required, metadata={**lengths, **metadata})

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> Any:
        """Let the form's field read a text; nothing at all is an empty one, anything else is refused."""
        if value is not None and value is not missing and not isinstance(value, str):
            raise self.make_error("invalid")
        return self.asked.deserialize(value, *args, **kwargs)


class Code(fields.Str):
    """A territory by its two letters; the form reads names too."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> str:
        """Refuse what is no code that the form knows."""
        if not isinstance(value, str) or not TERRITORY.match(value):
            raise ValidationError("Write the two capital letters of ISO 3166-1, for example KE.")
        (code,) = FORM["territories"].deserialize(value, *args, **kwargs)
        return str(code)


class Authority(fields.Bool):
    """The word that the organisation may sign: true, and no other value."""

    def deserialize(self, value: Any, *args: Any, **kwargs: Any) -> bool:
        """Refuse everything else with the form's sentence."""
        return bool(FORM["authority"].deserialize("yes" if value is True else "", *args, **kwargs))


class NewContact(Strict):
    """The person who answers for the signature; never published, and erased as the retention periods say."""

    name = Answer("contact_name", required=True, example="Office")
    role = Answer("contact_role", example="Secretariat")
    email = Answer("contact_email", required=True, format="email", example="office@example.org")


class NewSubmission(Strict):
    """An organisation asks to be listed; translation and country are in the statement's default language."""

    statement = fields.Str(
        required=True,
        validate=validate.Regexp(REFERENCE),
        metadata={"description": "The statement's reference.", "example": "myanmar-2021"},
    )
    acronym = Answer("acronym", example="ORC")
    name = Answer("name", required=True, description="In its own language and script.")
    name_language = Answer("name_language", description="A language tag (BCP 47).", example="fr")
    transliteration = Answer("transliteration", description="The name in Latin letters.")
    translation = Answer("translation")
    country = Answer("country", description="The country to print, as it is to be printed.")
    territories = fields.List(
        Code(metadata={"pattern": "^[A-Z]{2}$", "example": "KE"}), validate=validate.Length(max=TERRITORIES)
    )
    url = Answer("url", format="uri", example="https://www.example.org")
    contact = fields.Nested(NewContact, required=True)
    text_sha256 = fields.Str(
        required=True,
        allow_none=True,
        validate=validate.Regexp("^[0-9a-f]{64}$"),
        metadata={
            "description": "The version of the text that is signed, in the statement's default language, as "
            "GET statements/REF/texts/LANG tells it; null where the statement has no text."
        },
    )
    language = fields.Str(
        allow_none=True,
        validate=validate.OneOf(LANGUAGES),
        metadata={"description": "Of the mails. Without it the statement's default language, or English."},
    )
    organisation_id = identity(allow_none=True)
    invitation = fields.Str(
        allow_none=True,
        validate=validate.Length(max=TOKEN_LIMIT),
        metadata={"description": "The token of an invitation: the last part of its link."},
    )
    authority = Authority(required=True, metadata={"enum": [True], "description": "You may sign for the organisation."})


class Received(Strict):
    """What arrived. It is the same whoever sent it, whatever is known already and whatever becomes of it."""

    submission = identity(required=True)
    state = fields.Str(required=True, validate=validate.Equal("received"), metadata={"enum": ["received"]})
    confirm_within = fields.Str(required=True, metadata={"format": "duration", "example": WITHIN})
    detail = fields.Str(required=True, metadata={"description": "What happens next, in a sentence to show."})


def what_follows(acceptance: str) -> str:
    """Say what happens next, as the form's receipt does."""
    if acceptance == "editor":
        return str(
            _(
                "We sent a message to the address you gave. "
                "Your organisation is listed after you confirm and the secretariat accepts."
            )
        )
    return str(_("We sent a message to the address you gave. Your organisation is listed after you confirm."))
