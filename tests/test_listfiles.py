"""The lists of a bundle: what the rule and the API say, in files; written, restored and compared through the commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from projections.listfiles import ListFiles
from projections.lists import Lists
from projections.rendering.listfile import list_lines
from projections.room import ReadingRoom
from projections.signatory_list import signatory_list
from signatures.bundles import bundle
from signatures.bundles.bundle import LeftOut
from signatures.clock import civil_date
from signatures.room import Room
from signatures.sqlite import SQLiteDatabase
from tests.clock import FixedClock
from tests.commands import Commands
from tests.eventful import EDITOR
from tests.logmaker import MemoryLog, StatementMaker, uuid
from tests.test_stability import STATEMENTS, eventful

NOW = datetime(2021, 6, 30, 22, 30, tzinfo=UTC)  # half past midnight on 1 July in Berlin
TODAY = "2021-07-01"


@pytest.fixture
def maker() -> StatementMaker:
    """Make two editions, the second with an order that has sections and gaps, and signatories after each."""
    made = StatementMaker(MemoryLog(), "Sample-2021")
    ids = [made.sign(f"N{number}", "2021-05-01") for number in range(1200)]
    made.publish("2021-05-10")
    late = [made.sign(f"L{number}", f"2021-05-{10 + number % 10}") for number in range(1100)]
    for id_ in ids[100:300:7]:
        made.withdraw(id_, "2021-05-20", show=False)
    made.void(ids[5], note="nobody there")
    made.correct(ids[6], {"name": "New"}, on="2021-05-15")
    order = [("section", "First"), *(("signature", id_) for id_ in ids[:600]), ("gap", "left early")]
    order += [
        ("signature", ids[0]),
        ("section", "Last"),
        *(("signature", id_) for id_ in late[:600]),
        ("section", "End"),
    ]
    made.publish("2021-05-25", {"en": order})
    made.void(late[3])
    return made


@pytest.fixture
def lists(maker: StatementMaker, tmp_path: Path) -> Iterator[Lists]:
    """Ask that log."""
    database = SQLiteDatabase(tmp_path / "views", "views")
    yield Lists(maker.log, database, FixedClock(NOW))
    database.close()


def newest(log: MemoryLog) -> int:
    """Tell the last position."""
    return len(log.log)


def written(lists: Lists, folder: Path, position: int, **how: bool) -> dict[str, bytes]:
    """Write all lists; give the files by their names."""
    advanced: list[int] = []
    files = ListFiles(lists, position, **how)
    count = files.write(folder, advanced.append).written
    found = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert count == len(found)
    assert files.length() == sum(advanced)
    return found


def test_the_files_hold_what_the_rule_says(lists: Lists, maker: StatementMaker, tmp_path: Path) -> None:
    """Each edition at its own date and position, and today's list, with everything that a long list can have."""
    end = newest(maker.log)
    found = written(lists, tmp_path / "lists", end)
    history, documents = maker.history(), maker.log.texts
    answers: dict[str, dict[str, Any]] = {
        "edition-1.json": {"edition": 1},
        "edition-2.json": {"edition": 2},
        "newest.json": {"as_of": TODAY, "position": end},
    }
    expected = {
        f"Sample-2021/{name}": b"".join(list_lines(signatory_list(history, documents, **asked, root=maker.log.root)))
        for name, asked in answers.items()
    }
    assert expected == found
    last = json.loads(found["Sample-2021/newest.json"])
    assert (["First", "Last", "End"], True) == ([one["heading"] for one in last["sections"]], last["final"])
    assert min(len(last["numbered"]), len(last["subsequent"]), len(last["gaps"])) > 0


def test_they_are_what_the_lists_answer(lists: Lists, maker: StatementMaker, tmp_path: Path) -> None:
    """However it is asked, page by page, whole or streamed."""
    found = written(lists, tmp_path / "lists", newest(maker.log))
    assert json.loads(found["Sample-2021/edition-2.json"]) == lists.whole("sample-2021", edition=2)
    whole = lists.whole("sample-2021", as_of=TODAY, position=newest(maker.log))
    assert json.loads(found["Sample-2021/newest.json"]) == whole


@pytest.mark.parametrize("position", [1201, 1202, 1500, 2330])
def test_the_lists_of_the_past(position: int, lists: Lists, maker: StatementMaker, tmp_path: Path) -> None:
    """Cut at a position, a bundle has the editions until then, and the list of the day on which its log ends."""
    assert maker.log.log[1201].type == "Published"
    found = written(lists, tmp_path / "lists", position, today=False)
    if position < 1202:
        assert {} == found
        return
    assert {"Sample-2021/edition-1.json", "Sample-2021/newest.json"} == set(found)
    last = json.loads(found["Sample-2021/newest.json"])
    day = civil_date(datetime.fromisoformat(maker.log.log[position - 1].recorded_at), "Europe/Berlin").isoformat()
    history = [leaf for leaf in maker.history() if leaf["position"] <= position]
    assert signatory_list(history, maker.log.texts, as_of=day, root=maker.log.root) == last


def test_only_published_statements_have_lists(lists: Lists, maker: StatementMaker, tmp_path: Path) -> None:
    """A draft has none; every other one has, however many there are."""
    StatementMaker(maker.log, "draft").sign("Secret", "2021-05-01")
    for number in range(120):
        StatementMaker(maker.log, f"other-{number}").publish("2021-05-01")
    found = written(lists, tmp_path / "lists", newest(maker.log))
    expected = {f"other-{number}/{name}.json" for number in range(120) for name in ("edition-1", "newest")}
    assert expected == {name for name in found if not name.startswith("Sample-2021/")}


def test_a_stopped_statement_does_not_stop_the_export(lists: Lists, maker: StatementMaker, tmp_path: Path) -> None:
    """What the view cannot tell is left out and named; what it still can, and the others, are there."""
    good = newest(maker.log)
    maker.withdraw(uuid("nobody"), "2021-05-20")
    StatementMaker(maker.log, "other").publish("2021-05-01")
    files = ListFiles(lists, newest(maker.log))
    left = LeftOut("Sample-2021", good, f"beyond position {good} it cannot be told just now")
    assert (4, (left,)) == files.write(tmp_path / "lists", lambda _: None)
    assert [] == list(files.differences(tmp_path / "lists", lambda _: None, {"Sample-2021"}))
    assert {"edition-1.json", "edition-2.json"} == {
        path.name for path in (tmp_path / "lists" / "Sample-2021").iterdir()
    }
    (said,) = files.stopped()
    assert f"of Sample-2021 is left out: beyond position {good} it cannot be told" in said


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("newest.json", lambda text: text.replace(b'"name":"N7"', b'"name":"X7"'), ["newest.json line 8: not what"]),
        ("newest.json", lambda text: text[:-10], [": not what the log gives."]),
        ("newest.json", lambda text: text + b"\n", [": not what the log gives."]),
        ("newest.json", lambda _: b"", ["line 1: not what"]),
        ("newest.json", lambda _: b"[" * 100_000, ["line 1: not what"]),
        ("newest.json", lambda text: text.replace(TODAY.encode(), b"yesterday!"), ["newest.json line 1: not what"]),
        ("newest.json", lambda text: text.replace(b'"2021-07-01"', b"20210701.0"), ["newest.json line 1: not what"]),
        ("edition-1.json", lambda text: text.replace(b'"final":true', b'"final":false'), ["edition-1.json line 1: not"]),
        ("edition-2.json", None, ["edition-2.json: missing."]),
        ("edition-3.json", lambda _: b"{}", ["edition-3.json: the log has no such list."]),
    ],
)  # fmt: skip
def test_a_difference_is_named(
    name: str, content: Any, told: list[str], lists: Lists, maker: StatementMaker, tmp_path: Path
) -> None:
    """Changed, cut, emptied, missing or made up: the file and its first line that is another."""
    folder = tmp_path / "lists"
    written(lists, folder, newest(maker.log))
    files = ListFiles(lists, newest(maker.log))
    assert [] == list(files.differences(folder, lambda _: None))
    path = folder / "Sample-2021" / name
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content(path.read_bytes() if path.exists() else b""))
    found = list(files.differences(folder, lambda _: None))
    assert len(told) == len(found)
    assert all(part in line for part, line in zip(told, found, strict=True)), found


# ── the commands ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_complete(environ: dict[str, str], tmp_path: Path) -> None:
    """Log, tree, checkpoint, key, texts, and each list as the command `list` prints it; a draft is in none of them."""
    run = Commands(environ)
    eventful(run, tmp_path)
    run("publish", "myanmar-2021", "--as-of", "2021-07-10")
    said = run.said("export", tmp_path / "bundle")
    folder = tmp_path / "bundle"
    manifest = json.loads((folder / "register.json").read_bytes())
    files = {path.relative_to(folder / "lists").as_posix() for path in (folder / "lists").rglob("*") if path.is_file()}
    editions = {"myanmar-2021": (1, 2), "belarus-2020": (1,)}
    expected = {f"{reference}/edition-{number}.json" for reference, some in editions.items() for number in some}
    assert expected | {f"{reference}/newest.json" for reference in editions} == files
    assert f"{manifest['position']} entries" in said
    assert f"and {len(files)} lists in" in said
    assert len(files) == manifest["lists"]
    for reference, numbers in editions.items():
        for number in numbers:
            listed = run.said("list", reference, "--edition", number, "--format", "json")
            assert listed.strip() == (folder / "lists" / reference / f"edition-{number}.json").read_text().replace(
                "\n", ""
            )
        pinned = ("--as-of", "", "--position", manifest["position"])
        listed = run.said("list", reference, *pinned, "--format", "json")
        assert listed.strip() == (folder / "lists" / reference / "newest.json").read_text().replace("\n", "")
    assert (tmp_path / "state" / "checkpoint").read_bytes() == (folder / "checkpoint").read_bytes()
    assert run.said("keygen") == (folder / "vkey").read_text()
    assert "record" in STATEMENTS
    assert not list((folder / "lists").glob("record*"))


@pytest.mark.postgresql
def test_a_restore_compares_the_lists(tmp_path: Path, sqlite_url: str, postgresql_url: str) -> None:
    """What the log says counts: the register is there, on the other engine, and the list that says otherwise is named."""
    small = {"SIGNATURES_STATE_DIR": str(tmp_path / "state"), "SIGNATURES_DATABASE": sqlite_url}
    other = {"SIGNATURES_STATE_DIR": str(tmp_path / "other"), "SIGNATURES_DATABASE": postgresql_url}
    run, restored = Commands(small), Commands(other)
    eventful(run, tmp_path)
    run("export", tmp_path / "bundle")
    path = tmp_path / "bundle" / "lists" / "myanmar-2021" / "newest.json"
    path.write_bytes(
        path.read_bytes().replace("Côte d'Ivoire".encode(), b"Elsewhere").replace(b'"late":true', b'"late":false')
    )
    told = restored("restore", tmp_path / "bundle", status=1).stdout
    assert "lists/myanmar-2021/newest.json line " in told
    assert "The register is restored as its log says" in told
    assert "Everything agrees" in restored.said("check")


def test_an_export_up_to_a_position(tmp_path: Path, sqlite_url: str) -> None:
    """The checkpoint is of that size, and so are tree and lists; the whole can be restored."""
    run = Commands({"SIGNATURES_STATE_DIR": str(tmp_path / "state"), "SIGNATURES_DATABASE": sqlite_url})
    eventful(run, tmp_path)
    run("export", tmp_path / "bundle", "--position", 60)
    assert "60" == (tmp_path / "bundle" / "checkpoint").read_text().split("\n")[1]
    other = {"SIGNATURES_STATE_DIR": str(tmp_path / "other"), "SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/second"}
    assert "60 entries" in Commands(other).said("restore", tmp_path / "bundle")


@pytest.mark.parametrize("how", [[], ["--public"]])
def test_the_auditor_agrees(how: list[str], environ: dict[str, str], tmp_path: Path) -> None:
    """What it computes from the entries is what the view told, also where orders have erased names since."""
    run = Commands(environ)
    eventful(run, tmp_path)
    listed = run.listed("myanmar-2021")["numbered"]
    for entry in (listed[0], listed[3], listed[-1]):
        run("withhold", entry["position"], "--code", "legal", "--reason", "by order", "--yes")
    run("publish", "myanmar-2021", "--as-of", "2021-07-10")
    run("export", tmp_path / "bundle", *how)
    texts = [path.read_bytes() for path in (tmp_path / "bundle" / "lists" / "myanmar-2021").iterdir()]
    assert not any(listed[0]["name"].encode() in text for text in texts)
    told = run.said("verify", tmp_path / "bundle", "--vkey", run.said("keygen").strip())
    assert "VERDICT: everything that was checked holds" in told


def test_a_register_in_use_is_exported(tmp_path: Path, sqlite_url: str) -> None:
    """What is recorded meanwhile comes after the bundle's end and changes nothing in it."""
    environ = {"SIGNATURES_STATE_DIR": str(tmp_path / "state"), "SIGNATURES_DATABASE": sqlite_url}
    run = Commands(environ)
    eventful(run, tmp_path)
    with closing(Room(environ, FixedClock(NOW), need_secret=False)) as room:
        length = newest_of(room)

        def meanwhile(_done: int) -> None:
            room.register.withdraw(EDITOR, listed[1]["signature_id"], on="2021-06-30")
            room.register.publish(EDITOR, "record", as_of="2021-06-30")

        listed = run.listed("myanmar-2021")["numbered"]
        lists = ReadingRoom(room).lists
        summary = bundle.export(
            room.checkpoints,
            tmp_path / "bundle",
            lists=lambda folder, position: ListFiles(lists, position).write(folder, lambda _: None),
            progress=meanwhile,
        )
        assert (length, length + 2) == (summary.entries, newest_of(room))
    run("verify", tmp_path / "bundle")
    assert not (tmp_path / "bundle" / "lists" / "record").exists()


def newest_of(room: Room) -> int:
    """Tell the last position of a register."""
    return room.store.max_notification_id() or 0


def test_verify_hands_everything_on(tmp_path: Path, sqlite_url: str) -> None:
    """Options, their order, and the exit status are the auditor's."""
    run = Commands({"SIGNATURES_STATE_DIR": str(tmp_path / "state"), "SIGNATURES_DATABASE": sqlite_url})
    eventful(run, tmp_path)
    run("export", tmp_path / "bundle")
    elsewhere = Commands({})
    told = elsewhere.said(
        "verify", tmp_path / "bundle", "--statement", "belarus-2020", "--as-of", "2020-09-21", "--format", "json"
    )
    assert run.listed("belarus-2020", "--edition", 1)["numbered"] == json.loads(told)["numbered"]
    assert 2 == elsewhere("verify", tmp_path / "bundle", "--nonsense", status=2).exit_code
    (tmp_path / "bundle" / "vkey").unlink()
    assert "vkey" in elsewhere("verify", tmp_path / "bundle", status=1).output
    elsewhere("verify", tmp_path / "nowhere", status=3)
