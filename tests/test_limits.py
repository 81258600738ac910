"""Limits: exact across processes and restarts, silent about whom they count, and in words where they bite."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from limits import RateLimitItemPerMinute
from limits.strategies import FixedWindowRateLimiter

from signatures.clock import system_clock
from signatures.database import Database, open_database
from signatures.errors import QuotaExceeded
from signatures.intake.contacts import Contacts
from signatures.intake.limits import HOUR, OPEN_TO_ALL, QUARTER, RULES, Limits, network, sender
from signatures.intake.tally import SLICES
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.submitting import bytes_of

ROOT = Path(__file__).parent.parent
SECRET = "only-for-tests-" + "k" * 40
PROCESSES = 4


@pytest.fixture
def database(database_url: str, clock: FixedClock) -> Iterator[Database]:
    """Make a contacts database on each engine."""
    opened = open_database(database_url, "contacts")
    Contacts(opened, clock).create("register")
    yield opened
    opened.close()


@pytest.fixture
def small(tmp_path: Path, clock: FixedClock) -> Iterator[Database]:
    """Make a contacts database on SQLite, for what does not depend on the engine."""
    opened = open_database(f"sqlite:///{tmp_path}/small", "contacts")
    Contacts(opened, clock).create("register")
    yield opened
    opened.close()


def hitting(url: str, rule: str, key: str, times: str) -> None:
    """Hit as a process of its own; say how often that was within the limit."""
    limits = Limits(open_database(url, "contacts"), SECRET, system_clock)
    print(json.dumps([limits.hit(rule, key) for _ in range(int(times))]))


# ── what is counted ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_as_many_as_allowed_and_not_one_more(database: Database, clock: FixedClock) -> None:
    """Ten in a quarter of an hour; another key has its own count; a new process goes on with the old one's."""
    limits = Limits(database, SECRET, clock)
    assert [True] * 10 + [False] * 3 == [limits.hit("sign-in-login", "anna") for _ in range(13)]
    assert limits.hit("sign-in-login", "berta")
    assert limits.hit("sign-in", "anna")
    assert not Limits(database, SECRET, clock).hit("sign-in-login", "anna")


def test_room_comes_back_when_it_was_said(database: Database, clock: FixedClock) -> None:
    """A second before the time that `retry_after` tells there is none; then there is as much as is over."""
    limits = Limits(database, SECRET, clock)
    assert 0 == limits.retry_after("sign-in-login", "anna")
    for _ in range(4):
        assert limits.hit("sign-in-login", "anna")
    clock.advance(minutes=10)
    for _ in range(6):
        assert limits.hit("sign-in-login", "anna")
    seconds = limits.retry_after("sign-in-login", "anna")
    assert QUARTER - 600 <= seconds <= QUARTER - 600 + QUARTER / SLICES
    clock.advance(seconds=seconds - 1)
    assert not limits.hit("sign-in-login", "anna")
    clock.advance(seconds=1)
    assert [True] * 4 + [False] == [limits.hit("sign-in-login", "anna") for _ in range(5)]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(gaps=st.lists(st.floats(0, 400), min_size=1, max_size=60), start=st.integers(0, 10_000))
def test_no_window_holds_more_than_its_limit(small: Database, gaps: list[float], start: int) -> None:
    """Wherever a quarter of an hour begins, it holds ten at most; and whoever waited for a window and a slice is let in."""
    clock = FixedClock(NOW + timedelta(seconds=start))
    limits = Limits(small, SECRET, clock)
    limits.tally.reset()
    taken: list[float] = []
    for gap in gaps:
        now = clock.advance(seconds=gap).timestamp()
        recent = [at for at in taken if at > now - QUARTER * (1 + 1 / SLICES)]
        if limits.hit("sign-in-login", "anna"):
            taken.append(now)
        else:
            assert 10 <= len(recent)
        assert 10 >= len([at for at in taken if at > now - QUARTER])


def test_what_is_refused_is_not_counted_and_writes_nothing(database: Database, clock: FixedClock) -> None:
    """A flood neither fills the disk nor keeps anybody out for longer."""
    limits = Limits(database, SECRET, clock)
    for _ in range(10):
        limits.hit("sign-in-login", "anna")
    before = rows(database)
    assert [False] * 100 == [limits.hit("sign-in-login", "anna") for _ in range(100)]
    assert before == rows(database)


def test_several_processes_together_take_what_one_may(database_url: str, database: Database) -> None:
    """Four processes try 40 times each at once: 30 are taken."""
    amount = RULES["form"].amount
    call = f"from tests.test_limits import hitting; hitting({database_url!r}, 'form', '192.0.2.0/24', '40')"
    running = [
        subprocess.Popen([sys.executable, "-c", call], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(PROCESSES)
    ]
    told = [json.loads(process.communicate(timeout=60)[0]) for process in running]
    assert [0] * PROCESSES == [process.returncode for process in running]
    assert [40] * PROCESSES == [len(hits) for hits in told]
    assert amount == sum(sum(hits) for hits in told)


# ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────────


def rows(database: Database) -> list[tuple[object, ...]]:
    """Read the table."""
    with database.reading() as transaction:
        return transaction.execute("SELECT key, count, expires_at FROM tally ORDER BY key")


def test_nothing_counted_stands_in_clear(database: Database, clock: FixedClock) -> None:
    """Neither network nor address nor login is in any file or table; another installation's secret makes other names."""
    limits = Limits(database, SECRET, clock)
    limits.hit("form", "203.0.113.0/24")
    limits.flooded("joint-2021", "canary@canary.example")
    limits.check_sign_in("canary-login", "203.0.113.9")
    written = bytes_of(database)
    for told in (b"203.0.113", b"canary", b"joint-2021"):
        assert 0 == written.count(told)
    other = Limits(database, "another" * 8, clock)
    assert limits.tally.mark("203.0.113.0/24") != other.tally.mark("203.0.113.0/24")


def test_rows_go_when_they_count_no_more(database: Database, clock: FixedClock) -> None:
    """Counting removes what is over, and so does the sweep; what still counts stays."""
    limits = Limits(database, SECRET, clock)
    for number in range(5):
        limits.hit("sign-in", f"network {number}")
    clock.advance(hours=1)
    limits.hit("form", "another")
    assert 1 == len(rows(database))
    clock.advance(hours=1)
    assert 0 == limits.sweep()
    clock.advance(seconds=HOUR / SLICES)
    assert 1 == limits.tally.expired()
    assert 1 == limits.sweep()
    assert [] == rows(database)


def test_the_library_can_count_fixed_windows_too(database: Database, clock: FixedClock) -> None:
    """The storage keeps the contract of the `limits` library: a window begins with its first count."""
    tally = Limits(database, SECRET, clock).tally
    limiter, item = FixedWindowRateLimiter(tally), RateLimitItemPerMinute(3)
    assert [True, True, True, False] == [limiter.hit(item, "key") for _ in range(4)]
    assert (clock().timestamp() + 60, 0) == tuple(limiter.get_window_stats(item, "key"))
    clock.advance(seconds=60)
    assert limiter.test(item, "key")
    assert limiter.hit(item, "key")
    assert 2 == limiter.get_window_stats(item, "key").remaining
    limiter.clear(item, "key")
    assert 3 == limiter.get_window_stats(item, "key").remaining
    assert tally.check()


def test_a_store_that_is_not_there_is_told(tmp_path: Path, clock: FixedClock) -> None:
    """The library's question whether the storage can be used is answered."""
    assert not Limits(open_database(f"sqlite:///{tmp_path}/none", "contacts"), SECRET, clock).tally.check()


# ── who is counted ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("192.0.3.77", "192.0.3.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2ff:3::4", "2001:db8:1:200::/56"),
        ("2001:db8:1:300::1", "2001:db8:1:300::/56"),
        ("fe80::1%eth0", "fe80::/56"),
        ("", "unknown"),
        (None, "unknown"),
        ("not an address", "unknown"),
    ],
)
def test_a_network_is_what_one_customer_has(address: str | None, expected: str) -> None:
    """/24 and /56; an IPv4 address written as IPv6 is the same; what is no address is one network."""
    assert expected == network(address)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Office@Example.org", "example.org"),
        ("other@example.org.", "example.org"),
        ("Somebody@Gmail.com", "somebody@gmail.com"),
        ("somebody@mail.example.org", "mail.example.org"),
    ],
)
def test_a_sender_is_a_domain_or_where_anybody_gets_one_an_address(address: str, expected: str) -> None:
    """One mailbox of a provider does not use up everybody's."""
    assert expected == sender(address)


def test_the_domains_open_to_all_are_domains() -> None:
    """Each in small letters, each once."""
    assert sorted(OPEN_TO_ALL) == [
        domain for domain in sorted(OPEN_TO_ALL) if domain == domain.casefold() and "." in domain
    ]
    assert len(OPEN_TO_ALL) > 50


def test_a_flood_is_held_and_not_refused(small: Database, clock: FixedClock) -> None:
    """Beyond 60 an hour of one domain, and 300 an hour of one statement, submissions wait for an editor."""
    limits = Limits(small, SECRET, clock)
    assert [False] * 60 + [True] == [limits.flooded("joint-2021", f"{n}@example.org") for n in range(61)]
    assert not limits.flooded("other-2021", "office@example.net")
    told = [limits.flooded("Joint-2021", f"office@{n}.example") for n in range(300)]
    assert [False] * 239 + [True] * 61 == told


def test_guessing_a_login_is_limited_here_and_anywhere(small: Database, clock: FixedClock) -> None:
    """Ten guesses from one network, a hundred from all; another network may still try, so that few cannot lock one out."""
    limits = Limits(small, SECRET, clock)
    for _ in range(10):
        limits.check_sign_in("Anna", "192.0.2.1")
    with pytest.raises(QuotaExceeded) as refused:
        limits.check_sign_in("anna ", "192.0.2.200")
    assert 0 < int(str(refused.value.details["retry_after"])) <= QUARTER + QUARTER // SLICES
    for number in range(90):
        limits.check_sign_in("anna", f"198.51.{number}.1")
    with pytest.raises(QuotaExceeded):
        limits.check_sign_in("anna", "203.0.113.1")
