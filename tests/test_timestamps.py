"""Time stamps of checkpoints: an authority made with openssl stamps them, and openssl alone verifies what is served."""

from __future__ import annotations

import random
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from signatures.errors import InvalidInput, Misconfigured, RegisterError
from signatures.proof import rfc3161
from signatures.proof.timestamps import REPLY_LIMIT, Timestamps
from signatures.settings import read_settings
from tests.answering import answering
from tests.api import Api, code_of, small_environ
from tests.commands import Commands
from tests.conftest import cannot
from tests.eventful import draft, sign

CONFIGURATION = """
[tsa]
default_tsa = stamping
[stamping]
serial = {folder}/serial
crypto_device = builtin
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
"""


class Authority:
    """An authority that stamps on a free loopback port; `answer` takes the place of what it says."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.answer: tuple[int, bytes] | None = None
        self.asked: list[bytes] = []
        (folder / "serial").write_text("01\n")
        (folder / "tsa.cnf").write_text(CONFIGURATION.format(folder=folder))
        subject = ["-subj", "/CN=Stamping for tests", "-days", "2", "-addext", "extendedKeyUsage=critical,timeStamping"]
        keys = ["-newkey", "rsa:2048", "-nodes", "-keyout", self.file("key.pem"), "-out", self.file("cert.pem")]
        openssl("req", "-x509", *keys, *subject)
        authority = self

        class Asked(BaseHTTPRequestHandler):
            """Answers one request."""

            def do_POST(self) -> None:
                """Stamp."""
                query = self.rfile.read(int(self.headers["Content-Length"]))
                status, reply = authority.stamp(query) if authority.answer is None else authority.answer
                self.send_response(status)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                with suppress(ConnectionError):
                    self.wfile.write(reply)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Asked)
        self.url = f"http://127.0.0.1:{self.server.server_port}/stamp"
        self.thread = Thread(target=self.server.serve_forever, name="authority")
        self.thread.start()

    def file(self, name: str) -> str:
        """Name one of its files."""
        return str(self.folder / name)

    def stamp(self, query: bytes) -> tuple[int, bytes]:
        """Reply to a query as openssl does."""
        self.asked.append(query)
        (self.folder / "query.tsq").write_bytes(query)
        signer = ["-signer", self.file("cert.pem"), "-inkey", self.file("key.pem")]
        asked = ["-config", self.file("tsa.cnf"), "-section", "stamping", "-queryfile", self.file("query.tsq")]
        openssl("ts", "-reply", *asked, *signer, "-out", self.file("reply.tsr"))
        return 200, (self.folder / "reply.tsr").read_bytes()

    def verifies(self, data: bytes, reply: bytes) -> bool:
        """Ask openssl whether a reply is this authority's about some bytes."""
        (self.folder / "data").write_bytes(data)
        (self.folder / "served.tsr").write_bytes(reply)
        trust = ["-CAfile", self.file("cert.pem")]
        words = ["ts", "-verify", "-in", self.file("served.tsr"), "-data", self.file("data"), *trust]
        return subprocess.run(["openssl", *words], capture_output=True, check=False).returncode == 0

    def close(self) -> None:
        """Stop."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


def openssl(*words: str) -> bytes:
    return subprocess.run(["openssl", *words], capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    """Run the authority once."""
    if shutil.which("openssl") is None:
        cannot(LookupError("openssl is not installed."), "REQUIRE_OPENSSL")
    made = Authority(tmp_path_factory.mktemp("authority"))
    yield made
    made.close()


@pytest.fixture
def authority(running: Authority) -> Authority:
    """Let it say what it says by itself."""
    running.answer, running.asked = None, []
    return running


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of a register with one signature."""
    opened = Api(environ)
    draft(opened.room.register)
    sign(opened.room.register, "Alpha")
    opened.room.checkpoints.make()
    yield opened
    opened.close()


def test_openssl_verifies_what_is_served(api: Api, authority: Authority, environ: dict[str, str]) -> None:
    """The list has the bytes that were stamped, the reply lies beside: nothing else is needed, years later."""
    run = Commands({**environ, "SIGNATURES_TSA_URL": authority.url})
    said = run.said("timestamp")
    (told,) = api.get("/log/timestamps").get_json()["timestamps"]
    assert f"The checkpoint of size {told['size']} was stamped by 127.0.0.1 at {told['stamped_at']}.\n" == said
    assert (api.position(), "127.0.0.1") == (told["size"], told["authority"])
    assert api.get("/log/checkpoint").text == told["note"]
    reply = api.get(f"/log/timestamps/{told['size']}")
    assert "application/timestamp-reply" == reply.content_type
    assert authority.verifies(told["note"].encode(), reply.data)
    assert not authority.verifies(told["note"].encode() + b" ", reply.data)
    assert timedelta(minutes=5) > abs(datetime.now(UTC) - datetime.fromisoformat(told["stamped_at"]))


def test_the_request_is_what_openssl_reads(api: Api, authority: Authority) -> None:
    """With the hash of the note, a number that is used once, and a wish for the certificate."""
    Timestamps(api.room.store).make(api.room.checkpoints, authority.url)
    (query,) = authority.asked
    (authority.folder / "asked.tsq").write_bytes(query)
    told = openssl("ts", "-query", "-in", authority.file("asked.tsq"), "-text").decode()
    assert "Hash Algorithm: sha256" in told
    assert "Certificate required: yes" in told
    assert "Nonce: 0x" in told


def test_a_checkpoint_is_stamped_once(api: Api, authority: Authority) -> None:
    """The command twice asks once; the next checkpoint has a stamp of its own, and the list begins with it."""
    stamps = Timestamps(api.room.store)
    first = stamps.make(api.room.checkpoints, authority.url)
    assert first == stamps.make(api.room.checkpoints, authority.url)
    sign(api.room.register, "Beta")
    api.room.checkpoints.make()
    second = stamps.make(api.room.checkpoints, authority.url)
    assert [second, first] == stamps.newest()
    assert 2 == len(authority.asked)
    assert first == stamps.at(first.size)


def test_what_was_not_stamped_is_not_there(api: Api) -> None:
    """An empty list, and 404 in words; a size that is none is the client's mistake."""
    assert {"timestamps": []} == api.get("/log/timestamps").get_json()
    for size in (1, 999, 10**14):
        assert "not-found" == code_of(api.get(f"/log/timestamps/{size}"))
    assert "invalid-parameter" == code_of(api.get("/log/timestamps/first"))


# ── an authority that is wrong ───────────────────────────────────────────────────────────────────────────────────────


def refused(api: Api, url: str) -> str:
    """Tell with which words a stamp is refused; nothing is kept."""
    stamps = Timestamps(api.room.store)
    with pytest.raises(RegisterError) as found:
        stamps.make(api.room.checkpoints, url)
    assert [] == stamps.newest()
    return found.value.sentence


def test_a_stamp_of_something_else_is_refused(api: Api, authority: Authority) -> None:
    """Of other bytes, or of these in answer to an earlier request, which somebody may have kept."""
    note = api.room.checkpoints.newest()
    assert note is not None
    for query in (rfc3161.request_for(b"other bytes", 1), rfc3161.request_for(note, 1)):
        authority.answer = authority.stamp(query)
        assert "stamped something else" in refused(api, authority.url)


@pytest.mark.parametrize(
    ("status", "reply", "said"),
    [
        (200, b"", "no time stamp as RFC 3161"),
        (200, b"<html>", "no time stamp as RFC 3161"),
        (200, b"\x30\x03\x02\x01\x00", "no time stamp as RFC 3161"),
        (
            200,
            bytes.fromhex("3018301602010230110c0f6e6f20737563682073657276696365"),
            "refused to stamp (no such service)",
        ),
        (200, b"\x30\x05\x30\x03\x02\x01\x02", "refused to stamp (it does not say why)"),
        (200, b"x" * (REPLY_LIMIT + 1), "which is no time stamp"),
        (404, b"", "answered 404"),
        (302, b"", "answered 302"),
    ],
    ids=["empty", "page", "short", "refusal", "mute", "long", "missing", "moved"],
)
def test_another_answer_is_refused_in_words(
    api: Api, authority: Authority, status: int, reply: bytes, said: str
) -> None:
    """And nothing is kept; the next try may be better."""
    authority.answer = status, reply
    assert said in refused(api, authority.url)
    authority.answer = None
    assert api.position() == Timestamps(api.room.store).make(api.room.checkpoints, authority.url).size


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\n\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n",
    ],
    ids=["no-http", "cut-off", "no-gzip", "no-chunk"],
)
def test_an_answer_that_breaks_off_is_said(api: Api, answer: bytes) -> None:
    """A connection that ends early, or bytes that are not what their header says, are no fault of ours."""
    with answering(answer) as url:
        assert "The authority cannot be reached" in refused(api, url)


def test_who_cannot_be_reached_is_said(api: Api) -> None:
    """With what to look at."""
    assert "SIGNATURES_TSA_URL" in refused(api, "http://127.0.0.1:9/")


def test_spoilt_replies_are_never_a_fault(authority: Authority) -> None:
    """Whatever bytes come: they are read as what they say, or refused in words."""
    _, good = authority.stamp(rfc3161.request_for(b"bytes", 7))
    assert 7 == rfc3161.read_reply(good).nonce
    draw = random.Random(3161)
    for _ in range(3_000):
        place = draw.randrange(len(good))
        spoilt = good[:place] + draw.randbytes(draw.randrange(4)) + good[place + draw.randrange(4) :]
        with suppress(InvalidInput):
            rfc3161.read_reply(spoilt)
    for end in range(0, len(good), 7):
        with pytest.raises(InvalidInput):
            rfc3161.read_reply(good[:end])


def test_the_setting_is_needed_and_is_an_address(tmp_path: Path) -> None:
    """Both are said by name."""
    environ = small_environ(tmp_path)
    Commands(environ)("init")
    assert "SIGNATURES_TSA_URL is not set" in Commands(environ).refused("timestamp", status=3)
    with pytest.raises(Misconfigured, match="SIGNATURES_TSA_URL is no web address"):
        read_settings({**environ, "SIGNATURES_TSA_URL": "tsa.example.org"})
