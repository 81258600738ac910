"""What a dishonest secretariat would try, which holds the key and writes everything anew to fit: what finds it, or who must."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from projections import audit as command
from signatures.log.eventlog import canonical
from signatures.proof import ed25519
from signatures.proof.notes import COSIGNS, Key
from tests.bundles import WITNESS, WITNESS_KEY, Exported, copied, lines, make, remarked, resigned, retiled, summed

Leaves = list[dict[str, Any]]
Attack = Callable[[Leaves], object]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export a register in which everything happened."""
    return make(tmp_path_factory.mktemp("attacked"))


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Exported:
    """Export another one, in which the same happened."""
    return make(tmp_path_factory.mktemp("another"))


@pytest.fixture
def bundle(exported: Exported, tmp_path: Path) -> Path:
    """Copy its public bundle."""
    return copied(exported.folder, tmp_path / "bundle")


def audited(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str]:
    """Audit as the command does."""
    status = command.main([str(word) for word in words])
    return status, capsys.readouterr().out


# ── the log, written anew and signed with the log's own key ──────────────────────────────────────────────────────────


def public(leaves: Leaves, type_: str, nth: int = 0) -> int:
    """Find an entry of a published statement."""
    (stream,) = {leaf["stream"] for leaf in leaves if leaf.get("type") == "Retracted"}
    return [n for n, leaf in enumerate(leaves) if (leaf.get("type"), leaf.get("stream")) == (type_, stream)][nth]


def dropped(leaves: Leaves, number: int) -> None:
    """Take an entry out and number all that follow anew, in the log and in the stream."""
    gone = leaves.pop(number)
    for leaf in leaves[number:]:
        leaf["position"] -= 1
        if leaf.get("stream") == gone["stream"]:
            leaf["version"] -= 1


def added(leaves: Leaves, number: int, **data: Any) -> None:
    """Say again at the end what an entry says, with other data."""
    leaf = json.loads(json.dumps(leaves[number]))
    versions = [one["version"] for one in leaves if one.get("stream") == leaf["stream"]]
    stamp = next(one["recorded_at"] for one in reversed(leaves) if "recorded_at" in one)
    leaf |= {"position": len(leaves) + 1, "version": max(versions) + 1, "recorded_at": stamp}
    leaf["data"] |= data
    leaves.append(leaf)


def changed(type_: str, nth: int = 0, **data: Any) -> Attack:
    """Change what an entry says."""
    return lambda leaves: leaves[public(leaves, type_, nth)]["data"].update(data)


def restamped(type_: str, stamp: str, nth: int = 0) -> Attack:
    """Change when an entry says that it was recorded."""
    return lambda leaves: leaves[public(leaves, type_, nth)].update(recorded_at=stamp)


def unregistered(leaves: Leaves) -> None:
    """Drop all that is recorded of one that signs."""
    signed = leaves[public(leaves, "Signed", -1)]["data"]["organisation_id"]
    for number in reversed(range(len(leaves))):
        if leaves[number].get("stream") == f"organisation/{signed}":
            dropped(leaves, number)


def exchanged(leaves: Leaves) -> None:
    """Exchange two entries of a statement, with their positions and versions."""
    one, other = public(leaves, "Signed", -2), public(leaves, "Signed", -1)
    first, second = leaves[one], leaves[other]
    for name in ("position", "version", "recorded_at"):
        first[name], second[name] = second[name], first[name]
    leaves[one], leaves[other] = second, first


ATTACKS: dict[str, tuple[Attack, str]] = {
    "a signature dropped, all numbered anew": (lambda all_: dropped(all_, public(all_, "Signed", -1)), "Position"),
    "a withdrawal dropped": (lambda all_: dropped(all_, public(all_, "Withdrawn")), "Position"),
    "a registration dropped": (unregistered, "names an organisation that no entry before it registered"),
    "two signatures exchanged": (exchanged, "where"),
    "recorded earlier than the one before": (restamped("Retracted", "2020-01-01T00:00:00.000000Z"), "before the one"),
    "signed in the future": (changed("Signed", -1, signed_on="2098-01-01"), "It signs as of 2098-01-01"),
    "a number given twice": (changed("Signed", -1, ordinal=1), "signature 1 of its statement, where"),
    "a time zone moved after the edition": (
        lambda all_: added(all_, public(all_, "Amended"), changes={"time_zone": "Pacific/Kiritimati"}),
        "It amends time_zone",
    ),
    "an edition of a day to come": (changed("Published", -1, as_of="2098-01-01"), "publishes an edition of 2098-01-01"),
    "an edition of an earlier day": (changed("Published", -1, as_of="2001-01-01"), "after one of"),
    "another statement's text under an edition": (changed("Published", -1, texts={"en": "0" * 64}), "other texts than"),
    "closed for a reason nobody knows": (changed("Withdrawn", reason_code="unwanted"), "its reason_code is 'unwanted'"),
    "left before it came": (changed("Withdrawn", withdrawn_on="2001-01-01"), "withdraws as of 2001-01-01"),
    "an actor of no kind": (changed("Signed", -1, actor={"kind": "nobody", "ref": ""}), "its actor is"),
    "taken back twice": (lambda all_: added(all_, public(all_, "Retracted")), "It takes back what was taken back"),
    "an annulment of what is annulled": (lambda all_: added(all_, public(all_, "Annulled")), "annulled already"),
    "a signature after it was taken back": (
        lambda all_: added(all_, public(all_, "Signed"), signature_id="00000000-0000-4000-8000-000000000000"),
        "It signs what was taken back",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ATTACKS)
def test_a_log_written_to_fit(name: str, exported: Exported, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Signed anew with all its tiles, it is named for what no register does."""
    attack, told = ATTACKS[name]
    leaves = [json.loads(line) for line in lines(bundle / "entries.jsonl")]
    attack(leaves)
    (bundle / "entries.jsonl").write_bytes(b"".join(canonical(leaf) + b"\n" for leaf in leaves))
    resigned(bundle, exported.private, retiled(bundle))
    remarked(bundle, position=len(leaves))
    summed(bundle)
    status, said = audited(capsys, bundle)
    assert (1, True) == (status, told in said), said


# ── the folder ───────────────────────────────────────────────────────────────────────────────────────────────────────


def folded(bundle: Path, _other: Path) -> None:
    """End lines as another system does."""
    path = bundle / "entries.jsonl"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


def said_twice(bundle: Path, _other: Path) -> None:
    """Say a field twice, of which one reader takes the first and another the last."""
    path = bundle / "entries.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"method":', b'"method":"api","method":', 1))


def swap(*names: str) -> Callable[[Path, Path], None]:
    """Take files from the bundle of another register."""

    def take(bundle: Path, other: Path) -> None:
        for name in names:
            shutil.copyfile(other / name, bundle / name)

    return take


def fewer_hashes(bundle: Path, _other: Path) -> None:
    """Cut a tile off."""
    path = next(path for path in (bundle / "tile").rglob("*") if path.is_file())
    path.write_bytes(path.read_bytes()[:-32])


def renumbered_list(bundle: Path, _other: Path) -> None:
    """Give two entries of a published list each other's numbers."""
    path = bundle / "lists" / "peace-2021" / "edition-1.json"
    text = path.read_bytes()
    path.write_bytes(text.replace(b'"number":1,', b'"number":0,').replace(b'"number":2,', b'"number":1,'))


def reordered(bundle: Path, _other: Path) -> None:
    """Exchange the lines of an order, under its old name."""
    for path in (bundle / "texts").iterdir():
        if path.read_bytes().startswith(b'{"s'):
            path.write_bytes(b"".join(reversed(path.read_bytes().splitlines(keepends=True))))
            return
    raise AssertionError("there is no order")


FOLDERS: dict[str, tuple[Callable[[Path, Path], None], str]] = {
    "line ends of another system": (folded, "line 1 is no entry"),
    "a field said twice": (said_twice, "not written canonically"),
    "another register's entries": (swap("entries.jsonl"), "The entries are not those that were signed"),
    "another register's checkpoint": (swap("checkpoint"), "checkpoint is of register-"),
    "another register's checkpoint and key": (swap("checkpoint", "vkey"), "Position"),
    "another register's manifest": (swap("register.json"), "register.json"),
    "another register's list": (swap("lists/peace-2021/edition-1.json"), "lists/peace-2021/edition-1.json"),
    "another register's witnesses": (swap("cosigned"), "cosigned"),
    "a tile cut off": (fewer_hashes, "does not hold"),
    "numbers moved in a list": (renumbered_list, "lists/peace-2021/edition-1.json"),
    "an order turned round": (reordered, "has another SHA-256"),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLDERS)
def test_files_of_another_making(
    name: str, bundle: Path, another: Exported, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whatever the sums say, which anybody can make anew."""
    attack, told = FOLDERS[name]
    attack(bundle, another.folder)
    summed(bundle)
    status, said = audited(capsys, bundle)
    assert (1, True) == (status, told in said), said


# ── what a bundle alone cannot show ──────────────────────────────────────────────────────────────────────────────────


def test_an_old_bundle_is_true_and_says_where_it_ends(exported: Exported, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever is given last year's learns that it ends there, and by a checkpoint of his own that it was cut off."""
    earlier = exported.folder.parent / "earlier"
    status, said = audited(capsys, earlier)
    end = len(lines(earlier / "entries.jsonl"))
    assert (0, True) == (status, f"nothing was recorded since: this log ends at position {end}" in said)
    status, said = audited(capsys, earlier, "--since", exported.folder / "checkpoint")
    assert (1, True) == (status, f"positions {end + 1} to" in said)


def test_two_stories_for_two_auditors(
    exported: Exported, another: Exported, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each alone holds; what one holds finds the other, and so does a witness whom both know."""
    witness = Key(WITNESS, ed25519.public_of(WITNESS_KEY), COSIGNS).vkey()
    story = copied(exported.folder, tmp_path / "story")
    for name in ("cosigned", "witnesses"):
        (story / name).unlink(missing_ok=True)
    leaves = [json.loads(line) for line in lines(story / "entries.jsonl")]
    [leaf for leaf in leaves if "data" in leaf][-1]["data"]["salt"] = "0" * 32  # anything that is allowed
    (story / "entries.jsonl").write_bytes(b"".join(canonical(leaf) + b"\n" for leaf in leaves))
    resigned(story, exported.private, retiled(story))
    summed(story)
    checkpoint = exported.folder / "cosigned"
    told = "No checkpoint of this bundle bears a signature of the witness"
    for words, expected in (
        (("--since", story / "checkpoint"), "are not those of the checkpoint that you hold"),
        (("--since", another.folder / "checkpoint"), "is of another log"),
    ):
        status, said = audited(capsys, exported.folder, *words)
        assert (1, True) == (status, expected in said), said
    status, said = audited(capsys, story, "--witness", witness)
    assert (1, True) == (status, told in said)
    assert 0 == audited(capsys, exported.folder, "--witness", witness, "--since", checkpoint)[0]


def test_a_zone_that_nobody_knows(exported: Exported, bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Dates are judged by the latest day on earth, and that is said."""
    leaves = [json.loads(line) for line in lines(bundle / "entries.jsonl")]
    number = next(n for n, leaf in enumerate(leaves) if leaf.get("type") == "Drafted")
    leaves[number]["data"]["time_zone"] = "Mars/Phobos"
    (bundle / "entries.jsonl").write_bytes(b"".join(canonical(leaf) + b"\n" for leaf in leaves))
    resigned(bundle, exported.private, retiled(bundle))
    summed(bundle)
    assert "where clocks go by 'Mars/Phobos', which this machine does not know" in audited(capsys, bundle)[1]
