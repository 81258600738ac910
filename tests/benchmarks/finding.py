"""Finding: names in a list of 100,000 on either database, and the first page of a statement of 10,000 beside one of 100."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path

import wsgi
from projections.lists import Lists
from signatures.database import open_database
from tests.benchmarks.filling import sized
from tests.benchmarks.reading import SECRET, asking
from tests.benchmarks.timing import Figure, seconds
from tests.benchmarks.views import spread
from tests.benchmarks.writing import NOW
from tests.clock import FixedClock
from tests.postgresql import server

QUESTIONS = ("nobody", "99999", "number 777", "organisation", "o7", "corrected 1009", "body bench")
ROUNDS = 9


def finding(url: str, size: int = 100_000) -> Figure:
    """Find a rare name, a frequent one, several words and none, a page of 100 each; the slowest question counts."""
    register = sized(url, "bench", size, FixedClock(NOW))
    lists = Lists(register.store, open_database(url, "views"), FixedClock(NOW))
    lists.create()
    lists.replay.catch_up()
    slowest = max((_found(lists, question) for question in QUESTIONS), key=statistics.median)
    register.store.database.close()
    lists.replay.views.close()
    name = f"find-in-list at {size:,}, {lists.replay.views.engine}, the slowest of {len(QUESTIONS)} questions"
    return Figure(name, statistics.median(slowest) * 1000, 50.0, "ms", at_most=True, spread=spread(slowest))


def finding_on_a_server() -> list[Figure]:
    """Measure the same on PostgreSQL."""
    with server() as running, running.fresh_database("find") as url:
        return [finding(url)]


def _found(lists: Lists, question: str) -> list[float]:
    def ask() -> object:
        lists._kept = type(lists._kept)()
        return lists.signatories("bench", query=question, limit=100)

    return [seconds(ask) for _ in range(ROUNDS)]


def first_pages(folder: Path, rounds: int = 40) -> Figure:
    """Ask by turns for the first page of a long and of a short list, each time of a date not asked before."""
    asks = [_first_page(f"sqlite:///{folder}/first{size}", size) for size in (100, 10_000)]
    pairs = [tuple(seconds(ask) for ask in asks) for _ in range(rounds + 3)][3:]
    ratios = sorted(long / short for short, long in pairs)
    told = f"{ratios[len(ratios) // 10]:.2f} to {ratios[-1 - len(ratios) // 10]:.2f}"
    name = "first page of a statement of 10,000 against one of 100"
    return Figure(name, statistics.median(ratios), 2.0, "times the time", at_most=True, spread=told)


def _first_page(url: str, size: int) -> Callable[[], object]:
    environ = {
        "SIGNATURES_DATABASE": url,
        "SIGNATURES_SECRET_KEY": SECRET,
        "SIGNATURES_STATE_DIR": f"{url.removeprefix('sqlite:///')}-state",
    }
    wsgi.initialise(environ)
    sized(url, "bench", size, FixedClock(NOW)).store.database.close()
    return asking(wsgi.create_app(environ), "/statements/bench", (f"as_of={day}" for day in _days()))


def _days() -> Iterator[str]:
    return ((date(2021, 1, 1) + timedelta(days=n)).isoformat() for n in range(10_000))
