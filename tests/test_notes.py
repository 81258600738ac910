"""Signed notes, checkpoints, cosignatures and proofs read and written as C2SP says, and as Go and openssl have them."""

from __future__ import annotations

import base64
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.errors import InvalidInput
from signatures.log.eventlog import leaf_hash
from signatures.proof import ed25519, merkle, notes
from signatures.proof.notes import Checkpoint, Key, Note, NotSigned, Proof

ROOT = Path(__file__).parent.parent
PRIVATE, OTHER, WITNESS = bytes(range(32)), bytes(range(1, 33)), bytes(range(2, 34))
ORIGIN = "register.example.org/api/v1/log"
CHECKPOINT = Checkpoint(ORIGIN, 20_852_163, leaf_hash(b"root"))
KEY = Key(ORIGIN, ed25519.public_of(PRIVATE))
SEEN = Key("witness.example/w1", ed25519.public_of(WITNESS), notes.COSIGNS)
NOTE = Note(CHECKPOINT.text(), (notes.sign(CHECKPOINT.text(), ORIGIN, PRIVATE),))

# The example of Go's golang.org/x/mod/sumdb/note.
PETER = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETERS_SEED = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
PETERS_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETERS_NOTE = f"{PETERS_TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"


# ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_key_on_one_line() -> None:
    """Name, id and key, as Go writes them, there and back."""
    assert PETER == Key("PeterNeumann", ed25519.public_of(PETERS_SEED)).vkey()
    for key in (KEY, SEEN, notes.read_vkey(PETER)):
        assert key == notes.read_vkey(key.vkey() + "\n")


def test_a_witness_key_has_another_id() -> None:
    """So that a signature of one kind is never taken for one of the other."""
    assert KEY.id != KEY._replace(kind=notes.COSIGNS).id


@pytest.mark.parametrize(
    "line",
    ["", "+", "a+b", "a+b+c", PETER[1:], PETER[:-1], PETER.replace("c74f20a3", "c74f20a4"), PETER.replace("+AR", "+ZR"),
     f"{PETER}BADKEY==", PETER.replace("PeterNeumann", "Peter Neumann"), PETER.replace("c74f20a3", "C74F20A3"), PETER + "é"],
)  # fmt: skip
def test_what_is_no_key(line: str) -> None:
    """A wrong id, length, kind or spelling is refused."""
    with pytest.raises(InvalidInput, match="verification key"):
        notes.read_vkey(line)


# ── notes ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_note_as_go_signs_it() -> None:
    """Ed25519 is deterministic: the same text and key give the same bytes."""
    signature = notes.sign(PETERS_TEXT, "PeterNeumann", PETERS_SEED)
    assert PETERS_NOTE == Note(PETERS_TEXT, (signature,)).encode().decode()
    note = notes.read_note(PETERS_NOTE.encode())
    assert PETERS_TEXT == note.text
    assert [(notes.read_vkey(PETER), None)] == notes.verify(note, [notes.read_vkey(PETER)])


def test_a_note_is_the_same_when_read_and_written() -> None:
    """Also one whose text holds empty lines and other scripts, under several signatures."""
    text = "first\n\nélève 日本\n\n— not a signature yet\n"
    note = Note(text, tuple(notes.sign(text, f"key{number}.example", os.urandom(32)) for number in range(16)))
    assert note == notes.read_note(note.encode())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "no signatures follow"),
        (PETERS_TEXT.encode(), "no signatures follow"),
        (PETERS_NOTE.encode()[:-1], "no signatures follow"),
        (PETERS_NOTE.encode() + b"\n", "no signatures follow"),
        (PETERS_NOTE.encode() + b"\n\n", "no signatures follow"),
        (PETERS_NOTE.replace("—", "-").encode(), "is no signature"),
        (PETERS_NOTE.replace("— P", "—  P").encode(), "is no signature"),
        (PETERS_NOTE.replace("PeterN", "Peter+N").encode(), "is no signature"),
        (PETERS_NOTE.replace("PeterN", "Peter\N{NO-BREAK SPACE}N").encode(), "is no signature"),
        (PETERS_NOTE.replace("nAM=", "nAN=").encode(), "is no signature"),
        (PETERS_NOTE.replace("x08go/", "x08go_").encode(), "is no signature"),
        (PETERS_TEXT.encode() + "\n— name AAAAAA==\n".encode(), "is no signature"),
        (PETERS_NOTE.replace("cryptography", "crypto\tgraphy").encode(), "control character"),
        (PETERS_NOTE.replace("\n", "\r\n").encode(), "control character"),
        (PETERS_NOTE.encode()[:-40] + b"\xff" + PETERS_NOTE.encode()[-39:], "not UTF-8"),
        (b"x" * notes.NOTE_LIMIT + PETERS_NOTE.encode(), "longer than"),
        ((PETERS_TEXT + "\n" + PETERS_NOTE.split("\n")[-2] + ("\n" + PETERS_NOTE.split("\n")[-2]) * 64 + "\n").encode(), "more than 64"),
    ],
)  # fmt: skip
def test_what_is_no_note(content: bytes, told: str) -> None:
    """Each kind of damage is refused with what it is."""
    with pytest.raises(InvalidInput, match=told):
        notes.read_note(content)


@given(st.integers(0, len(NOTE.encode()) - 1), st.integers(1, 255))
def test_a_changed_note_is_not_signed(place: int, change: int) -> None:
    """Whichever byte is changed, the note cannot be read or its signature is not good."""
    content = bytearray(NOTE.encode())
    content[place] ^= change
    with pytest.raises((InvalidInput, NotSigned)):
        notes.verify(notes.read_note(bytes(content)), [KEY])


def test_signatures_of_unknown_keys_are_passed_over() -> None:
    """Also of one that has the known key's name or its id alone; but there must be a known one."""
    namesake = notes.sign(NOTE.text, ORIGIN, OTHER)
    same_id = namesake._replace(name="other.example", key_id=KEY.id)
    strangers = Note(NOTE.text, (namesake, same_id))
    assert [(KEY, None)] == notes.verify(Note(NOTE.text, (*strangers.signatures, *NOTE.signatures)), [KEY])
    with pytest.raises(NotSigned, match="No key that you trust"):
        notes.verify(strangers, [KEY])
    with pytest.raises(NotSigned, match="No key that you trust"):
        notes.verify(NOTE, [])


def test_a_false_signature_of_a_known_key_spoils_the_note() -> None:
    """A good one beside it does not make up for it."""
    false = notes.sign("other text\n", "second.example", OTHER)
    both = Note(NOTE.text, (*NOTE.signatures, false))
    with pytest.raises(NotSigned, match=r"second\.example is false"):
        notes.verify(both, [KEY, Key("second.example", ed25519.public_of(OTHER))])


# ── cosignatures ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_witness_cosigns_a_checkpoint() -> None:
    """Its signature holds the time, which is signed too, and stands beside the log's own."""
    witnessed = Note(NOTE.text, (*NOTE.signatures, notes.cosign(NOTE.text, SEEN.name, WITNESS, 1_679_315_147)))
    read = notes.read_note(witnessed.encode())
    assert [(KEY, None), (SEEN, 1_679_315_147)] == notes.verify(read, [KEY, SEEN])
    assert [(KEY, None)] == notes.verify(read, [KEY])


def test_a_cosignature_is_the_one_of_the_specification() -> None:
    """The message is the two lines and the note's whole text; before the signature stand eight bytes of time."""
    signature = notes.cosign(NOTE.text, SEEN.name, WITNESS, 1_679_315_147)
    message = b"cosignature/v1\ntime 1679315147\n" + NOTE.text.encode()
    assert (1_679_315_147).to_bytes(8, "big") == signature.content[:8]
    assert ed25519.verify(SEEN.public, signature.content[8:], message)
    assert not ed25519.verify(SEEN.public, signature.content[8:], NOTE.text.encode())


def test_another_time_is_not_cosigned() -> None:
    """Nor is a time that no clock shows, nor a signature cut short, nor a plain signature by the witness's key."""
    good = notes.cosign(NOTE.text, SEEN.name, WITNESS, 1_679_315_147)
    endless = (2**63).to_bytes(8, "big") + ed25519.sign(WITNESS, notes._cosigned(NOTE.text, 2**63))
    plain = ed25519.sign(WITNESS, NOTE.text.encode())
    for content in (
        (1_679_315_148).to_bytes(8, "big") + good.content[8:],
        endless,
        plain,
        bytes(8) + plain,
        good.content[:9],
    ):
        with pytest.raises(NotSigned, match="is false"):
            notes.verify(Note(NOTE.text, (good._replace(content=content),)), [SEEN])


# ── checkpoints ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_checkpoints_text() -> None:
    """Three lines, there and back; extension lines of another log are kept."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    read = notes.read_checkpoint(text)
    assert ("example.com/behind-the-sofa", 20_852_163, 32) == (read.origin, read.size, len(read.root))
    assert text == read.text()
    assert (f"{text}more\n", ("more",)) == (
        notes.read_checkpoint(f"{text}more\n").text(),
        notes.read_checkpoint(f"{text}more\n").extensions,
    )
    assert "0" == Checkpoint(ORIGIN, 0, merkle.EMPTY).text().split("\n")[1]


@pytest.mark.parametrize(
    "change",
    [("20852163", "020852163"), ("20852163", "-1"), ("20852163", ""), ("20852163", "٣"), ("20852163", "1" * 19),
     (ORIGIN, ""), ("=\n", "\n"), ("=\n", "=\n\n"), ("=\n", "=\n\nmore\n"), ("=\n", "="), ("20852163\n", "20852163\nAAAA\n")],
)  # fmt: skip
def test_what_is_no_checkpoint(change: tuple[str, str]) -> None:
    """Another spelling of a size, a line too few, a root of another length."""
    with pytest.raises(InvalidInput, match="no checkpoint"):
        notes.read_checkpoint(CHECKPOINT.text().replace(*change))


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def proved(index: int, size: int) -> tuple[bytes, Proof]:
    """Prove a leaf of a tree; return its hash with the proof."""
    leaves = [leaf_hash(b"%d" % number) for number in range(size)]

    def node(level: int, place: int) -> bytes:
        return merkle.root_of(leaves[place << level : (place + 1) << level])

    text = Checkpoint(ORIGIN, size, merkle.root_of(leaves)).text()
    note = Note(text, (notes.sign(text, ORIGIN, PRIVATE),))
    return leaves[index], Proof(index, tuple(merkle.inclusion_proof(node, index, size)), note)


@pytest.mark.parametrize(("index", "size"), [(0, 1), (0, 7), (4, 7), (6, 7)])
def test_a_proof_is_a_file(index: int, size: int) -> None:
    """It reads as it was written, also with extra data, and leads from the leaf to the signed root."""
    leaf, proof = proved(index, size)
    content = proof.encode()
    assert content.startswith(b"c2sp.org/tlog-proof@v1\nindex %d\n" % index)
    extra = proof._replace(extra=b"\0\0\0")
    assert extra.encode() == content.replace(b"v1\ni", b"v1\nextra AAAA\ni")
    assert (proof, extra) == (notes.read_proof(content), notes.read_proof(extra.encode()))
    checkpoint, signed = notes.read_proof(content).verify(leaf, [KEY], ORIGIN)
    assert (size, [(KEY, None)]) == (checkpoint.size, signed)


def test_a_proof_of_something_else() -> None:
    """Another leaf, another log, another key, another index: none is proved."""
    leaf, proof = proved(4, 7)
    other = proof._replace(leaf_index=5)
    for wrong, hash_, key, origin, told in (
        (proof, leaf_hash(b"5"), KEY, ORIGIN, "does not lead"),
        (other, leaf, KEY, ORIGIN, "does not lead"),
        (proof, leaf, KEY, "other.example/log", "not about other"),
        (proof, leaf, SEEN, ORIGIN, "No key that you trust"),
    ):
        with pytest.raises(NotSigned, match=told):
            wrong.verify(hash_, [key], origin)


@pytest.mark.parametrize("line", ["extra ", "extra AAA", "extra AAAB\nextra AAAA", "extra AA A", "extra ÄAAA", "extra"])
def test_extra_data_is_base64_in_its_one_spelling(line: str) -> None:
    """Any other line in its place is no proof; an absent one is the only way to have none."""
    content = proved(4, 7)[1].encode().replace(b"v1\ni", f"v1\n{line}\ni".encode())
    with pytest.raises(InvalidInput, match="no proof"):
        notes.read_proof(content)


@given(st.data())
def test_a_changed_proof_proves_nothing(data: st.DataObject) -> None:
    """Whichever byte is changed, it cannot be read or does not verify."""
    leaf, proof = proved(4, 7)
    content = bytearray(proof.encode())
    content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises((InvalidInput, NotSigned)):
        notes.read_proof(bytes(content)).verify(leaf, [KEY], ORIGIN)


# ── Ed25519 without the package ──────────────────────────────────────────────────────────────────────────────────────


def test_openssl_accepts_the_notes_signature(tmp_path: Path) -> None:
    """The words of the README, typed by an auditor: text, signature without its first four bytes, public key."""
    (tmp_path / "text").write_text(NOTE.text, encoding="utf-8")
    (tmp_path / "signature").write_bytes(base64.b64decode(NOTE.encode().split()[-1])[4:])
    (tmp_path / "key.pem").write_bytes(ed25519.public_pem(KEY.public))
    command = "openssl pkeyutl -verify -pubin -inkey key.pem -rawin -in text -sigfile signature"
    told = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature Verified Successfully\n" == told.stdout


def test_openssl_and_the_package_agree() -> None:
    """Good, of another text, by another key, changed, and no signature at all."""
    good = NOTE.signatures[0].content
    message = NOTE.text.encode()
    for public, signature, text in (
        (KEY.public, good, message),
        (KEY.public, good, message + b"\n"),
        (SEEN.public, good, message),
        (KEY.public, good[:-1] + bytes([good[-1] ^ 1]), message),
        (KEY.public, bytes(64), message),
    ):
        assert ed25519.verify(public, signature, text) is ed25519.verify_by_openssl(public, signature, text)
    assert not ed25519.verify(KEY.public, good[:-1], message)
    assert not ed25519.verify(KEY.public[:-1], good, message)


def test_where_nothing_can_check_it_says_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither yes nor no: without an openssl, or with one that does not know Ed25519."""
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)
    assert notes.verify(NOTE, [KEY])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ed25519.Unchecked, match="NOT checked"):
        notes.verify(NOTE, [KEY])
    (tmp_path / "openssl").write_text("#!/bin/sh\necho 'pkeyutl: Unknown option: -rawin' >&2; exit 1\n")
    (tmp_path / "openssl").chmod(0o755)
    with pytest.raises(ed25519.Unchecked, match="NOT checked"):
        notes.verify(NOTE, [KEY])


def test_an_auditor_needs_nothing_but_python(tmp_path: Path) -> None:
    """On a bare Python, without any package, notes and proofs are read and verified by openssl."""
    leaf, proof = proved(4, 7)
    (tmp_path / "proof").write_bytes(proof.encode())
    script = (
        "from pathlib import Path; from signatures.proof import notes, merkle\n"
        f"proof = notes.read_proof(Path('proof').read_bytes())\n"
        f"checkpoint, signed = proof.verify(bytes.fromhex('{leaf.hex()}'), [notes.read_vkey('{KEY.vkey()}')], '{ORIGIN}')\n"
        "print(checkpoint.size, signed[0].key.name)"
    )
    environ = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}
    told = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=tmp_path, env=environ, capture_output=True, text=True, check=True
    )
    assert f"7 {ORIGIN}\n" == told.stdout


def test_key_files_are_openssls(tmp_path: Path) -> None:
    """A private key that openssl made is read, ours is read by openssl, and both see the same public key."""
    made = tmp_path / "made.pem"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", made], check=True, capture_output=True)
    private = ed25519.read_private_pem(made.read_bytes(), made)
    assert made.read_bytes() == ed25519.private_pem(private)
    public = subprocess.run(["openssl", "pkey", "-in", made, "-pubout"], check=True, capture_output=True).stdout
    assert public == ed25519.public_pem(ed25519.public_of(private))


@pytest.mark.parametrize(
    "content",
    [b"", b"x", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", ed25519.public_pem(KEY.public),
     ed25519.private_pem(PRIVATE)[:-30], ed25519.private_pem(PRIVATE).replace(b"MC4", b"MC5"), b"\xff" * 99,
     ed25519.private_pem(PRIVATE).replace(b"PRIVATE", b"ENCRYPTED PRIVATE")],
)  # fmt: skip
def test_what_is_no_key_file(content: bytes) -> None:
    """The file is named, its content never."""
    with pytest.raises(ed25519.NotAKey, match=r"^/etc/key holds no Ed25519 key") as refused:
        ed25519.read_private_pem(content, "/etc/key")
    assert "AAAA" not in refused.value.sentence
