"""Forgeries: bundles made by whoever holds the key and writes everything to fit, and folders that no export writes."""

from __future__ import annotations

import inspect
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from projections import audit as command
from projections.auditing.leaves import read_leaf
from signatures.log.eventlog import canonical, sha256
from signatures.proof import notes
from tests.bundles import WITNESS, WITNESS_KEY, Exported, copied, first, lines, make, resigned, retiled, summed


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export a register in which everything happened."""
    return make(tmp_path_factory.mktemp("forged"))


@pytest.fixture
def bundle(exported: Exported, tmp_path: Path) -> Path:
    """Copy its public bundle."""
    return copied(exported.folder, tmp_path / "bundle")


DEPTH = 300


def sealed(exported: Exported, bundle: Path, entries: list[bytes]) -> None:
    """Write a log and sign it, as its operator can."""
    (bundle / "entries.jsonl").write_bytes(b"".join(entries))
    resigned(bundle, exported.private, retiled(bundle))
    summed(bundle)


def leaf_of(entries: list[bytes], type_: str) -> dict[str, Any]:
    """Read the last entry of a type."""
    leaves: list[dict[str, Any]] = [json.loads(line) for line in entries]
    return [leaf for leaf in leaves if leaf.get("type") == type_][-1]


def said(bundle: Path) -> str:
    """Tell the first difference in words."""
    return getattr(first(bundle), "sentence", "no difference")


# ── the folder ───────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [b"{}", b"[]", b"null", b"0", b'""'])
def test_a_manifest_that_says_nothing(content: bytes, bundle: Path) -> None:
    """Is none, although its SHA-256 is listed."""
    (bundle / "register.json").write_bytes(content)
    summed(bundle)
    assert "register.json is not as an export writes it." == said(bundle)


def test_a_folder_that_is_a_link(bundle: Path, tmp_path: Path) -> None:
    """An export writes none, whatever it leads to."""
    (bundle / "tile").rename(tmp_path / "elsewhere")
    (bundle / "tile").symlink_to(tmp_path / "elsewhere")
    assert "tile is no plain file: no export writes links, pipes or devices." == said(bundle)


def test_a_pipe_beside_the_log(bundle: Path) -> None:
    """The operator's own file is a plain one, or not there."""
    os.mkfifo(bundle / "withheld.jsonl")
    assert said(bundle).startswith("withheld.jsonl is no plain file")


@pytest.mark.parametrize("below", [".", "lists"])
def test_folders_within_folders(below: str, bundle: Path) -> None:
    """However deep they lie, the auditor ends with a verdict."""
    folder = bundle / below
    folder.mkdir(exist_ok=True)
    deepest = folder / "/".join("a" * DEPTH)
    deepest.mkdir(parents=True)
    (deepest / "b").touch()
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(
        len(inspect.stack(0)) + DEPTH
    )  # what clears up after tests goes no deeper than the usual limit
    try:
        assert 1 == command.main([str(bundle)])
    finally:
        sys.setrecursionlimit(limit)


# ── the log ──────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"signed_on": "2020-01-01"}, "it withholds position {}, which is withheld already."),
        ({}, "it withholds position {}, which is withheld already."),
    ],
)
def test_an_order_given_twice(changes: dict[str, str], words: str, exported: Exported, bundle: Path) -> None:
    """What was kept of an entry is said once; a second order cannot say it otherwise."""
    entries = lines(bundle / "entries.jsonl")
    order = leaf_of(entries, "Withheld")
    order["data"]["kept"] |= changes
    order |= {"position": len(entries) + 1, "version": leaf_of(entries, "Corrected")["version"] + 1}
    order["recorded_at"] = leaf_of(entries, "Corrected")["recorded_at"]
    sealed(exported, bundle, [*entries, canonical(order) + b"\n"])
    assert words.format(exported.happened.alpha.position) == said(bundle)


@pytest.mark.parametrize("stamp", ["2001-01-01T00:00:00.000000Z", "2031-01-01T00:00:00.000000Z"])
def test_an_order_that_tells_another_stamp(stamp: str, exported: Exported, bundle: Path) -> None:
    """The stamp of what was withheld lies between those of its neighbours, which everybody has."""
    entries = lines(bundle / "entries.jsonl")
    order = leaf_of(entries, "Withheld")
    order["data"]["recorded_at"] = stamp
    entries[order["position"] - 1] = canonical(order) + b"\n"
    sealed(exported, bundle, entries)
    difference = first(bundle)
    assert difference is not None
    assert exported.happened.alpha.position == difference.position
    assert "cannot stand between its neighbours'" in difference.sentence


def test_an_entry_without_salt(exported: Exported) -> None:
    """Only what an order keeps has none."""
    leaf = leaf_of(lines(exported.folder / "entries.jsonl"), "Signed")
    leaf["data"]["salt"] = None
    with pytest.raises(ValueError, match="no salt"):
        read_leaf(canonical(leaf))


@pytest.mark.parametrize(("type_", "version"), [("Drafted", 2), ("Registered", 3), ("Signed", 1), ("Withdrawn", 1)])
def test_a_stream_begins_with_its_beginning(type_: str, version: int, exported: Exported) -> None:
    """Nothing is drafted or registered a second time, and nothing is signed that was not drafted."""
    leaf = leaf_of(lines(exported.folder / "entries.jsonl"), type_) | {"version": version}
    with pytest.raises(ValueError, match=f"a {type_} is version {version} of its stream"):
        read_leaf(canonical(leaf))


@pytest.mark.parametrize(("number", "told"), [(1, "edition 1, where 3 comes next"), (7, "edition 7, where 3")])
def test_editions_are_counted(number: int, told: str, exported: Exported, bundle: Path) -> None:
    """A number given twice would be two lists under one name, of which one is never compared."""
    edition(exported, bundle, edition=number)
    assert told in said(bundle)


def test_an_edition_without_order(exported: Exported, bundle: Path) -> None:
    """Either none is named, or one at least."""
    edition(exported, bundle, edition=3, orders={})
    assert "its orders is {}, which a Published cannot hold" in said(bundle)


ODD: tuple[object, ...] = (
    {"signature": ["a"]}, {"signature": 10**30}, {"signature": None}, {"gap": {"a": 1}}, {"gap": 10**30}, {"gap": None},
)  # fmt: skip


@pytest.mark.parametrize("line", ODD, ids=json.dumps)
def test_an_order_with_odd_places(line: object, exported: Exported, bundle: Path) -> None:
    """Whoever signs may write documents that no register writes; they end in a difference."""
    document = json.dumps(line).encode() + b"\n"
    (bundle / "texts" / sha256(document)).write_bytes(document)
    edition(exported, bundle, edition=3, orders={"en": sha256(document)})
    for name in ("newest", "edition-3"):
        (bundle / "lists" / "peace-2021" / f"{name}.json").write_bytes(b'{"as_of":"2021-07-01","numbered":[\n')
    summed(bundle)
    assert "holds a place that names neither a signature nor a reason" in said(bundle)


def edition(exported: Exported, bundle: Path, **changes: object) -> None:
    """Publish once more what is no longer taken back, in a way in which no register does."""
    entries = lines(bundle / "entries.jsonl")
    last, back = leaf_of(entries, "Corrected"), leaf_of(entries, "Retracted")
    about = {"position": back["position"], "annulled_version": back["version"]}
    for type_, data in (
        ("Annulled", about),
        ("Published", {"as_of": "2021-07-01", "orders": None, **changes}),
    ):
        leaf = leaf_of(entries, type_) | {
            "position": len(entries) + 1,
            "stream": last["stream"],
            "version": last["version"] + 1,
            "recorded_at": last["recorded_at"],
        }
        leaf["data"] |= data
        entries.append(canonical(leaf) + b"\n")
        last = leaf
    sealed(exported, bundle, entries)


def test_what_no_register_lets_in(exported: Exported, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A signature after a statement was taken back: written to fit, signed, and yet named with its rule."""
    entries = lines(bundle / "entries.jsonl")
    last, leaf = leaf_of(entries, "Corrected"), leaf_of(entries, "Signed")
    leaf |= {"position": len(entries) + 1, "version": last["version"] + 1, "recorded_at": last["recorded_at"]}
    leaf |= {"stream": last["stream"]}
    ordinals = [json.loads(line) for line in entries]
    ordinal = 1 + sum(one.get("type") == "Signed" and one["stream"] == last["stream"] for one in ordinals)
    ordinal += sum("leaf_hash" in one for one in ordinals[: exported.happened.alpha.position])
    leaf["data"] |= {
        "signature_id": "00000000-0000-4000-8000-000000000000",
        "signed_on": "2020-01-01",
        "ordinal": ordinal,
    }
    sealed(exported, bundle, [*entries, canonical(leaf) + b"\n"])
    assert 1 == command.main([str(bundle)])
    told = capsys.readouterr().out
    assert f"The first difference is at position {leaf['position']}." in told
    assert "It signs what was taken back at position" in told
    assert "This was not allowed. The rule: Only a published statement is taken back;" in told


# ── what is said of it ───────────────────────────────────────────────────────────────────────────────────────────────


def test_witnesses_of_the_bundle_are_nobodys(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """An operator can invent witnesses: they prove nothing to whoever does not know their keys."""
    assert 0 == command.main([str(exported.folder)])
    alone = capsys.readouterr().out
    assert "saw the same log" not in alone
    assert "Who the witnesses are (witness.example.org): their keys were taken from the bundle itself." in alone
    assert 0 == command.main([str(exported.folder), "--witness", str(exported.folder / "witnesses")])
    told = capsys.readouterr().out
    assert "The witnesses whose keys you gave saw the same log" in told
    assert "Who the witnesses are" not in told


@pytest.mark.parametrize("time", [2**40, 2**62, 2**63 - 1])
def test_a_witness_may_sign_any_time(
    time: int, exported: Exported, bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One beyond the calendar is told as the number that it is."""
    note = notes.read_note((bundle / "cosigned").read_bytes())
    own = [one for one in note.signatures if one.name != WITNESS]
    line = notes.cosign(note.text, WITNESS, WITNESS_KEY, time)
    (bundle / "cosigned").write_bytes(notes.Note(note.text, (*own, line)).encode())
    summed(bundle)
    assert 0 == command.main([str(bundle)])
    assert f"cosigned by {WITNESS} on second {time} since 1970" in capsys.readouterr().out


def test_a_log_is_no_witness_of_itself(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """A key that signs logs is refused as a witness's."""
    assert 2 == command.main([str(exported.folder), "--witness", str(exported.folder / "vkey")])
    assert "signs logs, not a witness's" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("--from", "2021-06-07", "--against", "list.json"),
        ("--to", "2021-06-07", "--as-of", "2021-06-07"),
        ("--history", "--against", "list.json"),
        ("--history", "--position", "9"),
        ("--from", "2021-06-07", "--to", "2021-06-08", "--history"),
        ("--history", "--from", "2021-06-07"),
    ],
)
def test_what_would_not_be_looked_at_is_refused(words: tuple[str, ...], exported: Exported) -> None:
    """Nobody is told that all holds of a list that was never compared."""
    with pytest.raises(SystemExit, match="2"):
        command.main([str(exported.folder), "--statement", "peace-2021", *words])


@pytest.mark.parametrize("where", ["the list", "an entry", "the counts"])
def test_a_field_that_stands_twice(where: str, exported: Exported, tmp_path: Path) -> None:
    """A kept list that one reader understands in this way and another in that is none."""
    kept = (exported.folder / "lists" / "peace-2021" / "edition-1.json").read_text()
    begin = {"the list": '{"statement":', "an entry": '{"number":', "the counts": '{"standing":'}[where]
    assert begin in kept
    words = [str(exported.folder), "--statement", "peace-2021", "--against", str(tmp_path / "list.json")]
    for content, status in ((kept, 0), (kept.replace(begin, f'{begin}"another",{begin[1:]}', 1), 1)):
        (tmp_path / "list.json").write_text(content)
        assert status == command.main(words)
