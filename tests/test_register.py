"""The commands on a real store, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest

from signatures.aggregate import Actor
from signatures.database import open_database
from signatures.errors import (
    AlreadySigned,
    BodyTooLarge,
    IdempotencyKeyReused,
    InvalidInput,
    InvalidTime,
    NotFound,
    ReferenceTaken,
    Refused,
    RegisterError,
    SeveralOrganisations,
    StaleVersion,
    StatementClosed,
)
from signatures.log import heads
from signatures.log.derive import check
from signatures.log.store import Store
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.register import TEXT_LIMIT, Recorded, Register
from tests.clock import FixedClock
from tests.eventful import EDITOR, OPEN, SLIP, draft, eventful, forget, sign

NOWHERE = "00000000-0000-4000-8000-000000000001"


BOTH = pytest.mark.parametrize(
    "register", ["sqlite_url", pytest.param("shared_url", marks=pytest.mark.postgresql)], indirect=True
)


@pytest.fixture
def register(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[Register]:
    """Open a new register, on SQLite unless a test is of BOTH; after the test its derived rows must be what its log says."""
    url: str = request.getfixturevalue(getattr(request, "param", "sqlite_url"))
    store = Store(open_database(url, "register"), clock)
    store.create()
    yield Register(store)
    differences = check(store)
    forget(store)
    assert [] == differences


@pytest.fixture
def drafted(register: Register) -> Register:
    """Begin a statement in it."""
    draft(register)
    return register


def written(register: Register) -> int:
    """Tell how many entries the log has."""
    newest = register.store.newest()
    return newest.position if newest else 0


def refused(
    register: Register, error: type[RegisterError], match: str | None, command: Callable[..., object], *given: object
) -> None:
    """Expect a refusal that writes nothing."""
    before = written(register)
    with pytest.raises(error, match=match):
        command(*given)
    assert before == written(register)


# ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────────


@BOTH
def test_an_unknown_statement(drafted: Register) -> None:
    """Every command says that there is none of that name."""
    reference = "nowhere"
    for command in (
        lambda: sign(drafted, "Alpha", reference),
        lambda: drafted.set_text(EDITOR, reference, language="en", title="T", text=None),
        lambda: drafted.publish(EDITOR, reference, as_of="2021-06-07"),
        lambda: drafted.amend(EDITOR, reference, {"issuer": "U"}),
        lambda: drafted.close_signing(EDITOR, reference, on="2021-06-07"),
        lambda: drafted.reopen_signing(EDITOR, reference),
        lambda: drafted.retract(EDITOR, reference, on="2021-06-07"),
        lambda: drafted.discard(EDITOR, reference),
        lambda: drafted.annul(EDITOR, reference, 1),
    ):
        refused(drafted, NotFound, "There is no statement 'nowhere'", command)
    for reference in ("", "a b", "é", "\ud800", "a\0", "x" * 500):
        refused(drafted, NotFound, "There is no statement", sign, drafted, "Alpha", reference)


@pytest.mark.parametrize("reference", [OPEN, OPEN.upper(), "Peace-2021"])
def test_a_reference_is_taken_once_in_any_case(drafted: Register, reference: str) -> None:
    """The refusal names the statement as it was written."""
    refused(drafted, ReferenceTaken, f"The reference {OPEN} is taken", lambda: draft(drafted, reference))
    assert OPEN == drafted.statement(reference).reference


def test_a_discarded_reference_stays_taken(drafted: Register) -> None:
    """Ids are never reused."""
    drafted.discard(EDITOR, OPEN)
    refused(drafted, ReferenceTaken, "is taken", lambda: draft(drafted))


def test_a_text_is_kept_byte_for_byte(drafted: Register) -> None:
    """By its hash, once."""
    text = "Line\r\n\tЛиния\n"
    drafted.set_text(EDITOR, OPEN, language="ru", title="T", text=text)
    sha256 = drafted.statement(OPEN).texts["ru"]["sha256"]
    assert text.encode() == drafted.store.text(sha256)


@BOTH
@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("a\0b", InvalidInput),
        ("a\ud800", InvalidInput),
        ("a\u202eb", InvalidInput),
        ("é" * (TEXT_LIMIT // 2) + "x", BodyTooLarge),
    ],
    ids=["NUL", "surrogate", "bidi", "too large"],
)
def test_wrong_texts(drafted: Register, text: str, error: type[RegisterError]) -> None:
    """NUL, surrogates, bidi controls, and one byte over 8 MiB."""
    refused(drafted, error, None, lambda: drafted.set_text(EDITOR, OPEN, language="en", title="T", text=text))


@BOTH
def test_a_text_of_exactly_its_limit(drafted: Register) -> None:
    """8 MiB are taken."""
    drafted.set_text(EDITOR, OPEN, language="en", title="T", text="x" * TEXT_LIMIT)
    assert TEXT_LIMIT == len(drafted.store.text(drafted.statement(OPEN).texts["en"]["sha256"]) or b"")


def test_a_text_of_another_kind(drafted: Register) -> None:
    """Plain text and Markdown are kept."""
    refused(
        drafted,
        InvalidInput,
        "no kind of text",
        lambda: drafted.set_text(EDITOR, OPEN, language="en", title="T", text="x", media_type="text/html"),
    )


def test_an_older_version_is_refused(drafted: Register) -> None:
    """For texts and editions, which an editor may have open in two windows."""
    drafted.set_text(EDITOR, OPEN, language="en", title="T", text="x", expected_version=2)
    refused(
        drafted,
        StaleVersion,
        "version 3, not 2",
        lambda: drafted.set_text(EDITOR, OPEN, language="en", title="T", text="y", expected_version=2),
    )
    refused(
        drafted,
        StaleVersion,
        "version 3, not 2",
        lambda: drafted.publish(EDITOR, OPEN, as_of="2021-06-07", expected_version=2),
    )


# ── editions ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def lines(*ids: str) -> dict[str, list[OrderLine]]:
    """Order signatures, in English."""
    return {"en": [OrderLine("signature", id_) for id_ in ids]}


def test_an_order_holds_what_stands_and_nothing_else(drafted: Register) -> None:
    """Unknown, missing, double and not standing ids are refused, each with its own sentence."""
    alpha, beta = sign(drafted, "Alpha"), sign(drafted, "Beta", on="2021-06-10")
    gone = sign(drafted, "Gone")
    drafted.withdraw(EDITOR, gone.signature_id, on="2021-06-08")
    a, b = alpha.signature_id, beta.signature_id

    def publish(orders: dict[str, list[OrderLine]], as_of: str = "2021-06-10") -> Callable[[], object]:
        return lambda: drafted.publish(EDITOR, OPEN, as_of=as_of, orders=orders)

    for orders, told in (
        (lines(a, b, "nobody"), "'nobody', which is no signature id"),
        (lines(a, b, NOWHERE), f"{NOWHERE}, which does not stand"),
        (lines(a, b, gone.signature_id), "which does not stand on that date"),
        (lines(a), f"leaves out what stands on that date: {b}"),
        (lines(a, b, a), f"names {a} 2 times"),
        (lines(a.upper(), b), "which is no signature id"),
        ({"de": lines(a, b)["en"]}, "An order in en"),
        (lines(a, b) | {"de": lines(NOWHERE)["en"]}, r"The order \(de\) names"),
        (lines(a, b) | {"_type_": lines(a)["en"]}, "no language tag"),
    ):
        refused(drafted, InvalidInput, told, publish(orders))
    refused(drafted, InvalidInput, "does not stand", publish(lines(a, b), "2021-06-09"))
    refused(drafted, InvalidTime, "not a date", publish(lines(a, b), "June"))
    drafted.publish(EDITOR, OPEN, as_of="2021-06-10", orders=lines(b, a) | {"de": lines(a)["en"]})
    assert 1 == drafted.statement(OPEN).edition


def test_an_order_is_stored_as_canonical_lines(drafted: Register) -> None:
    """Signatures, sections and gaps, a line each, by the hash that the event names."""
    alpha = sign(drafted, "Alpha")
    order = [OrderLine("section", "Afrique"), OrderLine("gap", "left"), OrderLine("signature", alpha.signature_id)]
    recorded = drafted.publish(EDITOR, OPEN, as_of="2021-06-07", orders={"en": order})
    entry = drafted.store.entry(recorded.position)
    assert entry is not None
    document = f'{{"section":"Afrique"}}\n{{"gap":"left"}}\n{{"signature":"{alpha.signature_id}"}}\n'
    assert document.encode() == drafted.store.text(entry.data()["orders"]["en"])


def test_an_order_over_its_size(drafted: Register) -> None:
    """As a text, 8 MiB at most."""
    order = {"en": [OrderLine("gap", "x" * 1000)] * 8500}
    refused(
        drafted, BodyTooLarge, "The order has", lambda: drafted.publish(EDITOR, OPEN, as_of="2021-06-07", orders=order)
    )


def test_editions_never_go_back(drafted: Register) -> None:
    """Neither before the last edition nor to a day that has not come."""
    drafted.publish(EDITOR, OPEN, as_of="2021-06-07")
    refused(drafted, Refused, "cannot be of an earlier date", lambda: drafted.publish(EDITOR, OPEN, as_of="2021-06-06"))
    refused(drafted, InvalidTime, "date to come", lambda: drafted.publish(EDITOR, OPEN, as_of="2021-07-02"))


def test_today_is_the_statements_own(register: Register, clock: FixedClock) -> None:
    """Late in the evening in Greenwich it is tomorrow in Tokyo, and signed_on may say so."""
    register.draft(EDITOR, reference="tokyo", kind="statement", time_zone="Asia/Tokyo", default_language="ja")
    register.draft(EDITOR, reference="london", kind="statement", time_zone="Europe/London", default_language="en")
    clock.set(clock().replace(hour=22, minute=30))
    sign(register, "Alpha", "tokyo", on="2021-07-02")
    refused(register, InvalidTime, "date to come", lambda: sign(register, "Alpha", "london", on="2021-07-02"))


# ── signing ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_says_what_the_log_says(drafted: Register) -> None:
    """Position and stamp are those of the Signed entry; the organisation was registered just before it."""
    receipt = sign(drafted, "Alpha")
    before, signed = drafted.store.entries(receipt.position - 2, 10)
    assert ("Registered", f"organisation/{receipt.organisation_id}") == (before.type, before.stream)
    assert (receipt.signature_id, receipt.organisation_id) == (
        signed.data()["signature_id"],
        signed.data()["organisation_id"],
    )
    assert (receipt.position, receipt.recorded_at) == (signed.position, signed.recorded_at)


@pytest.mark.parametrize("spelling", ["Alpha Union", "ALPHA  union", "Ａlpha Union"])
def test_an_organisation_signs_once(drafted: Register, spelling: str) -> None:
    """However its name is spelt."""
    first = sign(drafted, "Alpha Union")
    refused(drafted, AlreadySigned, first.signature_id, lambda: sign(drafted, spelling))


def test_signing_after_closing(drafted: Register) -> None:
    """Refused from the closing's date on, taken before it and after a reopening."""
    drafted.close_signing(EDITOR, OPEN, on="2021-06-10")
    refused(drafted, StatementClosed, "has ended", lambda: sign(drafted, "Alpha", on="2021-06-10"))
    sign(drafted, "Alpha", on="2021-06-09")
    drafted.reopen_signing(EDITOR, OPEN)
    refused(drafted, StatementClosed, "has ended", lambda: sign(drafted, "Beta", on="2021-06-30"))
    sign(drafted, "Beta", on="2021-07-01")


def test_withdrawing_and_signing_again_on_one_day(drafted: Register) -> None:
    """The old signature ends on the day on which the new one begins: on no day both stand, on none neither."""
    first = sign(drafted, "Alpha")
    drafted.withdraw(EDITOR, first.signature_id, on="2021-06-20")
    again = sign(drafted, "Alpha", on="2021-06-20")
    assert first.organisation_id == again.organisation_id
    with drafted.store.reading() as transaction:
        standing = [
            heads.standing_on(transaction, str(drafted.statement(OPEN).id), f"2021-06-{day}")
            for day in ("06", "07", "19", "20")
        ]
    assert [[], [first.signature_id], [first.signature_id], [again.signature_id]] == standing


def test_withdrawn_on_its_own_day_it_never_stood(drafted: Register) -> None:
    """And the organisation can sign again on that very day."""
    first = sign(drafted, "Alpha")
    drafted.withdraw(EDITOR, first.signature_id, on="2021-06-07")
    again = sign(drafted, "Alpha", on="2021-06-07")
    with drafted.store.reading() as transaction:
        assert [again.signature_id] == heads.standing_on(transaction, str(drafted.statement(OPEN).id), "2021-06-07")


@BOTH
def test_an_unknown_signature(drafted: Register) -> None:
    """Nothing can be done with it, whatever was typed."""
    for id_ in ("none", "", "\ud800", "a\0b", "x" * 5000, NOWHERE):
        refused(drafted, NotFound, "There is no signature", drafted.correct, EDITOR, id_, {"name": "B"})
        refused(drafted, NotFound, "There is no signature", drafted.void, EDITOR, id_)
        refused(drafted, NotFound, "There is no signature", drafted.signature, id_)
        with pytest.raises(NotFound, match="There is no signature"):
            drafted.withdraw(EDITOR, id_, on="2021-06-07")


def test_a_signature_of_another_statement(drafted: Register) -> None:
    """Asked for under the wrong statement there is none."""
    draft(drafted, "other")
    signed = sign(drafted, "Alpha")
    refused(
        drafted,
        NotFound,
        "under other",
        lambda: drafted.withdraw(EDITOR, signed.signature_id, on="2021-06-08", reference="other"),
    )
    drafted.withdraw(EDITOR, signed.signature_id.upper(), on="2021-06-08", reference=OPEN.upper())


def test_withdrawing_what_does_not_stand(drafted: Register) -> None:
    """Twice, or after voiding."""
    alpha, beta = sign(drafted, "Alpha"), sign(drafted, "Beta")
    drafted.withdraw(EDITOR, alpha.signature_id, on="2021-06-08")
    drafted.void(EDITOR, beta.signature_id)
    for signed in (alpha, beta):
        again = partial(drafted.withdraw, on="2021-06-09")
        refused(drafted, Refused, "does not stand any more", again, EDITOR, signed.signature_id)
    refused(drafted, Refused, "voided already", lambda: drafted.void(EDITOR, beta.signature_id))


@BOTH
def test_names_that_cannot_be_stored(drafted: Register) -> None:
    """Neither the signature nor the organisation is written."""
    for parts, where in (
        (NameParts("a\0b"), "name"),
        (NameParts("a\ud800b"), "name"),
        (NameParts("a\u202eb"), "name"),
        (NameParts("\u200b\u200d"), "name"),
        (NameParts(""), "name"),
        (NameParts("Alpha", acronym="\ud800"), "acronym"),
        (NameParts("Alpha", translations={"_type_": "x", "_data_": "y"}), "translation"),
        (NameParts("Alpha", country_printed={"_data_": "y"}), "country"),
    ):
        with pytest.raises(InvalidInput) as told:
            drafted.sign(EDITOR, OPEN, parts, signed_on="2021-06-07", method="paper")
        assert (where, 2) == (told.value.details["field"], written(drafted))


@BOTH
def test_an_entry_larger_than_a_leaf(drafted: Register) -> None:
    """65,535 bytes are the most; nothing of it is written, also where other commands share the transaction."""
    tags = [f"en-{number:04}" for number in range(40)]
    parts = NameParts("Alpha", translations=dict.fromkeys(tags, "名" * 600))

    def command() -> object:
        return drafted.sign(EDITOR, OPEN, parts, signed_on="2021-06-07", method="paper")

    refused(drafted, InvalidInput, "an entry of the log may have 65535", command)
    with drafted.store.writing():
        sign(drafted, "Before")
        with pytest.raises(InvalidInput):
            command()
        sign(drafted, "After")
    assert ["Registered", "Signed"] * 2 == [entry.type for entry in drafted.store.entries(2, 10)]


# ── who signs ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_an_organisation_is_found_by_its_parts(drafted: Register) -> None:
    """On another statement it is the same one; its other parts only have to agree where both give them."""
    draft(drafted, "other")
    first = drafted.sign(
        EDITOR,
        OPEN,
        NameParts("Alpha", acronym="A", country_printed={"en": "Congo"}),
        signed_on="2021-06-07",
        method="paper",
    )
    same = drafted.sign(EDITOR, "other", NameParts("ALPHA", acronym="a"), signed_on="2021-06-07", method="paper")
    elsewhere = drafted.sign(
        EDITOR,
        OPEN,
        NameParts("Alpha", acronym="A", country_printed={"en": "Chad"}),
        signed_on="2021-06-07",
        method="paper",
    )
    assert first.organisation_id == same.organisation_id != elsewhere.organisation_id


@BOTH
def test_several_organisations_of_a_name(drafted: Register) -> None:
    """None is guessed: the refusal lists their ids, and one of them can be named."""
    for country in ("Congo", "Chad"):
        drafted.sign(
            EDITOR, OPEN, NameParts("Alpha", country_printed={"en": country}), signed_on="2021-06-07", method="paper"
        )
    draft(drafted, "other")
    with pytest.raises(SeveralOrganisations, match="Several organisations") as told:
        sign(drafted, "Alpha", "other")
    one = told.value.sentence.split(": ")[1].split(",")[0]
    assert one == sign(drafted, "Alpha", "other", organisation_id=one).organisation_id


@pytest.mark.parametrize("id_", [NOWHERE, "none", "\ud800"])
def test_an_unknown_organisation(drafted: Register, id_: str) -> None:
    """It cannot sign, be renamed, merged, or be given a signature."""
    alpha = sign(drafted, "Alpha")
    for command in (
        lambda: sign(drafted, "Beta", organisation_id=id_),
        lambda: drafted.rename(EDITOR, id_, {"name": "B"}),
        lambda: drafted.merge(EDITOR, id_, alpha.organisation_id),
        lambda: drafted.merge(EDITOR, alpha.organisation_id, id_),
        lambda: drafted.correct(EDITOR, alpha.signature_id, {"organisation_id": id_}),
    ):
        refused(drafted, NotFound, "There is no organisation", command)


def test_a_statement_is_no_organisation(drafted: Register) -> None:
    """Ids of one kind do not name the other."""
    alpha, id_ = sign(drafted, "Alpha"), str(drafted.statement(OPEN).id)
    refused(drafted, NotFound, "no organisation", lambda: sign(drafted, "Beta", organisation_id=id_))
    refused(
        drafted,
        NotFound,
        "no organisation",
        lambda: drafted.correct(EDITOR, alpha.signature_id, {"organisation_id": id_}),
    )


def test_a_renamed_organisation_is_found_by_both_names(drafted: Register) -> None:
    """What was printed stays as signed."""
    first = sign(drafted, "Alpha")
    drafted.rename(EDITOR, first.organisation_id, {"name": "Omega"}, on="2021-06-20")
    for name in ("alpha", "omega"):
        refused(drafted, AlreadySigned, first.signature_id, sign, drafted, name)
    refused(
        drafted,
        InvalidTime,
        "not a date",
        lambda: drafted.rename(EDITOR, first.organisation_id, {"name": "X"}, on="soon"),
    )


@BOTH
def test_a_merged_group_signs_once(drafted: Register) -> None:
    """A merger of two standing signatures is allowed; a new signature of any registration is refused, over two steps too."""
    draft(drafted, "other")
    alpha, beta, gamma = sign(drafted, "Alpha"), sign(drafted, "Beta"), sign(drafted, "Gamma", "other")
    drafted.merge(EDITOR, alpha.organisation_id, beta.organisation_id)
    drafted.merge(EDITOR, gamma.organisation_id, alpha.organisation_id)
    assert all(drafted.signature(one.signature_id).stands for one in (alpha, beta))
    refused(drafted, AlreadySigned, None, lambda: sign(drafted, "Gamma"))
    refused(drafted, AlreadySigned, gamma.signature_id, lambda: sign(drafted, "Beta", "other"))
    refused(
        drafted, Refused, "one body already", lambda: drafted.merge(EDITOR, beta.organisation_id, gamma.organisation_id)
    )
    drafted.correct(EDITOR, alpha.signature_id, {"name": "Alpha!"})
    drafted.withdraw(EDITOR, alpha.signature_id, on="2021-06-10")
    refused(drafted, AlreadySigned, beta.signature_id, lambda: sign(drafted, "Alpha", on="2021-06-10"))


def test_an_annulled_merger_never_was(drafted: Register) -> None:
    """Both sign on their own again; only mergers at that position can be annulled."""
    alpha = sign(drafted, "Alpha")
    draft(drafted, "other")
    beta = sign(drafted, "Beta", "other")
    merged = drafted.merge(EDITOR, beta.organisation_id, alpha.organisation_id)
    refused(drafted, AlreadySigned, None, lambda: sign(drafted, "Beta"))
    refused(
        drafted,
        NotFound,
        "nothing of this organisation",
        lambda: drafted.annul_merger(EDITOR, alpha.organisation_id, merged.position),
    )
    refused(
        drafted, Refused, "no merger", lambda: drafted.annul_merger(EDITOR, beta.organisation_id, beta.position - 1)
    )
    drafted.annul_merger(EDITOR, beta.organisation_id, merged.position, SLIP)
    refused(drafted, Refused, "no merger", lambda: drafted.annul_merger(EDITOR, beta.organisation_id, merged.position))
    sign(drafted, "Beta")


# ── correcting ───────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_correction_of_one_language_keeps_the_others(drafted: Register) -> None:
    """The event holds the whole new map; an empty value takes the language out."""
    parts = NameParts("Alpha", translations={"de": "Alfa", "en": "Alpha"})
    signed = drafted.sign(EDITOR, OPEN, parts, signed_on="2021-06-07", method="paper")

    def corrected(**changes: Any) -> Any:
        recorded = drafted.correct(EDITOR, signed.signature_id, changes)
        entry = drafted.store.entry(recorded.position)
        return entry and entry.data()["changes"]

    assert {"translations": {"de": "Alfa", "en": "First"}} == corrected(translation="First")
    assert {"country_printed": {"en": "Congo"}} == corrected(country="Congo")
    assert {"translations": {"de": "Alfa"}} == corrected(translation="")
    assert {"url": None} == corrected(url=None)


def test_a_signature_given_to_another_organisation(drafted: Register) -> None:
    """The first may sign again, the second may not; the id is stored as it is written everywhere."""
    alpha = sign(drafted, "Alpha")
    draft(drafted, "other")
    beta = sign(drafted, "Beta", "other")
    drafted.correct(EDITOR, alpha.signature_id, {"organisation_id": beta.organisation_id.upper()})
    assert beta.organisation_id == drafted.signature(alpha.signature_id).organisation
    refused(drafted, AlreadySigned, alpha.signature_id, lambda: sign(drafted, "Beta"))
    again = sign(drafted, "Alpha")
    refused(
        drafted,
        AlreadySigned,
        again.signature_id,
        lambda: drafted.correct(EDITOR, alpha.signature_id, {"organisation_id": alpha.organisation_id}),
    )


# ── annulling ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_each_annullable_act_of_a_signature(drafted: Register) -> None:
    """Annulled, the signature's row is what it was before."""
    signed = sign(drafted, "Alpha")
    beta = sign(drafted, "Beta")
    drafted.void(EDITOR, beta.signature_id)
    before = drafted.signature(signed.signature_id)
    acts: tuple[Callable[[], Recorded], ...] = (
        lambda: drafted.withdraw(EDITOR, signed.signature_id, on="2021-06-10"),
        lambda: drafted.void(EDITOR, signed.signature_id),
        lambda: drafted.correct(EDITOR, signed.signature_id, {"signed_on": "2021-05-01", "name": "Omega"}),
        lambda: drafted.correct(
            EDITOR, signed.signature_id, {"organisation_id": beta.organisation_id}, on="2021-06-10"
        ),
    )
    for act in acts:
        recorded = act()
        assert before != drafted.signature(signed.signature_id)
        drafted.annul(EDITOR, OPEN, recorded.position, SLIP)
        assert before == drafted.signature(signed.signature_id)
        refused(drafted, Refused, "annulled already", drafted.annul, EDITOR, OPEN, recorded.position)


def test_each_annullable_act_of_a_statement(drafted: Register) -> None:
    """Closing, reopening and retraction."""
    drafted.publish(EDITOR, OPEN, as_of="2021-06-07")
    acts: tuple[Callable[[], Recorded], ...] = (
        lambda: drafted.close_signing(EDITOR, OPEN, on="2021-06-10"),
        lambda: drafted.retract(EDITOR, OPEN, on="2021-06-10"),
    )
    for act in acts:
        recorded = act()
        refused(drafted, StatementClosed, None, lambda: sign(drafted, "Alpha", on="2021-06-20"))
        drafted.annul(EDITOR, OPEN, recorded.position)
        refused(drafted, Refused, "annulled already", drafted.annul, EDITOR, OPEN, recorded.position)
    drafted.close_signing(EDITOR, OPEN, on="2021-06-10")
    reopened = drafted.reopen_signing(EDITOR, OPEN, on="2021-06-15")
    drafted.annul(EDITOR, OPEN, reopened.position)
    refused(drafted, StatementClosed, None, lambda: sign(drafted, "Alpha", on="2021-06-20"))


def test_an_annulment_after_signing_again(drafted: Register) -> None:
    """Refused for withdrawing, voiding and for a correction of the organisation, until the new signature is voided."""

    def left(command: Callable[[str], Any]) -> None:
        signed = sign(drafted, "Alpha")
        recorded = command(signed.signature_id)
        again = sign(drafted, "Alpha", on="2021-06-20")
        refused(drafted, AlreadySigned, again.signature_id, lambda: drafted.annul(EDITOR, OPEN, recorded.position))
        drafted.void(EDITOR, again.signature_id)
        drafted.annul(EDITOR, OPEN, recorded.position)
        assert drafted.signature(signed.signature_id).stands
        drafted.void(EDITOR, signed.signature_id)

    other = sign(drafted, "Other")
    drafted.void(EDITOR, other.signature_id)
    left(lambda id_: drafted.withdraw(EDITOR, id_, on="2021-06-20"))
    left(lambda id_: drafted.void(EDITOR, id_))
    left(lambda id_: drafted.correct(EDITOR, id_, {"organisation_id": other.organisation_id}))


@BOTH
def test_positions_that_hold_nothing_to_annul(drafted: Register) -> None:
    """Not in the log, of another stream, or of a kind that stays."""
    signed = sign(drafted, "Alpha")
    for position in (0, -1, 99, 2**40, 2**70, signed.position - 1):
        refused(drafted, NotFound, "holds nothing of", drafted.annul, EDITOR, OPEN, position)
    for position, kind in ((1, "Drafted"), (2, "TextSet"), (signed.position, "Signed")):
        refused(drafted, Refused, f"holds {kind}, which cannot be annulled", drafted.annul, EDITOR, OPEN, position)


# ── repeating ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_signature_id_is_used_once(drafted: Register) -> None:
    """A repeat gets the same receipt, also after more has happened; another organisation or statement is refused."""
    draft(drafted, "other")
    id_ = str(uuid4())
    first = sign(drafted, "Alpha", signature_id=id_)
    drafted.withdraw(EDITOR, id_, on="2021-06-20")
    drafted.close_signing(EDITOR, OPEN, on="2021-06-01")
    before = written(drafted)
    assert first == sign(drafted, "Alpha", signature_id=id_.upper())
    assert before == written(drafted)
    refused(drafted, AlreadySigned, "of another organisation", lambda: sign(drafted, "Beta", signature_id=id_))
    refused(drafted, Refused, "one of another statement", lambda: sign(drafted, "Alpha", "other", signature_id=id_))
    refused(drafted, NotFound, "no signature", lambda: sign(drafted, "Beta", signature_id="not-a-uuid"))


@BOTH
def test_a_key_gives_one_answer(drafted: Register) -> None:
    """The same key and request get the first answer; another request is refused; a refusal leaves the key free."""

    def once(name: str, key: str = "k-1") -> dict[str, Any]:
        return drafted.once("token-1", key, {"name": name}, lambda: sign(drafted, name)._asdict())

    first = once("Alpha")
    assert first == once("Alpha")
    refused(drafted, IdempotencyKeyReused, "another request", lambda: once("Beta"))
    refused(drafted, AlreadySigned, None, lambda: once("Alpha", "k-2"))
    drafted.void(EDITOR, first["signature_id"])
    assert first["signature_id"] != once("Alpha", "k-2")["signature_id"]
    assert first != drafted.once("token-2", "k-1", {}, lambda: {"position": 1})


# ── all of it ────────────────────────────────────────────────────────────────────────────────────────────────────────


@BOTH
def test_heads_are_what_the_librarys_replay_gives(register: Register) -> None:
    """After everything that can happen, at every version of every stream."""
    eventful(register)
    streams = {entry.stream for entry in register.store.entries(0, 1000)}
    for stream in streams:
        kind, _, id_ = stream.partition("/")
        newest: Any = register.repository.get(UUID(id_))
        with register.store.reading() as transaction:
            head = heads.head(transaction, id_)
        assert head is not None
        assert (kind, newest.version, newest.state()) == (head.kind, head.version, head.state)


def test_every_event_says_who_and_has_all_its_keys(register: Register) -> None:
    """Actor and salt in each; equal kinds of events have equal keys."""
    eventful(register)
    keys: dict[tuple[str, str], set[frozenset[str]]] = {}
    for entry in register.store.entries(0, 1000):
        data = entry.data()
        assert {"kind", "ref"} == set(data["actor"])
        assert 32 == len(data["salt"])
        keys.setdefault((entry.stream.partition("/")[0], entry.type), set()).add(frozenset(data))
    assert {1} == {len(kinds) for kinds in keys.values()}
    assert 17 == len(keys)


def test_actors_have_no_names() -> None:
    """A kind and an opaque reference are all that is kept of who acts."""
    assert ("kind", "ref") == Actor._fields


@BOTH
def test_a_merger_that_makes_two_standing_signatures_is_told(drafted: Register) -> None:
    """Both stay, and the statement with its two signatures is named."""
    one, two = sign(drafted, "Alpha"), sign(drafted, "Beta")
    assert [] == drafted.standing_twice(one.organisation_id)
    drafted.merge(EDITOR, one.organisation_id, two.organisation_id)
    expected = [(drafted.statement(OPEN).reference, [one.signature_id, two.signature_id])]
    for organisation in (one.organisation_id, two.organisation_id):
        found = drafted.standing_twice(organisation)
        assert [(expected[0][0], sorted(expected[0][1]))] == [(reference, sorted(ids)) for reference, ids in found]
