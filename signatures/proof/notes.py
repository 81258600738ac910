"""Signed notes, checkpoints and cosignatures as C2SP writes them; the format needs nothing but Python.

c2sp.org/signed-note, c2sp.org/tlog-checkpoint, c2sp.org/tlog-cosignature (Ed25519), c2sp.org/tlog-proof.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from signatures.errors import InvalidInput, RegisterError
from signatures.proof import ed25519
from signatures.proof.merkle import HASH_BYTES, verify_inclusion

DASH = "\N{EM DASH} "
SIGNATURE_LIMIT = 64  # signatures of one note; the specification asks for at least 16
NOTE_LIMIT = 100_000  # bytes
SIGNS_NOTES, COSIGNS = 1, 4  # the signature types of c2sp.org/signed-note that are used here
NAME = re.compile(r"[^\s+\x00-\x1f\x7f]+")  # \s is every Unicode space
SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
PROOF = "c2sp.org/tlog-proof@v1"
COSIGNATURE = "cosignature/v1"
TIME_BYTES, TIME_LIMIT = 8, 2**63


class NotSigned(RegisterError):
    """A note without the signature of a key that is trusted, or with a false one."""

    code, title, status = "not-signed", "The signature is missing or false", 403


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Key(NamedTuple):
    """A public key with the name of whom it signs for; the kind says what it signs."""

    name: str
    public: bytes
    kind: int = SIGNS_NOTES

    @property
    def id(self) -> bytes:
        """The four bytes that stand before each of its signatures."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def vkey(self) -> str:
        """Write the key on one line."""
        return f"{self.name}+{self.id.hex()}+{_base64(bytes([self.kind]) + self.public)}"


def read_vkey(line: str) -> Key:
    """Read a key written on one line; raise InvalidInput for what is none."""
    parts = line.strip().split("+", 2)
    material = _bytes(parts[-1])
    if len(parts) == 3 and NAME.fullmatch(parts[0]) and material and len(material) == 1 + ed25519.KEY_BYTES:
        key = Key(parts[0], material[1:], material[0])
        if key.kind in (SIGNS_NOTES, COSIGNS) and key.vkey() == line.strip():
            return key
    raise InvalidInput("This is no verification key: it reads name+8 hexadecimal digits+base64 of an Ed25519 key.")


# ── notes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


class Signature(NamedTuple):
    """A line of signature."""

    name: str
    key_id: bytes
    content: bytes

    def line(self) -> str:
        """Write it as it stands under a note."""
        return f"{DASH}{self.name} {_base64(self.key_id + self.content)}\n"


class Note(NamedTuple):
    """A text, with its last newline, and the signatures under it."""

    text: str
    signatures: tuple[Signature, ...]

    def encode(self) -> bytes:
        """Write the note."""
        return (self.text + "\n" + "".join(signature.line() for signature in self.signatures)).encode()


def read_note(content: bytes) -> Note:
    """Read a note; raise InvalidInput for what is none. Its text is to be believed after `verify` alone."""
    if len(content) > NOTE_LIMIT:
        raise InvalidInput(f"This is no signed note: it is longer than {NOTE_LIMIT} bytes.")
    try:
        whole = content.decode()
    except UnicodeDecodeError as error:
        raise InvalidInput("This is no signed note: it is not UTF-8.") from error
    if any(character < " " and character != "\n" for character in whole):
        raise InvalidInput("This is no signed note: it holds a control character.")
    text, blank, lines = whole.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise InvalidInput("This is no signed note: no signatures follow its last empty line.")
    signatures = tuple(map(_read_signature, lines[:-1].split("\n")))
    if len(signatures) > SIGNATURE_LIMIT:
        raise InvalidInput(f"This is no signed note: it has more than {SIGNATURE_LIMIT} signatures.")
    return Note(text + "\n", signatures)


def _read_signature(line: str) -> Signature:
    name, space, encoded = line.removeprefix(DASH).partition(" ")
    content = _bytes(encoded)
    if not (line.startswith(DASH) and space and NAME.fullmatch(name) and content and len(content) > 4):
        raise InvalidInput("This is no signed note: a line under its last empty line is no signature.")
    return Signature(name, content[:4], content[4:])


def sign(text: str, name: str, private: bytes) -> Signature:
    """Sign a note's text."""
    key = Key(name, ed25519.public_of(private))
    return Signature(name, key.id, ed25519.sign(private, text.encode()))


def cosign(text: str, name: str, private: bytes, time: int) -> Signature:
    """Sign as a witness does: that at this time (seconds since 1970) no larger and no other tree was seen."""
    key = Key(name, ed25519.public_of(private), COSIGNS)
    signature = ed25519.sign(private, _cosigned(text, time))
    return Signature(name, key.id, time.to_bytes(TIME_BYTES, "big") + signature)


def _cosigned(text: str, time: int) -> bytes:
    return f"{COSIGNATURE}\ntime {time}\n{text}".encode()


class Signed(NamedTuple):
    """A signature that was found right: whose, and for a cosignature when."""

    key: Key
    time: int | None


def verify(note: Note, keys: Iterable[Key]) -> list[Signed]:
    """Check the signatures of known keys, ignore all others; raise NotSigned where one is false or none is there."""
    found = []
    known = {(key.name, key.id): key for key in keys}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is not None:
            found.append(_verified(note.text, key, signature))
    if not found:
        raise NotSigned("No key that you trust has signed this. See that the key is the right one.")
    return found


def _verified(text: str, key: Key, signature: Signature) -> Signed:
    time, content, message = None, signature.content, text.encode()
    if key.kind == COSIGNS:
        time, content = int.from_bytes(content[:TIME_BYTES], "big"), content[TIME_BYTES:]
        message = _cosigned(text, time)
    if (time or 0) >= TIME_LIMIT or not ed25519.verify(key.public, content, message):
        raise NotSigned(f"The signature of {key.name} is false: the text is not what was signed.")
    return Signed(key, time)


# ── checkpoints ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Checkpoint(NamedTuple):
    """What is signed of a log: its name, its size and the root of its tree. Extension lines are read, never written."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def text(self) -> str:
        """Write the text that is signed."""
        return "".join(f"{line}\n" for line in (self.origin, self.size, _base64(self.root), *self.extensions))


def read_checkpoint(text: str) -> Checkpoint:
    """Read the text of a note as a checkpoint; raise InvalidInput for what is none."""
    lines = text.split("\n")
    if len(lines) > 3 and all(lines[:-1]) and SIZE.fullmatch(lines[1]) and not lines[-1]:
        root = _bytes(lines[2])
        if root and len(root) == HASH_BYTES:
            return Checkpoint(lines[0], int(lines[1]), root, tuple(lines[3:-1]))
    raise InvalidInput("This is no checkpoint: it has other lines than origin, size and root.")


class Proof(NamedTuple):
    """That a leaf is in the tree of a checkpoint, as one file (`.tlog-proof`); nobody signed the extra data."""

    leaf_index: int
    hashes: tuple[bytes, ...]
    note: Note
    extra: bytes = b""

    def encode(self) -> bytes:
        """Write the file."""
        extra = [f"extra {_base64(self.extra)}"] if self.extra else []
        lines = (PROOF, *extra, f"index {self.leaf_index}", *map(_base64, self.hashes), "")
        return "".join(f"{line}\n" for line in lines).encode() + self.note.encode()

    def verify(self, leaf: bytes, keys: Sequence[Key], origin: str) -> tuple[Checkpoint, list[Signed]]:
        """Check signatures, origin and the way from a leaf's hash to the root; raise NotSigned for what does not hold."""
        signed = verify(self.note, keys)
        checkpoint = read_checkpoint(self.note.text)
        if checkpoint.origin != origin:
            raise NotSigned(f"This proof is about the log {checkpoint.origin}, not about {origin}.")
        if not verify_inclusion(leaf, self.leaf_index, checkpoint.size, self.hashes, checkpoint.root):
            raise NotSigned(
                "This proof does not lead from this entry to the checkpoint: it is another entry's, or changed."
            )
        return checkpoint, signed


def read_proof(content: bytes) -> Proof:
    """Read a `.tlog-proof`; raise InvalidInput for what is none."""
    head, blank, note = content.partition(b"\n\n")
    lines, extra = head.decode("ascii", "replace").split("\n"), b""
    if lines[1:] and lines[1].startswith("extra "):
        extra = _bytes(lines.pop(1).removeprefix("extra ")) or b""
        if not extra:
            raise InvalidInput("This is no proof: its extra data is not base64.")
    hashes = tuple(_bytes(line) or b"" for line in lines[2:])
    if not (blank and lines[0] == PROOF and lines[1:] and all(len(one) == HASH_BYTES for one in hashes)):
        raise InvalidInput(f"This is no proof: it does not read as {PROOF} says.")
    word, _, index = lines[1].partition(" ")
    if word != "index" or not SIZE.fullmatch(index):
        raise InvalidInput("This is no proof: its index is missing.")
    return Proof(int(index), hashes, read_note(note), extra)


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(encoded: str) -> bytes | None:
    """Read base64; None for any but the one spelling."""
    try:
        content = base64.b64decode(encoded.encode("ascii"), validate=True)
    except (ValueError, binascii.Error):
        return None
    return content if _base64(content) == encoded else None
