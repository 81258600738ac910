"""What requests about the log may ask and what they are answered."""

from __future__ import annotations

from marshmallow import Schema, fields

from projections.web.schemas import COUNT, INSTANT, POSITION, WHOLE, Query, asked

NONE_YET = {"type": "integer", "minimum": 0}


class SizeQuery(Query):
    """The log at a size."""

    size = asked("The size of the log; default: that of the newest checkpoint.", **WHOLE)


class GrowthQuery(Query):
    """The log at two sizes."""

    old = asked("The size of the checkpoint that you hold; 0: you hold none.", **NONE_YET, example=0)
    new = asked("The size of the checkpoint that continues it; default: that of the newest one.", **WHOLE)


class EntriesQuery(Query):
    """Entries after a position."""

    after = asked("The position after which they begin.", **NONE_YET)
    limit = asked("How many at most; an answer of more than a mebibyte ends earlier.", **WHOLE, maximum=1000)


class Cosigned(Schema):
    """The largest checkpoint that a witness has signed."""

    size = fields.Int(required=True, metadata=COUNT)
    at = fields.Str(required=True, metadata=INSTANT)


class Witness(Schema):
    """Who else signs checkpoints."""

    name = fields.Str(required=True)
    vkey = fields.Str(required=True)
    added_at = fields.Str(required=True, metadata=INSTANT)
    cosigned = fields.Nested(Cosigned, required=True, allow_none=True)


class Witnesses(Schema):
    """The witnesses, and the largest size that one of them has signed."""

    witnesses = fields.List(fields.Nested(Witness), required=True)
    cosigned = fields.Int(required=True, allow_none=True, metadata=COUNT)


class Timestamp(Schema):
    """A checkpoint that an authority has stamped."""

    size = fields.Int(required=True, metadata=COUNT)
    authority = fields.Str(required=True)
    stamped_at = fields.Str(required=True, metadata=INSTANT)
    note = fields.Str(required=True, metadata={"description": "The bytes that were stamped, in UTF-8."})


class Timestamps(Schema):
    """The newest ones, at most a hundred."""

    timestamps = fields.List(fields.Nested(Timestamp), required=True)


class Former(Schema):
    """A checkpoint of this log under an earlier name, after which entries were lost."""

    number = fields.Int(required=True, metadata=POSITION)
    origin = fields.Str(required=True)
    size = fields.Int(required=True, metadata=COUNT)
    root = fields.Str(required=True, metadata={"description": "Base64, as in the note."})
    first = fields.Int(required=True, metadata=POSITION)
    last = fields.Int(required=True, metadata=POSITION)
    recorded_at = fields.Str(required=True, metadata=INSTANT)
    note = fields.Str(required=True)


class Formers(Schema):
    """The earlier names of this log."""

    former = fields.List(fields.Nested(Former), required=True)
