"""What writing requests may hold and what they are answered; the register itself judges dates, names and rules."""

from __future__ import annotations

from typing import Any

from marshmallow import INCLUDE, RAISE, Schema, ValidationError, fields, validate, validates_schema

from signatures.aggregate import REASON_CODES
from signatures.characters import NOTE_LIMIT, PART_LIMIT
from signatures.organisation import URL_LIMIT
from signatures.register import MEDIA_TYPES
from signatures.statement import MEANINGS

LANGUAGE = r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,6}$"
UUID = r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"
REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"


def line(**options: Any) -> fields.Str:
    """Make a field for a printed line."""
    return fields.Str(validate=validate.Length(min=1, max=options.pop("limit", PART_LIMIT)), **options)


def day(**options: Any) -> fields.Str:
    """Make a field for a civil date; the register tells what is none."""
    return fields.Str(metadata={"format": "date", "example": "2021-06-07"}, **options)


def identity(**options: Any) -> fields.Str:
    """Make a field for an id."""
    return fields.Str(validate=validate.Regexp(UUID), metadata={"format": "uuid"}, **options)


def language(**options: Any) -> fields.Str:
    """Make a field for a language tag (BCP 47)."""
    return fields.Str(validate=validate.Regexp(LANGUAGE), metadata={"example": "en"}, **options)


class Strict(Schema):
    """A body that holds what is named and nothing else."""

    class Meta:
        """Refuse unknown keys."""

        unknown = RAISE


class Why(Strict):
    """Why."""

    reason_code = fields.Str(validate=validate.OneOf(REASON_CODES), allow_none=True)
    note = fields.Str(
        validate=validate.Length(min=1, max=NOTE_LIMIT), allow_none=True, metadata={"description": "Shown publicly."}
    )


class Parts(Why):
    """The name parts of an entry, exactly as they are to be printed; translation and country in the statement's language."""

    acronym = line(allow_none=True)
    name = line()
    name_language = language(allow_none=True)
    transliteration = line(allow_none=True)
    translation = line(allow_none=True)
    country = line(allow_none=True)
    territories = fields.List(fields.Str(validate=validate.Regexp("^[A-Z]{2}$")), validate=validate.Length(max=50))
    url = fields.Str(validate=validate.Length(max=URL_LIMIT), allow_none=True, metadata={"format": "uri"})
    organisation_id = identity()
    signed_on = day()
    signed_on_means = fields.Str(validate=validate.OneOf(MEANINGS))


class NewSignature(Parts):
    """An organisation signs."""

    name = line(required=True)
    signed_on = day(required=True)


class Correction(Parts):
    """What of an entry is set right; without effective_on for all dates."""

    effective_on = day(allow_none=True)


class Withdrawal(Why):
    """A signature ends."""

    withdrawn_on = day(required=True)
    show = fields.Bool(
        load_default=True,
        truthy={True},
        falsy={False},
        metadata={"description": "Whether lists go on to name who left."},
    )

    @validates_schema(pass_original=True)
    def check_show(self, _data: dict[str, Any], original: Any, **_: Any) -> None:
        """Refuse 0 and 1, which equal false and true."""
        if isinstance(original, dict) and not isinstance(original.get("show", True), bool):
            raise ValidationError({"show": ["Not a valid boolean."]})


class Void(Why):
    """A signature never was one."""


class NewStatement(Strict):
    """A statement begins."""

    reference = fields.Str(required=True, validate=validate.Regexp(REFERENCE))
    kind = line(required=True, metadata={"example": "Resolution"})
    issuer = line(allow_none=True)
    issued_on = day(allow_none=True)
    printed_number = line(allow_none=True)
    time_zone = fields.Str(
        required=True, validate=validate.Length(min=1, max=64), metadata={"example": "Europe/Berlin"}
    )
    default_language = language(required=True)


class NewText(Strict):
    """A title and, if there is one, a text in one language."""

    title = line(required=True)
    text = fields.Str(allow_none=True, load_default=None, metadata={"description": "At most 8 MiB in UTF-8."})
    media_type = fields.Str(validate=validate.OneOf(MEDIA_TYPES), load_default=MEDIA_TYPES[0])
    version_label = line(allow_none=True, load_default=None)


class NewOrderLine(Strict):
    """One line of an order: exactly one of a signature's id, a section's heading, the reason of a gap."""

    signature = identity()
    section = line()
    gap = line()

    @validates_schema
    def check_one(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a line that says nothing or several things."""
        if len(data) != 1:
            raise ValidationError("A line holds exactly one of signature, section and gap.")


class NewEdition(Strict):
    """An edition of the numbered list; without orders it is numbered as received."""

    as_of = day(required=True)
    orders = fields.Dict(
        keys=fields.Str(validate=validate.Regexp(LANGUAGE)),
        values=fields.List(fields.Nested(NewOrderLine)),
        allow_none=True,
        load_default=None,
        metadata={"description": "By language; the statement's default language is always among them."},
    )
    version_label = line(allow_none=True, load_default=None)


class Recorded(Schema):
    """Where and when the log recorded it."""

    position = fields.Int(required=True, metadata={"minimum": 1})
    recorded_at = fields.Str(required=True, metadata={"format": "date-time"})


class Drafted(Recorded):
    """A statement begun."""

    reference = fields.Str(required=True)


class Signed(Recorded):
    """A signature recorded."""

    signature_id = identity(required=True)
    organisation_id = identity(required=True)


class Acted(Recorded):
    """What was recorded of a signature."""

    signature_id = identity(required=True)


class TextSet(Recorded):
    """A text set."""

    language = fields.Str(required=True)
    text_sha256 = fields.Str(required=True, allow_none=True)


class Published(Recorded):
    """An edition published."""

    edition = fields.Int(required=True, metadata={"minimum": 1})
    as_of = fields.Str(required=True, metadata={"format": "date"})


class FieldProblem(Schema):
    """What is wrong with one field."""

    field = fields.Str(required=True)
    detail = fields.Str(required=True)


class ProblemDetails(Schema):
    """A problem (RFC 9457); some carry more members, which tell a program what the sentence tells people."""

    class Meta:
        """Allow members of single problems."""

        unknown = INCLUDE

    type = fields.Str(required=True, metadata={"format": "uri", "description": "Resolves to a page that explains it."})
    title = fields.Str(required=True)
    status = fields.Int(required=True)
    detail = fields.Str(required=True, metadata={"description": "A sentence that says what is wrong and what to do."})
    errors = fields.List(fields.Nested(FieldProblem))
