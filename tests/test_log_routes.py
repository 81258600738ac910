"""The log over HTTP: whoever knows its key alone can check entries, tiles, proofs and growth from what is served."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from projections.openness import Openness
from projections.room import ReadingRoom
from signatures.aggregate import Reason
from signatures.errors import RegisterError
from signatures.log.eventlog import leaf_hash
from signatures.log.withheld import withheld_streams
from signatures.organisation import NameParts
from signatures.proof import merkle, notes
from signatures.proof.merkle import HASH_BYTES
from signatures.proof.notes import Checkpoint, Key
from signatures.proof.tiles import nodes_from_tiles, tiles, width_of
from signatures.register import Receipt
from tests.api import Api, code_of, small_api
from tests.eventful import EDITOR, OPEN, SECRET, SLIP, draft, eventful, sign

NAMES = ("Bakers", "Millers", "Reapers")
ADDRESSES = (
    "checkpoint",
    "vkey",
    "witnesses",
    "former",
    "entries",
    "tile/0/000.p/3",
    "proof/1",
    "consistency",
)


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of an empty register."""
    opened = Api(environ)
    yield opened
    opened.close()


@pytest.fixture
def filled(api: Api) -> Api:
    """Let everything happen once, two statements stay unpublished, and sign the log."""
    eventful(api.room.register)
    api.room.checkpoints.make()
    return api


def key_of(api: Api) -> Key:
    return notes.read_vkey(api.get("/log/vkey").text)


def opened(api: Api, content: bytes) -> Checkpoint:
    """Verify a note with the served key alone."""
    note = notes.read_note(content)
    notes.verify(note, [key_of(api)])
    return notes.read_checkpoint(note.text)


def asked(api: Api, address: str, **query: int) -> TestResponse:
    return api.get(f"/log/{address}?{urlencode(query)}")


def checkpoint(api: Api, **query: int) -> Checkpoint:
    return opened(api, asked(api, "checkpoint", **query).data)


def lines(api: Api, **query: object) -> list[bytes]:
    """Read all entries, page by page."""
    found: list[bytes] = []
    following: str | None = f"/log/entries?{urlencode(query)}"
    while following:
        answer = api.get(following)
        assert (200, "application/jsonl") == (answer.status_code, answer.content_type)
        found += answer.data.splitlines()
        link = re.search(r'</api/v1([^>]+)>; rel="next"', answer.headers.get("Link", ""))
        following = link[1] if link else None
    return found


def hash_of(line: bytes) -> bytes:
    """Tell an entry's hash as an auditor does: of the line, or what stands in the line's place."""
    told = json.loads(line)
    return bytes.fromhex(told["leaf_hash"]) if set(told) == {"leaf_hash", "position"} else leaf_hash(line)


# ── checkpoints ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_checkpoint_is_the_signed_one_and_kept_for_five_seconds(filled: Api) -> None:
    """As C2SP wants it served: text, signed with the served key, and no cache keeps it longer."""
    answer = filled.get("/log/checkpoint")
    assert ("text/plain; charset=utf-8", "max-age=5") == (answer.content_type, answer.headers["Cache-Control"])
    assert filled.room.checkpoints.newest() == answer.data
    assert filled.position() == opened(filled, answer.data).size


def test_any_earlier_size_is_signed_when_it_is_asked_for(filled: Api) -> None:
    """Its root is that of the entries up to there; nothing is stored for it."""
    before = filled.room.checkpoints.newest()
    for size in range(1, filled.position() + 1):
        assert Checkpoint(filled.room.checkpoints.origin(), size, root_at(filled, size)) == checkpoint(
            filled, size=size
        )
    assert before == filled.room.checkpoints.newest()


def root_at(api: Api, size: int) -> bytes:
    hashes = list(map(hash_of, lines(api)))[:size]
    return merkle.root(lambda level, index: merkle.root_of(hashes[index << level : (index + 1) << level]), size)


def test_what_is_recorded_and_not_signed_yet_has_no_checkpoint_for_a_moment(filled: Api) -> None:
    """503 with Retry-After for what will be signed, 400 for what is not there at all; nothing is signed by asking."""
    sign(filled.room.register, "Newcomers", SECRET)
    newest = filled.position()
    soon = filled.get("/log/checkpoint", size=newest)
    assert ("storage-unavailable", "2") == (code_of(soon), soon.headers["Retry-After"])
    assert "position-out-of-range" == code_of(filled.get("/log/checkpoint", size=newest + 1))
    assert checkpoint(filled).size < newest


# ── tiles ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_root_can_be_computed_from_the_tiles(filled: Api) -> None:
    """At every size; tiles never change, so caches may keep them for long."""
    for size in (1, 2, 5, filled.position()):
        node = nodes_from_tiles(lambda tile: content(filled.get(f"/log/tile/{tile.path()}")), size)
        assert checkpoint(filled, size=size).root == merkle.root(node, size)


def content(answer: TestResponse) -> bytes:
    assert 200 == answer.status_code
    assert "application/octet-stream" == answer.content_type
    assert "max-age=604800, immutable" == answer.headers["Cache-Control"]
    data: bytes = answer.data
    return data


def test_tiles_of_a_larger_tree(api: Api) -> None:
    """Of more than one tile and level: whole ones, partial ones, and partial ones of a whole one."""
    draft(api.room.register)
    for number in range(300):
        sign(api.room.register, f"Union {number}")
    api.room.checkpoints.make()
    size = checkpoint(api).size
    assert width_of(0, 2, size) > 0
    found = {tile: content(api.get(f"/log/tile/{tile.path()}")) for tile in tiles(size)}
    assert checkpoint(api).root == merkle.root(nodes_from_tiles(found.__getitem__, size), size)
    whole = content(api.get("/log/tile/0/001"))
    assert whole[: 7 * HASH_BYTES] == content(api.get("/log/tile/0/001.p/7"))


@pytest.mark.parametrize(
    "path",
    [
        "0/000",
        "0/001",
        "1/000.p/1",
        "0/000.p/256",
        "0/000.p/0",
        "0/0",
        "00/000.p/1",
        "0/000.p/01",
        "entries/000",
        "64/000",
    ],
)
def test_there_is_no_other_tile(filled: Api, path: str) -> None:
    """None that is not full, not in the signed tree, or spelt otherwise."""
    assert (404, "not-found") == ((answer := filled.get(f"/log/tile/{path}")).status_code, code_of(answer))


def test_a_tile_is_served_when_it_is_signed(filled: Api) -> None:
    """What is not signed could still be lost; then a cache would keep a hash of nothing for a week."""
    newest = filled.position()
    sign(filled.room.register, "Newcomers", SECRET)
    assert 404 == filled.get(f"/log/tile/0/000.p/{newest + 1}").status_code
    filled.room.checkpoints.make()
    assert 200 == filled.get(f"/log/tile/0/000.p/{newest + 1}").status_code


def test_a_tile_with_an_impossible_number_asks_no_store(filled: Api) -> None:
    """The largest number of the largest level that a path can have."""
    assert 404 == filled.get("/log/tile/63/" + "x999/" * 6 + "999").status_code


# ── entries ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_entries_are_the_leaves_of_the_tree(filled: Api) -> None:
    """Each stands on a line of its own, at its position, and its hash is that of the tree."""
    found = lines(filled)
    assert list(range(1, filled.position() + 1)) == [json.loads(line)["position"] for line in found]
    assert [entry.leaf_hash for entry in filled.room.store.entries(0, 1000)] == list(map(hash_of, found))


@pytest.mark.parametrize("limit", [1, 7, 1000])
def test_pages_of_any_size_give_the_same_lines(filled: Api, limit: int) -> None:
    """Linked one to the next; the last one links to none."""
    assert lines(filled) == lines(filled, limit=limit)
    assert lines(filled)[9:] == lines(filled, limit=limit, after=9)
    assert [] == lines(filled, after=filled.position())


def test_an_answer_of_more_than_a_mebibyte_ends_earlier(api: Api) -> None:
    """So that memory does not grow with what clients ask for; the rest follows by the link."""
    draft(api.room.register)
    for number in range(150):
        parts = NameParts(f"Union {number}", translations={f"en-x{place:02}": "x" * 990 for place in range(20)})
        api.room.register.sign(EDITOR, OPEN, parts, signed_on="2021-06-07", method="paper")
    api.room.register.publish(EDITOR, OPEN, as_of="2021-06-08")
    first = api.get("/log/entries")
    assert 2**20 < len(first.data) < 2 * 2**21
    assert 'rel="next"' in first.headers["Link"]
    assert api.position() == len(lines(api))


def test_leaves_of_drafts_stand_as_their_hashes(filled: Api) -> None:
    """Statements that nobody has published and organisations that only these name; nothing else is withheld."""
    store = filled.room.store
    secret = withheld_streams(store, filled.position())
    kept = {position for position, line in enumerate(lines(filled), 1) if b"leaf_hash" in line}
    assert {entry.position for entry in store.entries(0, 1000) if entry.stream in secret} == kept
    assert kept
    served = b"\n".join(lines(filled))
    assert b"Hidden Union" not in served
    assert b"Beta United" in served


def test_publishing_opens_the_leaves(filled: Api) -> None:
    """The same entries are served whole then, under another ETag."""
    before = filled.get("/log/entries")
    filled.room.register.publish(EDITOR, SECRET, as_of="2021-06-30")
    after = filled.get("/log/entries", headers={"If-None-Match": before.headers["ETag"]})
    assert (200, "no-cache") == (after.status_code, after.headers["Cache-Control"])
    assert b"Hidden Union" not in before.data
    assert b"Hidden Union" in after.data


def test_what_an_order_withholds_stands_as_its_hash_and_is_still_proved(filled: Api) -> None:
    """Its words are gone from the answer; root, tiles and proofs are what they were, and who holds the old page is told."""
    before, root = filled.get("/log/entries"), checkpoint(filled)
    position = next(entry.position for entry in filled.room.store.entries(0, 1000) if b"Gamma Union" in entry.state)
    filled.room.register.withhold(EDITOR, position, Reason("legal", "order 7 of the court"))
    filled.room.register.withhold(EDITOR, position + 1, Reason("legal", "order 7 of the court"))
    after = filled.get("/log/entries", headers={"If-None-Match": before.headers["ETag"]})
    assert 200 == after.status_code
    assert b"Gamma Union" in before.data
    assert b"Gamma Union" not in after.data
    hashes = list(map(hash_of, lines(filled)))
    assert list(map(hash_of, before.data.splitlines())) == hashes[: root.size]
    proof = notes.read_proof(asked(filled, f"proof/{position}", size=root.size).data)
    assert root == proof.verify(hashes[position - 1], [key_of(filled)], root.origin)[0]
    assert "Withheld" == json.loads(lines(filled)[-1])["type"]


def test_a_token_shows_no_more(filled: Api) -> None:
    """What is public is the same for everybody; an editor reads drafts elsewhere."""
    assert filled.get("/log/entries").data == filled.get("/log/entries", editor=True).data


def openness(api: Api) -> Openness:
    return ReadingRoom(api.room).proofs.openness


def test_the_decision_is_that_of_the_bundle(api: Api) -> None:
    """For every stream, after every step: also where an organisation was named by a list and is not any more."""
    register, store = api.room.register, api.room.store

    def agree() -> None:
        streams = {entry.stream for entry in store.entries(0, 1000)}
        newest = store.newest()
        assert newest is not None
        assert withheld_streams(store, newest.position) == openness(api).withheld(streams)

    draft(register, "first-2021")
    draft(register, "second-2021")
    secret = sign(register, "Secret Union", "first-2021")
    sign(register, "Other Union", "first-2021")
    agree()
    shown = sign(register, "Secret Union", "second-2021")
    agree()
    register.publish(EDITOR, "second-2021", as_of="2021-06-30")
    agree()
    assert not openness(api).withheld({f"organisation/{secret.organisation_id}"})
    third = sign(register, "Third Union", "second-2021")
    other = sign(register, "Corrected Union", "first-2021")
    corrected = register.correct(EDITOR, shown.signature_id, {"organisation_id": other.organisation_id})
    agree()
    register.void(EDITOR, third.signature_id)
    agree()
    register.annul(EDITOR, "second-2021", corrected.position, SLIP)
    agree()
    register.publish(EDITOR, "first-2021", as_of="2021-06-30")
    agree()


@pytest.mark.parametrize("seed", range(4))
def test_the_decision_is_that_of_the_bundle_whatever_happens(tmp_path: Path, seed: int) -> None:
    """Drafts, signatures, corrections to another organisation, annulments and publications at random."""
    draw, api = random.Random(seed), small_api(tmp_path)
    register, store = api.room.register, api.room.store
    references = [f"statement-{number}" for number in range(4)]
    for reference in references:
        draft(register, reference)
    signed: list[Receipt] = []
    corrected: list[tuple[str, int]] = []
    seen: set[int] = set()
    for _ in range(80):
        reference = draw.choice(references)
        with suppress(RegisterError):
            match draw.randrange(10):
                case 0:
                    register.publish(EDITOR, reference, as_of="2021-06-30")
                case 1 | 2 | 3 if signed:
                    one, other = draw.choice(signed), draw.choice(signed)
                    done = register.correct(EDITOR, one.signature_id, {"organisation_id": other.organisation_id})
                    corrected += [(at, done.position) for at in references]
                case 4 if corrected:
                    register.annul(EDITOR, *draw.choice(corrected), SLIP)
                case 5 if signed:
                    register.rename(EDITOR, draw.choice(signed).organisation_id, {"country_printed": {"en": "Mali"}})
                case _:
                    signed.append(sign(register, f"Union {draw.randrange(12)}", reference))
        withheld = withheld_streams(store, api.position())
        assert withheld == openness(api).withheld({entry.stream for entry in store.entries(0, 10_000)})
        seen.add(len(withheld))
    assert 5 < len(seen)
    api.close()


# ── proofs ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_entry_is_proved_in_every_checkpoint(filled: Api) -> None:
    """With the file, the line and the key alone; a proof of another line does not hold."""
    key, found = key_of(filled), list(map(hash_of, lines(filled)))
    for size in (1, 2, 3, 8, filled.position()):
        for position in range(1, size + 1):
            proof = notes.read_proof(filled.get(f"/log/proof/{position}", size=size).data)
            shown, _ = proof.verify(found[position - 1], [key], key.name)
            assert (size, position - 1) == (shown.size, proof.leaf_index)
            with pytest.raises(notes.NotSigned):
                proof.verify(found[position % len(found)], [key], key.name)


def test_a_proof_is_of_the_newest_checkpoint_unless_another_is_wanted(filled: Api) -> None:
    """An entry beyond it has none."""
    answer = filled.get("/log/proof/1")
    assert filled.room.checkpoints.newest() == answer.data.partition(b"\n\n")[2]
    for path in (f"/log/proof/{filled.position() + 1}", "/log/proof/9?size=8", "/log/proof/1?size=999"):
        assert "position-out-of-range" == code_of(filled.get(path))
    assert "invalid-parameter" == code_of(filled.get("/log/proof/first"))
    assert "invalid-parameter" == code_of(filled.get("/log/proof/0"))


def test_growth_is_proved_between_any_two_sizes(filled: Api) -> None:
    """In the words in which a witness is asked: the old size, the hashes, an empty line, the new checkpoint."""
    newest = filled.position()
    for new in (1, 2, 7, newest):
        for old in range(new + 1):
            answer = filled.get("/log/consistency", old=old, new=new)
            head, _, note = answer.data.partition(b"\n\n")
            word, *hashes = head.decode().split("\n")
            assert f"old {old}" == word
            grown, proof = opened(filled, note), list(map(base64.b64decode, hashes))
            assert new == grown.size
            if old:
                assert merkle.verify_consistency(old, checkpoint(filled, size=old).root, new, grown.root, proof)
    assert newest == opened(filled, filled.get("/log/consistency").data.partition(b"\n\n")[2]).size
    for query in ({"old": newest + 1}, {"old": 3, "new": 2}, {"old": 1, "new": newest + 1}):
        assert "position-out-of-range" == code_of(asked(filled, "consistency", **query))


# ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("address", ADDRESSES)
def test_asking_changes_nothing(filled: Api, address: str) -> None:
    """HEAD says what GET does without its body, an ETag is not sent twice, and an unknown parameter is refused."""
    before = filled.room.store.newest(), filled.room.checkpoints.newest()
    read, looked = filled.get(f"/log/{address}"), filled.ask(f"/log/{address}", "HEAD")
    assert (200, b"") == (looked.status_code, looked.data)
    told, heard = (
        {name: value for name, value in one.headers if name not in ("Content-Length", "X-Request-Id")}
        for one in (read, looked)
    )
    assert told == heard
    assert 304 == filled.get(f"/log/{address}", headers={"If-None-Match": read.headers["ETag"]}).status_code
    assert "unknown-parameter" == code_of(filled.get(f"/log/{address}", colour="red"))
    assert "method-not-allowed" == code_of(filled.ask(f"/log/{address}", "DELETE"))
    assert before == (filled.room.store.newest(), filled.room.checkpoints.newest())


@pytest.mark.parametrize(
    "query", ["size=", "size=0", "size=-1", "size=1.5", "size=" + "9" * 40, "size=1&size=2", "size=٣"]
)
def test_a_size_is_a_whole_number(filled: Api, query: str) -> None:
    """Anything else is the client's mistake, and told so."""
    answer = filled.get(f"/log/checkpoint?{query}")
    assert (400, "invalid-parameter") == (answer.status_code, code_of(answer))


def test_an_empty_log_has_a_checkpoint(api: Api) -> None:
    """Of size nothing: no entry, no tile, no proof."""
    assert (0, merkle.root(lambda *_: b"", 0)) == checkpoint(api)[1:3]
    assert [] == lines(api)
    assert 404 == api.get("/log/tile/0/000.p/1").status_code
    assert "position-out-of-range" == code_of(api.get("/log/proof/1"))
    assert b"old 0\n\n" == api.get("/log/consistency").data.removesuffix(api.get("/log/checkpoint").data)


def test_no_earlier_name(api: Api) -> None:
    """A log that lost nothing never had another name."""
    assert {"former": []} == api.get("/log/former").get_json()
