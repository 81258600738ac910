"""A client that sends its request too slowly, or not as HTTP has it, keeps no thread and is no fault of ours."""

from __future__ import annotations

import socket
import time
from threading import Thread
from typing import Any

import pytest
from gunicorn.http.body import Body as Sent
from gunicorn.http.body import ChunkedReader
from gunicorn.http.message import Request
from gunicorn.http.unreader import IterUnreader
from werkzeug.exceptions import ClientDisconnected
from werkzeug.wsgi import LimitedStream

from signatures.web.hurry import Hurried
from signatures.web.worker import Body


def sending(theirs: socket.socket, parts: list[bytes], pause: float) -> Thread:
    """Send parts, with a pause before each."""

    def send() -> None:
        for part in parts:
            time.sleep(pause)
            theirs.sendall(part)

    thread = Thread(target=send)
    thread.start()
    return thread


def test_what_comes_in_time_is_read() -> None:
    """However slowly a line carries it, as long as it is no slower than it may be; each request has its own time."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        hurried = Hurried(ours, grace=0.2, rate=100)
        sender = sending(theirs, [b"ten bytes."] * 6, 0.08)  # longer than the grace: what came has bought time
        assert b"ten bytes." * 6 == b"".join(hurried.recv(100) for _ in range(6))
        sender.join()


def test_whoever_stops_half_way_is_let_go() -> None:
    """In the time that a request has, and the next one has it again."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        hurried = Hurried(ours, grace=0.1, rate=1_000)
        for _ in range(2):
            hurried.begin()
            theirs.sendall(b"GET / HT")
            assert b"GET / HT" == hurried.recv(100)
            with pytest.raises(ConnectionResetError):
                hurried.recv(100)


def test_whoever_sends_a_byte_now_and_then_is_let_go() -> None:
    """Although something always comes."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        hurried = Hurried(ours, grace=0.1, rate=1_000)
        sender = sending(theirs, [b"x"] * 40, 0.01)
        with pytest.raises(ConnectionResetError):
            b"".join(hurried.recv(100) for _ in range(40))
        sender.join()


@pytest.mark.parametrize("chunks", [b"zz\r\nabc\r\n", b"-5\r\nabc\r\n", b"3;=\x00\r\nabc\r\n0\r\n\r\n"])
def test_chunks_that_are_none_are_the_clients_mistake(chunks: bytes) -> None:
    """The library that reads a body knows what to make of it: 400, and no fault in the log."""
    body: Any = Body(Sent(ChunkedReader(object.__new__(Request), IterUnreader([chunks]))))
    with pytest.raises(ClientDisconnected):
        LimitedStream(body, 1_000, is_max=True).read()
    assert body.failed
