"""Time stamps as RFC 3161 has them: a request for one, and what a reply says. Who signed a reply is for `openssl ts` to tell."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import NamedTuple

from signatures.errors import InvalidInput

INTEGER, OCTETS, TIME, SEQUENCE = 0x02, 0x04, 0x18, 0x30
SHA256 = bytes.fromhex("0609608648016503040201")  # as they stand in DER, tag and length before
SIGNED_DATA = bytes.fromhex("06092a864886f70d010702")
STAMP = bytes.fromhex("060b2a864886f70d0109100104")
NULL, TRUE = b"\x05\x00", b"\x01\x01\xff"
ENDLESS, LONGEST = 0x80, 6  # a length that DER has not; where contents begin after four bytes of length
GRANTED = (0, 1)  # granted, granted with changes


class Stamp(NamedTuple):
    """What a reply says: that bytes of this SHA-256 existed at this moment, in answer to this request."""

    sha256: bytes
    at: datetime
    nonce: int | None


def request_for(content: bytes, nonce: int) -> bytes:
    """Write the request for a time stamp of some bytes, with the authority's certificate in the reply."""
    imprint = _der(SEQUENCE, _der(SEQUENCE, SHA256, NULL), _der(OCTETS, hashlib.sha256(content).digest()))
    return _der(SEQUENCE, _integer(1), imprint, _integer(nonce), TRUE)


def read_reply(reply: bytes) -> Stamp:
    """Read a reply; raise InvalidInput for a refusal and for what is no reply. Its signature is not looked at."""
    try:
        ((_, parts),) = _parts(reply)
        (_, status), *rest = _parts(parts)
        _check_status(status)
        ((_, token),) = rest
        return _stamp(_signed(token))
    except (ValueError, IndexError) as error:
        raise InvalidInput("The authority's answer is no time stamp as RFC 3161 has it.") from error


def _check_status(status: bytes) -> None:
    (_, code), *rest = _parts(status)
    if int.from_bytes(code, "big") in GRANTED:
        return
    said = [text.decode(errors="replace") for tag, texts in rest if tag == SEQUENCE for _, text in _parts(texts)]
    raise InvalidInput(f"The authority refused to stamp ({' '.join(said) or 'it does not say why'}).")


def _signed(token: bytes) -> bytes:
    """Open the signed data of a token, and the stamp that it holds."""
    data = _enclosed(token, SIGNED_DATA)
    holder = next((value for tag, value in _parts(data) if tag == SEQUENCE), b"")
    return _enclosed(holder, STAMP)


def _enclosed(content: bytes, expected: bytes) -> bytes:
    """Open what a type and an envelope enclose."""
    (tag, kind), (_, envelope) = _parts(content)
    if _der(tag, kind) != expected:
        raise ValueError("something else is enclosed")
    ((_, enclosed),) = _parts(envelope)
    return enclosed


def _stamp(content: bytes) -> Stamp:
    ((_, info),) = _parts(content)  # the octets hold one sequence
    _, _, (_, imprint), _, (tag, at), *rest = _parts(info)
    (_, algorithm), (_, digest) = _parts(imprint)
    if tag != TIME or not algorithm.startswith(SHA256):
        raise ValueError("another time or another hash")
    nonce = next((int.from_bytes(value, "big") for tag, value in rest if tag == INTEGER), None)
    return Stamp(digest, _moment(at.decode("ascii")), nonce)


def _moment(text: str) -> datetime:
    whole, _, fraction = text.removesuffix("Z").partition(".")
    moment = datetime.strptime(whole, "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    return moment.replace(microsecond=int(fraction[:6].ljust(6, "0")) if fraction else 0)


# ── DER ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _der(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + content


def _integer(number: int) -> bytes:
    return _der(INTEGER, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _parts(content: bytes) -> list[tuple[int, bytes]]:
    """Part what stands one after the other; raise ValueError where it does not add up."""
    found = []
    while content:
        tag, length, begin = content[0], content[1], 2
        if length >= 0x80:
            begin = 2 + (length & 0x7F)
            length = int.from_bytes(content[2:begin], "big")
        if content[1] == ENDLESS or begin > LONGEST or begin + length > len(content):
            raise ValueError("cut off")
        found.append((tag, content[begin : begin + length]))
        content = content[begin + length :]
    return found
