"""Signing against the raw commit that any store has to make."""

from __future__ import annotations

import os
import sqlite3
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

import wsgi
from signatures.aggregate import Actor
from signatures.clock import system_clock
from signatures.organisation import NameParts
from signatures.proof import tree
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.guard import Guard
from signatures.proof.keyfile import KEY_FILE
from signatures.register import Register
from signatures.room import Room
from tests.benchmarks import crud
from tests.benchmarks.filling import sized
from tests.benchmarks.posting import Posted, post_signatures, serving
from tests.benchmarks.timing import Figure, ratio
from tests.clock import FixedClock
from tests.postgresql import server

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
EDITOR = Actor("editor", "bench")
EACH = 4  # signatures of each of many at a time


class Rounds(NamedTuple):
    """How often is measured: one caller, and many at a time."""

    one: int
    many: int


USUAL = Rounds(400, 15)


def sign_against_commit(folder: Path, rounds: Rounds = USUAL) -> list[Figure]:
    """Sign, one caller and many at a time, against durable commits of one row on the same disk."""
    register = sized(f"sqlite:///{folder}/sign", "bench", 1_000, FixedClock(NOW))
    state = folder / "sign-state"
    Checkpoints(register.store, state, state / KEY_FILE).prepare(None)
    register.store.guard = Guard(lambda: state)  # as a register that is served has it
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode=WAL")
    raw.execute("PRAGMA synchronous=FULL")
    raw.execute("CREATE TABLE row (id INTEGER PRIMARY KEY, body TEXT)")

    def commit() -> None:
        raw.execute("BEGIN IMMEDIATE")
        raw.execute("INSERT INTO row (body) VALUES (?)", ("x" * 400,))
        raw.execute("COMMIT")

    figures = signs_against(commit, register, "SQLite", rounds)
    raw.close()
    register.store.database.close()
    return figures


def sign_against_commit_on_a_server(_folder: Path, rounds: Rounds = USUAL) -> list[Figure]:
    """Measure the same on PostgreSQL."""
    with server() as running, running.fresh_database("bench") as url:
        register = sized(url, "bench", 1_000, FixedClock(NOW))
        with psycopg.connect(url, autocommit=True) as raw:
            raw.execute("CREATE TABLE public.raw (id BIGSERIAL PRIMARY KEY, body TEXT)")

            def commit() -> None:
                raw.execute("BEGIN")
                raw.execute("INSERT INTO public.raw (body) VALUES (%s)", ("x" * 400,))
                raw.execute("COMMIT")

            figures = signs_against(commit, register, "PostgreSQL", rounds)
        register.store.database.close()
    return figures


def signs_against(commit: Callable[[], None], register: Register, engine: str, rounds: Rounds) -> list[Figure]:
    """Compare one caller, 16 and 64 at a time with raw single commits."""
    numbers = count()

    def sign() -> None:
        parts = NameParts(f"New body {next(numbers)}", acronym="NB")
        register.sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api")

    name = f"against a raw one-row durable commit, {engine}"
    figures = [ratio(f"sign, one caller, {name}", 0.65, sign, commit, rounds.one)]
    for at_a_time, goal in ((16, 4.0), (64, 7.0)):
        with ThreadPoolExecutor(at_a_time) as pool:  # as a server has its threads before anybody comes

            def crowd(pool: ThreadPoolExecutor = pool, at_a_time: int = at_a_time) -> None:
                list(pool.map(lambda _: several(sign), range(at_a_time)))

            def commits(at_a_time: int = at_a_time) -> None:
                for _ in range(at_a_time * EACH):
                    commit()

            figures.append(ratio(f"signs, {at_a_time} at a time, {name}", goal, crowd, commits, rounds.many))
    return figures


def several(sign: Callable[[], None]) -> None:
    """Sign one after another."""
    for _ in range(EACH):
        sign()


def posts_against_crud(
    folder: Path, seconds: float = 5.0, rounds: int = 5, wrapped: Sequence[str] = ()
) -> list[Figure]:
    """Let 64 clients post signatures to two workers of 32 threads, and to an app by hand under the same server."""
    environ = {
        **os.environ,
        "SIGNATURES_DATABASE": f"sqlite:///{folder}/posts",
        "SIGNATURES_STATE_DIR": f"{folder}/posts-state",
        "SIGNATURES_SECRET_KEY": "only-for-the-bench-" + "k" * 40,
        "SIGNATURES_BASE_URL": "http://localhost",
        "CRUD_DATABASE": str(folder / "crud.db"),
    }
    tokens = _prepared(environ)
    seen: dict[str, list[Posted]] = {"ours": [], "by hand": []}
    ours, by_hand = "wsgi:create_app()", "tests.benchmarks.crud:create_app()"
    with serving(ours, environ, wrapped=wrapped) as port, serving(by_hand, environ, wrapped=wrapped) as other:
        for _ in range(rounds):
            seen["ours"].append(post_signatures(port, "bench", tokens, clients=64, seconds=seconds))
            seen["by hand"].append(post_signatures(other, "bench", [crud.TOKEN], clients=64, seconds=seconds))
    return _posts_told(seen)


def _prepared(environ: dict[str, str]) -> list[str]:
    """Publish a statement; give so many tokens that no quota is met, for each has 300 requests a minute."""
    wsgi.initialise(environ, system_clock)
    room = Room(environ, system_clock)
    register = room.register
    register.draft(EDITOR, reference="bench", kind="statement", time_zone="UTC", default_language="en")
    register.set_text(EDITOR, "bench", language="en", title="A statement of the bench", text="Its text.")
    register.publish(EDITOR, "bench", as_of="2021-06-07")
    tokens = [room.tokens.issue(f"bench {number}", "editor") for number in range(300)]
    room.close()
    return tokens


def _posts_told(seen: dict[str, list[Posted]]) -> list[Figure]:
    ratios = sorted(a.per_second / b.per_second for a, b in zip(*seen.values(), strict=True))
    middle = {
        name: [statistics.median(values) for values in zip(*[posted[:3] for posted in all_], strict=True)]
        for name, all_ in seen.items()
    }
    told = "; ".join(
        f"{name}: {rate:.0f}/s, p50 {p50:.0f} ms, p99 {p99:.0f} ms" for name, (rate, p50, p99) in middle.items()
    )
    name = "POST of a signature, 64 clients, 2 workers"
    unanswered = sum(posted.statuses.total() - posted.statuses["201"] for posted in seen["ours"])
    return [
        Figure(
            f"{name}, against Flask + sqlite3 by hand", statistics.median(ratios), 1.7, "times the speed", spread=told
        ),
        Figure(f"{name}: p99", middle["ours"][2], 200, "ms", at_most=True),
        Figure(f"{name}: refused, broken or timed out", unanswered, 0, "posts", at_most=True),
    ]


def sign_with_tree(folder: Path) -> list[Figure]:
    """Sign into a log of 70,000 entries, against the same log without a Merkle tree."""
    registers = [sized(f"sqlite:///{folder}/{name}", "bench", 65_000, FixedClock(NOW)) for name in ("tree", "plain")]
    ways: list[Any] = [tree.Edge.completed, lambda _edge, _transaction, _size, _last, leaves: [b""] * len(leaves)]
    numbers = count()

    def sign(which: int) -> None:
        tree.Edge.completed = ways[which]  # type: ignore[method-assign]
        parts = NameParts(f"New body {next(numbers)}", acronym="NB")
        registers[which].sign(EDITOR, "bench", parts, signed_on="2026-11-22", method="api")

    try:
        name = "sign into 70,000 entries, with the Merkle tree against without"
        return [ratio(name, 0.85, lambda: sign(0), lambda: sign(1), 800)]
    finally:
        tree.Edge.completed = ways[0]  # type: ignore[method-assign]
        for register in registers:
            register.store.database.close()
