"""The bundle: exported, damaged, handed to auditors, restored on another database; copies; and the check of derived rows."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from signatures.database import SQLiteDatabase, open_database
from signatures.errors import PositionOutOfRange, Refused, StorageUnavailable
from signatures.log import bundle, bundlefile, heads
from signatures.log.bundlefile import Bundle
from signatures.log.derive import check
from signatures.log.eventlog import canonical, leaf_hash, sha256
from signatures.log.store import Store
from signatures.log.withheld import withheld_streams
from signatures.register import Register
from tests.clock import FixedClock
from tests.conftest import NOW
from tests.eventful import EDITOR, GONE, OPEN, SECRET, Eventful, draft, eventful, forget, sign
from tests.postgresql import Server

Edit = Callable[[list[bytes]], list[bytes]]


@pytest.fixture(scope="module")
def shared_url(postgresql_server: Server) -> Iterator[str]:
    """Address one PostgreSQL database for all tests of this file."""
    with postgresql_server.fresh_database("of_test_bundle") as url:
        yield url


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


def rehash(folder: Path) -> None:
    """Make the hashes fit again, as somebody who changes a log on purpose would."""
    withheld = iter(lines(folder / bundlefile.WITHHELD))
    leaves = [
        next(withheld) if line.startswith(b'{"leaf_hash"') else line for line in lines(folder / bundlefile.ENTRIES)
    ]
    hashes = [leaf_hash(leaf).hex() for leaf in leaves]
    (folder / bundlefile.HASHES).write_text("".join(f"{hash_}\n" for hash_ in hashes))
    manifest = json.loads((folder / bundlefile.MANIFEST).read_bytes())
    (folder / bundlefile.MANIFEST).write_text(json.dumps(manifest | {"leaf_hash": hashes[-1], "position": len(hashes)}))


# ── there and back ───────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.postgresql
@pytest.mark.parametrize("way", ["from SQLite to PostgreSQL", "from PostgreSQL to SQLite"])
def test_a_register_moves_between_databases(
    way: str, opened: Callable[[str], Store], sqlite_url: str, shared_url: str, tmp_path: Path
) -> None:
    """Entries, texts and derived rows are identical, the id is kept, and signing goes on."""
    urls = (sqlite_url, shared_url) if way == "from SQLite to PostgreSQL" else (shared_url, sqlite_url)
    source, copy = map(opened, urls)
    source.create()
    acted = eventful(Register(source))
    exported = bundle.export(source, tmp_path / "bundle")
    restored = bundle.restore(copy, tmp_path / "bundle")
    assert (acted.last.position, 4) == (exported.entries, exported.texts) == (restored.entries, restored.texts)
    assert source.entries(0, 1000) == copy.entries(0, 1000)
    assert [entry.leaf() for entry in source.entries(0, 1000)] == [entry.leaf() for entry in copy.entries(0, 1000)]
    assert derived(source) == derived(copy)
    assert source.identity() == copy.identity()
    assert [] == check(source) == check(copy)
    assert 44 == sign(Register(copy), "After", SECRET).position


def test_an_empty_register_moves_too(store: Store, target: Store, tmp_path: Path) -> None:
    """Its identity is all it has."""
    assert (0, 0, 0) == bundle.export(store, tmp_path / "bundle")
    assert (0, 0, 0) == bundle.restore(target, tmp_path / "bundle")
    assert store.identity() == target.identity()


def test_a_bundle_of_the_past(store: Store, acted: Eventful, target: Store, tmp_path: Path) -> None:
    """Cut at any position it is what an export at that moment would have been."""
    bundle.export(store, tmp_path / "bundle", position=12)
    bundle.restore(target, tmp_path / "bundle")
    assert (store.entries(0, 12), []) == (target.entries(0, 100), check(target))
    for position in (0, -1, acted.last.position + 1):
        with pytest.raises(PositionOutOfRange):
            bundle.export(store, tmp_path / "other", position=position)


def test_exporting_twice_gives_the_same_bytes(store: Store, acted: Eventful, tmp_path: Path) -> None:
    """So copies can be compared."""
    for name in ("one", "two"):
        bundle.export(store, tmp_path / name)
    one, two = (
        {path.relative_to(tmp_path / name): path.read_bytes() for path in files(tmp_path / name)}
        for name in ("one", "two")
    )
    assert one == two


def files(folder: Path) -> list[Path]:
    """List all files below a folder."""
    return [path for path in folder.rglob("*") if path.is_file()]


def test_a_bundle_is_what_it_says(store: Store, acted: Eventful, tmp_path: Path) -> None:
    """The manifest, a line an entry, its hash beside it, every text under its SHA-256."""
    told: list[int] = []
    bundle.export(store, tmp_path / "bundle", progress=told.append)
    folder, newest = tmp_path / "bundle", store.newest()
    assert newest is not None
    manifest = json.loads((folder / bundlefile.MANIFEST).read_bytes())
    assert {
        "format": "signatures-bundle/1",
        "register": store.identity(),
        "position": newest.position,
        "recorded_at": newest.recorded_at,
        "leaf_hash": newest.leaf_hash.hex(),
        "withheld": 9,
        "texts": 3,
    } == manifest
    assert [entry.leaf_hash.hex().encode() for entry in store.entries(0, 100)] == lines(folder / bundlefile.HASHES)
    for path in (folder / bundlefile.TEXTS).iterdir():
        assert sha256(path.read_bytes()) == path.name
    assert newest.position == sum(told) == bundle.entries_in(folder)
    assert all(canonical(json.loads(line)) == line for line in lines(folder / bundlefile.ENTRIES))


# ── what is withheld ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_unpublished_statements_are_withheld_and_those_who_sign_them(
    store: Store, acted: Eventful, tmp_path: Path
) -> None:
    """Nothing of them is in a public bundle but positions and hashes; the rest is there in full."""
    register = Register(store)
    bundle.export(store, tmp_path / "public", public=True)
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


def test_withheld_files_are_the_owners_alone(store: Store, acted: Eventful, tmp_path: Path) -> None:
    """Nobody else on the machine reads them, whatever the umask."""
    old = os.umask(0)
    try:
        bundle.export(store, tmp_path / "bundle")
    finally:
        os.umask(old)
    modes = {
        path.relative_to(tmp_path / "bundle").as_posix(): stat.S_IMODE(path.stat().st_mode)
        for path in (tmp_path / "bundle").rglob("*")
    }
    assert 0o600 == modes[bundlefile.WITHHELD]
    assert 0o700 == modes[bundlefile.WITHHELD_TEXTS]
    assert {0o600} == {mode for name, mode in modes.items() if name.startswith(f"{bundlefile.WITHHELD_TEXTS}/")}


def test_a_public_bundle_is_for_auditors(store: Store, acted: Eventful, target: Store, tmp_path: Path) -> None:
    """No register can be made from it, and the refusal says which export could."""
    bundle.export(store, tmp_path / "public", public=True)
    with pytest.raises(Refused, match="one for auditors"):
        bundle.restore(target, tmp_path / "public")
    assert not (tmp_path / "target").exists()


def test_a_public_bundle_that_withholds_nothing_is_whole(store: Store, target: Store, tmp_path: Path) -> None:
    """It can be restored."""
    register = Register(store)
    draft(register)
    register.publish(EDITOR, OPEN, as_of="2021-06-30")
    bundle.export(store, tmp_path / "public", public=True)
    bundle.restore(target, tmp_path / "public")
    assert store.entries(0, 10) == target.entries(0, 10)


# ── where it may be written ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_export_takes_a_new_or_an_empty_folder(store: Store, acted: Eventful, tmp_path: Path) -> None:
    """One with anything in it is refused and left as it is."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter").write_text("keep me")
    (tmp_path / "file").write_text("keep me")
    for name in ("empty", "deep/er/new"):
        bundle.export(store, tmp_path / name)
        assert acted.last.position == bundle.entries_in(tmp_path / name)
    for name in ("full", "file", "empty"):
        with pytest.raises(Refused, match="exists and is not empty"):
            bundle.export(store, tmp_path / name)
    assert ["letter"] == [path.name for path in (tmp_path / "full").iterdir()]


def test_an_export_that_fails_leaves_nothing(
    store: Store, acted: Eventful, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the folder nor a half written one beside it."""
    monkeypatch.setattr(store, "text", lambda sha256: None)
    with pytest.raises(Refused, match="not stored"):
        bundle.export(store, tmp_path / "out" / "bundle")
    assert [] == list((tmp_path / "out").iterdir())


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
        (bundlefile.HASHES, swapped(2, 3), "entries.jsonl line 2: the entry was changed"),
        (bundlefile.HASHES, lambda all_lines: [*all_lines, b"00"], "leaf-hashes.txt line 43: there is no such entry"),
        (bundlefile.WITHHELD, altered(2, b"Not yet", b"Already"), "withheld.jsonl line 2: the entry was changed"),
        (bundlefile.WITHHELD, lambda all_lines: all_lines[:-1], "withheld.jsonl ends before this withheld entry"),
        (bundlefile.WITHHELD, lambda all_lines: [*all_lines, b"{}"], "withheld.jsonl line 10: there is no such entry"),
    ],
)  # fmt: skip
def test_a_changed_line_is_named(
    name: str, change: Edit, told: str, store: Store, acted: Eventful, target: Store, tmp_path: Path
) -> None:
    """Changed, lost, doubled, swapped or added: the first line that is wrong stands in the refusal, and nothing is written."""
    bundle.export(store, tmp_path / "bundle")
    edit(tmp_path / "bundle" / name, change)
    with pytest.raises(Refused, match=told.replace(".", "[.]")):
        bundle.restore(target, tmp_path / "bundle")
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
    change: Edit, told: str, store: Store, acted: Eventful, target: Store, tmp_path: Path
) -> None:
    """Also where whoever changed it made the hashes fit."""
    bundle.export(store, tmp_path / "bundle")
    edit(tmp_path / "bundle" / bundlefile.ENTRIES, change)
    rehash(tmp_path / "bundle")
    with pytest.raises(Refused, match=told):
        bundle.restore(target, tmp_path / "bundle")
    assert not (tmp_path / "target").exists()


def test_texts_are_verified(store: Store, acted: Eventful, target: Store, tmp_path: Path) -> None:
    """One changed, one missing."""
    bundle.export(store, tmp_path / "bundle")
    one = tmp_path / "bundle" / bundlefile.TEXTS / sha256(b"We want peace.\n")
    one.write_bytes(b"We want war.\n")
    with pytest.raises(Refused, match=f"texts/{one.name}: its content has another SHA-256"):
        bundle.restore(target, tmp_path / "bundle")
    one.unlink()
    with pytest.raises(Refused, match=f"line 2: names the text {one.name}"):
        bundle.restore(target, tmp_path / "bundle")


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


def test_a_missing_file(store: Store, acted: Eventful, target: Store, tmp_path: Path) -> None:
    """Entries and their hashes are both needed."""
    for name in (bundlefile.ENTRIES, bundlefile.HASHES):
        bundle.export(store, tmp_path / name)
        (tmp_path / name / name).unlink()
        with pytest.raises(Refused, match=f"no whole bundle: {name} is missing"):
            bundle.restore(target, tmp_path / name)


# ── where it may be restored ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_restore_needs_an_empty_register(store: Store, acted: Eventful, target: Store, tmp_path: Path) -> None:
    """One that was only made is taken, and gets the bundle's id; one with entries is refused and stays as it is."""
    bundle.export(store, tmp_path / "bundle")
    other = target.create()
    bundle.restore(target, tmp_path / "bundle")
    assert other != target.identity() == store.identity()
    before = target.entries(0, 1000)
    with pytest.raises(Refused, match="holds a register with 42 entries"):
        bundle.restore(target, tmp_path / "bundle")
    assert before == target.entries(0, 1000)


def test_an_interrupted_restore_is_not_used_and_goes_on(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Until the same bundle was restored to its end, reading, signing and checking say what to do."""
    bundle.export(store, tmp_path / "bundle")
    bundle.export(store, tmp_path / "other", position=30)
    monkeypatch.setattr(bundle, "BATCH_BYTES", 3000)
    taken: list[int] = []

    def cut_off(done: int) -> None:
        taken.append(done)
        if sum(taken) > 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bundle.restore(target, tmp_path / "bundle", progress=cut_off)
    assert 2 < len(taken)
    for use in (target.newest, lambda: draft(Register(target), "new")):
        with pytest.raises(StorageUnavailable, match="restore into this register was cut off"):
            use()
    assert ["A restore into this register was cut off. Run `signatures restore DIR` again."] == check(target)
    with pytest.raises(Refused, match="restore of another bundle"):
        bundle.restore(target, tmp_path / "other")
    bundle.restore(target, tmp_path / "bundle")
    assert (store.entries(0, 1000), derived(store), []) == (target.entries(0, 1000), derived(target), check(target))


def test_a_restore_is_alone(
    store: Store, acted: Eventful, target: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Entries that somebody else wrote meanwhile are told, not overwritten."""
    bundle.export(store, tmp_path / "bundle")
    monkeypatch.setattr(bundle, "BATCH_BYTES", 3000)

    def intrude(done: int) -> None:
        with target.database.writing() as transaction:
            transaction.execute("INSERT INTO log VALUES (40, '2021', x'00', x'')")
        monkeypatch.setattr(bundle, "BATCH_BYTES", 10**6)

    with pytest.raises(Refused, match="Somebody else writes"):
        bundle.restore(target, tmp_path / "bundle", progress=intrude)


def test_batches_stay_below_their_size(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """No transaction of a restore holds more leaves than 256 kB, and none is left out."""
    register = Register(store)
    draft(register)
    for number in range(12):
        register.amend(EDITOR, OPEN, {"issuer": "名" * 1000, "kind": f"{number} " + "x" * 990})
    entries = store.entries(0, 100)
    monkeypatch.setattr(bundle, "BATCH_BYTES", 10_000)
    batches = list(bundle._batches(entries))
    assert entries == [entry for batch in batches for entry in batch]
    assert 1 < len(batches) < len(entries)
    assert all(sum(len(entry.leaf()) for entry in batch) <= 10_000 for batch in batches)
    assert bundle.BATCH_BYTES < 256_000


# ── copies ───────────────────────────────────────────────────────────────────────────────────────────────────────────


class FakeRoom:
    """What a backup needs of the writing room."""

    def __init__(self, store: Store, url: str) -> None:
        self.store = store
        self.databases = {name: open_database(url, name) for name in ("register", "contacts")}


def test_a_copy_of_databases_in_use(
    store: Store, acted: Eventful, sqlite_url: str, tmp_path: Path, clock: FixedClock
) -> None:
    """While a reader and a writer are at work the copies are consistent, sound and the owner's alone."""
    room: Any = FakeRoom(store, sqlite_url)
    room.databases["contacts"].create("CREATE TABLE IF NOT EXISTS person (name TEXT);\n")
    with store.reading(), room.databases["contacts"].reading():
        sign(Register(Store(room.databases["register"], clock)), "During", SECRET)
        told = bundle.backup(room, tmp_path / "copy")
    assert {"register.db", "contacts.db"} <= {path.name for path in (tmp_path / "copy").iterdir()}
    assert 3 == len(told)
    assert 0o700 == stat.S_IMODE((tmp_path / "copy").stat().st_mode)
    assert 0o600 == stat.S_IMODE((tmp_path / "copy" / "register.db").stat().st_mode)
    copy = Store(SQLiteDatabase(tmp_path / "copy", "register"), clock)
    assert (store.entries(0, 1000), []) == (copy.entries(0, 1000), check(copy))
    copy.database.close()
    with pytest.raises(Refused, match="not empty"):
        bundle.backup(room, tmp_path / "copy")
    for database in room.databases.values():
        database.close()


@pytest.mark.postgresql
def test_a_copy_of_postgresql_is_a_bundle(
    opened: Callable[[str], Store], shared_url: str, target: Store, tmp_path: Path
) -> None:
    """With the advice to copy the database by its own means as well."""
    store = opened(shared_url)
    store.create()
    eventful(Register(store))
    told = bundle.backup(FakeRoom(store, shared_url), tmp_path / "copy")  # type: ignore[arg-type]
    assert any("pg_dump" in line for line in told)
    bundle.restore(target, tmp_path / "copy")
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
