"""Where webhooks may go: never into a network that is not public, whatever an address looks like or a name says."""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from signatures.errors import InvalidInput, Misconfigured
from signatures.settings import read_settings
from signatures.webhooks import addresses, sending
from signatures.webhooks.addresses import Target, may_reach, parse_networks, parse_target
from signatures.webhooks.sending import Answered, Sender
from tests.receiver import Receiver, receiving

LOOPBACK = parse_networks("127.0.0.0/8, ::1")
PUBLIC = "93.184.215.14"
NOT_PUBLIC = [
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "127.255.0.9", "169.254.169.254", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.2.1", "192.168.1.1", "198.18.0.1", "203.0.113.7", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1", "fe80::1", "fec0::1",
    "fc00::1", "fd00:ec2::254", "ff02::1", "2001:db8::1", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::1", "2002:a9fe:a9fe::1", "2001:0:4136:e378:8000:63bf:80ff:fffe", "100::1",
]  # fmt: skip


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Receive on this machine."""
    with receiving() as made:
        yield made


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_address_that_is_not_public(address: str) -> None:
    """Private, loopback, link-local, metadata, documentation, multicast: also where IPv6 only stands for it."""
    assert not may_reach(ipaddress.ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidInput, match="no public address"):
        parse_target(f"https://{host}/hook")


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_reached_over_https_alone(address: str) -> None:
    """Also through a network's translation to IPv4; never without encryption, even where some network is allowed."""
    assert may_reach(ipaddress.ip_address(address))
    assert not may_reach(ipaddress.ip_address(address), LOOPBACK, plain=True)
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(InvalidInput, match="no public address"):
        parse_target(f"http://{host}/", LOOPBACK)


@pytest.mark.parametrize(
    "url",
    [
        "", "hook", "http://example.org/", "ftp://example.org/", "//example.org/", "https://", "https:///x",
        "file:///etc/passwd", "gopher://example.org/", "https://user@example.org/", "https://u:p@example.org/",
        "https://example.org/#x", "https://example.org:0/", "https://example.org:22/", "https://example.org:99999/",
        "https://example.org:port/", "https://exa mple.org/", "https://example.org/\r\nHost: x", "https://example.org\\@x/",
        "https://ex\u0430mple.org/", "https://[::1/", "https://a..example.org/", f"https://{'a' * 64}.org/",
        f"https://example.org/{'a' * 2_000}", "https://example.org/\0", "https://[fe80::1%25lo]/", "https://127.0.0.1/",
    ],
)  # fmt: skip
def test_addresses_that_are_refused_when_they_are_given(url: str) -> None:
    """Another scheme, a user, a fragment, another service's port, what is no address: each in a sentence."""
    with pytest.raises(InvalidInput):
        parse_target(url)


def test_an_address_is_taken_apart() -> None:
    """Host, port and path stay as they are, the query too."""
    assert Target("https", "example.org", 443, "/") == parse_target("https://example.org")
    target = parse_target("https://Example.org:8443/a/b?c=d&e")
    assert (Target("https", "example.org", 8443, "/a/b?c=d&e"), "example.org:8443") == (target, target.authority)
    assert (
        "[2606:2800:21f:cb07:6820:80da:af6b:8b2c]"
        == parse_target("https://[2606:2800:21f:cb07:6820:80da:af6b:8b2c]/").authority
    )


def test_networks_that_are_no_networks_stop_the_start() -> None:
    """The setting is read once and refused with a sentence."""
    with pytest.raises(Misconfigured) as refused:
        read_settings(
            {"SIGNATURES_DATABASE": "sqlite:////x", "SIGNATURES_WEBHOOK_NETWORKS": "10.0.0.1/8"}, need_secret=False
        )
    (finding,) = refused.value.findings
    assert finding.startswith("SIGNATURES_WEBHOOK_NETWORKS: 10.0.0.1/8 has host bits set")


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Names:
    """Answers for names in place of the resolver, each time with the next answer; literal addresses stay what they are."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> None:
        self.answers, self.asked, self.real = list(answers), list[str](), socket.getaddrinfo
        monkeypatch.setattr(socket, "getaddrinfo", self)

    def __call__(self, host: str, port: int, *args: Any, **options: Any) -> Any:
        """Answer."""
        if host[:1].isdigit() or ":" in host:
            return self.real(host, port, *args, **options)
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        kinds = {4: socket.AF_INET, 6: socket.AF_INET6}
        return [
            (
                kinds[ipaddress.ip_address(one).version],
                socket.SOCK_STREAM,
                6,
                "",
                (one, port, *([0, 0] if ":" in one else [])),
            )
            for one in found
        ]


@pytest.mark.parametrize(
    ("answer", "fault"),
    [([], "unknown"), (["127.0.0.1"], "private"), ([PUBLIC, "10.0.0.1"], "private"), (["::ffff:127.0.0.1"], "private")],
)
def test_names_that_lead_inside_are_not_followed(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, answer: list[str], fault: str
) -> None:
    """One address that is not public spoils a name; nobody is spoken to."""
    Names(monkeypatch, answer)
    target = parse_target(f"https://hooks.example:{receiver.url.split(':')[2].partition('/')[0]}/")
    assert Answered(None, fault) == Sender().send(target, {}, b"{}")
    assert [] == receiver.got


def test_a_name_is_asked_once_and_its_answer_is_where_the_message_goes(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """A name that says something public first and this machine a moment later does not lead here."""
    connected: list[str] = []

    def connect(place: tuple[str, int], **_: Any) -> socket.socket:
        connected.append(place[0])
        raise TimeoutError

    names = Names(monkeypatch, [PUBLIC], ["127.0.0.1"])
    monkeypatch.setattr(socket, "create_connection", connect)
    port = receiver.url.split(":")[2].partition("/")[0]
    assert Answered(None, "late") == Sender().send(parse_target(f"https://hooks.example:{port}/"), {}, b"{}")
    assert (["hooks.example"], [PUBLIC], []) == (names.asked, connected, receiver.got)
    assert Answered(None, "private") == Sender().send(parse_target(f"https://hooks.example:{port}/"), {}, b"{}")


def test_a_name_that_is_looked_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    """The resolver is left alone after the deadline: whoever owns a name may let it answer as slowly as they like."""
    ended = Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **_options: ended.wait(20) and [])
    monkeypatch.setattr(addresses, "LOOKING_SECONDS", 0.1)
    began = time.monotonic()
    assert Answered(None, "late") == Sender().send(parse_target("https://hooks.example/"), {}, b"{}")
    ended.set()
    assert time.monotonic() - began < 3


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "127.1", "017700000001", "localhost"])
def test_odd_ways_to_write_this_machine(receiver: Receiver, host: str) -> None:
    """What the system reads as an address is looked at as that address."""
    port = receiver.url.split(":")[2].partition("/")[0]
    assert "private" == Sender().send(Target("https", host, int(port), "/"), {}, b"{}").fault
    assert [] == receiver.got


# ── receivers that do harm ───────────────────────────────────────────────────────────────────────────────────────────


def drips(asked: BaseHTTPRequestHandler) -> None:
    """Send a byte of an endless header now and then."""
    asked.wfile.write(b"HTTP/1.1 200 OK\r\nX: ")
    for _ in range(200):
        asked.wfile.write(b"x")
        time.sleep(0.02)


def goes_on(asked: BaseHTTPRequestHandler) -> None:
    """Say to go on, for ever."""
    for _ in range(1_000):
        asked.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        time.sleep(0.01)


def says(*parts: bytes) -> Callable[[BaseHTTPRequestHandler], None]:
    """Say these bytes."""

    def act(asked: BaseHTTPRequestHandler) -> None:
        for part in parts:
            asked.wfile.write(part)

    return act


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (drips, Answered(None, "late")),
        (goes_on, Answered(None, "late")),
        (says(), Answered(None, "unreachable")),
        (says(b"SSH-2.0-x\r\n"), Answered(None, "no-http")),
        (says(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 200, b"\r\n"), Answered(None, "no-http")),
        (says(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 100_000, b"\r\n\r\n"), Answered(None, "no-http")),
        (says(b"HTTP/1.1 99999999999 OK\r\n\r\n"), Answered(None, "no-http")),
        (says(b"HTTP/1.1 204 OK\r\nContent-Length: 99999999999\r\n\r\n"), Answered(204)),
        (says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"), Answered(200)),
        (says(b"HTTP/1.1 200 OK\r\nContent-Length: 9000000\r\n\r\n", *[b"y" * 65_536] * 200), Answered(200)),
        (says(b"HTTP/1.1 429 Slow\r\nRetry-After: 120\r\n\r\n"), Answered(429, None, 120)),
        (says(b"HTTP/1.1 503 Slow\r\nRetry-After: 99999999999\r\n\r\n"), Answered(503)),
        (says(b"HTTP/1.1 101 Other\r\n\r\n"), Answered(101)),
    ],
)
def test_whatever_a_receiver_answers(
    monkeypatch: pytest.MonkeyPatch,
    receiver: Receiver,
    act: Callable[[BaseHTTPRequestHandler], None],
    expected: Answered,
) -> None:
    """It ends within the deadline and is told as what it is; nothing of the answer but the status is kept."""
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    receiver.act = act
    began = time.monotonic()
    assert expected == Sender(LOOPBACK).send(parse_target(receiver.url, LOOPBACK), {}, b"{}")
    assert time.monotonic() - began < 3


def test_a_redirect_is_an_answer_like_another(receiver: Receiver) -> None:
    """It is not followed, so that nobody is led inside by it."""
    receiver.status, receiver.headers = 307, {"Location": receiver.url}
    assert 307 == Sender(LOOPBACK).send(parse_target(receiver.url, LOOPBACK), {}, b"{}").status
    assert 1 == len(receiver.got)


def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch, receiver: Receiver) -> None:
    """The message goes where its address says."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert Answered(204) == Sender(LOOPBACK).send(parse_target(receiver.url, LOOPBACK), {}, b"{}")


# ── TLS ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a certificate for hooks.example, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("hooks.example")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "hooks.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


def test_the_certificate_must_be_the_names(monkeypatch: pytest.MonkeyPatch, certificate: Path) -> None:
    """The name's own, by an authority that is trusted, though the connection was made to an address; else nothing is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    trusting = ssl.create_default_context(cafile=str(certificate))
    Names(monkeypatch, ["127.0.0.1"])
    with receiving(context) as receiver:
        own = parse_target(receiver.url.replace("127.0.0.1", "hooks.example"))
        assert Answered(None, "untrusted") == Sender(LOOPBACK).send(own, {}, b"{}")
        other = own._replace(host="other.example")
        assert Answered(None, "untrusted") == Sender(LOOPBACK, trusting).send(other, {}, b"{}")
        assert [] == receiver.got
        assert Answered(204) == Sender(LOOPBACK, trusting).send(own, {}, b"{}")
        assert [own.authority] == [got.headers["host"] for got in receiver.got]


def test_a_handshake_that_never_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that takes the connection and says nothing is left after the deadline."""
    monkeypatch.setattr(sending, "SECONDS", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        target = Target("https", "127.0.0.1", silent.getsockname()[1], "/")
        assert Answered(None, "late") == Sender(LOOPBACK).send(target, {}, b"{}")
