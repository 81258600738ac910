"""Writers who wait share a commit: what each is told is true of its own command, and a refusal is nobody else's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from signatures import batch
from signatures import turns as module
from signatures.clock import system_clock
from signatures.database import Conflict, open_database
from signatures.errors import AlreadySigned, StorageUnavailable
from signatures.log import heads
from signatures.log.derive import check
from signatures.log.store import Store
from signatures.register import Receipt, Register
from tests import swarm
from tests.clock import FixedClock
from tests.eventful import EDITOR, OPEN, draft, forget, sign
from tests.together import Frame, together, turns, until


@pytest.fixture
def register(url: str, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Register]:
    """Open a register with one statement; after the test its derived rows must be what its log says."""
    monkeypatch.setattr(module, "SHARING_SECONDS", 60.0)  # however busy the machine is
    store = Store(open_database(url, "register"), clock)
    store.create()
    made = Register(store)
    draft(made)
    yield made
    differences = check(store)
    forget(store)
    assert [] == differences


def signing(register: Register, *names: str) -> list[Callable[[], Receipt]]:
    """Give commands that sign for these organisations."""
    return [lambda name=name: sign(register, name) for name in names]  # type: ignore[misc]


def signed(store: Store) -> list[tuple[str, int]]:
    """List name and position of every signature in the log, and see that positions run without gaps and stamps rise."""
    entries = store.entries(0, 100_000)
    assert list(range(1, len(entries) + 1)) == [entry.position for entry in entries]
    assert sorted(entry.recorded_at for entry in entries) == [entry.recorded_at for entry in entries]
    return [(entry.data()["name"], entry.position) for entry in entries if entry.type == "Signed"]


def kinds(outcomes: list[Any]) -> list[str]:
    """Name what became of each."""
    return [type(outcome).__name__ for outcome in outcomes]


def test_those_who_wait_share_one_commit(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten commands, one commit; each receipt names its own entry, in the order in which they came."""
    names = [f"Union {number}" for number in range(10)]
    frame = Frame(register.store.database, monkeypatch)
    receipts = together(register, signing(register, *names))
    assert (1, 9) == (frame.count("COMMIT"), frame.count("SAVEPOINT"))
    assert [(name, receipt.position) for name, receipt in zip(names, receipts, strict=True)] == signed(register.store)


def test_a_lone_command_goes_straight_through(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a savepoint, and committed at once."""
    frame = Frame(register.store.database, monkeypatch)
    sign(register, "Alpha")
    assert ["COMMIT"] == [sql for sql in frame.said if not sql.startswith(("BEGIN", "LOCK", "PRAGMA"))]


def test_a_refused_command_fails_alone(register: Register) -> None:
    """Whether the register refuses it or it has a mistake: its neighbours are recorded, and of it there is nothing."""

    def half_done() -> None:
        with register.store.writing():
            sign(register, "Half")
            raise ZeroDivisionError

    commands = [*signing(register, "Alpha", "Alpha"), half_done, *signing(register, "Beta")]
    outcomes = together(register, commands)
    assert ["Receipt", "AlreadySigned", "ZeroDivisionError", "Receipt"] == kinds(outcomes)
    assert [("Alpha", outcomes[0].position), ("Beta", outcomes[3].position)] == signed(register.store)


def test_the_first_may_be_refused_too(register: Register) -> None:
    """Those behind it begin a transaction of their own."""
    sign(register, "Alpha")
    assert ["AlreadySigned", "Receipt", "Receipt"] == kinds(together(register, signing(register, "Alpha", "B", "C")))
    assert ["Alpha", "B", "C"] == [name for name, _ in signed(register.store)]


def test_a_conflict_of_rows_fails_alone(register: Register) -> None:
    """A command that errs against an index of the database is taken back, on either engine."""
    row = register.signature(sign(register, "Alpha").signature_id)

    def again() -> None:
        with register.store.writing() as transaction:
            heads.write(transaction, heads.Rows(signatures=[row._replace(id="another", ordinal=2)]))

    outcomes = together(register, [*signing(register, "Beta"), again, *signing(register, "Gamma")])
    assert ["Receipt", "Refused", "Receipt"] == kinds(outcomes)
    assert isinstance(outcomes[1].__cause__, Conflict)


def test_what_was_half_written_fails_alone(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who passes over an error of the store cannot commit half of a command, nor take the others with it."""
    write = heads.write

    def failing(transaction: Any, rows: heads.Rows, before: Any) -> None:
        if any("Beta" in str(row.state) for row in rows.heads):
            transaction.send(before)
            raise StorageUnavailable("the disk is gone")
        write(transaction, rows, before)

    def passing_over() -> None:
        with register.store.writing(), suppress(StorageUnavailable):
            sign(register, "Beta")

    monkeypatch.setattr(heads, "write", failing)
    outcomes = together(register, [*signing(register, "Alpha"), passing_over, *signing(register, "Gamma")])
    assert ["Receipt", "StorageUnavailable", "Receipt"] == kinds(outcomes)
    assert ["Alpha", "Gamma"] == [name for name, _ in signed(register.store)]


def test_nobody_goes_on_before_the_commit(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a receipt nor a refusal is told, and nothing that was to come afterwards is done, while it could be lost."""
    told: list[str] = []
    before: list[list[str]] = []

    def telling(name: str) -> Callable[[], None]:
        def command() -> None:
            try:
                with register.store.writing():
                    register.store.afterwards(lambda: told.append(f"after {name}"))
                    sign(register, name)
                told.append(name)
            except AlreadySigned:
                told.append(f"refused {name}")

        return command

    frame = Frame(register.store.database, monkeypatch)

    def at_commit(_: Any, commit: Callable[[], None]) -> None:
        before.append(list(told))
        commit()

    frame.at_commit = at_commit
    together(register, [*signing(register, "A"), *(telling(name) for name in ("B", "A", "C"))])
    assert [[]] == before
    # What the refused one wanted afterwards is not done.
    assert ["B", "C", "after B", "after C", "refused A"] == sorted(told, key=lambda word: (len(word), word))


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_reply_is_answered_by_the_log(
    register: Register, monkeypatch: pytest.MonkeyPatch, *, done: bool
) -> None:
    """Each of those who were committed together is told what the log says of its own command; a refusal rests on it."""
    frame = Frame(register.store.database, monkeypatch)

    def at_commit(connection: Any, commit: Callable[[], None]) -> None:
        if frame.count("COMMIT") == 1:
            if done:
                commit()
            connection.close()
            raise StorageUnavailable("The connection is gone.")
        commit()

    frame.at_commit = at_commit
    outcomes = together(register, signing(register, "Alpha", "Beta", "Alpha", "Gamma"))
    if done:
        # Who was refused has nothing in the log by which it could be told; it asks again, and is refused again.
        assert ["Receipt", "Receipt", "StorageUnavailable", "Receipt"] == kinds(outcomes)
        told = [(name, outcomes[place].position) for name, place in (("Alpha", 0), ("Beta", 1), ("Gamma", 3))]
        assert told == signed(register.store)
    else:
        assert ["StorageUnavailable"] * 4 == kinds(outcomes)
        assert [] == signed(register.store)
    assert "Receipt" == kinds([sign(register, "Delta")])[0]


def test_a_transaction_that_breaks_is_nobodys(register: Register) -> None:
    """If the connection goes while one is writing, all who were done in it are told so, and who comes next begins anew."""

    def breaking() -> None:
        with register.store.writing() as transaction:
            transaction.connection.close()
            sign(register, "Broken")

    outcomes = together(register, [*signing(register, "Alpha", "Beta"), breaking, *signing(register, "Gamma")])
    assert ["StorageUnavailable", "StorageUnavailable", "Receipt"] == kinds([*outcomes[:2], outcomes[3]])
    assert isinstance(outcomes[2], StorageUnavailable)
    assert ["Gamma"] == [name for name, _ in signed(register.store)]


@pytest.mark.parametrize(("most", "seconds", "commits"), [(4, 60.0, 3), (64, 0.0, 10)])
def test_a_commit_is_shared_by_so_many_for_so_long(
    register: Register, monkeypatch: pytest.MonkeyPatch, most: int, seconds: float, commits: int
) -> None:
    """Beyond either bound the next ones get a commit of their own: those who are done wait no longer."""
    monkeypatch.setattr(module, "SHARING", most)
    monkeypatch.setattr(module, "SHARING_SECONDS", seconds)
    frame = Frame(register.store.database, monkeypatch)
    outcomes = together(register, signing(register, *(f"Union {number}" for number in range(10))))
    assert ["Receipt"] * 10 == kinds(outcomes)
    assert commits == frame.count("COMMIT")


def test_too_many_are_told_so_at_once(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who finds the queue full has written nothing and may try again; those in it get their turn."""
    monkeypatch.setattr(module, "WAITING", 2)
    outcomes = together(register, signing(register, "A", "B", "C", "D"))
    assert ["Receipt", "Receipt", "Receipt", "StorageUnavailable"] == kinds(outcomes)
    assert "Too many are writing" in outcomes[3].sentence
    assert ["A", "B", "C"] == [name for name, _ in signed(register.store)]


def test_who_waits_too_long_gives_up(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of it is written later, and the queue goes on without it."""
    queue, go, held = turns(register), threading.Event(), threading.Event()

    def holding() -> None:
        with register.store.writing():
            held.set()
            go.wait(30)

    holder = threading.Thread(target=holding)
    holder.start()
    assert held.wait(30)
    monkeypatch.setattr(queue, "patience", lambda: 0.05)
    with pytest.raises(StorageUnavailable, match="too long"):
        sign(register, "Alpha")
    assert 0 == len(queue._waiting)
    monkeypatch.undo()
    go.set()
    holder.join(30)
    sign(register, "Beta")
    assert ["Beta"] == [name for name, _ in signed(register.store)]


def test_where_a_lock_is_held_elsewhere_few_go_on_waiting(
    register: Register, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others are told so soon, and whoever comes then at once; those who stayed write when the lock is gone."""
    monkeypatch.setattr(module, "STALLED", 0.3)
    monkeypatch.setattr(turns(register), "patience", lambda: 30.0)
    told: list[str] = []

    def signs(name: str) -> None:
        try:
            told.append(type(sign(register, name)).__name__)
        except StorageUnavailable:
            told.append("refused")

    waiting = [threading.Thread(target=signs, args=(f"Body {n}",)) for n in range(6)]
    other = open_database(url, "register")
    with other.writing("stored_events"):
        for thread in waiting:
            thread.start()
        until(lambda: len(told) == len(waiting) - 1 - module.FEW)
        with pytest.raises(StorageUnavailable, match="Too many"):
            sign(register, "Another")
    for thread in waiting:
        thread.join(30)
    other.close()
    assert sorted(["Receipt"] * (1 + module.FEW) + ["refused"] * 3) == sorted(told)


@pytest.mark.parametrize("interrupted", [KeyboardInterrupt, SystemExit])
def test_who_is_interrupted_while_waiting_leaves_the_queue(
    register: Register, monkeypatch: pytest.MonkeyPatch, interrupted: type[BaseException]
) -> None:
    """A signal that meets a command in the queue keeps nobody behind it from writing."""

    class Impatient:
        def acquire(self, timeout: float | None = None) -> bool:
            if timeout is not None:
                raise interrupted
            return True

        def release(self) -> None:
            """Nobody listens."""

    def meeting_a_signal() -> Receipt:
        with monkeypatch.context() as patch:
            patch.setattr(batch, "threading", SimpleNamespace(Lock=Impatient))
            return sign(register, "Beta")

    outcomes = together(register, [*signing(register, "Alpha"), meeting_a_signal, *signing(register, "Gamma")])
    assert ["Receipt", interrupted.__name__, "Receipt"] == kinds(outcomes)
    assert ["Alpha", "Gamma"] == [name for name, _ in signed(register.store)]


def test_whoever_writes_runs_the_commands_of_those_who_wait(register: Register) -> None:
    """No thread is woken for each; every command sees the context of the thread that gave it, and its own act."""
    speaker: ContextVar[str] = ContextVar("speaker")

    def telling(name: str) -> Callable[[], tuple[int, str, str]]:
        def command() -> tuple[int, str, str]:
            speaker.set(name)
            return register.store.do(lambda: (threading.get_ident(), speaker.get(), sign(register, name).signature_id))

        return command

    outcomes = together(register, [telling(name) for name in ("A", "B", "C")])
    assert ["A", "B", "C"] == [said for _, said, _ in outcomes] == [name for name, _ in signed(register.store)]
    assert 1 == len({thread for thread, _, _ in outcomes})


@pytest.mark.parametrize("interrupted", [KeyboardInterrupt, SystemExit])
def test_who_is_interrupted_in_anothers_command_commits_what_is_done(
    register: Register, interrupted: type[BaseException]
) -> None:
    """It stops; the one whose command it was is told to try again, and those behind go on by themselves."""

    def meeting_a_signal() -> None:
        def command() -> None:
            sign(register, "Beta")
            raise interrupted

        register.store.do(command)

    outcomes = together(register, [*signing(register, "Alpha"), meeting_a_signal, *signing(register, "Gamma")])
    assert [interrupted.__name__, "StorageUnavailable", "Receipt"] == kinds(outcomes)
    assert ["Alpha", "Gamma"] == [name for name, _ in signed(register.store)]


def test_what_was_taken_back_is_read_again(register: Register) -> None:
    """A command that wrote and then failed leaves nothing behind that the next one would build on."""

    def half_done() -> None:
        def command() -> None:
            sign(register, "Half")
            raise ZeroDivisionError

        register.store.do(command)

    outcomes = together(register, [*signing(register, "Alpha", "Beta"), half_done, *signing(register, "Gamma")])
    assert ["Receipt", "Receipt", "ZeroDivisionError", "Receipt"] == kinds(outcomes)
    assert ["Alpha", "Beta", "Gamma"] == [name for name, _ in signed(register.store)]
    assert 3 == register.statement(OPEN).signings


def test_a_clock_that_goes_back_between_two_of_a_commit(register: Register, clock: FixedClock) -> None:
    """Stamps never fall within a commit either."""

    def earlier() -> Receipt:
        clock.advance(hours=-1)
        return sign(register, "Beta")

    before = clock()
    receipts = together(register, [*signing(register, "Alpha"), earlier])
    assert [receipts[0].recorded_at] * 2 == [receipt.recorded_at for receipt in receipts]
    assert timedelta(hours=-1) == clock() - before
    assert 2 == len(signed(register.store))


def test_one_key_twice_in_one_commit(register: Register) -> None:
    """The second gets the first's answer, although nobody has committed it yet."""
    command = lambda: register.once("token-1", "k", {"name": "Alpha"}, lambda: sign(register, "Alpha")._asdict())  # noqa: E731
    one, other = together(register, [command, command])
    assert one == other
    assert 1 == len(signed(register.store))


def test_all_kinds_of_commands_meet(register: Register) -> None:
    """A withdrawal, an edition, a text and signatures in one commit."""
    alpha = sign(register, "Alpha")
    outcomes = together(
        register,
        [
            lambda: register.withdraw(EDITOR, alpha.signature_id, on="2021-06-20"),
            lambda: register.publish(EDITOR, OPEN, as_of="2021-06-30"),
            lambda: sign(register, "Beta"),
            lambda: register.set_text(EDITOR, OPEN, language="de", title="T", text="Frieden"),
            lambda: register.void(EDITOR, alpha.signature_id),
        ],
    )
    assert ["Recorded", "Recorded", "Receipt", "Recorded", "Recorded"] == kinds(outcomes)
    assert sorted(outcomes, key=lambda outcome: outcome.position) == outcomes


def test_two_processes_of_many_threads(url: str) -> None:
    """Neither starves, none is told that the store is busy, and every receipt names its own entry."""
    store = Store(open_database(url, "register"), system_clock)
    store.create()
    draft(Register(store))
    results = swarm.run("threads", 2, url, 16, 4)
    told = [tuple(receipt) for result in results for receipt in result]
    assert (2 * 16 * 4, sorted(told)) == (len(set(told)), sorted(signed(store)))
    assert [] == check(store)
    forget(store)


def test_a_transaction_that_failed_is_not_committed(register: Register) -> None:
    """Whoever passed over that: PostgreSQL would answer COMMIT with ROLLBACK and no error, SQLite has rolled back itself."""
    in_one_file = register.store.database.one_writer

    def passing_over() -> str:
        with register.store.writing() as transaction, suppress(StorageUnavailable):
            transaction.execute("ROLLBACK" if in_one_file else "SELECT nonsense")
        return "done"

    outcomes = together(register, [*signing(register, "Alpha"), passing_over, *signing(register, "Gamma")])
    expected = ["StorageUnavailable" if in_one_file else "Receipt", "StorageUnavailable", "Receipt"]
    assert expected == kinds(outcomes)
    assert (["Gamma"] if in_one_file else ["Alpha", "Gamma"]) == [name for name, _ in signed(register.store)]


def test_without_a_mark_nothing_is_written(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the store cannot set a savepoint, taking back one command would take back another's: all are told."""
    database = register.store.database
    execute, marks = database.execute, list[str]()

    def failing(connection: Any, sql: str) -> None:
        marks.append(sql)
        if len(marks) == 2:
            raise StorageUnavailable("no room for a mark")
        execute(connection, sql)

    monkeypatch.setattr(database, "execute", failing)
    outcomes = together(register, signing(register, "A", "B", "C", "D"))
    assert ["StorageUnavailable"] * 3 + ["Receipt"] == kinds(outcomes)
    assert ["D"] == [name for name, _ in signed(register.store)]


def test_a_turn_that_comes_as_its_patience_ends(register: Register, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken, and what is told afterwards waits for the commit as ever."""
    told: list[str] = []
    before: list[list[str]] = []

    class Late:
        """A lock whose time is over at the moment in which it could be had."""

        def __init__(self) -> None:
            self.lock = threading.Lock()

        def acquire(self, timeout: float | None = None) -> bool:
            taken = self.lock.acquire(timeout=30)
            if timeout is not None:
                self.lock.release()
            return taken and timeout is None

        def release(self) -> None:
            self.lock.release()

    def late() -> None:
        with monkeypatch.context() as patch:
            patch.setattr(module, "threading", SimpleNamespace(Lock=Late))
            sign(register, "Late")
        told.append("Late")

    def slow() -> None:
        with register.store.writing():
            sign(register, "Slow")
            time.sleep(0.2)  # whoever does not wait goes on meanwhile
            before.append(list(told))

    monkeypatch.setattr(turns(register), "patience", lambda: 1.0)
    assert ["Receipt", "NoneType", "NoneType"] == kinds(together(register, [*signing(register, "First"), late, slow]))
    assert ([[]], ["Late"]) == (before, told)
