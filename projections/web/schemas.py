"""What reading requests may ask and what they are answered; the questions themselves judge dates, positions and words."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, fields, validate

DATE = {"format": "date"}
INSTANT = {"format": "date-time"}
COUNT = {"minimum": 0}
POSITION = {"minimum": 1}
STATUSES = ("draft", "open", "closed", "retracted")
WHOLE: dict[str, Any] = {"type": "integer", "minimum": 1}


def asked(description: str, **more: Any) -> fields.Str:
    """Make a field for a parameter, taken as it stands."""
    return fields.Str(metadata={"description": description, **more})


class Query(Schema):
    """Parameters, of which each is known."""

    class Meta:
        """Refuse unknown ones."""

        unknown = RAISE


class PageQuery(Query):
    """A page of something."""

    limit = asked("How many at most.", **WHOLE, maximum=1000)
    cursor = asked("Where the page begins, as a Link of an answer says.")


class ListQuery(PageQuery):
    """A list on a date, knowing the log up to a position."""

    as_of = asked(
        "The date on which the list is wanted, or an RFC 3339 instant, which counts as its date in the statement's time zone. "
        "Left out: the date of the moment asked about; empty: today.",
        example="2021-06-07",
    )
    known_at = asked("An RFC 3339 instant: only what was recorded by then counts.", **INSTANT)
    position = asked("A position of the log: only what was recorded up to it counts.", **WHOLE)
    edition = asked("An edition: its list on its own date, at its own position.", **WHOLE)
    part = asked("Which part of the list.", enum=["all", "numbered", "subsequent"], default="all")
    show = asked(
        "`standing` explains absent places in `gaps`, `annotated` shows them in the list.",
        enum=["standing", "annotated"],
        default="standing",
    )
    language = asked("Language of translations, printed countries and order; default: the statement's.", example="en")


class EventsQuery(Query):
    """Events after a position."""

    after = asked("The position after which they begin.", type="integer", minimum=0)
    limit = asked("How many at most.", **WHOLE, maximum=1000)


class DiffQuery(PageQuery):
    """Two lists to compare, a page of signatures at a time."""

    limit = asked("How many signatures are looked at, at most; each is told once.", **WHOLE, maximum=1000)

    from_ = fields.Str(
        data_key="from",
        required=True,
        metadata={
            "description": "A date, or a date as known at a position or at an instant: 2021-06-07@57,"
            " 2021-06-07@2021-07-01T12:00:00Z.",
            "example": "2021-06-07",
        },
    )
    to = asked("The other list; default: today's.", example="2021-07-03")
    language = asked("Language of translations and printed countries; default: the statement's.", example="en")


class AtQuery(Query):
    """As known at an instant or at a position."""

    known_at = asked("An RFC 3339 instant: only what was recorded by then counts.", **INSTANT)
    position = asked("A position of the log: only what was recorded up to it counts.", **WHOLE)


class OrganisationsQuery(PageQuery):
    """Organisations of a name."""

    q = asked("Words that a name holds, in any spelling.")
    language = asked("Language of translations and printed countries.", default="en", example="en")


class OrganisationQuery(Query):
    """An organisation."""

    language = asked("Language of translations and printed countries.", default="en", example="en")


class EditionInForce(Schema):
    """The edition whose numbers a list shows."""

    number = fields.Int(required=True, metadata=POSITION)
    as_of = fields.Str(required=True, metadata=DATE)
    further_signatories_possible = fields.Bool(required=True)


class Counts(Schema):
    """The sum that a reader can do again."""

    standing = fields.Int(required=True, metadata=COUNT)
    numbered = fields.Int(required=True, metadata=COUNT)
    subsequent = fields.Int(required=True, metadata=COUNT)
    withdrawn = fields.Int(required=True, metadata=COUNT)
    places = fields.Int(required=True, metadata=COUNT)


class Section(Schema):
    """A heading of the order, and the number before which it stands."""

    before = fields.Int(required=True, metadata=POSITION)
    heading = fields.Str(required=True)


class Gap(Schema):
    """A number whose place nobody holds on that date, and why."""

    number = fields.Int(required=True, metadata=POSITION)
    status = fields.Str(required=True, validate=validate.OneOf(("withdrawn", "voided", "not-yet", "gap")))
    reason = fields.Str(required=True, allow_none=True)
    withdrawn_on = fields.Str(required=True, allow_none=True, metadata=DATE)


class Entry(Schema):
    """A signatory as it stands on the list."""

    signature_id = fields.Str(required=True, allow_none=True, metadata={"format": "uuid"})
    organisation_id = fields.Str(required=True, allow_none=True, metadata={"format": "uuid"})
    acronym = fields.Str(required=True, allow_none=True)
    name = fields.Str(required=True, allow_none=True)
    name_language = fields.Str(required=True, allow_none=True)
    transliteration = fields.Str(required=True, allow_none=True)
    translation = fields.Str(required=True, allow_none=True)
    country = fields.Str(required=True, allow_none=True)
    territories = fields.List(fields.Str(), required=True)
    url = fields.Str(required=True, allow_none=True)
    signed_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    signed_on_means = fields.Str(required=True, allow_none=True)
    printed = fields.Str(required=True, allow_none=True, metadata={"description": "The whole printed line."})
    status = fields.Str(required=True, validate=validate.OneOf(("standing", "withdrawn", "voided", "not-yet", "gap")))
    late = fields.Bool(required=True, metadata={"description": "Recorded later than the edition, for an earlier date."})
    corrected = fields.Bool(required=True)
    position = fields.Int(required=True, allow_none=True, metadata=POSITION)
    recorded_at = fields.Str(required=True, allow_none=True, metadata=INSTANT)
    withdrawn_on = fields.Str(metadata=DATE)
    reason = fields.Str(allow_none=True)


class NumberedEntry(Entry):
    """A signatory with its number."""

    number = fields.Int(required=True, metadata=POSITION)


class CheckpointOf(Schema):
    """What the log held up to a position; log/checkpoint?size=… is the same, signed."""

    size = fields.Int(required=True, metadata=POSITION)
    root = fields.Str(required=True, metadata={"description": "Base64, as in a signed checkpoint."})


class SignatoryList(Schema):
    """A list on a date, at a position."""

    statement = fields.Str(required=True)
    as_of = fields.Str(required=True, metadata=DATE)
    time_zone = fields.Str(required=True)
    position = fields.Int(
        required=True, metadata={**POSITION, "description": "The statement's last event among those known."}
    )
    recorded_through = fields.Str(required=True, metadata=INSTANT)
    final = fields.Bool(required=True, metadata={"description": "Whether this answer can never change."})
    statement_status = fields.Str(required=True, validate=validate.OneOf(STATUSES))
    edition = fields.Nested(EditionInForce, required=True, allow_none=True)
    counts = fields.Nested(Counts, required=True)
    sections = fields.List(fields.Nested(Section), required=True)
    numbered = fields.List(fields.Nested(NumberedEntry), required=True)
    subsequent = fields.List(fields.Nested(Entry), required=True)
    gaps = fields.List(fields.Nested(Gap))
    checkpoint = fields.Nested(CheckpointOf, required=True)


class TextVersion(Schema):
    """The newest text of a language."""

    language = fields.Str(required=True)
    title = fields.Str(required=True)
    text_sha256 = fields.Str(required=True, allow_none=True)
    media_type = fields.Str(required=True, allow_none=True)
    version_label = fields.Str(required=True, allow_none=True)
    version = fields.Int(required=True, metadata=POSITION)
    position = fields.Int(required=True, metadata=POSITION)


class Text(TextVersion):
    """A text with its words."""

    text = fields.Str(required=True, allow_none=True)


class SetText(TextVersion):
    """A version of a text, as it was set."""

    recorded_at = fields.Str(required=True, metadata=INSTANT)


class Versions(Schema):
    """Every version of a statement's texts."""

    statement = fields.Str(required=True)
    texts = fields.List(fields.Nested(SetText), required=True)


class Edition(Schema):
    """One publication of the numbered list."""

    number = fields.Int(required=True, metadata=POSITION)
    as_of = fields.Str(required=True, metadata=DATE)
    position = fields.Int(required=True, metadata=POSITION)
    recorded_at = fields.Str(required=True, metadata=INSTANT)
    version_label = fields.Str(required=True, allow_none=True)
    texts = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True)
    orders = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True, allow_none=True)
    checkpoint = fields.Nested(CheckpointOf, required=True)


class Statement(Schema):
    """A statement's own data, and today's counts."""

    reference = fields.Str(required=True)
    title = fields.Str(required=True, allow_none=True)
    titles = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True)
    kind = fields.Str(required=True)
    issuer = fields.Str(required=True, allow_none=True)
    issued_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    printed_number = fields.Str(required=True, allow_none=True)
    time_zone = fields.Str(required=True)
    default_language = fields.Str(required=True)
    status = fields.Str(required=True, validate=validate.OneOf(STATUSES))
    closed_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    closes_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    retracted_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    today = fields.Str(required=True, metadata=DATE)
    texts = fields.List(fields.Nested(TextVersion), required=True)
    editions = fields.List(fields.Nested(Edition), required=True)
    counts = fields.Nested(Counts, required=True)
    first_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    last_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    position = fields.Int(required=True, metadata=POSITION)
    recorded_through = fields.Str(required=True, metadata=INSTANT)


class Statements(Schema):
    """Statements, the newest first."""

    statements = fields.List(fields.Nested(Statement), required=True)


class Editions(Schema):
    """The editions of a statement."""

    statement = fields.Str(required=True)
    editions = fields.List(fields.Nested(Edition), required=True)


class Event(Schema):
    """A leaf of the log: what was recorded, byte for byte what its hash is made of; of a withheld one position and hash."""

    position = fields.Int(required=True, metadata=POSITION)
    leaf_hash = fields.Str(
        metadata={"description": "Of a withheld leaf alone, which has nothing else but its position."}
    )
    v = fields.Int()
    recorded_at = fields.Str(metadata=INSTANT)
    stream = fields.Str()
    version = fields.Int(metadata=POSITION)
    type = fields.Str()
    type_version = fields.Int(metadata=POSITION)
    data = fields.Dict()


class Events(Schema):
    """Events of a statement, by position."""

    statement = fields.Str(required=True)
    events = fields.List(fields.Nested(Event), required=True)


class End(Schema):
    """One of the two lists compared."""

    as_of = fields.Str(required=True, metadata=DATE)
    position = fields.Int(required=True, metadata=POSITION)
    standing = fields.Int(required=True, metadata=COUNT)


class Changed(Entry):
    """A signatory that is on one of the lists alone; its number where it has one."""

    number = fields.Int(required=True, allow_none=True, metadata=POSITION)


class Corrected(Schema):
    """A signatory that is on both lists, otherwise."""

    number = fields.Int(required=True, allow_none=True, metadata=POSITION)
    signature_id = fields.Str(required=True, metadata={"format": "uuid"})
    printed_from = fields.Str(required=True, allow_none=True)
    printed_to = fields.Str(required=True, allow_none=True)
    name_language = fields.Str(required=True, allow_none=True)
    effective_on = fields.Str(required=True, allow_none=True, metadata=DATE)
    changes = fields.Dict(
        required=True, data_key="fields", metadata={"description": "By field: what it was, what it is."}
    )


class Diff(Schema):
    """What changed between two lists."""

    from_ = fields.Nested(End, required=True, data_key="from")
    to = fields.Nested(End, required=True)
    added = fields.List(fields.Nested(Changed), required=True)
    withdrawn = fields.List(fields.Nested(Changed), required=True)
    corrected = fields.List(fields.Nested(Corrected), required=True)
    voided = fields.List(fields.Nested(Changed), required=True)


class Organisation(Schema):
    """A registered organisation, as it is called today."""

    organisation_id = fields.Str(required=True, metadata={"format": "uuid"})
    acronym = fields.Str(required=True, allow_none=True)
    name = fields.Str(required=True, allow_none=True)
    name_language = fields.Str(required=True, allow_none=True)
    transliteration = fields.Str(required=True, allow_none=True)
    translations = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True)
    country_printed = fields.Dict(keys=fields.Str(), values=fields.Str(), required=True)
    territories = fields.List(fields.Str(), required=True)
    url = fields.Str(required=True, allow_none=True)
    printed = fields.Str(required=True, allow_none=True)
    merged_into = fields.Str(required=True, allow_none=True, metadata={"format": "uuid"})


class Organisations(Schema):
    """Organisations by name."""

    organisations = fields.List(fields.Nested(Organisation), required=True)


class OrganisationSigned(Organisation):
    """An organisation, what else it was called, and what it signed."""

    names = fields.List(fields.Dict(), required=True)
    same_body = fields.List(fields.Str(), required=True)
    signatures = fields.List(fields.Dict(), required=True)
