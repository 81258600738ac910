"""Clients that sign without end through application hosts, keep what was acknowledged, and ask again what they do not know."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from itertools import count
from typing import Any, NamedTuple
from uuid import uuid4

from tests.cluster.hosts import Host

PATH = "/api/v1/statements/letter/signatures"
SECONDS = 15  # until a client takes no answer for none
PAUSE = 0.15  # so that no token meets its quota


class Ack(NamedTuple):
    """What a client was told, and when."""

    name: str
    receipt: dict[str, Any]
    at: float
    asked: int


class Clients:
    """Some clients in threads of their own; each insists on an answer, at one host after the other."""

    def __init__(self, hosts: Sequence[Host], tokens: Sequence[str], size: int = 4) -> None:
        """Begin to sign."""
        self.hosts, self.tokens = hosts, tokens
        self.acks: list[Ack] = []
        self.refused: list[tuple[int, bytes]] = []
        self._done = threading.Event()
        self._hurry = threading.Event()
        self._threads = [threading.Thread(target=self._sign, args=(number,), daemon=True) for number in range(size)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> list[Ack]:
        """Let each get the answer that it waits for; tell all that was acknowledged."""
        self._done.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a client still waits for an answer"
        assert [] == self.refused
        return self.acks

    def abandon(self) -> list[Ack]:
        """Stop without waiting for answers, as a client that goes away."""
        self._hurry.set()
        self._done.set()
        for thread in self._threads:
            thread.join(2 * SECONDS)
        return list(self.acks)

    def _sign(self, number: int) -> None:
        for turn in count(number):
            if self._done.wait(PAUSE):
                return
            token = self.tokens[turn % len(self.tokens)]
            name, key = f"Union {number} {uuid4().hex}", uuid4().hex
            body = json.dumps({"name": name, "signed_on": "2021-06-07"})
            asked = 0
            while not self._hurry.is_set():
                host = self.hosts[(number + asked) % len(self.hosts)]
                asked += 1
                answer = self._ask(host, body, key, token)
                if answer is not None and answer[0] == 201:
                    self.acks.append(Ack(name, json.loads(answer[1]), time.monotonic(), asked))
                    break
                if answer is not None and answer[0] < 500:
                    self.refused.append(answer)
                    return
                time.sleep(PAUSE)

    def _ask(self, host: Host, body: str, key: str, token: str) -> tuple[int, bytes] | None:
        """Ask once; None where there was no answer, so that nobody knows."""
        connection = HTTPConnection("127.0.0.1", host.port, timeout=SECONDS)
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "Idempotency-Key": key,
        }
        try:
            connection.request("POST", PATH, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()
