"""Receipts as files: made of every entry that may be shown, checked by a bare Python, and worth nothing once changed."""

from __future__ import annotations

import base64
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from flask import Flask

import wsgi
from projections import receipts
from signatures.aggregate import Reason
from signatures.errors import InvalidInput, NotFound
from signatures.log.eventlog import canonical, leaf_hash
from signatures.organisation import NameParts
from signatures.proof import ed25519, notes
from signatures.proof.merkle import EMPTY, verify_consistency
from signatures.proof.notes import COSIGNS, SIGNS_NOTES, Checkpoint, Key, Note, NotSigned, Proof
from signatures.proof.outside import LogDiverged
from signatures.proof.receipts import NotSealedYet, receipt_of
from signatures.proof.tree import Tree
from signatures.proof.witnesses import Witnesses
from signatures.room import Room
from tests.clock import FixedClock
from tests.editing import Browser, console
from tests.eventful import eventful
from tests.htmlpage import Page
from tests.site import words
from tests.submitting import EDITOR, REFERENCE, confirmed, publish_statement

ROOT = Path(__file__).parent.parent
ORIGIN = "register.example.org/api/v1/log"
NOBODY = "7c1f84da-9435-5aa0-861c-8ef4aad74a79"
PRIVATE, WITNESS = bytes(range(32)), bytes(range(1, 33))
KEY = Key(ORIGIN, ed25519.public_of(PRIVATE))
SEEN = Key("witness.example/w1", ed25519.public_of(WITNESS), COSIGNS)
ENTRY = {
    "data": {"acronym": "MIKSZ", "name": "Ifjúság", "signature_id": "s", "translations": {"en": "Youth"}},
    "position": 1,
    "recorded_at": "2021-06-30T09:14:27.118204Z",
    "stream": "statement/1",
    "type": "Signed",
    "type_version": 1,
    "v": 1,
    "version": 9,
}


@pytest.fixture
def app(environ: dict[str, str], clock: FixedClock) -> Iterator[Flask]:
    """Make an installation with one published statement."""
    made = console(environ, clock)
    publish_statement(made.extensions["room"])
    yield made
    made.extensions["room"].close()


@pytest.fixture
def room(app: Flask) -> Room:
    """Get its room."""
    found: Room = app.extensions["room"]
    return found


def signed(room: Room) -> tuple[str, int]:
    """List an organisation and sign the log; tell signature and position."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    room.checkpoints.make()
    return receipt.signature_id, receipt.position


# ── the file ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_receipt_is_a_file_to_keep(visitor: Browser, room: Room) -> None:
    """It holds the entry as the log has it, and leads from there to a root that the register's key has signed."""
    id_, position = signed(room)
    page = Page(visitor.get(f"/receipts/{id_}").text)
    (href,) = [a["href"] for a in page.all("a") if a["href"].endswith(".tlog-proof")]
    answer = visitor.get(href)
    assert (200, "text/plain; charset=utf-8", f'attachment; filename="{id_}.tlog-proof"') == (
        answer.status_code,
        answer.content_type,
        answer.headers["Content-Disposition"],
    )
    receipt = receipts.read(answer.data)
    (by,) = receipts.check(receipt, [room.checkpoints.key()])
    entry = room.store.entry(position)
    assert entry is not None
    assert (entry.leaf(), entry.document(), position) == (receipt.proof.extra, receipt.entry, receipt.position)
    assert (room.checkpoints.key(), None) == by


def test_a_receipt_is_asked_for_again_and_changes_nothing(visitor: Browser, room: Room) -> None:
    """A cache that asks again hears that nothing is new; a look costs the register no entry and no checkpoint."""
    id_, _ = signed(room)
    before = (room.store.newest(), room.checkpoints.newest())
    first = visitor.get(f"/receipts/{id_}.tlog-proof")
    again = visitor.get(f"/receipts/{id_}.tlog-proof", headers={"If-None-Match": first.headers["ETag"]})
    head = visitor.client.head(f"/receipts/{id_}.tlog-proof")
    assert (304, b"", 200, b"") == (again.status_code, again.data, head.status_code, head.data)
    assert first.headers["Content-Length"] == head.headers["Content-Length"]
    assert ("no-cache", "noindex") == (first.headers["Cache-Control"], first.headers["X-Robots-Tag"])
    assert before == (room.store.newest(), room.checkpoints.newest())


def test_a_receipt_waits_until_the_log_is_signed(visitor: Browser, room: Room) -> None:
    """Until then the page says so and has no button, and its address says when to ask again; nothing is signed by asking."""
    room.checkpoints.make()
    receipt = room.intake.accept(confirmed(room), EDITOR)
    path = f"/receipts/{receipt.signature_id}"
    early = visitor.get(f"{path}.tlog-proof")
    assert (503, "5", "no-store") == (early.status_code, early.headers["Retry-After"], early.headers["Cache-Control"])
    assert "The receipt is not ready yet" in early.text
    page = visitor.get(path).text
    assert "ready within a minute" in page
    assert ".tlog-proof" not in "".join(a["href"] for a in Page(page).all("a"))
    room.checkpoints.make_due()
    assert 200 == visitor.get(f"{path}.tlog-proof").status_code
    assert "Download the receipt" in words(Page(visitor.get(path).text).said)


def test_what_the_public_does_not_see_has_no_receipt(visitor: Browser, room: Room) -> None:
    """A draft's signature is as unknown as one that never was."""
    room.register.draft(EDITOR, reference="draft", kind="statement", time_zone="UTC", default_language="en")
    hidden = room.register.sign(EDITOR, "draft", NameParts("Hidden Union"), signed_on="2021-06-07", method="paper")
    room.checkpoints.make()
    for id_ in (hidden.signature_id, NOBODY, "none", "%00"):
        assert 404 == visitor.get(f"/receipts/{id_}.tlog-proof").status_code
    for form in ("", ".tlog-proof"):
        answers = [visitor.get(f"/receipts/{id_}{form}").text for id_ in (hidden.signature_id, NOBODY)]
        assert answers[0].replace(hidden.signature_id, NOBODY) == answers[1]


def test_what_was_withheld_by_order_has_no_receipt(visitor: Browser, room: Room) -> None:
    """Its leaf is gone, so nobody can hand it out; the page says so, and where it is proved that the entry stands."""
    id_, position = signed(room)
    kept = visitor.get(f"/receipts/{id_}.tlog-proof").data
    room.register.withhold(EDITOR, position, Reason("legal", "order 7 of 2026"))
    gone = visitor.get(f"/receipts/{id_}.tlog-proof")
    page = visitor.get(f"/receipts/{id_}")
    assert (404, 200) == (gone.status_code, page.status_code)
    assert f"/api/v1/log/proof/{position}" in gone.text
    assert "withheld by order" in page.text
    assert f'href="/api/v1/log/proof/{position}"' in page.text
    assert "Union A" not in gone.text + page.text
    receipts.check(receipts.read(kept), [room.checkpoints.key()])  # whoever has one keeps what it proves


def test_a_receipt_outlives_everything_that_comes_after(visitor: Browser, room: Room) -> None:
    """Voided, another edition, another key: the file still verifies, and the log of today continues its checkpoint."""
    id_, position = signed(room)
    old = receipts.read(visitor.get(f"/receipts/{id_}.tlog-proof").data)
    key = room.checkpoints.key()
    room.register.void(EDITOR, id_)
    room.register.publish(EDITOR, REFERENCE, as_of="2026-11-23")
    room.checkpoints.replace_key()
    new = receipts.read(visitor.get(f"/receipts/{id_}.tlog-proof").data)
    assert [key] == [one.key for one in receipts.check(old, [key])]
    assert [room.checkpoints.key()] == [one.key for one in receipts.check(new, [room.checkpoints.key()])]
    assert (position, old.entry) == (new.position, new.entry)
    proof = Tree(room.store).consistency(old.checkpoint.size, new.checkpoint.size)
    assert verify_consistency(old.checkpoint.size, old.checkpoint.root, new.checkpoint.size, new.checkpoint.root, proof)


def test_every_entry_has_a_receipt(room: Room) -> None:
    """Of every type, at every size; each leads to the root of its checkpoint and is of its own position alone."""
    eventful(room.register)
    room.checkpoints.make()
    key, newest = room.checkpoints.key(), room.store.newest()
    assert newest is not None
    for position in range(1, newest.position + 1):
        content = receipt_of(room.store, room.checkpoints, position)
        receipt = receipts.read(content)
        assert (position, newest.position) == (receipt.position, receipt.checkpoint.size)
        assert content == receipt.proof.encode()
        receipts.check(receipt, [key])
    for nowhere in (0, newest.position + 1, 2**62):
        with pytest.raises(NotFound):
            receipt_of(room.store, room.checkpoints, nowhere)


def test_nothing_is_handed_out_that_would_not_verify(room: Room) -> None:
    """An entry that somebody changed in the database has no receipt, and the operator is told what to run."""
    id_, position = signed(room)
    with room.databases["register"].writing("stored_events") as transaction:
        (state,) = transaction.execute("SELECT state FROM stored_events WHERE notification_id = ?", (position,))[0]
        changed = bytes(state).replace(b"Union A", b"Union B")
        transaction.execute("UPDATE stored_events SET state = ? WHERE notification_id = ?", (changed, position))
    with pytest.raises(LogDiverged, match="signatures check"):
        receipt_of(room.store, room.checkpoints, position)
    assert id_


def test_a_witness_stands_under_the_receipt(visitor: Browser, room: Room) -> None:
    """The newest checkpoint that a witness has signed is preferred, as long as it covers the entry."""
    id_, position = signed(room)
    witnesses, note = Witnesses(room.store), room.checkpoints.newest()
    assert note is not None
    text, at = notes.read_note(note).text, int(room.clock().timestamp())
    witnesses.add(SEEN.vkey())
    line = notes.cosign(text, SEEN.name, WITNESS, at)
    with room.databases["register"].writing("cosignature") as transaction:
        size = notes.read_checkpoint(text).size
        transaction.execute("INSERT INTO cosignature VALUES (?, ?, ?, ?)", (size, SEEN.vkey(), line.line(), at))
    room.register.void(EDITOR, id_)
    room.checkpoints.make()
    receipt = receipts.read(visitor.get(f"/receipts/{id_}.tlog-proof").data)
    assert size == receipt.checkpoint.size
    ours = room.checkpoints.key()
    assert [(ours, None), (SEEN, at)] == receipts.check(receipt, [SEEN, ours])
    assert [(ours, None)] == receipts.check(receipt, [ours])
    with pytest.raises(NotSigned, match="no key is trusted"):  # a witness does not speak for the log
        receipts.check(receipt, [SEEN])
    later = receipts.read(receipt_of(room.store, room.checkpoints, position + 1))
    assert size < later.checkpoint.size


# ── the command ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_prove_writes_the_same_file(room: Room, environ: dict[str, str], tmp_path: Path) -> None:
    """By position or by signature, printed or into a new file; what is not signed yet is signed first."""
    receipt = room.intake.accept(confirmed(room), EDITOR)
    runner, out = CliRunner(env=environ), tmp_path / "kept.tlog-proof"
    with pytest.raises(NotSealedYet):
        receipt_of(room.store, room.checkpoints, receipt.position)
    printed = runner.invoke(wsgi.main, ["prove", str(receipt.position)])
    written = runner.invoke(wsgi.main, ["prove", receipt.signature_id, "--out", str(out)])
    expected = receipt_of(room.store, room.checkpoints, receipt.position)
    assert (0, expected) == (printed.exit_code, printed.stdout_bytes)
    assert (0, expected) == (written.exit_code, out.read_bytes())
    again = runner.invoke(wsgi.main, ["prove", receipt.signature_id, "--out", str(out)])
    assert (1, f"{out} exists. Name another file, or move this one away.\n") == (again.exit_code, again.stderr)


def test_prove_warns_of_what_is_not_public(room: Room, environ: dict[str, str]) -> None:
    """The operator may have the receipt of a draft's signature, or of who signs only there, and is told what it gives away."""
    room.register.draft(EDITOR, reference="draft", kind="statement", time_zone="UTC", default_language="en")
    hidden = room.register.sign(EDITOR, "draft", NameParts("Hidden Union"), signed_on="2021-06-07", method="paper")
    known = room.intake.accept(confirmed(room), EDITOR)
    for position, warned in ((hidden.position, True), (hidden.position - 1, True), (known.position, False)):
        told = CliRunner(env=environ).invoke(wsgi.main, ["prove", str(position)])
        assert (0, warned) == (told.exit_code, "is not public yet" in told.stderr)
        assert receipts.read(told.stdout_bytes).position == position


@pytest.mark.parametrize("what", ["0", "999", "9" * 5_000, "x", "", "7c1f84da-9435-5aa0-861c-8ef4aad74a79"])
def test_prove_refuses_what_is_not_there(room: Room, environ: dict[str, str], what: str) -> None:
    """With a sentence and nothing on the standard output."""
    told = CliRunner(env=environ).invoke(wsgi.main, ["prove", what])
    assert (1, "", 1) == (told.exit_code, told.stdout, told.stderr.count("\n"))


# ── checking, on nothing but Python ──────────────────────────────────────────────────────────────────────────────────


def made(leaf: bytes, *, index: int = 0, private: bytes = PRIVATE, origin: str = ORIGIN) -> bytes:
    """Make the receipt of a leaf that is alone in its log."""
    text = Checkpoint(origin, index + 1, leaf_hash(leaf)).text()
    return Proof(index, (), Note(text, (notes.sign(text, origin, private),)), leaf).encode()


GOOD = made(canonical(ENTRY))


def told(content: bytes, *keys: Key) -> tuple[int, list[str]]:
    """Check a receipt as the command does: its exit status and lines."""
    lines: list[str] = []
    return receipts.tell(content, keys, lines.append), lines


def test_a_receipt_in_words() -> None:
    """Each fact stands on a line, the verdict on the last."""
    hash_ = receipts.in_fours(leaf_hash(canonical(ENTRY)))
    expected = [
        "entry       1, Signed",
        "signatory   MIKSZ Ifjúság (Youth)",
        "recorded    2021-06-30T09:14:27.118204Z",
        "stream      statement/1, version 9",
        f"leaf hash   {hash_}",
        f"checkpoint  {ORIGIN}, 1 entries",
        f"root        {hash_}",
        f"signed by   {ORIGIN} (key {KEY.id.hex()})",
        "This receipt is right.",
    ]
    assert (0, expected) == told(GOOD, KEY)


@pytest.mark.parametrize(
    ("content", "keys", "why"),
    [
        (GOOD, [], "no key is trusted here (none)"),
        (GOOD, [SEEN], "no key is trusted here (witness.example/w1)"),
        (GOOD, [Key("other.example/log", KEY.public)], "no key is trusted here (other.example/log)"),
        (GOOD, [Key(ORIGIN, SEEN.public)], "No key that you trust has signed this"),
        (made(canonical(ENTRY), private=WITNESS), [KEY], "No key that you trust has signed this"),
        (made(canonical(ENTRY), origin="other.example/log"), [KEY], "of other.example/log, of which no key"),
        (made(canonical({**ENTRY, "position": 2})), [KEY], "the entry says position 2, the proof 1"),
        (made(canonical({**ENTRY, "position": True})), [KEY], "is no entry of a log"),
        (made(canonical({**ENTRY, "position": 1.0})), [KEY], "is no entry of a log"),
        (made(canonical({**ENTRY, "version": 2**53})), [KEY], "is no entry of a log"),
        (made(canonical({**ENTRY, "data": []})), [KEY], "is no entry of a log"),
        (made(canonical({**ENTRY, "Ä": 1})), [KEY], "is no entry of a log"),
        (made(canonical(ENTRY) + b"\n"), [KEY], "is no entry of a log"),
        (made(b'{"data":{},' + canonical(ENTRY)[1:]), [KEY], "is no entry of a log"),
        (made(canonical({**ENTRY, "data": {"name": "?"}}).replace(b"?", b"\\ud800")), [KEY], "is no entry of a log"),
        (made(b"[" * 60_000 + b"]" * 5_000), [KEY], "is no entry of a log"),
        (made(b"{}"), [KEY], "is no entry of a log"),
        (made(b"\xff"), [KEY], "is no entry of a log"),
        (b"", [KEY], "no proof"),
        (b"x" * 400_000, [KEY], "longer than 300000 bytes"),
        (notes.read_proof(GOOD)._replace(extra=b"").encode(), [KEY], "a proof without its entry"),
    ],
)
def test_what_proves_nothing(content: bytes, keys: list[Key], why: str) -> None:
    """One sentence tells why, and of what the file claims nothing is repeated."""
    status, (line,) = told(content, *keys)
    assert 1 == status
    assert line.startswith("This receipt proves NOTHING here. ")
    assert why in line
    assert "Ifjúság" not in line


def test_an_empty_log_proves_no_entry() -> None:
    """A checkpoint of nothing, signed as it may be, leads nowhere."""
    text = Checkpoint(ORIGIN, 0, EMPTY).text()
    proof = notes.read_proof(GOOD)._replace(note=Note(text, (notes.sign(text, ORIGIN, PRIVATE),)))
    assert 1 == told(proof.encode(), KEY)[0]


def test_every_byte_counts() -> None:
    """Whichever bit of a receipt is turned, it is no receipt or proves nothing."""
    held = []
    for place in range(len(GOOD)):
        for bit in (1, 16, 32):
            changed = bytearray(GOOD)
            changed[place] ^= bit
            held += [(place, bit)] if told(bytes(changed), KEY)[0] != 1 else []
    assert [] == held


def test_what_a_log_says_does_not_steer_the_terminal() -> None:
    """A signed entry of a hostile log is shown, but not its escapes; odd types of its fields break nothing."""
    odd = {"acronym": ["x"], "name": "a\x1b[2J\u202eb", "translations": "en", "country_printed": {"en": 7}}
    status, lines = told(made(canonical({**ENTRY, "data": odd, "recorded_at": "\x07"})), KEY)
    assert 0 == status
    assert "a\ufffd[2J\ufffdb" in lines[1]
    assert all(line.isprintable() for line in lines)


def run(content: bytes, folder: Path, path: str, *keys: Key) -> subprocess.CompletedProcess[str]:
    """Check a receipt on a Python without any package."""
    (folder / "receipt").write_bytes(content)
    script = (
        "import sys; from pathlib import Path; from projections import receipts; from signatures.proof import notes\n"
        "keys = [notes.read_vkey(line) for line in sys.argv[1:]]\n"
        "sys.exit(receipts.tell(Path('receipt').read_bytes(), keys))"
    )
    command = [sys.executable, "-S", "-s", "-c", script, *(key.vkey() for key in keys)]
    environ = {"PYTHONPATH": str(ROOT), "PATH": path, "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)


def test_a_bare_python_checks_it(tmp_path: Path) -> None:
    """With openssl the signature too; without, it says loudly that this was not checked, and ends with 3."""
    right = run(GOOD, tmp_path, os.environ["PATH"], KEY)
    assert (0, "This receipt is right.", "") == (right.returncode, right.stdout.splitlines()[-1], right.stderr)
    wrong = run(made(canonical(ENTRY), private=WITNESS).replace(KEY.id, b"?"), tmp_path, os.environ["PATH"], KEY)
    assert 1 == wrong.returncode
    blind = run(GOOD, tmp_path, str(tmp_path), KEY)
    assert (3, "") == (blind.returncode, blind.stderr)
    assert "NOT checked" in blind.stdout
    assert "is right" not in blind.stdout


def test_random_files_are_refused_in_a_sentence() -> None:
    """Whatever arrives, checking ends with a verdict."""
    draw = random.Random(2016)
    for _ in range(300):
        begin, end = sorted(draw.choices(range(len(GOOD)), k=2))
        other = base64.b64encode(draw.randbytes(draw.randrange(60)))
        content = GOOD[:begin] + draw.choice((b"", b"\n", b"\n\n", other, other + b"\n", b"\xe2\x80\x94 ")) + GOOD[end:]
        assert (told(content, KEY)[0] == 0) == (content == GOOD)


def test_reading_alone_believes_nothing() -> None:
    """What is read is told apart from what is checked: a false receipt may read well."""
    receipt = receipts.read(made(canonical(ENTRY), private=WITNESS))
    assert ENTRY == receipt.entry
    with pytest.raises(NotSigned):
        receipts.check(receipt, [KEY])
    with pytest.raises(InvalidInput):
        receipts.read(GOOD[:-1])
    assert SIGNS_NOTES == KEY.kind
