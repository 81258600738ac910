"""Whatever is edited in a bundle, the auditor finds it and names the first position at which something is wrong.

TAMPERING_EDITS is the number of random edits of each kind; the default makes 10,000 in some 40 seconds. SHA256SUMS is made anew after each edit, as
anybody can who edits, so that the proofs have to find it.
"""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projections.auditing import brought, seals
from projections.auditing.audit import Trust
from projections.auditing.found import Difference
from projections.auditing.whole import MANIFEST
from signatures.bundles.sums import SUMS, summed, sums
from signatures.log.eventlog import canonical, sha256
from signatures.proof import ed25519, notes
from tests.bundles import Exported, copied, first, lines, make, resigned, retiled, rewritten

EDITS = int(os.environ.get("TAMPERING_EDITS", "667"))  # of each kind
HASH = 32
ENTRIES, TILE, LISTS = "entries.jsonl", "tile/0/", "lists/"


class Bundle:
    """A bundle under edit: its folder, and the bytes of every file as exported."""

    def __init__(self, folder: Path) -> None:
        """Remember all its files."""
        self.folder = folder
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        self.files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}
        self.touched: dict[str, bytes | None] = {}

    def named(self, *parts: str) -> list[str]:
        """List the files whose names begin so."""
        return [name for name in self.files if name.startswith(parts)]

    def write(self, name: str, content: bytes) -> None:
        """Write a file."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        self.touched[name] = content

    def take(self, name: str) -> None:
        """Take a file away."""
        (self.folder / name).unlink()
        self.touched[name] = None

    def sum(self) -> None:
        """Make SHA256SUMS fit again, as anybody can."""
        now = {name: content for name, content in (self.files | self.touched).items() if content is not None}
        listed = [f"{sha256(now[name])}  {name}\n" for name in summed(sorted(now))]
        self.write(SUMS, "".join(listed).encode())

    def restore(self) -> None:
        """Put every file back as it was exported."""
        for name in self.touched:
            if name in self.files:
                (self.folder / name).write_bytes(self.files[name])
            else:
                (self.folder / name).unlink()
        self.touched.clear()


Edit = Callable[[random.Random, Bundle], str]  # returns the name of the file that it edited


# ── edits of any file ────────────────────────────────────────────────────────────────────────────────────────────────


def flip(draw: random.Random, bundle: Bundle) -> str:
    """Change one bit of one byte of any file."""
    name = draw.choice(list(bundle.files))
    content = bytearray(bundle.files[name])
    content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
    bundle.write(name, bytes(content))
    return name


def cut(draw: random.Random, bundle: Bundle) -> str:
    """Cut a file off anywhere."""
    name = draw.choice(list(bundle.files))
    bundle.write(name, bundle.files[name][: draw.randrange(len(bundle.files[name]))])
    return name


def grow(draw: random.Random, bundle: Bundle) -> str:
    """Put bytes in anywhere."""
    name = draw.choice(list(bundle.files))
    content = bundle.files[name]
    place = draw.randrange(len(content) + 1)
    bundle.write(
        name, content[:place] + draw.choice([b"\n", b" ", b"\0", b"{}\n", b"0", content[:40]]) + content[place:]
    )
    return name


def remove(draw: random.Random, bundle: Bundle) -> str:
    """Take a file away."""
    name = draw.choice(list(bundle.files))
    bundle.take(name)
    return name


def put(draw: random.Random, bundle: Bundle) -> str:
    """Put a file where none was."""
    beside = draw.choice(list(bundle.files))
    name = draw.choice(
        [f"{beside}.orig", "notes.txt", f"texts/{draw.randbytes(32).hex()}", "tile/0/001", "tile/1/000.p/1", "former/1",
         "lists/secret-2021/newest.json", "withheld-texts/a", "lists/peace-2021/edition-9.json"]
    )  # fmt: skip
    bundle.write(name, bundle.files[beside])
    return name


def exchange(draw: random.Random, bundle: Bundle) -> str:
    """Exchange two files of one kind."""
    names = bundle.named(*draw.choice([("texts/",), (LISTS,), ("checkpoint", "cosigned"), ("vkey", "witnesses")]))
    one, other = draw.sample(names, 2)
    bundle.write(one, bundle.files[other])
    bundle.write(other, bundle.files[one])
    return one


# ── edits of lines ───────────────────────────────────────────────────────────────────────────────────────────────────


def by_line(change: Callable[[random.Random, list[bytes]], None]) -> Edit:
    """Edit the lines of the log, or of a list."""

    def edit(draw: random.Random, bundle: Bundle) -> str:
        name = draw.choice([ENTRIES, ENTRIES, *bundle.named(LISTS)])
        all_lines = bundle.files[name].splitlines(keepends=True)
        change(draw, all_lines)
        bundle.write(name, b"".join(all_lines))
        return name

    return edit


def delete(draw: random.Random, all_lines: list[bytes]) -> None:
    del all_lines[draw.randrange(len(all_lines))]


def swap(draw: random.Random, all_lines: list[bytes]) -> None:
    one, other = draw.sample(range(len(all_lines)), 2)
    all_lines[one], all_lines[other] = all_lines[other], all_lines[one]


def insert(draw: random.Random, all_lines: list[bytes]) -> None:
    all_lines.insert(draw.randrange(len(all_lines) + 1), draw.choice(all_lines))


def truncate(draw: random.Random, all_lines: list[bytes]) -> None:
    del all_lines[draw.randrange(len(all_lines)) :]


def renumber(draw: random.Random, bundle: Bundle) -> str:
    """Take an entry out, and move all later ones up by one position."""
    entries = lines(bundle.folder / ENTRIES)
    place = draw.randrange(len(entries) - 1)
    del entries[place]
    for later in range(place, len(entries)):
        document = json.loads(entries[later])
        entries[later] = canonical({**document, "position": later + 1}) + b"\n"
    bundle.write(ENTRIES, b"".join(entries))
    return ENTRIES


def swap_payloads(draw: random.Random, bundle: Bundle) -> str:
    """Exchange what two entries say, under their own positions."""
    entries = lines(bundle.folder / ENTRIES)
    shown = [place for place, line in enumerate(entries) if b'"data":' in line]
    one, other = draw.sample(shown, 2)
    documents = [json.loads(entries[place]) for place in (one, other)]
    for place, document, data in zip((one, other), documents, documents[::-1], strict=True):
        entries[place] = canonical({**document, "data": data["data"]}) + b"\n"
    bundle.write(ENTRIES, b"".join(entries))
    return ENTRIES


def withhold(draw: random.Random, bundle: Bundle) -> str:
    """Show an entry as its hash alone, and count it as withheld."""
    entries = lines(bundle.folder / ENTRIES)
    shown = [place for place, line in enumerate(entries) if b'"data":' in line]
    place = draw.choice(shown)
    tile = bundle.files[bundle.named(TILE)[0]]
    hash_ = tile[place * HASH : (place + 1) * HASH].hex()
    entries[place] = canonical({"leaf_hash": hash_, "position": place + 1}) + b"\n"
    bundle.write(ENTRIES, b"".join(entries))
    manifest = json.loads(bundle.files[MANIFEST])
    manifest["withheld"] += 1
    bundle.write(MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n")
    return ENTRIES


def reword(draw: random.Random, bundle: Bundle) -> str:
    """Change what an entry says and write it as entries are written."""
    entries = lines(bundle.folder / ENTRIES)
    shown = [place for place, line in enumerate(entries) if b'"type":"Signed"' in line]
    place = draw.choice(shown)
    changes: list[dict[str, Any]] = [{"name": "Nobody"}, {"signed_on": "2021-06-01"}, {"territories": ["DE"]}]
    entries[place] = rewritten(entries[place], **draw.choice(changes))
    bundle.write(ENTRIES, b"".join(entries))
    return ENTRIES


def restate(draw: random.Random, bundle: Bundle) -> str:
    """Change a field of an entry of a list, and write it as lists are written."""
    name = draw.choice(bundle.named(LISTS))
    all_lines = bundle.files[name].splitlines(keepends=True)
    place = draw.choice([place for place, line in enumerate(all_lines) if line.startswith(b'{"number":')])
    end = b",\n" if all_lines[place].endswith(b",\n") else b"\n"
    element = json.loads(all_lines[place].removesuffix(end))
    field = draw.choice(sorted(element))
    element[field] = {str: "Nobody", int: 7_000, bool: not element[field]}.get(type(element[field]), "set")
    all_lines[place] = json.dumps(element, ensure_ascii=False, separators=(",", ":")).encode() + end
    bundle.write(name, b"".join(all_lines))
    return name


KINDS: dict[str, Edit] = {
    "a bit of any file": flip,
    "a file cut off": cut,
    "bytes put in": grow,
    "a file taken away": remove,
    "a file put in": put,
    "two files exchanged": exchange,
    "a line taken out": by_line(delete),
    "two lines exchanged": by_line(swap),
    "a line put in": by_line(insert),
    "lines cut off": by_line(truncate),
    "entries renumbered": renumber,
    "two payloads exchanged": swap_payloads,
    "an entry withheld": withhold,
    "an entry reworded": reword,
    "an entry of a list reworded": restate,
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export a register in which everything happened."""
    return make(tmp_path_factory.mktemp("audited"))


@pytest.fixture
def bundle(exported: Exported, tmp_path: Path) -> Bundle:
    """Copy it."""
    return Bundle(copied(exported.folder, tmp_path / "bundle"))


@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_is_found_where_it_is(kind: str, bundle: Bundle) -> None:
    """The untouched bundle passes; of an edited one the first difference names the first position that is wrong, or the file."""
    assert first(bundle.folder) is None
    draw, found = random.Random(kind), 0
    while found < EDITS:
        name = KINDS[kind](draw, bundle)
        edited = bundle.touched[name]
        if edited == bundle.files.get(name):
            bundle.restore()
            continue  # two lines, or two payloads, may be the same
        if name != SUMS and not only_sums_know(kind, name, edited, bundle):
            bundle.sum()
        difference = first(bundle.folder)
        assert difference is not None, f"{kind} in {name} was not found"
        assert is_named(kind, name, edited, difference, bundle), f"{kind} in {name}: {difference.told()}"
        bundle.restore()
        found += 1
    assert first(bundle.folder) is None


# ── edits by whoever holds the key, found by what was kept ───────────────────────────────────────────────────────────


def held(exported: Exported, name: str = "public") -> Trust:
    """Hold the checkpoint of a bundle that was exported before."""
    return Trust(since=brought.held(exported.folder.parent / name / "checkpoint"))


def test_a_log_cut_off_behind_a_held_checkpoint(exported: Exported, bundle: Bundle) -> None:
    """An earlier bundle, right in itself, ends before the checkpoint that somebody holds: the first position that is gone."""
    earlier = exported.folder.parent / "earlier"
    size = len(lines(earlier / ENTRIES))
    assert first(earlier) is None
    difference = first(earlier, held(exported))
    assert difference is not None
    assert (size + 1, True) == (difference.position, "cut off" in difference.sentence)
    assert first(bundle.folder, held(exported, "earlier")) is None


@pytest.mark.parametrize("edit", [renumber, swap_payloads, reword])
def test_a_log_written_anew(edit: Edit, exported: Exported, bundle: Bundle) -> None:
    """Rewritten with tiles and sums, and with the key signed anew: what was held says between which positions it begins."""
    draw, folder = random.Random(edit.__name__), bundle.folder
    earlier = len(lines(exported.folder.parent / "earlier" / ENTRIES))
    for number in range(max(4, EDITS // 20)):
        edit(draw, bundle)
        place = first_line(bundle.files[ENTRIES], bundle.touched[ENTRIES] or b"")
        root = retiled(folder)
        if number % 2:
            resigned(folder, exported.private, root)
        (folder / SUMS).write_bytes(sums(folder))
        difference = first(folder, held(exported, "earlier"))
        if place <= earlier or not number % 2:
            assert difference is not None
            assert (1 if place <= earlier else earlier + 1) <= (difference.position or 0) <= place, difference
        assert first(folder, held(exported)) is not None
        bundle = Bundle(copied(exported.folder, folder))


def test_a_log_signed_by_another_key(exported: Exported, bundle: Bundle) -> None:
    """A bundle that is right in itself is not that of the key which somebody trusts."""
    trusted = brought.key_given(str(bundle.folder / "vkey"))
    text = (bundle.folder / "checkpoint").read_text().partition("\n\n")[0] + "\n"
    false = notes.Note(text, (notes.sign(text, trusted.name, b"k" * 32),))
    bundle.write("checkpoint", false.encode())
    bundle.write("vkey", f"{notes.Key(trusted.name, ed25519.public_of(b'k' * 32)).vkey()}\n".encode())
    for name in ("cosigned", "witnesses"):
        bundle.take(name)
    bundle.sum()
    assert first(bundle.folder) is None
    difference = first(bundle.folder, Trust(keys=[trusted]))
    assert difference is not None
    assert "another key than the one that you trust" in difference.sentence


def test_an_earlier_checkpoint_under_a_longer_log(exported: Exported, bundle: Bundle) -> None:
    """A checkpoint that is true, but of another size, names the first position that it does not cover."""
    earlier = exported.folder.parent / "earlier"
    bundle.write("checkpoint", (earlier / "checkpoint").read_bytes())
    bundle.sum()
    difference = first(bundle.folder)
    assert difference is not None
    assert len(lines(earlier / ENTRIES)) + 1 == difference.position


# ── where ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def only_sums_know(kind: str, name: str, edited: bytes | None, bundle: Bundle) -> bool:
    """Tell whether nothing that is signed can tell what was edited.

    The newest list is a true one of another day; an organisation's entry, on which no list rests, is not shown; or what
    a witness signed was taken away.
    """
    if kind == "an entry withheld":
        place = first_line(bundle.files[ENTRIES], edited or b"") - 1
        return b'"stream":"organisation/' in bundle.files[ENTRIES].splitlines()[place]
    if name == seals.COSIGNED:
        return edited is None
    if not name.endswith("newest.json") or edited is None or name not in bundle.files:
        return False
    try:
        one, other = json.loads(edited), json.loads(bundle.files[name])
    except ValueError:
        return False
    return isinstance(one, dict) and {**one, "as_of": None} == {**other, "as_of": None}


def is_named(kind: str, name: str, edited: bytes | None, difference: Difference, bundle: Bundle) -> bool:
    """Tell whether a difference names what was edited: the first position that is wrong, or else the file."""
    original, position = bundle.files.get(name), difference.position
    if kind == "two files exchanged":
        return position is not None or any(one in difference.sentence for one in bundle.files)
    if original is None or edited is None:
        return name in difference.sentence or position is not None
    if name == ENTRIES:
        line = first_line(original, edited)
        if "or at a later withheld position" in difference.sentence:
            return position is not None and position <= line
        return line == position or only_sums_know(kind, name, edited, bundle)
    if name.startswith(TILE):
        slots = range(0, len(original), HASH)
        place = next((at // HASH for at in slots if edited[at : at + HASH] != original[at : at + HASH]), None)
        return position == (len(original) // HASH if place is None else place + 1)
    if name.startswith("texts/"):
        entries = bundle.files[ENTRIES].splitlines()
        return position in {number for number, line in enumerate(entries, 1) if name[6:].encode() in line}
    if name.startswith(LISTS):
        where = position_in(original, edited) if kind == "an entry of a list reworded" else position
        return name in difference.sentence and position is not None and where in (position, None)
    return name in difference.sentence or position is not None


def first_line(original: bytes, edited: bytes) -> int:
    """Tell the first line that differs."""
    pairs = (original.splitlines(keepends=True), edited.split(b"\n"))
    for number, line in enumerate(pairs[0]):
        if number >= len(pairs[1]) or line[:-1] != pairs[1][number] or number + 1 == len(pairs[1]):
            return number + 1
    return len(pairs[0]) + 1


def position_in(original: bytes, edited: bytes) -> int | None:
    """Tell the position that the entry of a list has whose line was edited."""
    for line, other in zip(original.splitlines(), edited.splitlines(), strict=False):
        if line != other:
            position = json.loads(line.removesuffix(b",")).get("position")
            return None if position is None else int(position)
    return None
