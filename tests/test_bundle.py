"""The bundle: exported, damaged, handed to auditors, restored on another database; copies; and the check of derived rows."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import stat
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signatures.aggregate import Reason
from signatures.bundles import bundle, bundlefile, bundlelines, copies, restoring
from signatures.bundles.bundle import LeftOut, Listed, Summary
from signatures.bundles.bundlefile import Bundle
from signatures.bundles.enclosed import CHECKPOINT, VKEY
from signatures.bundles.restoring import restore
from signatures.bundles.sums import SUMS
from signatures.bundles.tilefiles import TILES, Tiling
from signatures.database import open_database
from signatures.errors import PositionOutOfRange, Refused, StorageUnavailable
from signatures.log import heads
from signatures.log.derive import check
from signatures.log.eventlog import canonical, leaf_hash, sha256
from signatures.log.store import Store
from signatures.log.withheld import withheld_streams
from signatures.proof import ed25519, notes
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.notes import Checkpoint, Key, Note
from signatures.proof.tiles import Tile
from signatures.register import Register
from signatures.sqlite import SQLiteDatabase
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.eventful import EDITOR, GONE, OPEN, SECRET, Eventful, draft, eventful, forget, sign

GOLDEN = Path(__file__).parent / "golden" / "bundles"
Exporting = Callable[..., Summary]
Edit = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def opened(clock: FixedClock) -> Iterator[Callable[[str], Store]]:
    """Open stores that are closed and forgotten after the test."""
    stores: list[Store] = []

    def open_(url: str) -> Store:
        stores.append(Store(open_database(url, "register"), clock))
        return stores[-1]

    yield open_
    for store in stores:
        forget(store)


@pytest.fixture
def store(opened: Callable[[str], Store], sqlite_url: str) -> Store:
    """Open a new register on SQLite."""
    made = opened(sqlite_url)
    made.create()
    return made


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Eventful]:
    """Let everything happen in a register that tests of this file copy."""
    folder = tmp_path_factory.mktemp("template")
    store = Store(SQLiteDatabase(folder, "register"), FixedClock(NOW))
    store.create()
    happened = eventful(Register(store))
    store.database.close()
    return folder, happened


@pytest.fixture
def acted(store: Store, template: tuple[Path, Eventful]) -> Eventful:
    """Let everything have happened in it."""
    store.database.close()
    assert isinstance(store.database, SQLiteDatabase)
    shutil.copytree(template[0], store.database.path.parent, dirs_exist_ok=True)
    return template[1]


@pytest.fixture
def target(opened: Callable[[str], Store], tmp_path: Path) -> Store:
    """Point at another place on SQLite, where nothing is yet."""
    return opened(f"sqlite:///{tmp_path}/target")


@pytest.fixture
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Store], Checkpoints]:
    """Sign for stores, each with a key of its own that lies outside the test's folder."""
    state = tmp_path_factory.mktemp("state")

    def prepared(store: Store) -> Checkpoints:
        folder = state / store.identity()
        signing = Checkpoints(store, folder, folder / "key.pem")
        folder.mkdir(exist_ok=True)
        signing.prepare(None)
        return signing

    return prepared


@pytest.fixture
def export(checkpoints: Callable[[Store], Checkpoints]) -> Exporting:
    """Export a store as the command does, but for the lists."""
    return lambda store, folder, **options: bundle.export(checkpoints(store), folder, **options)


def position_in(folder: Path) -> int:
    """Tell how many entries a bundle has, by its own account."""
    return Bundle(folder).position


def derived(store: Store) -> dict[str, Any]:
    """Read all derived rows."""
    with store.reading() as transaction:
        return {
            table: sorted(transaction.execute(f"SELECT {', '.join(columns)} FROM {table}"))
            for table, columns in heads.COLUMNS.items()
        }


def lines(path: Path) -> list[bytes]:
    """Read a file's lines without their ends."""
    return path.read_bytes().split(b"\n")[:-1]


def edit(path: Path, change: Edit) -> None:
    """Change a file's lines."""
    path.write_bytes(b"".join(line + b"\n" for line in change(lines(path))))


def altered(number: int, old: bytes, new: bytes) -> Edit:
    """Replace a part of one line, which must be there."""

    def change(all_lines: list[bytes]) -> list[bytes]:
        assert old in all_lines[number - 1]
        return [line.replace(old, new) if place == number else line for place, line in enumerate(all_lines, 1)]

    return change


def leaves_of(folder: Path) -> list[bytes]:
    """Read all leaves of a bundle, also the withheld ones."""
    withheld = iter(lines(folder / bundlefile.WITHHELD) if (folder / bundlefile.WITHHELD).exists() else [])
    return [next(withheld) if line.startswith(b'{"leaf_hash"') else line for line in lines(folder / bundlefile.ENTRIES)]


def rehash(folder: Path) -> None:
    """Make tree and signature fit again, as somebody who changes a log on purpose would."""
    hashes = [leaf_hash(leaf) for leaf in leaves_of(folder)]
    shutil.rmtree(folder / TILES)

    def write(tile: Tile, content: bytes) -> None:
        path = folder / TILES / tile.path()
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)

    tiling = Tiling(write)
    for hash_ in hashes:
        tiling.append(hash_)
    seal(folder, Checkpoint("example.org/log", len(hashes), tiling.end()))
    remark(folder, leaf_hash=hashes[-1].hex(), position=len(hashes))


def seal(folder: Path, checkpoint: Checkpoint) -> None:
    """Sign a checkpoint with a key of one's own."""
    private = ed25519.generate()
    signature = notes.sign(checkpoint.text(), checkpoint.origin, private)
    (folder / CHECKPOINT).write_bytes(Note(checkpoint.text(), (signature,)).encode())
    (folder / VKEY).write_text(Key(checkpoint.origin, ed25519.public_of(private)).vkey() + "\n")


def remark(folder: Path, **changes: object) -> None:
    """Change what the manifest says."""
    manifest = json.loads((folder / bundlefile.MANIFEST).read_bytes())
    (folder / bundlefile.MANIFEST).write_text(json.dumps(manifest | changes))


def as_before(folder: Path) -> None:
    """Make of a bundle what older software wrote: hashes in a file, neither tree nor checkpoint."""
    hashes = "".join(leaf_hash(leaf).hex() + "\n" for leaf in leaves_of(folder))
    (folder / bundlefile.HASHES).write_text(hashes)
    shutil.rmtree(folder / TILES)
    for name in (CHECKPOINT, VKEY):
        (folder / name).unlink()
    remark(folder, format=bundlefile.WITHOUT_TREE)


# ── there and back ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgresql
@pytest.mark.parametrize("way", ["from SQLite to PostgreSQL", "from PostgreSQL to SQLite"])
def test_a_register_moves_between_databases(
    way: str, opened: Callable[[str], Store], sqlite_url: str, shared_url: str, tmp_path: Path, export: Exporting
) -> None:
    """Entries, texts and derived rows are identical, the id is kept, and signing goes on."""
    urls = (sqlite_url, shared_url) if way == "from SQLite to PostgreSQL" else (shared_url, sqlite_url)
    source, copy = map(opened, urls)
    source.create()
    acted = eventful(Register(source))
    exported = export(source, tmp_path / "bundle")
    restored = restore(copy, tmp_path / "bundle")
    assert (acted.last.position, 4) == (exported.entries, exported.texts) == (restored.entries, restored.texts)
    assert source.entries(0, 1000) == copy.entries(0, 1000)
    assert [entry.leaf() for entry in source.entries(0, 1000)] == [entry.leaf() for entry in copy.entries(0, 1000)]
    assert derived(source) == derived(copy)
    assert source.identity() == copy.identity()
    assert [] == check(source) == check(copy)
    assert 44 == sign(Register(copy), "After", SECRET).position


def test_an_empty_register_moves_too(store: Store, target: Store, tmp_path: Path, export: Exporting) -> None:
    """Its identity is all it has."""
    assert (0, 0, 0, 0) == export(store, tmp_path / "bundle")
    assert (0, 0, 0, 0) == restore(target, tmp_path / "bundle")
    assert store.identity() == target.identity()


def test_a_bundle_of_the_past(store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting) -> None:
    """Cut at any position it is what an export at that moment would have been."""
    export(store, tmp_path / "bundle", position=12)
    restore(target, tmp_path / "bundle")
    assert (store.entries(0, 12), []) == (target.entries(0, 100), check(target))
    for position in (0, -1, acted.last.position + 1):
        with pytest.raises(PositionOutOfRange):
            export(store, tmp_path / "other", position=position)


def test_exporting_twice_gives_the_same_bytes(store: Store, acted: Eventful, tmp_path: Path, export: Exporting) -> None:
    """So copies can be compared."""
    for name in ("one", "two"):
        export(store, tmp_path / name)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in files(tmp_path / name)}
        for name in ("one", "two")
    )
    assert one == two


def files(folder: Path) -> list[Path]:
    """List all files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_bundle_is_what_it_says(store: Store, acted: Eventful, tmp_path: Path, export: Exporting) -> None:
    """The manifest, a line an entry, its hash beside it, every text under its SHA-256."""
    told: list[int] = []
    export(store, tmp_path / "bundle", progress=told.append)
    folder, newest = tmp_path / "bundle", store.newest()
    assert newest is not None
    manifest = json.loads((folder / bundlefile.MANIFEST).read_bytes())
    assert {
        "format": "signatures-bundle/2",
        "register": store.identity(),
        "origin": f"register-{store.identity()}",
        "position": newest.position,
        "recorded_at": newest.recorded_at,
        "leaf_hash": newest.leaf_hash.hex(),
        "withheld": 9,
        "texts": 3,
        "lists": 0,
    } == manifest
    hashes = b"".join(entry.leaf_hash for entry in store.entries(0, 100))
    assert {"tile/0/000.p/42": hashes} == {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in files(folder / TILES)
    }
    for path in (folder / bundlefile.TEXTS).iterdir():
        assert sha256(path.read_bytes()) == path.name
    assert newest.position == sum(told) == position_in(folder)
    assert all(canonical(json.loads(line)) == line for line in lines(folder / bundlefile.ENTRIES))


# ── what is withheld ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_is_left_out_is_named(store: Store, acted: Eventful, tmp_path: Path, export: Exporting) -> None:
    """The manifest says which statement's lists end earlier, and why; of a whole bundle it says nothing."""
    left = LeftOut("peace-2021", 30, "it cannot be told")
    export(store, tmp_path / "bundle", lists=lambda _folder, _end: Listed(3, (left,)))
    manifest = json.loads((tmp_path / "bundle" / bundlefile.MANIFEST).read_bytes())
    told = [{"statement": "peace-2021", "after": 30, "reason": "it cannot be told"}]
    assert (3, told) == (manifest["lists"], manifest["left_out"])
    assert {"peace-2021"} == Bundle(tmp_path / "bundle").left_out


def test_unpublished_statements_are_withheld_and_those_who_sign_them(
    store: Store, acted: Eventful, tmp_path: Path, export: Exporting
) -> None:
    """Nothing of them is in a public bundle but positions and hashes; the rest is there in full."""
    register = Register(store)
    export(store, tmp_path / "public", public=True)
    hidden = {f"statement/{register.statement(reference).id}" for reference in (SECRET, GONE)} | {
        f"organisation/{acted.hidden.organisation_id}"
    }
    assert hidden == withheld_streams(store, acted.last.position)
    shown = lines(tmp_path / "public" / bundlefile.ENTRIES)
    for entry, line in zip(store.entries(0, 100), shown, strict=True):
        withheld = canonical({"position": entry.position, "leaf_hash": entry.leaf_hash.hex()})
        assert (withheld if entry.stream in hidden else entry.leaf()) == line
    everything = b"".join(path.read_bytes() for path in files(tmp_path / "public"))
    for word in ("Hidden", SECRET, GONE, "Nobody has seen", acted.hidden.signature_id, acted.hidden.organisation_id):
        assert word.encode() not in everything
    names = {path.name for path in files(tmp_path / "public")}
    assert {bundlefile.WITHHELD, sha256(b"Nobody has seen this.\n")}.isdisjoint(names)


def test_publishing_one_statement_that_an_organisation_signed_discloses_it(store: Store, acted: Eventful) -> None:
    """Its own leaf comes out with the first of its statements; another draft that it signed stays withheld."""
    register = Register(store)
    draft(register, "third")
    sign(register, "Hidden Union", "third", organisation_id=acted.hidden.organisation_id)
    before = register.publish(EDITOR, SECRET, as_of="2021-06-30").position
    assert f"organisation/{acted.hidden.organisation_id}" in withheld_streams(store, before - 1)
    assert {f"statement/{register.statement(reference).id}" for reference in (GONE, "third")} == withheld_streams(
        store, before
    )


def test_a_cut_between_registration_and_signature_shows_nothing(store: Store) -> None:
    """The registration is withheld as the signature after it will be."""
    register = Register(store)
    draft(register)
    signed = sign(register, "Alpha")
    assert f"organisation/{signed.organisation_id}" in withheld_streams(store, signed.position - 1)


def test_withheld_files_are_the_owners_alone(store: Store, acted: Eventful, tmp_path: Path, export: Exporting) -> None:
    """Nobody else on the machine reads them, whatever the umask."""
    old = os.umask(0)
    try:
        export(store, tmp_path / "bundle")
    finally:
        os.umask(old)
    modes = {
        path.relative_to(tmp_path / "bundle").as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "bundle").rglob("*")
    }
    assert 0o600 == modes[bundlefile.WITHHELD]
    assert 0o700 == modes[bundlefile.WITHHELD_TEXTS]
    assert {0o600} == {mode for name, mode in modes.items() if name.startswith(f"{bundlefile.WITHHELD_TEXTS}/")}


def test_a_public_bundle_is_for_auditors(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """No register can be made from it, and the refusal says which export could."""
    export(store, tmp_path / "public", public=True)
    with pytest.raises(Refused, match="one for auditors"):
        restore(target, tmp_path / "public")
    assert not (tmp_path / "target").exists()


def test_a_public_bundle_that_withholds_nothing_is_whole(
    store: Store, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """It can be restored."""
    register = Register(store)
    draft(register)
    register.publish(EDITOR, OPEN, as_of="2021-06-30")
    export(store, tmp_path / "public", public=True)
    restore(target, tmp_path / "public")
    assert store.entries(0, 10) == target.entries(0, 10)


# ── what is withheld by order ────────────────────────────────────────────────────────────────────────────────────────


def withhold(store: Store, *positions: int) -> list[int]:
    """Withhold entries by order; tell where that is recorded."""
    register = Register(store)
    return [register.withhold(EDITOR, position, Reason("legal", "by order")).position for position in positions]


def positions_of(store: Store, type_: str, stream: str = "") -> list[int]:
    """Find the entries of a type."""
    return [entry.position for entry in store.entries(0, 1000) if entry.type == type_ and stream in entry.stream]


def test_what_an_order_erased_is_in_no_bundle(store: Store, acted: Eventful, tmp_path: Path, export: Exporting) -> None:
    """Its hash stands in its place; its name is in no file, whoever the bundle is for."""
    signed, registered = acted.alpha.position, positions_of(store, "Registered")[0]
    export(store, tmp_path / "before")
    assert any("Альфа".encode() in path.read_bytes() for path in files(tmp_path / "before"))
    withhold(store, signed, registered, *positions_of(store, "Corrected")[:2])
    export(store, tmp_path / "after")
    for name in ("Альфа", "Alpha", "Organizatsiya", "Congo", "alpha.example.org"):
        assert not any(name.encode() in path.read_bytes() for path in files(tmp_path / "after"))
    for position in (signed, registered):
        entry = store.entry(position)
        assert entry is not None
        place = canonical({"leaf_hash": entry.leaf_hash.hex(), "position": position})
        assert place == lines(tmp_path / "after" / bundlefile.ENTRIES)[position - 1]
    manifest = json.loads((tmp_path / "after" / bundlefile.MANIFEST).read_bytes())
    assert 9 + 4 == manifest["withheld"]
    assert 9 == len(lines(tmp_path / "after" / bundlefile.WITHHELD))


def test_a_register_is_restored_with_what_an_order_left(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """The order itself says what is left of the entry, so that the two registers are equal."""
    withhold(store, *positions_of(store, "Signed"), *positions_of(store, "Registered"))
    withhold(store, positions_of(store, "Corrected")[0], positions_of(store, "Voided")[0])
    export(store, tmp_path / "bundle")
    restore(target, tmp_path / "bundle")
    assert store.entries(0, 1000) == target.entries(0, 1000)
    assert 12 == sum(entry.withheld for entry in target.entries(0, 1000))
    assert (derived(store), []) == (derived(target), check(target))


def test_a_public_bundle_with_orders_is_whole(store: Store, target: Store, tmp_path: Path, export: Exporting) -> None:
    """What an order erased nobody has, so nothing is missing from it."""
    register = Register(store)
    draft(register)
    signed = sign(register, "Alpha")
    register.publish(EDITOR, OPEN, as_of="2021-06-30")
    withhold(store, signed.position, signed.position - 1)
    export(store, tmp_path / "public", public=True)
    restore(target, tmp_path / "public")
    assert (store.entries(0, 100), []) == (target.entries(0, 100), check(target))


def test_an_order_in_an_unpublished_statement(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """The order is for the operator alone as well, and the entry's place is filled from it."""
    withhold(store, acted.hidden.position)
    export(store, tmp_path / "bundle")
    assert not any(b"Hidden" in path.read_bytes() for path in files(tmp_path / "bundle") if "withheld" not in path.name)
    restore(target, tmp_path / "bundle")
    assert (store.entries(0, 1000), []) == (target.entries(0, 1000), check(target))


def test_a_bundle_does_not_end_before_an_order_about_what_is_in_it(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """Nobody could tell what its entry still shows; before the entry, and from the order on, it may end."""
    (order,) = withhold(store, acted.alpha.position)
    for position in (acted.alpha.position, order - 1):
        with pytest.raises(
            Refused, match=f"Position {acted.alpha.position} was withheld by an order at position {order}"
        ):
            export(store, tmp_path / "bundle", position=position)
    export(store, tmp_path / "before", position=acted.alpha.position - 1)
    sign(Register(store), "Later", SECRET)
    export(store, tmp_path / "after", position=order)
    restore(target, tmp_path / "after")
    assert store.entries(0, order) == target.entries(0, 1000)


def test_an_order_during_the_export(store: Store, acted: Eventful, tmp_path: Path, export: Exporting) -> None:
    """What was written before it holds what is to be erased: it is thrown away."""
    with pytest.raises(Refused, match="was withheld by an order"):
        export(store, tmp_path / "bundle", progress=lambda done: withhold(store, acted.alpha.position))
    assert [] == list(tmp_path.glob("*bundle*"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda all_lines: all_lines[:42], "entries.jsonl line 6: neither an order nor withheld.jsonl line 1 tells the entry"),
        (altered(43, b'"name":""', b'"name":"Omega"'), "line 6: not an entry.*is not redacted"),
        (altered(43, b'"salt":null', b'"salt":"00"'), "line 6: not an entry.*is not redacted"),
        (altered(43, b'"recorded_at":"2021-07-01T12:00:00.000000Z","salt"', b'"recorded_at":"2021-07-01T11:00:00.000000Z","salt"'), "line 6: recorded at"),
        (altered(43, b'"position":6', b'"position":7'), "entries.jsonl line 6: neither an order nor withheld.jsonl line 1 tells the entry"),
    ],
)  # fmt: skip
def test_an_order_that_was_changed(
    change: Edit, told: str, store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """What it says of the entry is believed only as it was recorded; nothing is written."""
    assert (6, [43]) == (acted.alpha.position, withhold(store, acted.alpha.position))
    export(store, tmp_path / "bundle")
    edit(tmp_path / "bundle" / bundlefile.ENTRIES, change)
    with pytest.raises(Refused, match=told):
        restore(target, tmp_path / "bundle")
    assert not (tmp_path / "target").exists()


# ── where it may be written ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_export_takes_a_new_or_an_empty_folder(
    store: Store, acted: Eventful, tmp_path: Path, export: Exporting
) -> None:
    """One with anything in it is refused and left as it is."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("keep me")
    (tmp_path / "file").write_text("keep me")
    for name in ("empty", "deep/er/new"):
        export(store, tmp_path / name)
        assert acted.last.position == position_in(tmp_path / name)
    for name in ("full", "file", "empty"):
        with pytest.raises(Refused, match="exists and is not empty"):
            export(store, tmp_path / name)
    assert ["letter"] == [path.name for path in (tmp_path / "full").iterdir()]


def test_an_export_that_fails_leaves_nothing(
    store: Store, acted: Eventful, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, export: Exporting
) -> None:
    """Neither the folder nor a half written one beside it."""
    monkeypatch.setattr(store, "text", lambda sha256: None)
    with pytest.raises(Refused, match="not stored"):
        export(store, tmp_path / "out" / "bundle")
    assert [] == list((tmp_path / "out").iterdir())


# ── what older software wrote ────────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_without_tree_is_read(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """A line an entry's hash, in place of tiles and checkpoint: as older software exported."""
    export(store, tmp_path / "bundle")
    as_before(tmp_path / "bundle")
    restore(target, tmp_path / "bundle")
    assert (store.entries(0, 1000), derived(store), []) == (target.entries(0, 1000), derived(target), check(target))


def test_a_bundle_that_older_software_wrote(target: Store, tmp_path: Path) -> None:
    """It is restored byte for byte."""
    with tarfile.open(GOLDEN / "1.tar.xz") as tar:
        tar.extractall(tmp_path, filter="data")
    folder = tmp_path / "bundle-1"
    assert (42, 4) == restore(target, folder)[:2]
    assert leaves_of(folder) == [entry.leaf() for entry in target.entries(0, 100)]
    assert [] == check(target)


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (bundlefile.HASHES, lambda all_lines: [*all_lines[:1], b"00", *all_lines[2:]], "line 2: the entry was changed"),
        (bundlefile.HASHES, lambda all_lines: [*all_lines[:1], b"~~", *all_lines[2:]], "line 2: the entry was changed"),
        (bundlefile.HASHES, lambda all_lines: all_lines[:-1], "line 42: the entry was changed"),
        (bundlefile.HASHES, lambda all_lines: [*all_lines, b"00"], "leaf-hashes.txt line 43: there is no such entry"),
        (bundlefile.ENTRIES, lambda all_lines: [*all_lines, b"{}"], "entries.jsonl line 43: the entry was changed"),
    ],
)
def test_without_tree_a_changed_line_is_named_too(
    name: str,
    change: Edit,
    told: str,
    store: Store,
    acted: Eventful,
    target: Store,
    tmp_path: Path,
    export: Exporting,
) -> None:
    """By the hash that stands on the same line."""
    export(store, tmp_path / "bundle")
    as_before(tmp_path / "bundle")
    edit(tmp_path / "bundle" / name, change)
    with pytest.raises(Refused, match=told.replace(".", "[.]")):
        restore(target, tmp_path / "bundle")
    assert not (tmp_path / "target").exists()


# ── damaged bundles ──────────────────────────────────────────────────────────────────────────────────────────────────


def swapped(one: int, other: int) -> Edit:
    """Exchange two lines."""

    def change(all_lines: list[bytes]) -> list[bytes]:
        all_lines[one - 1], all_lines[other - 1] = all_lines[other - 1], all_lines[one - 1]
        return all_lines

    return change


@pytest.mark.parametrize(
    ("name", "change", "told"),
    [
        (bundlefile.ENTRIES, altered(6, b"Alpha Organisation", b"Omega Organisation"), "entries.jsonl line 6: the entry was changed"),
        (bundlefile.ENTRIES, altered(8, b'"position":8', b'"position":9'), "entries.jsonl line 8: the entry was changed"),
        (bundlefile.ENTRIES, lambda all_lines: all_lines[:6] + all_lines[7:], "entries.jsonl line 7: the entry was changed"),
        (bundlefile.ENTRIES, lambda all_lines: all_lines[:6] + all_lines[5:], "entries.jsonl line 7: the entry was changed"),
        (bundlefile.ENTRIES, swapped(7, 8), "entries.jsonl line 7: the entry was changed"),
        (bundlefile.ENTRIES, lambda all_lines: all_lines[:-1], "entries.jsonl ends at line 41"),
        (bundlefile.ENTRIES, lambda all_lines: [*all_lines, b"{}"], "entries.jsonl line 43: the entry was changed"),
        (bundlefile.ENTRIES, altered(30, b'"position":30', b'"position":31'), "entries.jsonl line 30: what stands in the withheld"),
        (bundlefile.WITHHELD, altered(2, b"Not yet", b"Already"), "withheld.jsonl line 2: the entry was changed"),
        (bundlefile.WITHHELD, lambda all_lines: all_lines[:-1], "withheld.jsonl ends before this withheld entry"),
        (bundlefile.WITHHELD, lambda all_lines: [*all_lines, b"{}"], "withheld.jsonl line 10: there is no such entry"),
    ],
)  # fmt: skip
def test_a_changed_line_is_named(
    name: str, change: Edit, told: str, store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """Changed, lost, doubled, swapped or added: the first line that is wrong stands in the refusal, and nothing is written."""
    export(store, tmp_path / "bundle")
    edit(tmp_path / "bundle" / name, change)
    with pytest.raises(Refused, match=told.replace(".", "[.]")):
        restore(target, tmp_path / "bundle")
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (altered(8, b'"position":8', b'"position":9'), "line 8: position 9 where 8 comes next"),
        (
            altered(8, b"12:00:00.000000Z", b"11:59:59.999999Z"),
            "line 8: recorded at 2021-07-01T11:59:59.999999Z, before",
        ),
        (altered(8, b'"version":6', b'"version":7'), "line 8: version 7 of statement/.* where 6 comes next"),
        (altered(8, b'"v":1', b'"v":2'), "line 8: not an entry"),
        (altered(8, b'"v":1', b'"v": 1'), "line 8: not an entry"),
        (altered(8, b'"note":null,', b""), "line 8: not an entry"),
        (altered(8, b'"note":null', b'"note":null,"note":null'), "line 8: not an entry"),
        (altered(8, b'"note":null', b'"note":1.5'), "line 8: not an entry"),
        (altered(8, b'"note":null', b'"note":"\\ud800"'), "line 8: not an entry"),
        (altered(8, b'"type":"Signed"', b'"type":"Exploded"'), "line 8: not an entry.*no event of this version"),
        (altered(8, b'"type_version":1', b'"type_version":2'), "line 8: not an entry.*no event of this version"),
        (altered(8, b'"stream":"statement/', b'"stream":"os:system/'), "line 8: not an entry"),
        (
            altered(8, b'"recorded_at":"2021-07-01T12:00:00.000000Z"', b'"recorded_at":"2021-07-01T14:00:00+02:00"'),
            "line 8: not an entry",
        ),
        (lambda all_lines: [*all_lines[:7], b"[" * 50000, *all_lines[8:]], "line 8: not an entry"),
        (lambda all_lines: [*all_lines[:7], b'"' + b"x" * 70000 + b'"', *all_lines[8:]], "line 8: cut off, or longer"),
        (lambda all_lines: [*all_lines[:7], b"null", *all_lines[8:]], "line 8: not an entry"),
    ],
)
def test_a_log_that_cannot_be_is_refused(
    change: Edit, told: str, store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """Also where whoever changed it made the hashes fit."""
    export(store, tmp_path / "bundle")
    edit(tmp_path / "bundle" / bundlefile.ENTRIES, change)
    rehash(tmp_path / "bundle")
    with pytest.raises(Refused, match=told):
        restore(target, tmp_path / "bundle")
    assert not (tmp_path / "target").exists()


def test_texts_are_verified(store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting) -> None:
    """One changed, one missing."""
    export(store, tmp_path / "bundle")
    one = tmp_path / "bundle" / bundlefile.TEXTS / sha256(b"We want peace.\n")
    one.write_bytes(b"We want war.\n")
    with pytest.raises(Refused, match=f"texts/{one.name}: its content has another SHA-256"):
        restore(target, tmp_path / "bundle")
    one.unlink()
    with pytest.raises(Refused, match=f"line 2: names the text {one.name}"):
        restore(target, tmp_path / "bundle")


@pytest.mark.parametrize(
    ("manifest", "told"),
    [
        (None, "is no bundle"),
        ("", "not as an export writes it"),
        ("[]", "not as an export writes it"),
        ('{"format": "signatures-bundle/1"}', "not as an export writes it"),
        (
            '{"format": "signatures-bundle/1", "register": "x", "position": 1, "leaf_hash": null}',
            "not as an export writes it",
        ),
        ("[" * 100_000, "not as an export writes it"),
        (
            '{"register": "00000000-0000-0000-0000-000000000001", "position": 1e999, "leaf_hash": null}',
            "not as an export writes it",
        ),
        (
            '{"format": "other/9", "register": "00000000-0000-0000-0000-000000000001", "position": 0, "leaf_hash": null}',
            "of another kind",
        ),
    ],
)
def test_what_is_no_bundle(manifest: str | None, told: str, tmp_path: Path) -> None:
    """The refusal says what is wrong with its manifest."""
    if manifest is not None:
        (tmp_path / bundlefile.MANIFEST).write_text(manifest)
    with pytest.raises(Refused, match=told):
        Bundle(tmp_path)


def test_a_missing_file(store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting) -> None:
    """Entries, tree, checkpoint and key are all needed."""
    for name in (bundlefile.ENTRIES, "tile/0/000.p/42", CHECKPOINT, VKEY):
        folder = tmp_path / name.replace("/", "-")
        export(store, folder)
        (folder / name).unlink()
        with pytest.raises(Refused, match=f"{name} (is missing|cannot be read)"):
            restore(target, folder)
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: flip(folder / "tile/0/000.p/42", 40), "was signed of another log: the tiles lead to another root"),
        (lambda folder: (folder / "tile/0/001").write_bytes(bytes(32)), "a tree of 42 entries has no such tile"),
        (lambda folder: seal(folder, Checkpoint("other", 42, bytes(32))), "was signed of another log"),
        (lambda folder: seal(folder, Checkpoint("other", 41, bytes(32))), "is of other at size 41"),
        (lambda folder: (folder / VKEY).write_text("none"), "is not signed by the key in vkey. This is no verification key"),
        (lambda folder: (folder / VKEY).write_text(Key("other", bytes(32)).vkey()), "is not signed by the key in vkey"),
        (lambda folder: flip(folder / CHECKPOINT, -5), "is not signed by the key|This is no signed note"),
        (lambda folder: (folder / CHECKPOINT).write_bytes(b""), "checkpoint: This is no signed note"),
    ],
)  # fmt: skip
def test_the_tree_and_its_signature_are_verified(
    change: Callable[[Path], object],
    told: str,
    store: Store,
    acted: Eventful,
    target: Store,
    tmp_path: Path,
    export: Exporting,
) -> None:
    """A tile, the checkpoint or the key of another log: nothing is written."""
    export(store, tmp_path / "bundle")
    change(tmp_path / "bundle")
    with pytest.raises(Refused, match=told):
        restore(target, tmp_path / "bundle")
    assert not (tmp_path / "target").exists()


def flip(path: Path, place: int) -> None:
    """Change a bit of one byte."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)


def test_random_edits_are_found(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """A byte changed, removed or put in anywhere but in the manifest and the sums: refused in a sentence, nothing written."""
    withhold(store, acted.alpha.position)
    export(store, tmp_path / "bundle")
    folder, chance = tmp_path / "bundle", random.Random(1)
    apart = {bundlefile.MANIFEST, SUMS}
    paths = [path for path in sorted(files(folder)) if path.name not in apart]
    assert {"entries.jsonl", "withheld.jsonl", "checkpoint", "vkey", "43"} < {path.name for path in paths}
    for _ in range(300):
        path = chance.choice(paths)
        content = path.read_bytes()
        place = chance.randrange(len(content))
        byte = bytes([content[place] ^ chance.randrange(1, 256)])
        path.write_bytes(chance.choice([
            content[:place] + byte + content[place + 1 :], content[:place] + content[place + 1 :], content[:place] + byte + content[place:],
            content[:place],
        ]))  # fmt: skip
        edited = path.read_bytes()
        with pytest.raises(Refused):
            list(Bundle(folder).verify())
        assert edited != content
        path.write_bytes(content)
    restore(target, folder)
    assert store.entries(0, 1000) == target.entries(0, 1000)


# ── where it may be restored ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_restore_needs_an_empty_register(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting
) -> None:
    """One that was only made is taken, and gets the bundle's id; one with entries is refused and stays as it is."""
    export(store, tmp_path / "bundle")
    other = target.create()
    restore(target, tmp_path / "bundle")
    assert other != target.identity() == store.identity()
    before = target.entries(0, 1000)
    with pytest.raises(Refused, match="holds a register with 42 entries"):
        restore(target, tmp_path / "bundle")
    assert before == target.entries(0, 1000)


def test_an_interrupted_restore_is_not_used_and_goes_on(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, export: Exporting
) -> None:
    """Until the same bundle was restored to its end, reading, signing and checking say what to do."""
    export(store, tmp_path / "bundle")
    export(store, tmp_path / "other", position=30)
    monkeypatch.setattr(restoring, "BATCH_BYTES", 3000)
    taken: list[int] = []

    def cut_off(done: int) -> None:
        taken.append(done)
        if sum(taken) > 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        restore(target, tmp_path / "bundle", progress=cut_off)
    assert 2 < len(taken)
    for use in (target.newest, lambda: draft(Register(target), "new")):
        with pytest.raises(StorageUnavailable, match="restore into this register was cut off"):
            use()
    assert ["A restore into this register was cut off. Run `signatures restore DIR` again."] == check(target)
    with pytest.raises(Refused, match="restore of another bundle"):
        restore(target, tmp_path / "other")
    restore(target, tmp_path / "bundle")
    assert (store.entries(0, 1000), derived(store), []) == (target.entries(0, 1000), derived(target), check(target))


def test_a_restore_is_alone(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, export: Exporting
) -> None:
    """Entries that somebody else wrote meanwhile are told, not overwritten."""
    export(store, tmp_path / "bundle")
    monkeypatch.setattr(restoring, "BATCH_BYTES", 3000)

    def intrude(done: int) -> None:
        with target.database.writing() as transaction:
            transaction.execute("INSERT INTO log VALUES (40, '2021', x'00', x'')")
        monkeypatch.setattr(restoring, "BATCH_BYTES", 10**6)

    with pytest.raises(Refused, match="Somebody else writes"):
        restore(target, tmp_path / "bundle", progress=intrude)


def test_more_streams_than_memory_holds(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, export: Exporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their versions are compared all the same: the whole bundle passes, a version out of turn does not."""
    monkeypatch.setattr(bundlelines, "STREAMS", 2)
    export(store, tmp_path / "bundle")
    assert [entry.position for entry in Bundle(tmp_path / "bundle").verify()] == list(range(1, 43))
    edit(tmp_path / "bundle" / bundlefile.ENTRIES, altered(22, b'"version":', b'"version":1'))
    rehash(tmp_path / "bundle")
    with pytest.raises(Refused, match=r"line 22: version \d+ of .* where \d+ comes next"):
        restore(target, tmp_path / "bundle")


def test_batches_stay_below_their_size(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction of a restore holds more leaves than 256 kB, and none is left out."""
    register = Register(store)
    draft(register)
    for number in range(12):
        register.amend(EDITOR, OPEN, {"issuer": "名" * 1000, "kind": f"{number} " + "x" * 990})
    entries = store.entries(0, 100)
    assert restoring.BATCH_BYTES < 256_000
    monkeypatch.setattr(restoring, "BATCH_BYTES", 10_000)
    batches = list(restoring._batches(entries))
    assert entries == [entry for batch in batches for entry in batch]
    assert 1 < len(batches) < len(entries)
    assert all(sum(len(entry.leaf()) for entry in batch) <= 10_000 for batch in batches)


# ── copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class FakeRoom:
    """What a backup needs of the writing room."""

    def __init__(self, store: Store, url: str, checkpoints: Checkpoints) -> None:
        self.store = store
        self.checkpoints = checkpoints
        self.databases = {name: open_database(url, name) for name in ("register", "contacts")}


def test_a_copy_of_databases_in_use(
    store: Store,
    acted: Eventful,
    sqlite_url: str,
    tmp_path: Path,
    clock: FixedClock,
    checkpoints: Callable[[Store], Checkpoints],
) -> None:
    """While a reader and a writer are at work the copies are consistent, sound and the owner's alone."""
    room: Any = FakeRoom(store, sqlite_url, checkpoints(store))
    room.databases["contacts"].create("CREATE TABLE IF NOT EXISTS person (name TEXT);\n")
    with store.reading(), room.databases["contacts"].reading():
        sign(Register(Store(room.databases["register"], clock)), "During", SECRET)
        told = copies.backup(room, tmp_path / "copy")
    assert {"register.db", "contacts.db"} <= {path.name for path in (tmp_path / "copy").iterdir()}
    assert 4 == len(told)
    assert f"Its log has {len(store.entries(0, 1000))} entries" in told[2]
    assert 0o700 == stat.S_IMODE((tmp_path / "copy").stat().st_mode)
    assert 0o600 == stat.S_IMODE((tmp_path / "copy" / "register.db").stat().st_mode)
    copy = Store(SQLiteDatabase(tmp_path / "copy", "register"), clock)
    assert (store.entries(0, 1000), []) == (copy.entries(0, 1000), check(copy))
    copy.database.close()
    with pytest.raises(Refused, match="not empty"):
        copies.backup(room, tmp_path / "copy")
    for database in room.databases.values():
        database.close()


@pytest.mark.postgresql
def test_a_copy_of_postgresql_is_a_bundle(
    opened: Callable[[str], Store],
    shared_url: str,
    target: Store,
    tmp_path: Path,
    checkpoints: Callable[[Store], Checkpoints],
) -> None:
    """With the advice to copy the database by its own means as well."""
    store = opened(shared_url)
    store.create()
    eventful(Register(store))
    told = copies.backup(FakeRoom(store, shared_url, checkpoints(store)), tmp_path / "copy")  # type: ignore[arg-type]
    assert any("pg_dump" in line for line in told)
    restore(target, tmp_path / "copy")
    assert store.entries(0, 1000) == target.entries(0, 1000)


# ── the check of derived rows ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE head SET version = 9 WHERE kind = 'statement'", "version is 9"),
        ("UPDATE head SET state = replace(state, '\"signings\": 4', '\"signings\": 5')", "state is"),
        ("DELETE FROM head WHERE kind = 'organisation'", "missing, though the log says it"),
        ("INSERT INTO head VALUES ('x', 'statement', 1, '{}')", "a row of which the log says nothing"),
        ("UPDATE signature SET withdrawn_on = '2021-06-12'", "withdrawn_on is '2021-06-12'"),
        ("UPDATE signature SET position = position + 1", "position is"),
        ("UPDATE signature SET acts = '[]'", "acts is"),
        ("DELETE FROM signature", "missing, though the log says it"),
        ("DELETE FROM organisation_name", "missing, though the log says it"),
        ("INSERT INTO organisation_name VALUES ('other', 'x')", "a row of which the log says nothing"),
        ("DELETE FROM merger", "missing, though the log says it"),
        ("UPDATE merger SET into_organisation = 'x'", "into_organisation is 'x'"),
        ("UPDATE text SET content = x'00'", "its content has another SHA-256"),
        ("DELETE FROM text", "named at position 2, but not stored"),
        ("UPDATE log SET leaf_hash = x'00' WHERE position = 7", "Position 7: the entry's leaf has another hash"),
        ("UPDATE log SET recorded_at = '2021-06-30T12:00:00.000000Z' WHERE position = 7", "Position 7: recorded_at .* falls behind"),
        ("UPDATE log SET recorded_at = '2021-07-02' WHERE position = 7", "Position 7: recorded_at"),
        ("UPDATE stored_events SET state = CAST(replace(state, 'Beta', 'Best') AS BLOB) WHERE notification_id = 7", "Position 7: the entry's leaf has"),
        ("UPDATE stored_events SET state = 'a text' WHERE notification_id = 7", "An entry cannot be read"),
        ("UPDATE stored_events SET originator_version = 99 WHERE notification_id = 42", "Position 42: version 99 of statement/"),
        ("UPDATE stored_events SET topic = 'os:system' WHERE notification_id = 7", "Position 7: .* cannot be applied"),
        ("DELETE FROM log WHERE position = 42", "The table stored_events has 42 rows, the log's last position is 41"),
        ("DELETE FROM log WHERE position = 7", "Position 7: missing; the next one is 8"),
        ("DELETE FROM stored_events WHERE notification_id = 41", "Position 41: missing; the next one is 42"),
    ],
)  # fmt: skip
def test_the_check_names_the_difference(sql: str, told: str, store: Store, acted: Eventful) -> None:
    """Whatever was changed behind the register's back."""
    assert [] == check(store)
    with store.database.writing() as transaction:
        transaction.execute(sql)
    found = check(store)
    assert any(re.search(told, line) for line in found), found


def test_the_check_ends_after_the_first_differences(store: Store) -> None:
    """A register in ruins is told in a page."""
    register = Register(store)
    draft(register)
    with store.writing():
        for number in range(30):
            sign(register, f"Union {number}")
    with store.database.writing() as transaction:
        transaction.execute("DELETE FROM signature")
    found = check(store)
    assert (21, "There may be more: these are the first.") == (len(found), found[-1])


def test_the_check_tells_how_far_it_is(store: Store, acted: Eventful) -> None:
    """In entries."""
    told: list[int] = []
    check(store, told.append)
    assert acted.last.position == sum(told)


def test_a_register_in_use_can_be_checked(store: Store, acted: Eventful, clock: FixedClock, sqlite_url: str) -> None:
    """What is written meanwhile is no difference."""
    other = Store(open_database(sqlite_url, "register"), clock)
    assert [] == check(store, lambda done: sign(Register(other), "Meanwhile", SECRET))
    other.database.close()
