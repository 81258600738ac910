"""The commands as an application: get, tell, save. Each runs in one transaction that holds the log lock from its first look."""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import partial, wraps
from typing import Any, Concatenate, NamedTuple, ParamSpec, TypeVar
from uuid import UUID, uuid4, uuid5

from eventsourcing.application import Application
from eventsourcing.persistence import BaseInfrastructureFactory, InfrastructureFactory, Mapper
from eventsourcing.utils import Environment, EnvType

from signatures.aggregate import NO_REASON, Actor, Headed, Reason
from signatures.characters import check_reference, check_text, fold, is_reference
from signatures.clock import civil_date
from signatures.errors import (
    AlreadySigned,
    BodyTooLarge,
    IdempotencyKeyReused,
    InvalidInput,
    NotFound,
    PositionOutOfRange,
    ReferenceTaken,
    Refused,
    RegisterError,
    SeveralOrganisations,
)
from signatures.log import heads
from signatures.log.eventlog import Entry, canonical, sha256
from signatures.log.heads import Head, Rows
from signatures.log.mapping import EventMapper
from signatures.log.redaction import ENVELOPE, WITHHOLDABLE, redacted, removed
from signatures.log.store import Store
from signatures.order import OrderLine, check_order, order_document
from signatures.organisation import NameParts, Organisation, agrees
from signatures.sentences import said
from signatures.statement import ANNULLABLE, CORRECTABLE, SignatureRow, Statement, parse_date, statement_id

log = logging.getLogger("signatures")
TEXT_LIMIT = 8 * 2**20  # bytes of a text or an order document
MEDIA_TYPES = ("text/plain", "text/markdown")
NO = {
    "signature": said("There is no signature %(id)s."),
    "organisation": said("There is no organisation %(id)s."),
}
Parameters = ParamSpec("Parameters")
Answer = TypeVar("Answer")


class Recorded(NamedTuple):
    """What the log says of an act."""

    position: int
    recorded_at: str
    version: int


class Receipt(NamedTuple):
    """What the log says of a signature."""

    signature_id: str
    organisation_id: str
    position: int
    recorded_at: str


class StoreFactory(InfrastructureFactory[Any]):
    """The library's infrastructure, made of our store; no setting of the environment can replace it."""

    def __init__(self, store: Store) -> None:
        """Take nothing from the environment."""
        super().__init__(Environment("register", {}))
        self.store = store

    def application_recorder(self) -> Store:
        """Return the one recorder there is."""
        return self.store

    def aggregate_recorder(self, purpose: str = "events") -> Store:  # noqa: ARG002 - the library's
        """Return the one recorder there is."""
        return self.store

    def tracking_recorder(self, tracking_recorder_class: type[Any] | None = None) -> Any:
        """Refuse: views track themselves."""
        raise NotImplementedError("views keep their own tracking")

    def process_recorder(self) -> Any:
        """Refuse: views track themselves."""
        raise NotImplementedError("views keep their own tracking")


def command(
    method: Callable[Concatenate[Register, Parameters], Answer],
) -> Callable[Concatenate[Register, Parameters], Answer]:
    """Make a method a command: one transaction from its first look to its last write, shared with those who wait."""

    @wraps(method)
    def run(register: Register, /, *given: Parameters.args, **named: Parameters.kwargs) -> Answer:
        return register.store.do(partial(method, register, *given, **named))

    return run


class Register(Application[UUID]):
    """All commands on statements and organisations.

    Dates are ISO strings, ids lower-case UUID strings. Every command raises an error of `signatures.errors` if it is
    refused; then nothing was written.
    """

    def __init__(self, store: Store, seal: Callable[[], object] = int) -> None:
        """Work on a store; `seal` signs what the log holds, after each edition."""
        self.store, self.seal = store, seal
        super().__init__()

    def construct_env(self, name: str, env: EnvType | None = None) -> Environment:  # noqa: ARG002 - the library's
        """Take nothing from the environment: a stray variable must not change the store."""
        return Environment(name, {})

    def construct_factory(self, env: Environment) -> BaseInfrastructureFactory[Any]:  # type: ignore[override] # noqa: ARG002
        """Build everything on our store."""
        return StoreFactory(self.store)

    def construct_mapper(self) -> Mapper[UUID]:
        """Map with checked payloads and the fixed table of topics."""
        return EventMapper()

    # -- the statement's life ------------------------------------------------------------------------------------

    @command
    def draft(self, /, actor: Actor, *, reference: str, **fields: Any) -> Recorded:
        """Begin a statement; `kind`, `time_zone` and `default_language` are needed, `issuer` and others may be given."""
        with self.store.writing() as transaction:
            taken = heads.head(transaction, str(statement_id(check_reference(reference))))
            if taken is not None:
                raise ReferenceTaken(
                    said(
                        "The reference %(reference)s is taken. Choose another one.", reference=taken.state["reference"]
                    )
                )
            return self._tell(Statement.draft(actor, reference=reference, **fields))

    @command
    def set_text(
        self,
        actor: Actor,
        reference: str,
        *,
        language: str,
        title: str,
        text: str | None,
        media_type: str = "text/plain",
        version_label: str | None = None,
        expected_version: int | None = None,
    ) -> Recorded:
        """Set a title and text in one language; each call is a new version."""
        content = None if text is None else _checked_document("text", check_text("text", text).encode())
        if media_type not in MEDIA_TYPES:
            raise InvalidInput(
                f"{media_type!r} is no kind of text we keep. Use {' or '.join(MEDIA_TYPES)}.", field="media_type"
            )
        with self.store.writing():
            statement = self.statement(reference)
            statement.expect(expected_version)
            digest = None if content is None else sha256(content)
            statement.set_text(
                actor,
                language=language,
                title=title,
                text_sha256=digest,
                media_type=None if content is None else media_type,
                version_label=version_label,
            )
            return self._tell(statement, texts={} if content is None or digest is None else {digest: content})

    def amend(self, actor: Actor, reference: str, changes: dict[str, Any], reason: Reason = NO_REASON) -> Recorded:
        """Set the statement's own data right."""
        return self._act(reference, lambda statement: statement.amend(actor, changes=changes, reason=reason))

    @command
    def publish(
        self,
        actor: Actor,
        reference: str,
        *,
        as_of: str,
        orders: Mapping[str, Sequence[OrderLine]] | None = None,
        version_label: str | None = None,
        expected_version: int | None = None,
        doubles: bool = False,
    ) -> Recorded:
        """Publish the next edition in a given order, by language, or as received."""
        with self.store.writing() as transaction:
            statement = self.statement(reference)
            statement.expect(expected_version)
            digests, documents = None, {}
            if orders is not None:
                standing = heads.standing_on(transaction, str(statement.id), parse_date("as_of", as_of).isoformat())
                check_order(orders, standing, statement.default_language, doubles=doubles)
                contents = {
                    language: _checked_document("order", order_document(lines)) for language, lines in orders.items()
                }
                digests = {language: sha256(content) for language, content in contents.items()}
                documents = {sha256(content): content for content in contents.values()}
            statement.publish(
                actor, as_of=as_of, today=self.today(statement), orders=digests, version_label=version_label
            )
            recorded = self._tell(statement, texts=documents)
        self.store.afterwards(self._seal)
        return recorded

    def _seal(self) -> None:
        """Sign the log, so that the edition carries a checkpoint; what cannot be signed now is signed by the tick."""
        try:
            self.seal()
        except RegisterError as error:  # the edition is recorded, whatever becomes of the signature
            log.warning("No checkpoint was signed for an edition: %s", error.sentence)

    def close_signing(self, actor: Actor, reference: str, *, on: str, reason: Reason = NO_REASON) -> Recorded:
        """End signing on a date."""
        return self._act(reference, lambda statement: statement.close(actor, effective_on=on, reason=reason))

    def reopen_signing(
        self, actor: Actor, reference: str, *, on: str | None = None, reason: Reason = NO_REASON
    ) -> Recorded:
        """Let organisations sign again, from today if no date is given."""
        return self._act(
            reference,
            lambda statement: statement.reopen(
                actor, effective_on=on or self.today(statement).isoformat(), reason=reason
            ),
        )

    def retract(self, actor: Actor, reference: str, *, on: str, reason: Reason = NO_REASON) -> Recorded:
        """Take the statement back."""
        return self._act(reference, lambda statement: statement.retract(actor, effective_on=on, reason=reason))

    def discard(self, actor: Actor, reference: str, reason: Reason = NO_REASON) -> Recorded:
        """Put away a draft."""
        return self._act(reference, lambda statement: statement.discard(actor, reason=reason))

    # -- signatures ----------------------------------------------------------------------------------------------

    @command
    def sign(
        self,
        actor: Actor,
        reference: str,
        parts: NameParts,
        *,
        signed_on: str,
        method: str,
        assurance: str = "editor",
        signature_id: str | None = None,
        organisation_id: str | None = None,
        new_organisation: str | None = None,
        signed_on_means: str = "on",
        text_language: str | None = None,
        reason: Reason = NO_REASON,
    ) -> Receipt:
        """Sign for an organisation: one named by its id, the one its parts name, or a new one.

        A repeat of a `signature_id` answers by what the log says. `new_organisation` names the id under which the
        organisation is registered without asking whom else its parts may name.
        """
        id_ = _id("signature", signature_id) if signature_id else str(uuid4())
        with self.store.writing() as transaction:
            statement = self.statement(reference)
            known = heads.signature(transaction, id_) if signature_id else None
            if known is not None:
                return self._known_receipt(known, statement, parts)
            organisation, begun = self._organisation(transaction, actor, parts, id_, organisation_id, new_organisation)
            group = [] if begun else heads.group(transaction, organisation)  # nobody knows one that begins here
            text = statement.texts.get(text_language or statement.default_language) or next(
                iter(statement.texts.values()), None
            )
            statement.sign(
                actor,
                signature_id=id_,
                organisation_id=organisation,
                parts=parts,
                signed_on=signed_on,
                today=self.today(statement),
                earlier=heads.signatures_of(transaction, str(statement.id), group),
                signed_on_means=signed_on_means,
                method=method,
                assurance=assurance,
                text_sha256=text["sha256"] if text else None,
                reason=reason,
            )
            row = new_row(statement, id_, organisation, signed_on)
            recorded = self._tell(statement, *begun, signatures=[row])
        return Receipt(id_, organisation, recorded.position, recorded.recorded_at)

    @command
    def withdraw(
        self,
        actor: Actor,
        signature_id: str,
        *,
        on: str,
        show: bool = True,
        reference: str | None = None,
        reason: Reason = NO_REASON,
    ) -> Recorded:
        """End a signature on a date."""
        with self.store.writing():
            row, statement = self.signed(signature_id, reference)
            statement.withdraw(row, actor, withdrawn_on=on, today=self.today(statement), show=show, reason=reason)
            act = {"type": "Withdrawn", "version": statement.version, "withdrawn_on": on}
            return self._tell(statement, signatures=[row.after(act)])

    @command
    def correct(
        self,
        actor: Actor,
        signature_id: str,
        changes: dict[str, Any],
        *,
        on: str | None = None,
        reference: str | None = None,
        reason: Reason = NO_REASON,
    ) -> Recorded:
        """Set an entry right, from a date on or for all dates.

        `translation` and `country` in the changes mean those of the statement's default language.
        """
        with self.store.writing() as transaction:
            row, statement = self.signed(signature_id, reference)
            changes = self.whole_maps(row, statement, changes)
            if "organisation_id" in changes:
                changes["organisation_id"] = str(self.organisation(str(changes["organisation_id"])).id)
            act = {"type": "Corrected", "version": statement.version + 1, "changes": changes, "effective_on": on}
            owners = heads.group(transaction, row.after(act).organisation)  # another correction may be of a later date
            rivals = heads.signatures_of(transaction, row.statement, owners)
            statement.correct(
                row, actor, changes=changes, effective_on=on, today=self.today(statement), rivals=rivals, reason=reason
            )
            return self._tell(statement, signatures=[row.after(act)])

    @command
    def void(
        self, actor: Actor, signature_id: str, *, reference: str | None = None, reason: Reason = NO_REASON
    ) -> Recorded:
        """Void a signature that never was one."""
        with self.store.writing():
            row, statement = self.signed(signature_id, reference)
            statement.void(row, actor, reason=reason)
            return self._tell(statement, signatures=[row.after({"type": "Voided", "version": statement.version})])

    @command
    def annul(self, actor: Actor, reference: str, position: int, reason: Reason = NO_REASON) -> Recorded:
        """Take back a slip of ours at a position of this statement's history."""
        with self.store.writing() as transaction:
            statement = self.statement(reference)
            entry = self.store.entry(position)
            if entry is None or entry.stream != f"statement/{statement.id}":
                raise NotFound(f"Position {position} holds nothing of {statement.reference}.")
            row = self._row_of(entry) if entry.type in ANNULLABLE else None
            restored = row.without(entry.version) if row else None
            owners = heads.group(transaction, restored.organisation) if restored else []
            statement.annul(
                actor,
                position=position,
                version=entry.version,
                kind=entry.type,
                row=row,
                rivals=heads.signatures_of(transaction, str(statement.id), owners),
                reason=reason,
            )
            return self._tell(statement, signatures=[restored] if restored else [])

    # -- organisations -------------------------------------------------------------------------------------------

    @command
    def rename(
        self,
        actor: Actor,
        organisation_id: str,
        changes: dict[str, Any],
        *,
        on: str | None = None,
        reason: Reason = NO_REASON,
    ) -> Recorded:
        """Give an organisation other name parts; what was printed stays as signed."""
        with self.store.writing():
            organisation = self.organisation(organisation_id)
            if on is not None:
                parse_date("effective_on", on)
            organisation.rename(changes, on, actor, reason)
            return self._tell(organisation)

    @command
    def merge(self, actor: Actor, organisation_id: str, into: str, reason: Reason = NO_REASON) -> Recorded:
        """Say that two registrations are one body."""
        with self.store.writing() as transaction:
            organisation, other = self.organisation(organisation_id), self.organisation(into)
            if str(other.id) in heads.group(transaction, str(organisation.id)) and other.id != organisation.id:
                raise Refused(said("These two registrations are one body already."))
            organisation.merge(str(other.id), actor, reason)
            return self._tell(organisation)

    @command
    def annul_merger(self, actor: Actor, organisation_id: str, position: int, reason: Reason = NO_REASON) -> Recorded:
        """Take back a merger that was a slip."""
        with self.store.writing():
            organisation = self.organisation(organisation_id)
            entry = self.store.entry(position)
            if entry is None or entry.stream != f"organisation/{organisation.id}":
                raise NotFound(f"Position {position} holds nothing of this organisation.")
            organisation.annul(position, entry.version, actor, reason)
            return self._tell(organisation)

    def standing_twice(self, organisation_id: str) -> list[tuple[str, list[str]]]:
        """List the statements under which one body stands by several signatures, which only a merger can bring about."""
        found: dict[str, list[str]] = {}
        with self.store.reading() as transaction:
            for one in heads.group(transaction, organisation_id.lower()):
                for id_, reference in heads.standing_of(transaction, one):
                    found.setdefault(reference, []).append(id_)
        return [(reference, ids) for reference, ids in sorted(found.items()) if len(ids) > 1]

    # -- erasure -------------------------------------------------------------------------------------------------

    @command
    def withhold(self, actor: Actor, position: int, reason: Reason) -> Recorded:
        """Erase by order the names and the note of an entry for ever; dates, numbers and its leaf hash stay.

        One that is withheld already stays as it is; then what is told is where that was recorded.
        """
        with self.store.writing() as transaction:
            entry, by = self.withholdable(position)
            if by is not None:
                return Recorded(by.position, by.recorded_at, by.version)
            data = entry.data()
            kept = redacted(data)
            check_silent(reason.note, data)
            one = self._aggregate_of(entry)
            envelope = {name: getattr(entry, name) for name in ENVELOPE}
            one.withhold(actor, reason, **envelope, kept=kept)
            heads.forget_request(transaction, position)
            corrected = [self.signature(data["signature_id"])] if entry.type == "Corrected" else []
            rows = [row.redacted(entry.version, kept["changes"]) for row in corrected]
            return self._tell(one, signatures=rows, kept={position: canonical(kept)})

    def withholdable(self, position: int) -> tuple[Entry, Entry | None]:
        """Get an entry that can be withheld, and the one that withholds it already; refuse any other."""
        entry = self.store.entry(position)
        if entry is None:
            newest = self.store.max_notification_id() or 0
            raise PositionOutOfRange(f"There is no position {position}. The log goes from 1 to {newest}.")
        by = self.store.withheld_by(entry) if entry.withheld else None
        if entry.type not in WITHHOLDABLE:
            raise Refused(
                f"Position {position} holds {entry.type}, which cannot be withheld."
                f" Withheld can be: {', '.join(WITHHOLDABLE)}."
            )
        if by is None and not removed(entry.data()):
            raise Refused(f"Position {position} holds no name and no note, so there is nothing to withhold.")
        return entry, by

    def _aggregate_of(self, entry: Entry) -> Headed:
        with self.store.reading() as transaction:
            head = heads.head(transaction, entry.stream.partition("/")[2])
        if head is None:
            raise NotFound(f"There is no head of {entry.stream}. `signatures check` tells more.")
        kind: type[Headed] = Statement if head.kind == "statement" else Organisation
        return kind.from_head(UUID(head.id), head.version, head.state)

    # -- asking --------------------------------------------------------------------------------------------------

    def statement(self, reference: str) -> Statement:
        """Get a statement by its reference, from its head row."""
        with self.store.reading() as transaction:
            head = heads.head(transaction, str(statement_id(reference))) if is_reference(reference) else None
        if head is None:
            raise NotFound(said("There is no statement %(reference)s.", reference=repr(reference)))
        return Statement.from_head(UUID(head.id), head.version, head.state)

    def organisation(self, organisation_id: str) -> Organisation:
        """Get an organisation by its id, from its head row."""
        with self.store.reading() as transaction:
            head = heads.head(transaction, _id("organisation", organisation_id))
        if head is None or head.kind != "organisation":
            raise NotFound(said("There is no organisation %(id)s.", id=repr(organisation_id)))
        return Organisation.from_head(UUID(head.id), head.version, head.state)

    def signature(self, signature_id: str) -> SignatureRow:
        """Get a signature's row by its id."""
        with self.store.reading() as transaction:
            row = heads.signature(transaction, _id("signature", signature_id))
        if row is None:
            raise NotFound(said("There is no signature %(id)s.", id=repr(signature_id)))
        return row

    def today(self, statement: Statement) -> date:
        """Tell the present day in the statement's time zone."""
        return civil_date(self.store.clock(), statement.time_zone)

    @command
    def once(self, caller: str, key: str, request: object, command: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        """Run a command at most once for a caller's key; a repeat gets the first answer, byte for byte."""
        digest = hashlib.sha256(canonical(request)).hexdigest()
        with self.store.writing() as transaction:
            rows = transaction.execute(
                "SELECT request_sha256, answer FROM idempotency WHERE caller = ? AND key = ?", (caller, key)
            )
            if rows:
                if rows[0][0] != digest:
                    raise IdempotencyKeyReused(
                        "This Idempotency-Key came before with another request. Use a new key for a new act."
                    )
                return json.loads(rows[0][1])  # type: ignore[no-any-return]
            answer = command()
            transaction.execute(
                "INSERT INTO idempotency VALUES (?, ?, ?, ?)",
                (caller, key, digest, json.dumps(answer, ensure_ascii=False)),
            )
            return answer

    # -- inside --------------------------------------------------------------------------------------------------

    @command
    def _act(self, reference: str, decide: Callable[[Statement], None]) -> Recorded:
        with self.store.writing():
            statement = self.statement(reference)
            decide(statement)
            return self._tell(statement)

    def _tell(
        self,
        *aggregates: Headed,
        signatures: Sequence[SignatureRow] = (),
        texts: Mapping[str, bytes] | None = None,
        kept: Mapping[int, bytes] | None = None,
    ) -> Recorded:
        """Save aggregates with their rows; the first one's last event is what is told."""
        first, *before = aggregates
        rows = Rows(
            heads=[Head(str(one.id), type(one).__name__.lower(), one.version, one.state()) for one in aggregates],
            signatures=list(signatures),
            texts=dict(texts or {}),
            kept=dict(kept or {}),
        )
        events = [event for one in (*before, first) for event in one.collect_events()]
        position, recorded_at = self.store.record([self.mapper.to_stored_event(event) for event in events], rows)
        return Recorded(position, recorded_at, first.version)

    def signed(self, signature_id: str, reference: str | None = None) -> tuple[SignatureRow, Statement]:
        """Get a signature's row with its statement, which has to be the one of this reference."""
        row = self.signature(signature_id)
        with self.store.reading() as transaction:
            head = heads.head(transaction, row.statement)
        if head is None or (reference is not None and head.state["reference"].lower() != reference.lower()):
            raise NotFound(
                said(
                    "There is no signature %(id)s under %(reference)s.", id=repr(signature_id), reference=str(reference)
                )
            )
        return row, Statement.from_head(UUID(head.id), head.version, head.state)

    def _row_of(self, entry: Entry) -> SignatureRow | None:
        id_ = entry.data().get("signature_id")
        return self.signature(id_) if id_ else None

    def _organisation(
        self, transaction: Any, actor: Actor, parts: NameParts, signature_id: str, given: str | None, new: str | None
    ) -> tuple[str, list[Organisation]]:
        """Tell who signs, and which registration has to be recorded with it."""
        if given is not None:
            return str(self.organisation(given).id), []
        if new is None:
            matching = matching_organisations(transaction, parts)
            if len(matching) > 1:
                listed = ", ".join(matching)
                raise SeveralOrganisations(
                    said(
                        "Several organisations bear this name: %(listed)s. Name the one that signs by its id.",
                        listed=listed,
                    )
                )
            if matching:
                return matching[0], []
        id_ = UUID(_id("organisation", new)) if new else uuid5(UUID(signature_id), "organisation")
        if heads.head(transaction, str(id_)) is not None:
            return str(id_), []
        return str(id_), [Organisation.register(id_, parts, actor)]

    def _known_receipt(self, row: SignatureRow, statement: Statement, parts: NameParts) -> Receipt:
        if row.statement != str(statement.id):
            raise Refused(f"Signature {row.id} is one of another statement. Use a new id for a new signature.")
        entry = self.store.entry(row.position)
        if entry is None:
            raise NotFound(f"The payload of signature {row.id} was withheld.")
        told = entry.data()
        if not entry.withheld and (told["acronym"], told["name"]) != (parts.acronym, parts.name):
            raise AlreadySigned(f"Signature {row.id} is of another organisation already.", signature_id=row.id)
        return Receipt(row.id, told["organisation_id"], entry.position, entry.recorded_at)

    def present_parts(self, signature_id: str) -> dict[str, Any]:
        """Tell an entry's correctable fields as they stand when all that is recorded holds."""
        row = self.signature(signature_id)
        present: dict[str, Any] = {}
        for act in sorted(row.acts, key=lambda act: (act.get("effective_on") or "", act["version"])):
            data = self.store.stream_entries(f"statement/{row.statement}", act["version"] - 1, 1)[0].data()
            present.update(data.get("changes") or {field: data[field] for field in CORRECTABLE if field in data})
        return present

    def whole_maps(self, row: SignatureRow, statement: Statement, changes: dict[str, Any]) -> dict[str, Any]:
        """Put a new translation or printed country into the entry's map, whose other languages stay."""
        changes = dict(changes)
        if not {"translation", "country"} & set(changes):
            return changes
        present = self.present_parts(row.id)
        for public, field in (("translation", "translations"), ("country", "country_printed")):
            if public in changes:
                whole = dict(present.get(field) or {})
                value = changes.pop(public)
                if value:
                    whole[statement.default_language] = value
                else:
                    whole.pop(statement.default_language, None)
                changes[field] = whole
        return changes


def check_silent(note: str | None, data: Mapping[str, Any]) -> None:
    """Refuse a note that says again what it is to explain the removal of: nothing can ever remove it."""
    gone = removed(data)
    names = [gone.get(field) for field in ("acronym", "name", "transliteration", "note")]
    for text in [*filter(None, names), *gone.get("translations", {}).values()]:
        if re.search(rf"(?<!\w){re.escape(fold(text))}(?!\w)", fold(note or "")):
            raise InvalidInput(
                said("The note says again what is to be removed. Explain it without the name."), field="note"
            )


def new_row(statement: Statement, signature_id: str, organisation: str, signed_on: str) -> SignatureRow:
    """Make the row of a signature just taken; the store adds its position."""
    act = {"type": "Signed", "version": statement.version, "organisation_id": organisation, "signed_on": signed_on}
    return SignatureRow(
        signature_id,
        str(statement.id),
        organisation,
        statement.signings,
        signed_on,
        withdrawn_on=None,
        voided=False,
        position=0,
        version=statement.version,
        acts=(act,),
    )


def matching_organisations(transaction: Any, parts: NameParts) -> list[str]:
    """List who bears these parts: acronym and name equal when folded, every other part where both give it.

    Registrations of one body count as one: the one into which the others were merged.
    """
    parts.checked()  # a lone surrogate or NUL cannot even be asked for
    matching: dict[tuple[str, ...], str] = {}
    for head in heads.organisations_named(transaction, parts.acronym, parts.name):
        organisation = Organisation.from_head(UUID(head.id), head.version, head.state)
        spelled = [s for s in organisation.spellings() if _same_name(s, parts)]
        if any(agrees(spelling, parts.payload()) for spelling in spelled):
            key = tuple(heads.group(transaction, head.id))
            if key not in matching or organisation.into is None:
                matching[key] = head.id
    return list(matching.values())


def _same_name(spelling: dict[str, Any], parts: NameParts) -> bool:
    return _folded(spelling["acronym"], spelling["name"]) == _folded(parts.acronym, parts.name)


def _folded(acronym: str | None, name: str) -> tuple[str, str]:
    return fold(acronym or ""), fold(name)


def _id(what: str, text: str) -> str:
    """Write an id as it is stored; what is no UUID names nothing here."""
    try:
        return str(UUID(text))
    except (ValueError, AttributeError, TypeError):
        raise NotFound(NO[what].of(id=repr(text))) from None


def _checked_document(what: str, content: bytes) -> bytes:
    if len(content) > TEXT_LIMIT:
        raise BodyTooLarge(f"The {what} has {len(content)} bytes; {TEXT_LIMIT} are the most.", field=what)
    return content
