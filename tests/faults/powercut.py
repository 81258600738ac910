"""A served register recorded from its making on, and the power cut at any moment of that."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from signatures.log.eventlog import sha256
from tests.faults.disk import IGNORED, Disk, Image
from tests.faults.forgetting import EVERYTHING, MANNERS
from tests.faults.recording import SENDS, Call, read_calls, strace
from tests.faults.served import SIGNED_ON, Served, prepared, served, small, until
from tests.submitting import REFERENCE, TEXT
from tests.test_cli import ROOT, given

PREPARE = "import os; from tests.faults.served import prepared; print(*prepared(dict(os.environ), 4))"
SERVE = "from wsgi import main; main()"
# What a register would be that saves the disk some work; it may even say that it is fit to serve.
BLIND = "import signatures.sqlite as d; d.SQLiteDatabase._pragma_faults = lambda *given: []; "
LESS = (
    "connect = d.SQLiteDatabase.connect; "
    "d.SQLiteDatabase.connect = lambda self: (c := connect(self), c.execute('PRAGMA synchronous={}'))[0]; "
)
CONTROLS = {
    "synchronous=NORMAL": BLIND + LESS.format("NORMAL"),
    "synchronous=OFF": BLIND + LESS.format("OFF"),
    "files never synced": "import os; os.fsync = lambda descriptor: None; ",
}


class Acknowledged(NamedTuple):
    """What somebody was told, and when."""

    moment: int
    told: dict[str, Any]


@dataclass
class Recording:
    """The calls of a register's life, what was there before, and what it acknowledged."""

    root: Path
    before: Image
    calls: list[Call]
    ready: int  # the moment at which `init` had ended
    acknowledged: list[Acknowledged]

    def disk(self) -> Disk:
        """Begin to carry it out."""
        return Disk(self.root, self.before)


@dataclass
class Cut:
    """A moment, what the disk may hold then, and what had been acknowledged."""

    moment: int
    manner: str
    image: Image
    is_ready: bool
    told: list[dict[str, Any]] = field(repr=False)


def record(folder: Path, signatures: int) -> Recording:
    """Make, serve and use a register below a folder, with strace beside it from its first file on."""
    environ, trace = placed(folder, "2"), folder / "made"
    made = subprocess.run(
        [*strace(trace), sys.executable, "-c", PREPARE],
        cwd=ROOT, env=given(environ), capture_output=True, text=True, check=True,
    )  # fmt: skip
    with trace.open() as lines:
        ready = sum(1 for _ in lines)
    return _recorded(folder, environ, made.stdout.split(), signatures, ready=ready)


def record_control(folder: Path, signatures: int, changed: str) -> Recording:
    """Make a register, and record how it is served and used when some code was run before the program itself."""
    environ = placed(folder, "1")
    return _recorded(folder, environ, prepared(environ, 4), signatures, changed)


def placed(folder: Path, workers: str) -> dict[str, str]:
    """Place a register in a folder of its own."""
    (folder / "disk").mkdir()
    return small(folder / "disk", SIGNATURES_WORKERS=workers)


def _recorded(
    folder: Path, environ: dict[str, str], tokens: list[str], signatures: int, changed: str = "", *, ready: int = 0
) -> Recording:
    root, traces = folder / "disk", [folder / "made"] * bool(ready) + [folder / "served"]
    before = {} if ready else files_of(root)
    program = [sys.executable, "-c", changed + SERVE]
    with served(environ, folder / "server.log", wrapped=strace(traces[-1]), program=program) as server:
        bodies = use(server, tokens, signatures)
        until(lambda: len(list(root.glob("state/outbox/*.eml"))) == signatures // 12)
        server.stop()
    calls = read_calls(traces, root)
    sent = {string: call.moment for call in calls if call.name in SENDS for string in call.strings[:1]}
    acknowledged = sorted(Acknowledged(sent[body], json.loads(body)) for body in bodies)
    recording = Recording(root, before, calls, ready, acknowledged)
    assert files_of(root) == image_at_end(recording), "the simulation does not end as the disk did"
    return recording


def use(server: Served, tokens: list[str], signatures: int) -> list[bytes]:
    """Sign and submit by several clients at once, publish now and then; return every yes."""
    told = []
    with ThreadPoolExecutor(4) as pool:
        for start in range(0, signatures, 12):
            numbers = range(start, min(start + 12, signatures))
            told += list(pool.map(lambda number: act(server, tokens, number), numbers))
            told.append(publish(server, tokens[0], start))
    return told


def act(server: Served, tokens: list[str], number: int) -> bytes:
    """Sign; each twelfth is a submission of somebody without a token."""
    if number % 12 == 11:
        contact = {"name": "Office", "email": f"office@{number}.example.org"}
        asked = {"statement": REFERENCE, "name": f"Union {number}", "contact": contact, "authority": True}
        answer = server.ask(
            "/api/v1/submissions", {**asked, "text_sha256": sha256(TEXT.encode())}, Content_Type="application/json"
        )
        assert 202 == answer.status, answer
    else:
        answer = server.sign(tokens[number % len(tokens)], f"Union {number}")
        assert 201 == answer.status, answer
    return answer.body


def publish(server: Served, token: str, number: int) -> bytes:
    """Publish an edition, which signs a checkpoint too."""
    bearer = {"Authorization": f"Bearer {token}", "Content_Type": "application/json"}
    path = f"/api/v1/statements/{REFERENCE}/editions"
    answer = server.ask(path, {"as_of": SIGNED_ON}, Idempotency_Key=f'"edition {number}"', If_Match="*", **bearer)
    assert 201 == answer.status, answer
    return answer.body


def files_of(root: Path) -> Image:
    """Read what lies below a folder."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and not path.name.endswith(IGNORED)
    }


def image_at_end(recording: Recording) -> Image:
    """Tell what the simulation holds at the end."""
    disk = recording.disk()
    for call in recording.calls:
        disk.do(call)
    return disk.image(random.Random(0), EVERYTHING)


def cuts(recording: Recording, images: int, seed: int = 4) -> Iterator[Cut]:
    """Cut the power at moments spread over the recording, in every manner at each."""
    draw = random.Random(seed)
    points = chosen(recording, max(1, images // len(MANNERS)), draw)
    disk = recording.disk()
    for number, call in enumerate(recording.calls):
        disk.do(call)
        if number in points:
            told = [one.told for one in recording.acknowledged if one.moment <= call.moment]
            for manner in MANNERS:
                image = disk.image(draw, manner)
                yield Cut(call.moment, manner.name, image, call.moment > recording.ready, told)


def chosen(recording: Recording, many: int, draw: random.Random) -> set[int]:
    """Choose among the calls: half of them anywhere, half where something has just been acknowledged."""
    moments = {one.moment for one in recording.acknowledged}
    told = [number for number, call in enumerate(recording.calls) if call.moment in moments]
    some = set(draw.sample(told, min(len(told), many // 2)))
    others = [number for number in range(len(recording.calls)) if number not in some]
    return some | set(draw.sample(others, min(len(others), many - len(some))))
