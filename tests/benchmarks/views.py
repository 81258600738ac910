"""Views at scale: what each question of a list costs at a thousand and at a million signatures, and rebuilding them.

A register is made once for each size and engine; the questions are asked by turns at every size, none twice.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from projections.lists import Lists
from projections.paging import Cursor, Mark
from signatures.database import open_database
from signatures.log.store import ENTRY, Store
from signatures.organisation import NameParts
from signatures.proof.tree import Tree
from signatures.register import Register
from tests.benchmarks.filling import DAYS, FIRST, sized
from tests.benchmarks.plot import Growth
from tests.benchmarks.timing import Figure, seconds
from tests.benchmarks.writing import EDITOR, NOW
from tests.clock import FixedClock
from tests.postgresql import server

SMALL = 1_000
GROWING = (SMALL, 10_000, 100_000)
ROUNDS = 60
REBUILDS = 3
PAGE = 100
ROOT = Path(__file__).parents[2]
Times = dict[str, dict[int, list[float]]]


class Filled(NamedTuple):
    """A register of some size with its views; `places` are those of its edition, `newest` its last position."""

    size: int
    register: Register
    lists: Lists
    places: int
    newest: int


Question = Callable[[Filled, int], object]


def views(folder: Path, large: int) -> tuple[list[Figure], Growth]:
    """Measure both engines: the figures, and how the costs grow on SQLite."""
    sizes = sorted({*(size for size in GROWING if size < large), large})
    figures, growth = _on(lambda size: f"sqlite:///{folder}/views{size}", sizes, 0.5)
    figures += rebuilding(f"sqlite:///{folder}/views{large}", f"sqlite:///{folder}/views{sizes[0]}")
    with server() as postgresql:
        names = {size: f"views{size}" for size in (SMALL, large)}
        with postgresql.fresh_database(names[SMALL]), postgresql.fresh_database(names[large]):
            urls = {size: postgresql.url(name) for size, name in names.items()}
            figures += _on(urls.__getitem__, [SMALL, large], 2.0)[0]
            figures += rebuilding(urls[large], urls[SMALL])
    return figures, growth


def _on(url: Callable[[int], str], sizes: Sequence[int], goal: float) -> tuple[list[Figure], Growth]:
    """Ask every question at every size of an engine; `goal` is that of a page, in milliseconds."""
    with _filled(url, sizes) as registers:
        times = {name: _by_turns(question, registers) for name, question in QUESTIONS.items()}
        engine, large = registers[-1].lists.replay.views.engine, registers[-1].size
    figures = [_page_figure(times, engine, large, goal)]
    figures += [_ratio(name, by_size, engine, sizes) for name, by_size in times.items()]
    growth = {name: {size: statistics.median(some) for size, some in by.items()} for name, by in times.items()}
    return figures, growth


@contextmanager
def _filled(url: Callable[[int], str], sizes: Sequence[int]) -> Iterator[list[Filled]]:
    registers = [filled(url(size), size) for size in sizes]
    try:
        yield registers
    finally:
        for one in registers:
            one.register.store.database.close()
            one.lists.replay.views.close()


def filled(url: str, size: int) -> Filled:
    """Make a register of a size, with views that have caught up."""
    register = sized(url, "bench", size, FixedClock(NOW))
    lists = Lists(register.store, open_database(url, "views"), FixedClock(NOW))
    lists.create()
    answer = lists.signatories("bench", limit=1)
    return Filled(size, register, lists, answer["counts"]["places"], answer["position"])


def _by_turns(question: Question, registers: Sequence[Filled]) -> dict[int, list[float]]:
    """Ask by turns at every size, so that a noisy moment meets all of them; what an answer kept is forgotten."""
    times: dict[int, list[float]] = {one.size: [] for one in registers}
    for number in range(ROUNDS + 2):
        for one in registers:
            one.lists._kept = type(one.lists._kept)()
            took = seconds(lambda one=one, number=number: question(one, number))  # type: ignore[misc]
            if number >= 2:  # the first ones open files and prepare statements
                times[one.size].append(took)
    return times


def _page_figure(times: Times, engine: str, large: int, goal: float) -> Figure:
    page = times[MIDDLE][large]
    name = f"as-of {MIDDLE} of {large:,}, {engine}"
    return Figure(name, statistics.median(page) * 1000, goal, "ms", at_most=True, spread=spread(page))


def _ratio(name: str, by_size: dict[int, list[float]], engine: str, sizes: Sequence[int]) -> Figure:
    small, large = (statistics.median(by_size[size]) for size in (sizes[0], sizes[-1]))
    told = f"{large * 1000:.2f} ms against {small * 1000:.2f} ms"
    goal = {SIGN: 1.25, FIND: sizes[-1] / sizes[0]}.get(name, 2.0)
    words = f"{name}, {engine}: {sizes[-1]:,} against {sizes[0]:,}"
    return Figure(words, large / small, goal, "times the cost", at_most=True, spread=told)


def spread(values: list[float]) -> str:
    """Say between which milliseconds eight of ten lie."""
    ordered = sorted(values)
    return f"{ordered[len(ordered) // 10] * 1000:.2f} to {ordered[-1 - len(ordered) // 10] * 1000:.2f} ms"


# ── what is asked ────────────────────────────────────────────────────────────────────────────────────────────────────


def _day(share: float, number: int) -> str:
    return (FIRST + timedelta(days=int(DAYS * share) + number)).isoformat()


def _page(one: Filled, mark: Mark, position: int, *, backward: bool = False) -> object:
    cursor = Cursor(_day(0.95, 0), position, backward, mark)
    return one.lists.signatories("bench", cursor=str(cursor), limit=PAGE)


def _middle(one: Filled, number: int) -> object:
    return _page(one, Mark("numbered", one.places // 2 + number, "", 0), one.newest)


def _backward(one: Filled, number: int) -> object:
    return _page(one, Mark("numbered", one.places - number, "", 0), one.newest, backward=True)


def _known_then(one: Filled, number: int) -> object:
    return _page(one, Mark("numbered", one.places // 2, "", 0), one.newest * 9 // 10 - number)


def _after_the_edition(one: Filled, number: int) -> object:
    return _page(one, Mark("subsequent", 0, _day(0.7, number), 0), one.newest)


def _late_ones(one: Filled, number: int) -> object:
    return _page(one, Mark("subsequent", 0, _day(0.2, number), 0), one.newest)


def _before_the_edition(one: Filled, number: int) -> object:
    return one.lists.signatories("bench", as_of=_day(0.1, number), limit=PAGE)


def _counts(one: Filled, number: int) -> object:
    return one.lists.signatories("bench", as_of=_day(0.6, number), limit=1)


def _counts_then(one: Filled, number: int) -> object:
    return one.lists.signatories("bench", as_of=_day(0.6, number), position=one.newest * 9 // 10 - number, limit=1)


def _days_then(one: Filled, number: int) -> object:
    return one.lists.timeline("bench", position=one.newest * 9 // 10 - number)


def _difference(one: Filled, number: int) -> object:
    day, end = _day(0.9, 0), one.newest * 9 // 10 - number
    return one.lists.diff("bench", f"{day}@{end - 50}", f"{day}@{end}")


def _history(one: Filled, number: int) -> object:
    return one.lists.history("bench", after=one.newest // 2 + number, limit=PAGE)


def _find(one: Filled, number: int) -> object:
    return one.lists.signatories("bench", query=f"nobody {number}", limit=PAGE)


def _prove(one: Filled, number: int) -> object:
    return Tree(one.register.store).inclusion(one.newest // 2 + number, one.newest)


def _sign(one: Filled, number: int) -> object:
    parts = NameParts(f"Signing body {one.newest} {number}")
    return one.register.sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api")


MIDDLE, EARLY = f"page of {PAGE} in the middle", "page before the first edition"
FIND, SIGN = "find a name that nobody has", "one sign"
QUESTIONS: dict[str, Question] = {
    MIDDLE: _middle,
    "page backward": _backward,
    "page as known earlier": _known_then,
    "page after the edition": _after_the_edition,
    "page of late entries": _late_ones,
    EARLY: _before_the_edition,
    "counts on another date": _counts,
    "counts as known earlier": _counts_then,
    "days as known earlier": _days_then,
    "difference of 50 entries": _difference,
    "history from the middle": _history,
    FIND: _find,
    "inclusion proof": _prove,
    SIGN: _sign,  # the last: it changes the register
}


# ── rebuilding ───────────────────────────────────────────────────────────────────────────────────────────────────────

REBUILD = """
import json, sys
from tests.benchmarks.views import rebuilt
print(json.dumps(rebuilt(*sys.argv[1:])))
"""


class Rebuilt(NamedTuple):
    """One rebuild in a process of its own: events, its seconds, those of reading and decoding alone, megabytes before and at most."""

    events: int
    seconds: float
    decoding: float
    before: float
    most: float


def rebuilding(large: str, small: str) -> list[Figure]:
    """Rebuild the views of a large register, against reading and decoding alone and against one event a transaction."""
    runs = [_run(large, "1000") for _ in range(REBUILDS)]
    one_by_one = _run(small, "1")
    ratios = sorted(run.decoding / run.seconds for run in runs)
    middle = statistics.median(run.seconds for run in runs)
    engine, events = large.partition(":")[0], runs[0].events
    alone = (one_by_one.seconds / one_by_one.events) / (middle / events)
    words = f"rebuild of {events:,} events, {engine}"
    return [
        Figure(
            f"{words}, against SELECT and json.loads alone", statistics.median(ratios), 0.4, "times the speed",
            spread=f"{ratios[0]:.2f} to {ratios[-1]:.2f}; {middle:.1f} s",
        ),
        Figure(f"{words}, against one event a transaction", alone, 25, "times the speed"),
        Figure(f"{words}: memory above that of reading", max(run.most - run.before for run in runs), 200, "MB", at_most=True),
    ]  # fmt: skip


def _run(url: str, batch: str) -> Rebuilt:
    command = [sys.executable, "-c", REBUILD, url, batch]
    told = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return Rebuilt(*json.loads(told))


def rebuilt(url: str, batch: str) -> Rebuilt:
    """Read and decode all events of a register, then make its views anew, so many events at a time."""
    from projections.views import replay  # noqa: PLC0415 - its numbers are changed

    store = Store(open_database(url, "register"), FixedClock(NOW))
    decoding = seconds(lambda: _decode(store))
    if batch == "1":
        vars(replay).update(BATCH=1, REBUILD_SECONDS=0.0)
    lists = Lists(store, open_database(url, "views"), FixedClock(NOW))
    before = _memory("VmRSS")
    took = seconds(lists.replay.rebuild)
    return Rebuilt(store.max_notification_id() or 0, took, decoding, before, _memory("VmHWM"))


def _decode(store: Store) -> None:
    """Read every event with one SELECT, a few thousand rows at a time, and decode it: nothing else."""
    connection, query = store.database.connect(), f"{ENTRY} ORDER BY l.position"
    if store.database.engine == "postgresql":
        with connection.transaction(), connection.cursor("all") as cursor:
            cursor.itersize = 5_000
            for row in cursor.execute(query):
                json.loads(row[6])
    else:
        for row in connection.execute(query):
            json.loads(row[6])
    connection.close()


def _memory(what: str) -> float:
    """Tell how many megabytes this process holds (VmRSS) or held at most (VmHWM)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(what))
