"""Posts of signatures by many clients at once over kept connections, and the servers that take them."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

PATIENCE = 30.0  # seconds that a client waits for an answer
STARTING = 30.0


class Posted(NamedTuple):
    """What many clients saw."""

    per_second: float
    p50: float
    p99: float
    """Milliseconds."""
    statuses: Counter[str]
    """How many had which status; `timeout` and `broken` are some."""


@contextmanager
def serving(
    app: str, environ: Mapping[str, str], *, workers: int = 2, threads: int = 32, wrapped: Sequence[str] = ()
) -> Iterator[int]:
    """Serve an app with gunicorn as `serve` does, perhaps within another program; give its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    options = {
        "bind": f"127.0.0.1:{port}",
        "workers": workers,
        "threads": threads,
        "keep-alive": 30,
        "log-level": "error",
    }
    options |= {"worker-class": "gthread", "worker-tmp-dir": "/dev/shm", "graceful-timeout": 15}
    arguments = [argument for name, value in options.items() for argument in (f"--{name}", str(value))]
    command = [*wrapped, sys.executable, "-m", "gunicorn", *arguments, "--no-control-socket", app]
    server = subprocess.Popen(command, env=dict(environ))
    try:
        _wait_for(port)
        yield port
    finally:
        _stop(server, wrapped=bool(wrapped))


def _stop(server: subprocess.Popen[bytes], *, wrapped: bool) -> None:
    """End a server; where it is the child of another program, that ends with it and would not pass a signal on."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split() if wrapped else [server.pid]
    for pid in children:
        os.kill(int(pid), signal.SIGTERM)
    server.wait(30)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError("the server did not start")


def post_signatures(port: int, reference: str, tokens: list[str], *, clients: int, seconds: float) -> Posted:
    """Let so many clients post one signature after another; each takes its tokens by turns, for each has its quota."""
    return asyncio.run(_all(port, reference, tokens, clients, seconds))


async def _all(port: int, reference: str, tokens: list[str], clients: int, seconds: float) -> Posted:
    took: list[float] = []
    statuses: Counter[str] = Counter()
    head = f"POST /api/v1/statements/{reference}/signatures HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    heads = itertools.cycle([f"{head}Authorization: Bearer {token}\r\n" for token in tokens])
    await asyncio.gather(*(_client(port, heads, 3.0, [], Counter()) for _ in range(clients)))  # until all are warm
    began = time.perf_counter()
    await asyncio.gather(*(_client(port, heads, seconds, took, statuses) for _ in range(clients)))
    elapsed = time.perf_counter() - began
    took.sort()
    quantiles = (took[len(took) // 2], took[len(took) * 99 // 100]) if took else (0.0, 0.0)
    return Posted(statuses["201"] / elapsed, quantiles[0] * 1_000, quantiles[1] * 1_000, statuses)


async def _client(port: int, heads: Iterator[str], seconds: float, took: list[float], statuses: Counter[str]) -> None:
    until = time.perf_counter() + seconds
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while time.perf_counter() < until:
        body = json.dumps({"name": f"Body {uuid.uuid4()}", "acronym": "B", "signed_on": "2021-06-07"}).encode()
        said = f"{next(heads)}Idempotency-Key: {uuid.uuid4()}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        began = time.perf_counter()
        try:
            writer.write(said.encode() + body)
            statuses[await asyncio.wait_for(_answered(reader), PATIENCE)] += 1
            took.append(time.perf_counter() - began)
        except (OSError, asyncio.IncompleteReadError, TimeoutError) as error:
            statuses["timeout" if isinstance(error, TimeoutError) else "broken"] += 1
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.close()


async def _answered(reader: asyncio.StreamReader) -> str:
    """Read an answer whole; give its status."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    await reader.readexactly(int(head.partition("content-length:")[2].partition("\r\n")[0]))
    return head.split(" ", 2)[1]
