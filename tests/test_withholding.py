"""Ordered erasures: what is removed, what is kept, and that every way to an entry shows the same, on both databases."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projections.lists import Lists
from projections.rendering.json import json_bytes
from projections.signatory_list import signatory_list
from projections.views.projector import Unprocessable
from signatures.aggregate import Reason
from signatures.database import open_database
from signatures.errors import InvalidInput, PositionOutOfRange, Refused, RegisterError
from signatures.log.derive import check
from signatures.log.eventlog import canonical, leaf_hash, withheld_line
from signatures.log.redaction import ENVELOPE, WITHHOLDABLE, redacted, removed, replaced
from signatures.log.store import Store
from signatures.proof import merkle
from signatures.proof.tree import Tree
from signatures.register import Register
from tests.clock import FixedClock
from tests.eventful import EDITOR, OPEN, Eventful, draft, eventful, forget, parts_alpha, sign
from tests.histories import DAYS, PROGRAMS, Writer, day
from tests.logmaker import MemoryLog, StatementMaker, document_of
from tests.second_fold import second_fold

ORDER = Reason("legal", "by order of a court")
NAMES = re.compile("alfa|альфа|alpha|brp|брп|congo", re.IGNORECASE)


@pytest.fixture(params=["sqlite_url", pytest.param("shared_url", marks=pytest.mark.postgresql)])
def opened(request: pytest.FixtureRequest, clock: FixedClock) -> Iterator[tuple[Register, Lists]]:
    """Open a register and its lists; afterwards derived rows and views must be what the log says."""
    url: str = request.getfixturevalue(request.param)
    store = Store(open_database(url, "register"), clock)
    store.create()
    lists = Lists(store, open_database(url, "views"), clock)
    yield Register(store), lists
    differences = [*check(store), lists.replay.check()]
    forget(store)
    forget(Store(lists.replay.views, clock))
    assert [None] == differences


@pytest.fixture
def register(opened: tuple[Register, Lists]) -> Register:
    """Give the register alone."""
    return opened[0]


def withhold_all(register: Register) -> list[int]:
    """Withhold everything that can be withheld; tell the positions."""
    done = []
    for entry in register.store.entries(0, 1_000):
        try:
            register.withhold(EDITOR, entry.position, ORDER)
        except RegisterError:
            continue
        done.append(entry.position)
    return done


# ── the entry ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_type_is_withheld_and_its_hash_stays(register: Register) -> None:
    """What is kept replaces the payload, the line is position and hash, and tree, roots and proofs are those of before."""
    eventful(register)
    before = {entry.position: entry for entry in register.store.entries(0, 1_000)}
    size = len(before)
    root = Tree(register.store).root(size)
    done = withhold_all(register)
    assert set(WITHHOLDABLE) - {"Voided"} <= {before[position].type for position in done} | {"Withdrawn"}
    for position, was in before.items():
        now = register.store.entry(position)
        assert now is not None
        if position not in done:
            assert was == now
            continue
        assert (was._replace(state=canonical(redacted(was.data()))), True) == (now, now.withheld)
        assert withheld_line(position, was.leaf_hash) == now.line()
        assert {"position": position, "leaf_hash": leaf_hash(was.leaf()).hex()} == now.document()
        with pytest.raises(LookupError):
            now.leaf()
        by = register.store.withheld_by(now)
        assert by is not None
        assert {name: getattr(was, name) for name in ENVELOPE} == {name: by.data()[name] for name in ENVELOPE}
        assert (was.stream, now) == (by.stream, replaced(by, now.leaf_hash))
        assert by.leaf() == by.line()  # it quotes a payload without salt, and is whole itself
    tree = Tree(register.store)
    assert root == tree.root(size)
    for position in done:
        path = tree.inclusion(position, size)
        assert merkle.verify_inclusion(before[position].leaf_hash, position - 1, size, path, root)
    assert not [entry for entry in register.store.entries(0, 1_000) if NAMES.search(entry.state.decode())]


@pytest.mark.parametrize(
    ("type_", "kept"),
    [
        (
            "Signed",
            {"signature_id", "ordinal", "organisation_id", "signed_on", "signed_on_means", "method", "assurance"},
        ),
        ("Corrected", {"signature_id", "effective_on"}),
        ("Voided", {"signature_id", "reason_code"}),
    ],
)
def test_what_is_kept(register: Register, type_: str, kept: set[str]) -> None:
    """Everything by which lists and numbers come about, and nothing by which anybody could be known."""
    eventful(register)
    done = withhold_all(register)
    (*_, entry) = [e for e in register.store.entries(0, 1_000) if e.type == type_ and e.position in done]
    left = {name for name, value in entry.data().items() if value not in (None, "", {}, [])}
    assert kept <= left
    assert not removed(entry.data())
    assert b'"salt":null' in entry.state


def test_derived_rows_hold_no_name(register: Register) -> None:
    """Heads, the acts of signatures and the index of names; `check` compares them with the log afterwards."""
    eventful(register)
    withhold_all(register)
    with register.store.reading() as transaction:
        assert [] == transaction.execute("SELECT * FROM organisation_name")
        rows = transaction.execute("SELECT state FROM head") + transaction.execute("SELECT acts FROM signature")
    assert not [row for row in rows if re.search("alpha|beta|gamma|hidden", row[0], re.IGNORECASE)]


@pytest.mark.parametrize("type_", ["Drafted", "TextSet", "Published", "Amended", "Closed", "Merged", "Withheld"])
def test_other_types_are_refused(register: Register, type_: str) -> None:
    """With a sentence that names those that can be."""
    happened = eventful(register)
    register.withhold(EDITOR, happened.alpha.position, ORDER)
    position = next(e.position for e in register.store.entries(0, 1_000) if e.type == type_)
    with pytest.raises(
        Refused, match=f"Position {position} holds {type_}, which cannot be withheld. Withheld can be: "
    ):
        register.withhold(EDITOR, position, ORDER)


def test_what_is_refused_writes_nothing(register: Register) -> None:
    """An entry without names, a position that is none, an order without its kind, a note that says the name again."""
    happened = eventful(register)
    newest = register.store.newest()
    nameless = next(
        e.position for e in register.store.entries(0, 1_000) if not removed(e.data()) and e.type == "Withdrawn"
    )
    with pytest.raises(Refused, match="nothing to withhold"):
        register.withhold(EDITOR, nameless, ORDER)
    for nowhere in (0, 10_000, 2**70):
        with pytest.raises(PositionOutOfRange):
            register.withhold(EDITOR, nowhere, ORDER)
    with pytest.raises(InvalidInput, match="--code legal"):
        register.withhold(EDITOR, happened.alpha.position, Reason(None, "because"))
    for note in ("a court says that ORGANIZATSIYA ALFA must go", "about «Alpha Organisation»", "БРП(к) wants it"):
        with pytest.raises(InvalidInput, match="says again"):
            register.withhold(EDITOR, happened.alpha.position, Reason("legal", note))
    assert newest == register.store.newest()


def test_withholding_twice_is_withholding_once(register: Register) -> None:
    """The second order is answered by the first one's place in the log, whatever reason it gives."""
    happened = eventful(register)
    first = register.withhold(EDITOR, happened.alpha.position, ORDER)
    entries = register.store.entries(0, 1_000)
    assert first == register.withhold(EDITOR, happened.alpha.position, Reason("other"))
    assert entries == register.store.entries(0, 1_000)


# ── what can still be done ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_withheld_entry_can_be_corrected_and_withdrawn(opened: tuple[Register, Lists]) -> None:
    """A new name is a new entry, and holds; earlier positions stay without one."""
    register, lists = opened
    draft(register)
    alpha = register.sign(EDITOR, OPEN, parts_alpha(), signed_on="2021-06-07", method="form")
    register.publish(EDITOR, OPEN, as_of="2021-06-08")
    at = register.withhold(EDITOR, alpha.position, ORDER)
    assert alpha == register.sign(
        EDITOR, OPEN, parts_alpha(), signed_on="2021-06-07", method="form", signature_id=alpha.signature_id
    )
    register.correct(EDITOR, alpha.signature_id, {"name": "New Union", "translation": "Nova"})
    assert ["New Union (Nova)"] == [entry["printed"] for entry in lists.whole(OPEN)["numbered"]]
    (then,) = lists.whole(OPEN, position=at.position)["numbered"]
    assert (1, None, None, "standing") == (then["number"], then["name"], then["printed"], then["status"])
    register.withdraw(EDITOR, alpha.signature_id, on="2021-06-10")
    assert ["withdrawn"] == [gap["status"] for gap in lists.whole(OPEN)["gaps"]]


def test_an_erased_name_is_nobodys(register: Register) -> None:
    """Who signs under it later is another registration; the one that lost its name keeps its id."""
    draft(register)
    first = sign(register, "Alpha Union")
    register.withhold(EDITOR, first.position - 1, ORDER)
    register.withhold(EDITOR, first.position, ORDER)
    second = sign(register, "alpha  UNION", on="2021-06-08")
    assert first.organisation_id != second.organisation_id
    assert "" == register.organisation(first.organisation_id).parts["name"]


def test_annulling_a_withheld_correction_brings_the_name_before_back(opened: tuple[Register, Lists]) -> None:
    """A correction may be erased, then annulled: what it corrected was never erased."""
    register, lists = opened
    draft(register)
    signed = sign(register, "Beta Union")
    register.publish(EDITOR, OPEN, as_of="2021-06-08")
    corrected = register.correct(EDITOR, signed.signature_id, {"name": "Alpha Union"}, reason=Reason("typo", "slip"))
    register.withhold(EDITOR, corrected.position, ORDER)
    assert [None] == [entry["name"] for entry in lists.whole(OPEN)["numbered"]]
    register.annul(EDITOR, OPEN, corrected.position)
    assert ["Beta Union"] == [entry["name"] for entry in lists.whole(OPEN)["numbered"]]


def test_a_discarded_draft_obeys_an_order_too(register: Register) -> None:
    """Nothing can happen to it any more but this."""
    draft(register)
    signed = sign(register, "Alpha Union")
    register.discard(EDITOR, OPEN)
    register.withhold(EDITOR, signed.position, ORDER)
    assert register.store.entry(signed.position).withheld  # type: ignore[union-attr]


# ── lists ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def asked(register: Register, lists: Lists) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Ask the list at every position and date, of the view and of the two folds of what is stored."""
    stored = [e for e in register.store.entries(0, 1_000) if e.stream == f"statement/{register.statement(OPEN).id}"]
    history = [document_of(entry) for entry in stored]
    documents = {sha: register.store.text(sha) or b"" for sha in _orders(history)}
    root = Tree(register.store).root
    found = []
    for position in [leaf["position"] for leaf in history]:
        for as_of in ("2021-06-07", "2021-06-09", "2021-06-12", "2021-06-30"):
            for show in ("standing", "annotated"):
                question: dict[str, Any] = {"as_of": as_of, "position": position, "show": show}
                told = lists.whole(OPEN, drafts=True, **question)
                found += [
                    (json.loads(json_bytes(told)), fold(history, documents, root=root, **question))
                    for fold in (signatory_list, second_fold)
                ]
    return found


def _orders(history: list[dict[str, Any]]) -> list[str]:
    return [sha for leaf in history if leaf["type"] == "Published" for sha in (leaf["data"]["orders"] or {}).values()]


def _shape(answer: dict[str, Any]) -> list[Any]:
    """Take from a list what no erasure may move."""
    kept = ("number", "signature_id", "signed_on", "status", "late", "position", "withdrawn_on")
    return [answer["counts"], answer["checkpoint"], answer.get("gaps")] + [
        [{name: entry.get(name) for name in kept} for entry in answer[part]] for part in ("numbered", "subsequent")
    ]


def test_at_every_position_view_rule_and_second_fold_agree_and_no_number_moves(
    opened: tuple[Register, Lists],
) -> None:
    """Before and after, in place and rebuilt: only names and notes are gone, from the first position on."""
    register, lists = opened
    eventful(register)
    before = [told for told, _ in asked(register, lists)]
    withhold_all(register)
    for _ in ("in place", "rebuilt"):
        after = asked(register, lists)
        assert not [told for told, folded in after if told != folded]
        now = [told for told, _ in after][: len(before)]
        assert [_shape_without_notes(told) for told in before] == [_shape_without_notes(told) for told in now]
        assert not re.search("alpha|beta|gamma|congo", json.dumps([told for told, _ in after]), re.IGNORECASE)
        lists.replay.rebuild()


def _shape_without_notes(answer: dict[str, Any]) -> list[Any]:
    shape = _shape(answer)
    shape[2] = shape[2] and [{**gap, "reason": None} for gap in shape[2]]
    return shape


def test_an_answer_that_was_kept_is_not_given_again(opened: tuple[Register, Lists]) -> None:
    """Pinned answers are kept by position, and this is the one thing that changes what they say."""
    register, lists = opened
    happened = eventful(register)
    pinned: dict[str, Any] = {"as_of": "2021-06-08", "position": happened.alpha.position}
    assert "Альфа" in json.dumps(lists.signatories(OPEN, **pinned), ensure_ascii=False)
    register.withhold(EDITOR, happened.alpha.position, ORDER)
    assert [None] == [entry["printed"] for entry in lists.signatories(OPEN, **pinned)["numbered"]]


def test_nobody_finds_what_is_erased(opened: tuple[Register, Lists]) -> None:
    """Neither by the name as signed nor by what it was corrected to; others are found as before."""
    register, lists = opened
    draft(register)
    signed = sign(register, "Alpha Union")
    sign(register, "Beta Union", on="2021-06-08")
    register.publish(EDITOR, OPEN, as_of="2021-06-08")
    corrected = register.correct(EDITOR, signed.signature_id, {"translation": "Vereinigung Äther"})
    lists.replay.catch_up()
    for position in (signed.position - 1, signed.position, corrected.position):
        register.withhold(EDITOR, position, ORDER)
    for words in ("alpha", "ather", "vereinigung", "null", "name"):
        assert [] == lists.signatories(OPEN, query=words)["numbered"]
    assert [2] == [entry["number"] for entry in lists.signatories(OPEN, query="union")["numbered"]]
    assert [] == lists.organisations(query="alpha", drafts=True)["organisations"]
    assert [None, "Beta Union"] == [one["printed"] for one in lists.organisations(drafts=True)["organisations"]]


def test_history_events_diff_and_organisations(opened: tuple[Register, Lists]) -> None:
    """Each tells that something was withheld, and nothing of what."""
    register, lists = opened
    happened = eventful(register)
    lists.replay.catch_up()
    done = withhold_all(register)
    rows = {row["position"]: row for row in lists.history(OPEN)}
    row = rows[happened.alpha.position]
    assert (None, None, True, True) == (row["what"], row["name"], row["name_withheld"], row["withheld"])
    order = rows[row["withheld_at"]]
    assert ("Withheld", str(happened.alpha.position), "legal", ORDER.note) == (
        order["type"], order["what"], order["reason_code"], order["note"]
    )  # fmt: skip
    events = {event["position"]: event for event in lists.events(OPEN)}
    assert {"position", "leaf_hash"} == set(events[happened.alpha.position])
    assert {p for p, event in events.items() if "leaf_hash" in event} == {p for p in rows if p in done}
    everything = [
        list(rows.values()), list(events.values()), lists.diff(OPEN, "2021-06-07", "2021-06-30"),
        lists.organisation(happened.alpha.organisation_id), lists.organisations(drafts=True)["organisations"],
    ]  # fmt: skip
    assert not re.search("alpha|beta|gamma|congo|a slip of ours", json.dumps(everything), re.IGNORECASE)


def test_a_list_that_cannot_go_on_loses_the_name_all_the_same(
    opened: tuple[Register, Lists], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A statement in quarantine is still served up to its last good position: an order holds there, too."""
    register, lists = opened
    draft(register)
    signed = sign(register, "Alpha Union")
    register.publish(EDITOR, OPEN, as_of="2021-06-08")

    def unable(*_: object) -> None:
        raise Unprocessable("not by this version")

    with monkeypatch.context() as context:
        context.setitem(lists_projected(), "Closed", unable)
        closed = register.close_signing(EDITOR, OPEN, on="2021-06-30")
        lists.replay.catch_up()
        good: dict[str, Any] = {"position": closed.position - 1}
        assert ["Alpha Union"] == [entry["name"] for entry in lists.whole(OPEN, **good)["numbered"]]
        register.withhold(EDITOR, signed.position, ORDER)
        assert [None] == [entry["name"] for entry in lists.whole(OPEN, **good)["numbered"]]
    lists.replay.rebuild()


def lists_projected() -> dict[str, Callable[..., None]]:
    """Reach the projector's table of events."""
    from projections.views import projector  # noqa: PLC0415 - private to it

    return projector._PROJECTED


@settings(max_examples=25, deadline=None)
@given(program=PROGRAMS, cut=st.integers(0, 40), which=st.lists(st.integers(0, 60), max_size=4))
def test_in_place_or_from_the_beginning_is_the_same(
    program: list[tuple[str, int, int, int]], cut: int, which: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Random histories of which a view has seen a part before an order comes: it ends as one made afterwards."""
    writer = Writer()
    writer.run(program[:cut])
    lists = Lists(
        writer.log, open_database(f"sqlite:///{tmp_path_factory.mktemp('views')}", "views"), FixedClock(writer.log.now)
    )
    lists.replay.catch_up()
    writer.run(program[cut:])
    for number in which:
        _withhold_any(writer.log, writer.maker, number)
        lists.replay.catch_up()
    assert lists.replay.check() is None
    for number in range(0, DAYS, 5):
        told = lists.whole(writer.maker.reference, as_of=day(number), position=len(writer.log.log), drafts=True)
        folded = second_fold(writer.maker.history(), writer.log.texts, as_of=day(number), root=writer.log.root)
        assert folded == json.loads(json_bytes(told))
    lists.replay.views.close()


def _withhold_any(log: MemoryLog, maker: StatementMaker, number: int) -> None:
    named = [e for e in log.log if e.type in WITHHOLDABLE and not e.withheld and removed(e.data())]
    if named:
        log.withhold(named[number % len(named)].position)


# ── the check ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def happened(sqlite_url: str, clock: FixedClock) -> Iterator[tuple[Store, Eventful]]:
    """Open an eventful register on SQLite, whose rows a test spoils."""
    store = Store(open_database(sqlite_url, "register"), clock)
    store.create()
    yield store, eventful(Register(store))
    forget(store)


def test_an_erasure_that_nothing_explains_is_found(happened: tuple[Store, Eventful]) -> None:
    """Whoever edits the database cannot pass an erasure off as an order."""
    store, found = happened
    _set_state(store, found.alpha.position, redacted)
    assert any(
        f"Position {found.alpha.position}: its payload was erased, but no entry says" in one for one in check(store)
    )


@pytest.mark.parametrize("edit", ["put back", "edited"])
def test_a_payload_that_is_not_what_was_kept_is_found(happened: tuple[Store, Eventful], edit: str) -> None:
    """Neither the old payload nor another date in what is kept."""
    store, found = happened
    was = store.entry(found.alpha.position)
    assert was is not None
    at = Register(store).withhold(EDITOR, found.alpha.position, ORDER)
    assert [] == check(store)
    data = was.data() if edit == "put back" else {**redacted(was.data()), "signed_on": "2021-06-01"}
    _set_state(store, found.alpha.position, lambda _: data)
    assert (
        f"Position {found.alpha.position}: what is stored is not what position {at.position} says is kept of it."
        in check(store)
    )


def _set_state(store: Store, position: int, edit: Callable[[dict[str, Any]], dict[str, Any]]) -> None:
    entry = store.entry(position)
    assert entry is not None
    with store.database.writing() as transaction:
        transaction.execute(
            "UPDATE stored_events SET state = ? WHERE notification_id = ?", (canonical(edit(entry.data())), position)
        )


def test_what_is_kept_of_another_entry_must_be_a_redaction(happened: tuple[Store, Eventful]) -> None:
    """One who has the log alone does not take whatever a `Withheld` says for what was there."""
    store, found = happened
    by = store.entry(Register(store).withhold(EDITOR, found.alpha.position, ORDER).position)
    assert by is not None
    for spoiled in ({"kept": {**by.data()["kept"], "name": "Somebody Else"}}, {"position": 99}, {"type": "Published"}):
        with pytest.raises(ValueError, match=r"redacted|cannot withhold"):
            replaced(by._replace(state=canonical({**by.data(), **spoiled})), b"")
