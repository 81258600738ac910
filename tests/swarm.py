"""Many processes at one register, for tests: `python -m tests.swarm TASK COUNT URL [WORDS]` prints what became of each.

The children are forked from a process that has opened nothing, wait for each other, and start at once. No test forks the
process that runs the tests.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from signatures.clock import system_clock
from signatures.database import open_database
from signatures.errors import AlreadySigned
from signatures.log.store import Store
from signatures.organisation import NameParts
from signatures.register import Register
from tests.eventful import EDITOR, OPEN, SECRET, sign

ROOT = Path(__file__).parent.parent
SECONDS = 60  # a child that takes longer is ended, and counts as failed
SPACE = UUID("6d6f6d6f-6d6f-4d6f-8d6f-6d6f6d6f6d6f")
Task = Callable[..., Any]


def opened(url: str) -> Register:
    """Open a register."""
    return Register(Store(open_database(url, "register"), system_clock))


def create(url: str, number: int) -> str:
    """Make the register, as `init` does."""
    return Store(open_database(url, "register"), system_clock).create()


def hot(url: str, number: int, own: str, common: str) -> dict[str, Any]:
    """Sign one statement for organisations of its own, and for some that every process signs for."""
    register = opened(url)
    names = [f"Own {number} {n}" for n in range(int(own))] + [f"Common {n}" for n in range(int(common))]
    acknowledged, known = [], []
    for name in sorted(names, key=lambda name: uuid5(SPACE, f"{number} {name}").hex):
        try:
            acknowledged.append(sign(register, name)._asdict())
        except AlreadySigned as refusal:
            known.append(refusal.details["signature_id"])
    return {"acknowledged": acknowledged, "known": known}


def key(url: str, number: int, id_: str) -> dict[str, Any]:
    """Sign under one idempotency key, as every other process does."""
    register = opened(url)
    return register.once("token-1", id_, {"name": "Alpha"}, lambda: sign(register, "Alpha")._asdict())


def first(url: str, number: int, rounds: str) -> list[str]:
    """Sign one of two statements for organisations that nobody knows yet."""
    register = opened(url)
    return [sign(register, f"Round {n}", (OPEN, SECRET)[number % 2]).organisation_id for n in range(int(rounds))]


def bulk(url: str, number: int, size: str) -> int:
    """Write more than a batch may hold in one transaction, and the same in one insert; return how much there is now."""
    register = opened(url)
    languages = [f"{a}{b}" for a in "abcd" for b in "efgh"]
    written = 0
    with register.store.writing() as transaction:
        while written < int(size):
            parts = NameParts(f"Large {written}", translations=dict.fromkeys(languages, "名" * 1000))
            register.sign(EDITOR, OPEN, parts, signed_on="2021-06-07", method="paper")
            written += 2 * len(languages) * 3000
    rows = [(f"{n:064}", b"x" * 60_000) for n in range(int(size) // 60_000 + 1)]
    with register.store.writing() as transaction:
        transaction.executemany("INSERT INTO text VALUES (?, ?)", rows)
        return int(transaction.execute("SELECT sum(length(content)) FROM text")[0][0])


def threads(url: str, number: int, count: str, each: str) -> list[tuple[str, int]]:
    """Sign from many threads at once; tell every acknowledged name with its position."""
    register, told = opened(url), list[tuple[str, int]]()

    def work(thread: int) -> None:
        for n in range(int(each)):
            name = f"Process {number} thread {thread} number {n}"
            told.append((name, sign(register, name).position))

    with ThreadPoolExecutor(int(count)) as pool:
        list(pool.map(work, range(int(count))))
    return told


def signing(url: str, prefix: str) -> None:
    """Sign without end, and say every acknowledged signature on the standard output."""
    register, number = opened(url), 0
    while True:
        receipt = sign(register, f"{prefix} {number}")
        os.write(1, f"{receipt.signature_id} {receipt.position}\n".encode())
        number += 1


TASKS: dict[str, Task] = {task.__name__: task for task in (create, hot, key, first, bulk, threads)}


def run(task: str, count: int, url: str, *words: object) -> list[Any]:
    """Run a task in that many processes at once; return each one's result, and fail where one failed."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.swarm", task, str(count), url, *map(str, words)],
        cwd=ROOT, capture_output=True, text=True, timeout=SECONDS + 30, check=False,
    )  # fmt: skip
    results: list[dict[str, Any]] = json.loads(done.stdout) if done.returncode == 0 else [{"error": done.stderr}]
    errors = [result["error"] for result in results if result["error"]]
    assert not errors, f"{len(errors)} of {count} processes failed; the first: {errors[0]}"
    return [result["result"] for result in results]


def gathered(task: Task, count: int, url: str, *words: str) -> list[dict[str, Any]]:
    """Fork this process, which has opened nothing, and gather what each child says: its result or its error."""
    gate, start = os.pipe()
    children = [_fork(task, url, number, words, gate, start) for number in range(count)]
    os.close(gate)
    time.sleep(0.1)  # all of them wait at the gate
    os.close(start)
    results = []
    for pid, output in children:
        with os.fdopen(output, "rb") as file:
            told = file.read()
        _, status = os.waitpid(pid, 0)
        results.append(json.loads(told) if told else {"error": f"ended with {status}", "result": None})
    return results


def _fork(task: Task, url: str, number: int, words: tuple[str, ...], gate: int, start: int) -> tuple[int, int]:
    output, told = os.pipe()
    pid = os.fork()
    if pid:
        os.close(told)
        return pid, output
    os.close(start)
    signal.alarm(SECONDS)
    os.read(gate, 1)
    try:
        answer = {"error": None, "result": task(url, number, *words)}
    except BaseException:  # noqa: BLE001 - whatever it was is told
        answer = {"error": traceback.format_exc(), "result": None}
    with os.fdopen(told, "wb") as file:
        file.write(json.dumps(answer).encode())
    os._exit(0)


if __name__ == "__main__":
    if sys.argv[1] == "signing":
        signing(*sys.argv[2:])
    else:
        print(json.dumps(gathered(TASKS[sys.argv[1]], int(sys.argv[2]), *sys.argv[3:])))
