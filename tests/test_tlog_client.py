"""A client made of Go's checksum database library checks the log from its address and key, and sees what was changed."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import make_server

from signatures.log.withheld import withheld_streams
from signatures.proof import notes
from signatures.proof.merkle import HASH_BYTES
from signatures.proof.notes import COSIGNS, Key
from signatures.proof.witnesses import Witnesses
from tests.api import Api, small_api
from tests.eventful import SECRET, eventful, sign
from tests.golang import built

SOURCE = Path(__file__).parent / "tlogclient" / "main.go"
Application = Callable[[dict[str, Any], Any], Iterable[bytes]]


@pytest.fixture(scope="session")
def client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the client once."""
    return built(tmp_path_factory.mktemp("tlogclient"), SOURCE)


def filled(api: Api) -> Api:
    """Record more entries than a tile holds, some of them withheld, and sign the log."""
    eventful(api.room.register)
    for number in range(120):
        sign(api.room.register, f"Union {number}", SECRET)
    api.room.checkpoints.make()
    return api


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of such a register, on either engine."""
    opened = filled(Api(environ))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """Open it once, for what does not depend on the engine."""
    opened = filled(small_api(tmp_path_factory.mktemp("tlog")))
    yield opened
    opened.close()


@contextmanager
def served(application: Application) -> Iterator[str]:
    """Serve an application on a free port."""
    server = make_server("127.0.0.1", 0, application, threaded=True)
    thread = Thread(target=server.serve_forever, name="served log")
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def told(client: Path, application: Application, vkey: str) -> str:
    """Let the client check what an application serves."""
    with served(application) as url:
        done = subprocess.run([client, url, vkey], capture_output=True, text=True, check=False)
    assert "" == done.stderr
    return done.stdout


def changed(application: Application, path: str, change: Callable[[bytes], bytes]) -> Application:
    """Stand between server and client and change the bodies of one address."""

    def between(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        if not environ["PATH_INFO"].startswith(path):
            return application(environ, start_response)

        def start(status: str, headers: list[tuple[str, str]], _exc_info: Any = None) -> None:
            start_response(status, [one for one in headers if one[0] != "Content-Length"])

        return [change(b"".join(application(environ, start)))]

    return between


def test_a_stranger_checks_the_whole_log(api: Api, client: Path) -> None:
    """Checkpoint, tiles, every entry, every proof and growth from every size: with Go's code alone."""
    Witnesses(api.room.store).add(Key("w.example", bytes(32), COSIGNS).vkey())
    signed = notes.read_checkpoint(notes.read_note(api.get("/log/checkpoint").data).text)
    secret = withheld_streams(api.room.store, signed.size)
    withheld = sum(entry.stream in secret for entry in api.room.store.entries(0, 10_000))
    assert signed.size > 256
    assert withheld > 200
    root = base64.b64encode(signed.root).decode()
    expected = f"accepted: {signed.size} entries, {withheld} withheld, {root}\n"
    assert expected == told(client, api.app, api.room.checkpoints.key().vkey())


@pytest.mark.parametrize(
    ("address", "change", "said"),
    [
        ("entries", lambda body: body.replace(b"Beta United", b"Beta Unired", 1), "is not the tree's"),
        ("entries", lambda body: body.replace(b'"leaf_hash":"', b'"leaf_hash":"00', 1), "is not the tree's"),
        ("entries", lambda body: body.split(b"\n", 1)[1], "no entry in its turn"),
        ("tile/0/000", lambda body: bytes(HASH_BYTES) + body[HASH_BYTES:], "is not the tree's"),
        ("checkpoint", lambda body: body.replace(b"\n2", b"\n3", 1), "invalid signature"),
        ("proof/7", lambda body: body.replace(b"index 6\n", b"index 6\n" + b"A" * 43 + b"=\n"), "invalid transparency"),
        ("consistency", lambda body: body.replace(b"old 3\n", b"old 3\n" + b"A" * 43 + b"=\n"), "invalid transparency"),
    ],
    ids=["entry", "withheld", "missing", "tile", "checkpoint", "proof", "consistency"],
)
def test_what_is_changed_on_the_way_is_refused(
    small: Api, client: Path, address: str, change: Callable[[bytes], bytes], said: str
) -> None:
    """Whoever serves the log, or stands between, cannot change a letter of it."""
    between = changed(small.app, f"/api/v1/log/{address}", change)
    answer = told(client, between, small.room.checkpoints.key().vkey())
    assert answer.startswith("refused: ")
    assert said in answer


def test_another_key_opens_nothing(small: Api, client: Path) -> None:
    """The client trusts the key it was given, not what is served."""
    other = Key(small.room.checkpoints.origin(), bytes(32)).vkey()
    assert "refused: note has no verifiable signatures\n" == told(client, small.app, other)
