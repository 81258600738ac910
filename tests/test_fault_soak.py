"""Mixed load for a while: memory and open files of the workers stay flat, and the whole history keeps every rule."""

from __future__ import annotations

import os
import threading
from collections import Counter
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest

from signatures.log.derive import check
from tests.checker.case import Case
from tests.checker.clients import Client, Clients, over_http
from tests.checker.here import leaves, opened
from tests.checker.history import UNKNOWN
from tests.checker.rules import violations
from tests.faults.served import Served, prepared, served

pytestmark = pytest.mark.faults
SECONDS = float(os.environ.get("SOAK_SECONDS", "3"))  # on each engine; `make faults`: 300
CLIENTS = int(os.environ.get("SOAK_CLIENTS", "6"))
NAMES = [f"Union {number}" for number in range(40)]
WORKERS = 2
GROWN = 1.1  # memory of the last third against that of the second
SPARE = (
    WORKERS * 32 * 2**20
)  # bytes by which it may grow nevertheless: the answers that each worker keeps, while that room fills
FEW = 6 + 9  # descriptors open for a moment, and the connections of a thread that serves late; a leak gives hundreds


class Sample(NamedTuple):
    """What the workers have of the machine."""

    resident: int
    files: int


def sampled(server: Served) -> Sample:
    """Look at all workers."""
    resident = files = 0
    for pid in server.workers():
        resident += int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return Sample(resident, files)


def as_usual(client: Client) -> None:
    """Do what people do: much is read, and an edition is published now and then."""
    acts = (client.sign, client.read, client.read_again, client.withdraw, client.publish)
    (act,) = client.chance.choices(acts, (40, 40, 10, 9, 1))
    act()


def soaked(server: Served, clients: Clients) -> list[Sample]:
    """Let the clients do what they like, and look at the workers sixty times meanwhile."""
    samples: list[Sample] = []

    def watch() -> None:
        for _ in range(60):
            clients.stopped.wait(SECONDS / 60)
            samples.append(sampled(server))
        clients.stopped.set()

    watching = threading.Thread(target=watch)
    watching.start()
    clients.run(CLIENTS, 1_000_000, as_usual)
    watching.join()
    return samples


def test_a_soak(environ: dict[str, str], tmp_path: Path) -> None:
    """After the first third nothing grows any more; no number moved, no pinned answer changed, nobody was lost or doubled."""
    environ = {**environ, "SIGNATURES_WORKERS": str(WORKERS)}
    tokens = prepared(environ, 64)
    with opened(environ) as room:
        before = len(leaves(room.store))
    with served(environ, tmp_path / "server.log") as server:
        first = server.workers()
        clients = Clients(over_http(lambda: f"http://127.0.0.1:{server.port}"), tokens, NAMES)
        samples = soaked(server, clients)
        assert first == server.workers()
    calls = Counter((call.kind, call.outcome) for call in clients.history.calls)
    second, third = samples[20:40], samples[40:]
    grown = median(one.resident for one in third) / median(one.resident for one in second)
    files = [max(one.files for one in part) for part in (second, third)]
    told = [one.resident // 2**20 for one in samples[::6]]
    print(f"\n{SECONDS:.0f} s, {calls.total()} calls {dict(calls)}; MiB resident {told},")
    print(f"last third against second {grown:.3f}; most files {files[0]} and {files[1]}")
    with opened(environ) as room:
        assert [] == violations(Case(clients.history, leaves(room.store), before))
        assert [] == check(room.store)
    assert median(one.resident for one in third) <= GROWN * median(one.resident for one in second) + SPARE
    assert files[1] <= files[0] + FEW
    assert sum(count for (_, outcome), count in calls.items() if outcome == UNKNOWN) <= calls.total() / 100
