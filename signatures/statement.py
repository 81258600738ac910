"""The aggregate: what can happen to a statement. Commands decide and may refuse; events apply and may not.

It never holds its signatories: each has a row of its own (`signatures/log/store.py`), handed to the command that needs it.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid5
from zoneinfo import available_timezones

from signatures.aggregate import NO_REASON, Actor, Explained, Headed, Initial, Reason, Recordable, Redaction
from signatures.characters import check_language, check_line, check_reference
from signatures.errors import AlreadySigned, InvalidInput, InvalidTime, Refused, StatementClosed
from signatures.organisation import PART_FIELDS, NameParts, check_part_fields
from signatures.sentences import Sentence, said

STATEMENTS = UUID("6a2f3f0e-7c0b-5d0e-9a57-1d6f4a1c2b90")  # the namespace of statement ids, for ever
WITHDRAWAL_AHEAD = timedelta(days=366)
METHODS = ("form", "email", "paper", "import", "api")
ASSURANCES = ("claimed", "address", "domain", "editor", "import")
MEANINGS = ("on", "by", "after")
CORRECTABLE = (*PART_FIELDS, "organisation_id", "signed_on", "signed_on_means")
PUBLIC = {"translations": "translation", "country_printed": "country"}  # as it is asked for, in one language
AMENDABLE = ("issuer", "kind", "printed_number")
AMENDABLE_BEFORE_PUBLICATION = (*AMENDABLE, "issued_on", "time_zone", "default_language")
ANNULLABLE = ("Withdrawn", "Voided", "Corrected", "Closed", "Reopened", "Retracted")


@lru_cache
def statement_id(reference: str) -> UUID:
    """Derive a statement's id from its reference without case, so that no second can have it."""
    return uuid5(STATEMENTS, reference.lower())


def parse_date(field: str, text: str) -> date:
    """Read an ISO 8601 calendar date, or refuse it with its field's name."""
    try:
        parsed = date.fromisoformat(text)
    except (ValueError, TypeError):
        parsed = None
    if parsed is None or parsed.isoformat() != text:  # 20210607 and 2021-W23-1 are ISO 8601, too
        raise InvalidTime(
            said(
                "%(field)s: %(text)s is not a date. Write year-month-day, for example 2021-06-07.",
                field=field,
                text=repr(text),
            ),
            field=field,
        )
    return parsed


def check_time_zone(name: str) -> str:
    """Return an IANA time zone's name, or refuse what is none."""
    if name not in _time_zones():
        raise InvalidInput(
            said("%(name)s is no time zone. Use an IANA name, for example Europe/Berlin.", name=repr(name)),
            field="time_zone",
        )
    return name


@cache
def _time_zones() -> frozenset[str]:
    """List the IANA names; `localtime` would mean another zone on every machine."""
    return frozenset(available_timezones() - {"localtime"})


class SignatureRow(NamedTuple):
    """What commands need to know of one signature."""

    id: str
    statement: str
    organisation: str
    ordinal: int
    signed_on: str
    withdrawn_on: str | None
    voided: bool
    position: int
    version: int
    acts: tuple[dict[str, Any], ...] = ()

    @property
    def stands(self) -> bool:
        """Whether it was neither withdrawn nor voided."""
        return self.withdrawn_on is None and not self.voided

    def after(self, *acts: dict[str, Any]) -> SignatureRow:
        """Return the row once these acts have happened to the signature."""
        return folded_row(self, (*self.acts, *acts))

    def redacted(self, version: int, changes: dict[str, Any]) -> SignatureRow:
        """Return the row with what an order of erasure leaves of the changes of one of its corrections."""
        acts = ({**act, "changes": changes} if act["version"] == version else act for act in self.acts)
        return self._replace(acts=tuple(acts))

    def without(self, version: int) -> SignatureRow:
        """Return the row as if the act of that version had never been recorded."""
        return folded_row(self, tuple(act for act in self.acts if act["version"] != version))


def folded_row(row: SignatureRow, acts: tuple[dict[str, Any], ...]) -> SignatureRow:
    """Fold a signature's acts, the first being its signing, into its row.

    Of several corrections of the organisation the one of the latest date counts, as in the list of that date.
    """
    signed, *later = acts
    fields = {
        "organisation": signed["organisation_id"],
        "signed_on": signed["signed_on"],
        "withdrawn_on": None,
        "voided": False,
    }
    owned_from = ""
    for act in later:
        match act["type"]:
            case "Withdrawn":
                fields["withdrawn_on"] = act["withdrawn_on"]
            case "Voided":
                fields["voided"] = True
            case "Corrected":
                fields["signed_on"] = act["changes"].get("signed_on", fields["signed_on"])
                if "organisation_id" in act["changes"] and (act["effective_on"] or "") >= owned_from:
                    fields["organisation"], owned_from = act["changes"]["organisation_id"], act["effective_on"] or ""
    return row._replace(**fields, acts=acts)


class Statement(Headed):
    """The aggregate of one joint statement."""

    TOPIC = "Statement"

    class Drafted(Initial):
        """A statement begins."""

        TOPIC = "Statement.Drafted"
        reference: str
        printed_number: str | None
        kind: str
        issuer: str | None
        issued_on: str | None
        time_zone: str
        default_language: str

        def apply(self, aggregate: Statement) -> None:
            """Start without texts, editions and signatures."""
            for field in ("reference", *AMENDABLE_BEFORE_PUBLICATION):
                setattr(aggregate, field, getattr(self, field))
            aggregate.texts = {}
            aggregate.edition, aggregate.edition_as_of, aggregate.signings = 0, None, 0
            aggregate.closings, aggregate.retractions, aggregate.discarded = [], [], False

    class TextSet(Recordable):
        """A text in one language, by its SHA-256; a later one is a new version."""

        TOPIC = "Statement.TextSet"
        language: str
        title: str
        text_sha256: str | None
        media_type: str | None
        version_label: str | None

        def apply(self, aggregate: Statement) -> None:
            """Keep the current version of the language."""
            aggregate.texts[self.language] = {"sha256": self.text_sha256, "version": self.originator_version}

    class Published(Recordable):
        """An edition of the numbered list."""

        TOPIC = "Statement.Published"
        edition: int
        as_of: str
        orders: dict[str, str] | None
        texts: dict[str, str]
        version_label: str | None

        def apply(self, aggregate: Statement) -> None:
            """Remember the newest edition."""
            aggregate.edition, aggregate.edition_as_of = self.edition, self.as_of

    class Signed(Explained):
        """An organisation signs."""

        TOPIC = "Statement.Signed"
        signature_id: str
        ordinal: int
        organisation_id: str
        acronym: str | None
        name: str
        name_language: str | None
        transliteration: str | None
        translations: dict[str, str]
        country_printed: dict[str, str]
        territories: list[str]
        url: str | None
        signed_on: str
        signed_on_means: str
        method: str
        assurance: str
        text_sha256: str | None

        def apply(self, aggregate: Statement) -> None:
            """Count it."""
            aggregate.signings = self.ordinal

    class Withdrawn(Explained):
        """A signature ends on a date."""

        TOPIC = "Statement.Withdrawn"
        signature_id: str
        withdrawn_on: str
        show: bool

    class Corrected(Explained):
        """An entry is set right, from a date on or for all dates."""

        TOPIC = "Statement.Corrected"
        signature_id: str
        changes: dict[str, Any]
        effective_on: str | None

    class Voided(Explained):
        """A signature that never was one: gone on every date."""

        TOPIC = "Statement.Voided"
        signature_id: str

    class Annulled(Explained):
        """An earlier act counts as never recorded."""

        TOPIC = "Statement.Annulled"
        position: int
        annulled_version: int

        def apply(self, aggregate: Statement) -> None:
            """Forget a closing, reopening or retraction; signature rows are the store's."""
            aggregate.closings = [act for act in aggregate.closings if act["version"] != self.annulled_version]
            aggregate.retractions = [act for act in aggregate.retractions if act["version"] != self.annulled_version]

    class Amended(Explained):
        """The statement's own data are set right."""

        TOPIC = "Statement.Amended"
        changes: dict[str, Any]

        def apply(self, aggregate: Statement) -> None:
            """Take the changes over."""
            for field, value in self.changes.items():
                setattr(aggregate, field, value)

    class Closed(Explained):
        """Signing ends on a date."""

        TOPIC = "Statement.Closed"
        effective_on: str

        def apply(self, aggregate: Statement) -> None:
            """Remember the act."""
            aggregate.closings.append(
                {"version": self.originator_version, "effective_on": self.effective_on, "open": False}
            )

    class Reopened(Explained):
        """Signing is possible again from a date."""

        TOPIC = "Statement.Reopened"
        effective_on: str

        def apply(self, aggregate: Statement) -> None:
            """Remember the act."""
            aggregate.closings.append(
                {"version": self.originator_version, "effective_on": self.effective_on, "open": True}
            )

    class Retracted(Explained):
        """The issuer takes the statement back; its list stays readable."""

        TOPIC = "Statement.Retracted"
        effective_on: str

        def apply(self, aggregate: Statement) -> None:
            """Remember the act."""
            aggregate.retractions.append({"version": self.originator_version, "effective_on": self.effective_on})

    class Discarded(Explained):
        """A draft that never was published is put away."""

        TOPIC = "Statement.Discarded"

        def apply(self, aggregate: Statement) -> None:
            """Nothing more can happen to it."""
            aggregate.discarded = True

    class Withheld(Redaction):
        """The payload of an earlier entry is erased by order; the head holds nothing of it, signature rows are the store's."""

        TOPIC = "Statement.Withheld"

    if TYPE_CHECKING:  # at run time the library would make the annotations parameters of __init__
        reference: str
        printed_number: str | None
        kind: str
        issuer: str | None
        issued_on: str | None
        time_zone: str
        default_language: str
        texts: dict[str, dict[str, Any]]
        edition: int
        edition_as_of: str | None
        signings: int
        closings: list[dict[str, Any]]
        retractions: list[dict[str, Any]]
        discarded: bool

    @classmethod
    def draft(cls, actor: Actor, *, reference: str, **fields: Any) -> Statement:
        """Begin a statement under a reference that nobody else has."""
        values = {"printed_number": None, "issuer": None, "issued_on": None, **fields}
        _check_statement_fields(values)
        return cls.begin(cls.Drafted, statement_id(check_reference(reference)), actor, reference=reference, **values)

    def open_on(self, day: str) -> bool:
        """Tell whether a signature dated that day can be taken."""
        known = [act for act in self.closings if act["effective_on"] <= day]
        return not known or bool(max(known, key=lambda act: (act["effective_on"], act["version"]))["open"])

    def set_text(
        self,
        actor: Actor,
        *,
        language: str,
        title: str,
        text_sha256: str | None,
        media_type: str | None,
        version_label: str | None,
    ) -> None:
        """Set the title and text of one language."""
        self._refuse_discarded()
        check_language("language", language)
        check_line("title", title)
        if version_label is not None:
            check_line("version_label", version_label)
        self.record(
            self.TextSet,
            actor,
            language=language,
            title=title,
            text_sha256=text_sha256,
            media_type=media_type,
            version_label=version_label,
        )

    def publish(
        self, actor: Actor, *, as_of: str, today: date, orders: dict[str, str] | None, version_label: str | None = None
    ) -> None:
        """Publish the next edition of the numbered list."""
        self._refuse_discarded()
        self._refuse_retracted(said("%(reference)s was taken back on %(day)s; it cannot be published."))
        day = parse_date("as_of", as_of)
        if day > today:
            raise InvalidTime(
                said("as_of %(as_of)s is a date to come. An edition's date is today or earlier.", as_of=as_of),
                field="as_of",
            )
        if self.edition_as_of is not None and as_of < self.edition_as_of:
            raise Refused(
                said(
                    "Edition %(edition)s is of %(earlier_day)s. The next one cannot be of an earlier date, %(as_of)s.",
                    edition=self.edition,
                    earlier_day=self.edition_as_of,
                    as_of=as_of,
                )
            )
        if version_label is not None:
            check_line("version_label", version_label)
        if not self.texts:
            raise Refused(f"{self.reference} has no title yet. Set one with `signatures set-text` first.")
        texts = {language: text["sha256"] for language, text in self.texts.items() if text["sha256"]}
        self.record(
            self.Published,
            actor,
            edition=self.edition + 1,
            as_of=as_of,
            orders=orders,
            texts=texts,
            version_label=version_label,
        )

    def sign(
        self,
        actor: Actor,
        *,
        signature_id: str,
        organisation_id: str,
        parts: NameParts,
        signed_on: str,
        today: date,
        earlier: list[SignatureRow],
        signed_on_means: str = "on",
        method: str,
        assurance: str,
        text_sha256: str | None,
        reason: Reason = NO_REASON,
    ) -> None:
        """Take an organisation's signature; `earlier` are all that its group of registrations gave before."""
        self._refuse_discarded()
        self._refuse_retracted(said("%(reference)s was taken back on %(day)s; it cannot be signed."))
        if parse_date("signed_on", signed_on) > today:
            raise InvalidTime(
                said(
                    "signed_on %(signed_on)s is a date to come. A signature counts from today or earlier.",
                    signed_on=signed_on,
                ),
                field="signed_on",
            )
        if not self.open_on(signed_on):
            raise StatementClosed(
                said(
                    "Signing of %(reference)s has ended: a signature of %(signed_on)s cannot be taken.",
                    reference=self.reference,
                    signed_on=signed_on,
                )
            )
        self._refuse_standing(earlier, signed_on)
        self.record(
            self.Signed,
            actor,
            signature_id=signature_id,
            ordinal=self.signings + 1,
            organisation_id=organisation_id,
            **parts.checked().payload(),
            signed_on=signed_on,
            signed_on_means=_one_of("signed_on_means", signed_on_means, MEANINGS),
            method=_one_of("method", method, METHODS),
            assurance=_one_of("assurance", assurance, ASSURANCES),
            text_sha256=text_sha256,
            **reason.checked(),
        )

    def withdraw(
        self,
        row: SignatureRow,
        actor: Actor,
        *,
        withdrawn_on: str,
        today: date,
        show: bool = True,
        reason: Reason = NO_REASON,
    ) -> None:
        """End a signature on a date."""
        self._refuse_discarded()
        day = parse_date("withdrawn_on", withdrawn_on)
        if not row.stands:
            raise Refused(
                said("This signature does not stand any more: it was voided.")
                if row.voided
                else said(
                    "This signature does not stand any more: it was withdrawn on %(withdrawn_on)s.",
                    withdrawn_on=str(row.withdrawn_on),
                )
            )
        if withdrawn_on < row.signed_on:
            raise InvalidTime(
                said(
                    "It was signed on %(signed_on)s and cannot be withdrawn before that, on %(withdrawn_on)s.",
                    signed_on=row.signed_on,
                    withdrawn_on=withdrawn_on,
                )
            )
        if day > today + WITHDRAWAL_AHEAD:
            raise InvalidTime(
                said(
                    "withdrawn_on %(withdrawn_on)s is more than %(days)s days ahead.",
                    withdrawn_on=withdrawn_on,
                    days=WITHDRAWAL_AHEAD.days,
                ),
                field="withdrawn_on",
            )
        self.record(
            self.Withdrawn, actor, signature_id=row.id, withdrawn_on=withdrawn_on, show=show, **reason.checked()
        )

    def correct(
        self,
        row: SignatureRow,
        actor: Actor,
        *,
        changes: dict[str, Any],
        effective_on: str | None,
        today: date,
        rivals: list[SignatureRow],
        reason: Reason = NO_REASON,
    ) -> None:
        """Set an entry right; `rivals` are the other signatures of the organisation that it is to have."""
        self._refuse_discarded()
        if row.voided:
            raise Refused(said("This signature was voided; there is nothing left to correct."))
        _check_changes(changes, CORRECTABLE)
        check_part_fields(changes)
        if effective_on is not None:
            parse_date("effective_on", effective_on)
            fixed = sorted({"signed_on", "signed_on_means"} & set(changes))
            if fixed:
                raise InvalidInput(
                    f"{', '.join(fixed)} can only be corrected for all dates. Leave the date away.",
                    field="effective_on",
                )
        self._check_corrected_dates(row, changes, today)
        corrected = row.after(
            {"type": "Corrected", "version": self.version + 1, "changes": changes, "effective_on": effective_on}
        )
        _refuse_overlap(row, corrected, rivals)
        self.record(
            self.Corrected, actor, signature_id=row.id, changes=changes, effective_on=effective_on, **reason.checked()
        )

    def void(self, row: SignatureRow, actor: Actor, *, reason: Reason = NO_REASON) -> None:
        """Void a signature that never was one."""
        self._refuse_discarded()
        if row.voided:
            raise Refused(said("This signature was voided already."))
        self.record(self.Voided, actor, signature_id=row.id, **reason.checked())

    def annul(
        self,
        actor: Actor,
        *,
        position: int,
        version: int,
        kind: str,
        row: SignatureRow | None,
        rivals: list[SignatureRow],
        reason: Reason = NO_REASON,
    ) -> None:
        """Take back a slip; `row` is the signature it happened to, `rivals` the others of its organisation as it will be."""
        self._refuse_discarded()
        if kind not in ANNULLABLE:
            raise Refused(
                f"Position {position} holds {kind}, which cannot be annulled. Annulled can be: {', '.join(ANNULLABLE)}."
            )
        restored = row.without(version) if row else None
        known = row.acts if row else (*self.closings, *self.retractions)
        if not any(act["version"] == version for act in known):
            raise Refused(said("What position %(position)s says was annulled already.", position=position))
        if row is not None and restored is not None:
            if restored.withdrawn_on is not None and restored.withdrawn_on < restored.signed_on:
                raise Refused(
                    said(
                        "The signature would end on %(withdrawn_on)s, before it begins on %(signed_on)s.",
                        withdrawn_on=restored.withdrawn_on,
                        signed_on=restored.signed_on,
                    )
                )
            _refuse_overlap(row, restored, rivals)
        self.record(self.Annulled, actor, position=position, annulled_version=version, **reason.checked())

    def amend(self, actor: Actor, *, changes: dict[str, Any], reason: Reason = NO_REASON) -> None:
        """Set the statement's own data right."""
        self._refuse_discarded()
        allowed = AMENDABLE if self.edition else AMENDABLE_BEFORE_PUBLICATION
        late = sorted(set(changes) & set(AMENDABLE_BEFORE_PUBLICATION) - set(allowed))
        if late:
            raise Refused(f"{', '.join(late)} cannot be amended once a statement is published.")
        _check_changes(changes, allowed)
        _check_statement_fields(changes)
        self.record(self.Amended, actor, changes=changes, **reason.checked())

    def close(self, actor: Actor, *, effective_on: str, reason: Reason = NO_REASON) -> None:
        """End signing on a date."""
        self._refuse_discarded()
        parse_date("effective_on", effective_on)
        if not self.open_on(effective_on):
            raise Refused(
                said(
                    "%(reference)s is closed on %(effective_on)s already.",
                    reference=self.reference,
                    effective_on=effective_on,
                )
            )
        self.record(self.Closed, actor, effective_on=effective_on, **reason.checked())

    def reopen(self, actor: Actor, *, effective_on: str, reason: Reason = NO_REASON) -> None:
        """Let organisations sign again from a date."""
        self._refuse_discarded()
        self._refuse_retracted(said("%(reference)s was taken back on %(day)s; it cannot be reopened."))
        parse_date("effective_on", effective_on)
        if self.open_on(effective_on):
            raise Refused(
                said(
                    "%(reference)s is open on %(effective_on)s already.",
                    reference=self.reference,
                    effective_on=effective_on,
                )
            )
        self.record(self.Reopened, actor, effective_on=effective_on, **reason.checked())

    def retract(self, actor: Actor, *, effective_on: str, reason: Reason = NO_REASON) -> None:
        """Take the statement back; its list stays readable, marked."""
        self._refuse_discarded()
        self._refuse_retracted(said("%(reference)s was taken back on %(day)s; it cannot be taken back again."))
        parse_date("effective_on", effective_on)
        if not self.edition:
            raise Refused(said("%(reference)s was never published. Discard it instead.", reference=self.reference))
        self.record(self.Retracted, actor, effective_on=effective_on, **reason.checked())

    def discard(self, actor: Actor, *, reason: Reason = NO_REASON) -> None:
        """Put away a draft."""
        self._refuse_discarded()
        if self.edition:
            raise Refused(
                said(
                    "%(reference)s is published and cannot be discarded. Retract it instead.", reference=self.reference
                )
            )
        self.record(self.Discarded, actor, **reason.checked())

    def _refuse_discarded(self) -> None:
        if self.discarded:
            raise Refused(
                said(
                    "%(reference)s was discarded. Draft a statement under another reference.", reference=self.reference
                )
            )

    def _refuse_retracted(self, why: Sentence) -> None:
        if self.retractions:
            raise StatementClosed(why.of(reference=self.reference, day=self.retractions[-1]["effective_on"]))

    def _refuse_standing(self, earlier: list[SignatureRow], signed_on: str) -> None:
        for row in earlier:
            if row.stands:
                raise AlreadySigned(
                    said(
                        "This organisation signed %(reference)s on %(signed_on)s already (signature %(id)s).",
                        reference=self.reference,
                        signed_on=row.signed_on,
                        id=row.id,
                    ),
                    signature_id=row.id,
                )
            if not row.voided and row.withdrawn_on is not None and signed_on < row.withdrawn_on:
                raise Refused(
                    said(
                        "An earlier signature of this organisation ends on %(withdrawn_on)s. A new one cannot count from before, %(signed_on)s.",
                        withdrawn_on=row.withdrawn_on,
                        signed_on=signed_on,
                    )
                )

    @staticmethod
    def _check_corrected_dates(row: SignatureRow, changes: dict[str, Any], today: date) -> None:
        if "signed_on_means" in changes:
            _one_of("signed_on_means", changes["signed_on_means"], MEANINGS)
        if "signed_on" not in changes:
            return
        if parse_date("signed_on", changes["signed_on"]) > today:
            raise InvalidTime(
                said("signed_on %(signed_on)s is a date to come.", signed_on=changes["signed_on"]), field="signed_on"
            )
        if row.withdrawn_on is not None and changes["signed_on"] > row.withdrawn_on:
            raise InvalidTime(
                said(
                    "It was withdrawn on %(withdrawn_on)s and cannot have been signed later.",
                    withdrawn_on=row.withdrawn_on,
                ),
                field="signed_on",
            )


def _refuse_overlap(before: SignatureRow, after: SignatureRow, rivals: list[SignatureRow]) -> None:
    """Refuse that two signatures of one organisation come to stand on one day.

    Two that a merger has made one organisation's stood together before; a misprint in one can still be corrected.
    """
    for rival in rivals:
        stood_together = before.organisation == after.organisation and _overlap(before, rival)
        if rival.id != after.id and _overlap(after, rival) and not stood_together:
            raise AlreadySigned(
                said("The organisation stands by another signature at that time (signature %(id)s).", id=rival.id),
                signature_id=rival.id,
            )


def _overlap(one: SignatureRow, other: SignatureRow) -> bool:
    if one.voided or other.voided:
        return False
    ends_before = one.withdrawn_on is not None and one.withdrawn_on <= other.signed_on
    starts_after = other.withdrawn_on is not None and other.withdrawn_on <= one.signed_on
    return not (ends_before or starts_after)


def _check_changes(changes: dict[str, Any], allowed: tuple[str, ...]) -> None:
    unknown = sorted(set(changes) - set(allowed))
    if unknown or not changes:
        named = ", ".join(PUBLIC.get(name, name) for name in allowed)
        raise InvalidInput(
            f"{', '.join(unknown) or 'Nothing'} to change. What can be changed: {named}.", field="changes"
        )
    if "name" in changes and not changes["name"]:
        raise InvalidInput("name cannot be empty.", field="name")


def _check_statement_fields(fields: dict[str, Any]) -> None:
    for field in ("printed_number", "kind", "issuer"):
        if fields.get(field) is not None:
            check_line(field, fields[field])
    if "kind" in fields and not fields["kind"]:
        raise InvalidInput("kind is missing. Write for example statement, resolution or open letter.", field="kind")
    if fields.get("issued_on") is not None:
        parse_date("issued_on", fields["issued_on"])
    if "time_zone" in fields:
        check_time_zone(fields["time_zone"])
    if "default_language" in fields:
        check_language("default_language", fields["default_language"])


def _one_of(field: str, value: str, allowed: tuple[str, ...]) -> str:
    if value not in allowed:
        raise InvalidInput(f"{field}: {value!r} is none of {', '.join(allowed)}.", field=field)
    return value
