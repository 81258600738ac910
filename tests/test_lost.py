"""What was lost stays lost: pinned questions answer 410, the log and its bundles say so, all else is as it was.

Real copies of databases are put back, on both engines.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import wsgi
from projections.room import ReadingRoom
from signatures.log.derive import check
from signatures.log.eventlog import leaf_hash
from signatures.proof import notes
from tests.api import small_environ
from tests.copies import copies_of
from tests.losing import KEPT, LAST, LIST, OPEN, Site

ROOT = Path(wsgi.__file__).parent
FIRST = KEPT + 1


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_pinned_requests_inside_are_gone(whole: Site) -> None:
    """410 for each lost position in every form; the same bytes as ever before them; after them everything."""
    with whole.app() as app:
        client = app.test_client()
        before = {position: client.get(f"{LIST}?position={position}").data for position in range(1, LAST + 1)}
        html = client.get(f"/statements/{OPEN}?position={KEPT}").status_code
    whole.lose()
    whole.recover()
    with whole.app() as app:
        client = app.test_client()
        for position in range(1, FIRST):
            assert before[position] == client.get(f"{LIST}?position={position}").data
        for position in range(FIRST, LAST + 1):
            for path in (f"{LIST}?position={position}", f"{LIST}.txt?position={position}"):
                gone = client.get(path)
                assert (410, "no-store") == (gone.status_code, gone.headers["Cache-Control"])
                told = gone.get_json()
                assert ("position-lost", FIRST, LAST) == (
                    told["type"].rpartition("/")[2], told["first_lost"], told["last_lost"],
                )  # fmt: skip
            page = client.get(f"/statements/{OPEN}?position={position}")
            assert (410, 200) == (page.status_code, html)
            assert f"Position {position} is lost" in page.text
        for path in (
            f"/api/v1/statements/{OPEN}?position=9",
            f"/api/v1/statements/{OPEN}/texts/en?position=9",
            f"/api/v1/statements/{OPEN}/diff?from=2026-11-22@9&to=2026-11-22",
            f"/api/v1/statements/{OPEN}/diff?from=2026-11-22&to=2026-11-22@{LAST}",
        ):
            assert 410 == client.get(path).status_code, path
        assert 200 == client.get(f"/api/v1/statements/{OPEN}/diff?from=2026-11-22@{KEPT}&to=2026-11-22").status_code
        assert 400 == client.get(f"{LIST}?position={LAST + 1}").status_code
        whole.sign(app.extensions["room"], "Omega")
        assert KEPT == client.get(f"{LIST}").get_json()["position"] - LAST + KEPT - 2
        assert 200 == client.get(f"{LIST}?position={LAST + 1}").status_code


def test_moments_between_are_gone(recovered: Site) -> None:
    """From just after the last entry left until just before it was said: nobody can tell what was known."""
    with recovered.room() as room:
        left, lost = (room.store.entry(position) for position in (KEPT, FIRST))
    assert left is not None
    assert lost is not None
    ask = "{}?known_at={}"
    with recovered.app() as app:
        client = app.test_client()
        asked = {
            moment: client.get(ask.format(LIST, moment)).status_code
            for moment in (left.recorded_at, after(left.recorded_at), before(lost.recorded_at), lost.recorded_at)
        }
        assert [200, 410, 410, 200] == list(asked.values())
        answer = client.get(ask.format(LIST, lost.recorded_at)).get_json()
        assert (KEPT, 2) == (answer["position"], answer["counts"]["standing"])
        page = f"/statements/{OPEN}"
        assert 410 == client.get(ask.format(page, after(left.recorded_at))).status_code
        assert 200 == client.get(ask.format(page, lost.recorded_at)).status_code
        ends = f"/api/v1/statements/{OPEN}/diff?from=2026-11-22@{after(left.recorded_at)}&to=2026-11-22"
        assert 410 == client.get(ends).status_code


def after(stamp: str) -> str:
    return stamp.replace(".000000Z", ".000001Z")


def before(stamp: str) -> str:
    minute = f"{int(stamp[14:16]) - 1:02}"
    return f"{stamp[:14]}{minute}:59.999999Z"


def test_commands_tell_it_too(recovered: Site) -> None:
    """`list` and `diff` say the same sentence with status 1."""
    told = recovered.run.refused("list", OPEN, "--position", 9)
    assert f"positions {FIRST} to {LAST} are never used again. Ask for position {KEPT} or" in told
    assert told == recovered.run.refused("diff", OPEN, "--from", "2026-11-22@9", "--to", "2026-11-22")


def test_a_cursor_from_before_the_loss_is_gone(whole: Site) -> None:
    """The pages that it leads to are of a list that nobody can make any more."""
    with whole.app() as app:
        link = app.test_client().get(f"{LIST}?limit=1").headers["Link"]
    path = link.partition("<")[2].partition(">")[0]
    whole.lose()
    whole.recover()
    assert 410 == whole.get(path).status_code


def test_views_that_were_ahead_are_made_anew(tmp_path: Path) -> None:
    """Only the register was put back: what the views knew of lost entries is gone from the lists."""
    environ = small_environ(tmp_path)
    with copies_of(environ["SIGNATURES_DATABASE"], tmp_path / "copies") as copies:
        site = Site(environ, copies)
        assert b"Delta" in site.get(LIST).data
        for path in site.copies.place.glob("register.db*"):  # type: ignore[attr-defined]
            path.unlink()
        shutil.copy(tmp_path / "copies" / "early" / "register.db", site.copies.place)  # type: ignore[attr-defined]
        site.recover()
        answer = site.get(LIST)
    assert (200, KEPT) == (answer.status_code, answer.get_json()["position"])
    assert b"Delta" not in answer.data
    with site.room() as room:
        assert ReadingRoom(room).lists.replay.check() is None


# ── served and audited ───────────────────────────────────────────────────────────────────────────────────────────────


def test_the_log_is_served_with_its_losses(recovered: Site) -> None:
    """Leaves of lost positions are public and proved like any other; the former origin is told with its note."""
    with recovered.app() as app:
        client = app.test_client()
        lines = client.get(f"/api/v1/log/entries?after={KEPT}").text.splitlines()
        assert [("Lost", position) for position in range(FIRST, LAST + 1)] == [
            (line["type"], line["position"]) for line in map(json.loads, lines)
        ]
        proof = notes.read_proof(client.get(f"/api/v1/log/proof/{FIRST}").data)
        key = notes.read_vkey(client.get("/api/v1/log/vkey").text)
        assert proof.verify(leaf_hash(lines[0].encode()), [key], key.name)
        (told,) = client.get("/api/v1/log/former").get_json()["former"]
        assert (FIRST, LAST, LAST) == (told["first"], told["last"], told["size"])
        both = notes.verify(notes.read_note(told["note"].encode()), [key, recovered.receipts[4].key])
        assert 2 == len(both)


def test_an_auditor_who_kept_a_checkpoint_understands(recovered: Site, tmp_path: Path) -> None:
    """One from before the loss is continued; one from after it is not, and the bundle itself says why."""
    with recovered.room() as room:
        recovered.sign(room, "Omega")
    recovered.run("export", tmp_path / "bundle", "--public")
    (tmp_path / "early").write_bytes(recovered.at_seven)
    (tmp_path / "late").write_bytes(recovered.receipts[LAST].proof.note.encode())
    vkey = ["--vkey", recovered.run.said("keygen").strip()]
    for kept, status, told in (("early", 0, "nothing up to there was changed"), ("late", 1, "tells of a loss")):
        command: list[str | Path] = [
            sys.executable,
            "-m",
            "projections.audit",
            tmp_path / "bundle",
            "--since",
            tmp_path / kept,
            *vkey,
        ]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        assert (status, True) == (done.returncode, told in done.stdout), done.stdout + done.stderr


# ── handed on ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_recovered_register_moves_with_its_losses(recovered: Site, tmp_path: Path) -> None:
    """Exported and restored elsewhere: the same leaves, the same 410, no origin that has signed another tree."""
    recovered.run("export", tmp_path / "bundle")
    manifest = json.loads((tmp_path / "bundle" / "register.json").read_bytes())
    assert LAST == manifest["position"]
    other = {
        **recovered.environ,
        "SIGNATURES_DATABASE": f"sqlite:///{tmp_path}/moved",
        "SIGNATURES_STATE_DIR": f"{tmp_path}/moved-state",
    }
    type(recovered.run)(other)("restore", tmp_path / "bundle")
    with recovered.room(**other) as room, recovered.room() as source:
        assert source.store.entries(0, 100) == room.store.entries(0, 100)
        assert "register.example.org/api/v1/log/2" == room.checkpoints.origin()
        assert source.checkpoints.former() == room.checkpoints.former()
        assert [] == check(room.store)
    app = wsgi.create_app(other, recovered.clock)
    assert 410 == app.test_client().get(f"{LIST}?position={FIRST}").status_code
    app.extensions["room"].close()
