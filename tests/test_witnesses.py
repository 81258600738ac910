"""Witnesses: what they sign of the log is taken, kept and shown; what they did not sign is refused in words."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from werkzeug.test import TestResponse

from signatures.errors import InvalidInput, NotFound, Refused
from signatures.intake.limits import RULES
from signatures.proof import ed25519, merkle, notes
from signatures.proof.notes import COSIGNS, Checkpoint, Key, Note
from signatures.proof.witnesses import AHEAD, MOST, Witnesses
from tests.api import Api, code_of
from tests.commands import Commands
from tests.eventful import draft, sign

ADDRESS = "/log/cosignatures"


class WitnessOutside:
    """A witness as it runs elsewhere: it knows the log's key and address, and what it has signed last."""

    def __init__(self, name: str, api: Api, seed: int = 1) -> None:
        self.name, self.private, self.api = name, bytes([seed]) * 32, api
        self.key = Key(name, ed25519.public_of(self.private), COSIGNS)
        self.log = notes.read_vkey(api.get("/log/vkey").text)
        self.seen = Checkpoint(self.log.name, 0, merkle.EMPTY)

    def sign(self, note: Note, *, later: int = 0) -> bytes:
        """Write the note with a cosignature alone under it."""
        time = int(self.api.clock().timestamp()) + later
        return Note(note.text, (notes.cosign(note.text, self.name, self.private, time),)).encode()

    def look(self) -> TestResponse:
        """Ask what has grown, check that it continues what was seen, sign that and hand it in."""
        head, _, content = self.api.get(f"/log/consistency?old={self.seen.size}").data.partition(b"\n\n")
        note = notes.read_note(content)
        notes.verify(note, [self.log])
        grown = notes.read_checkpoint(note.text)
        proof = [base64.b64decode(line) for line in head.splitlines()[1:]]
        sizes = (self.seen.size, self.seen.root, grown.size, grown.root)
        assert self.seen.size == 0 or merkle.verify_consistency(*sizes, proof)
        self.seen = grown
        return hand_in(self.api, self.sign(note))


def hand_in(api: Api, content: bytes, content_type: str = "text/plain") -> TestResponse:
    return api.ask(ADDRESS, "POST", data=content, content_type=content_type)


def shown(api: Api, size: int | None = None) -> Note:
    return notes.read_note(api.get("/log/checkpoint" + (f"?size={size}" if size else "")).data)


def grow(api: Api, *names: str) -> int:
    """Record signatures and sign the log."""
    for name in names:
        sign(api.room.register, name)
    api.room.checkpoints.make()
    return api.position()


@pytest.fixture
def api(environ: dict[str, str]) -> Iterator[Api]:
    """Open the API of a register with one signature."""
    opened = Api(environ)
    draft(opened.room.register)
    grow(opened, "Alpha")
    yield opened
    opened.close()


@pytest.fixture
def witnesses(api: Api) -> Witnesses:
    """Keep the witnesses of that register."""
    return Witnesses(api.room.store)


@pytest.fixture
def outside(api: Api, witnesses: Witnesses) -> WitnessOutside:
    """Run a witness that the operator has added."""
    one = WitnessOutside("union.example/w1", api)
    witnesses.add(one.key.vkey())
    return one


# ── a witness at work ────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_witness_follows_the_log_and_its_signature_is_shown(api: Api, outside: WitnessOutside) -> None:
    """It needs the served routes and no token; who trusts its key alone can open the checkpoint."""
    answer = outside.look()
    assert (200, "text/plain; charset=utf-8") == (answer.status_code, answer.content_type)
    assert answer.data == api.get("/log/checkpoint").data
    for _ in range(3):
        size = grow(api, f"Union {api.position()}")
        assert outside.key.name not in [one.name for one in shown(api).signatures]
        assert 200 == outside.look().status_code
        ours, theirs = notes.verify(shown(api), [outside.log, outside.key])
        assert (outside.log, outside.key) == (ours.key, theirs.key)
        assert int(api.clock().timestamp()) == theirs.time
        assert size == notes.read_checkpoint(shown(api).text).size


def test_its_signature_stays_under_the_checkpoint_of_that_size(api: Api, outside: WitnessOutside) -> None:
    """Also when the log has grown, and in proofs that are made against it."""
    outside.look()
    size = api.position()
    grow(api, "Beta")
    assert [outside.key] == [one.key for one in notes.verify(shown(api, size), [outside.key])]
    proof = notes.read_proof(api.get(f"/log/proof/1?size={size}").data)
    assert [outside.key] == [one.key for one in notes.verify(proof.note, [outside.key])]


def test_the_list_tells_what_each_has_signed_last(api: Api, outside: WitnessOutside, witnesses: Witnesses) -> None:
    """With the key by which everybody can verify it."""
    idle = WitnessOutside("idle.example", api, 2)
    witnesses.add(idle.key.vkey())
    outside.look()
    grow(api, "Beta")
    outside.look()
    told = api.get("/log/witnesses").get_json()
    first = {"name": "union.example/w1", "vkey": outside.key.vkey(), "added_at": "2027-03-01T12:00:00.000000Z"}
    second = {"name": "idle.example", "vkey": idle.key.vkey(), "added_at": "2027-03-01T12:00:00.000000Z"}
    cosigned = {"size": api.position(), "at": "2027-03-01T12:00:00.000000Z"}
    assert {
        "witnesses": [{**second, "cosigned": None}, {**first, "cosigned": cosigned}],
        "cosigned": api.position(),
    } == told
    assert api.position() == witnesses.newest()


def test_two_witnesses_stand_under_one_checkpoint(api: Api, outside: WitnessOutside, witnesses: Witnesses) -> None:
    """Handed in one after the other, or both under one note with ours."""
    other = WitnessOutside("other.example", api, 2)
    witnesses.add(other.key.vkey())
    note = shown(api)
    both = [notes.read_note(one.sign(note)).signatures[0] for one in (outside, other)]
    assert 200 == hand_in(api, Note(note.text, (*note.signatures, *both)).encode()).status_code
    keys = [outside.log, outside.key, other.key]
    assert set(keys) == {one.key for one in notes.verify(shown(api), keys)}
    grow(api, "Beta")
    outside.look()
    other.look()
    assert set(keys) == {one.key for one in notes.verify(shown(api), keys)}


def test_the_same_again_changes_nothing(api: Api, outside: WitnessOutside) -> None:
    """A repeat is answered alike; an older signature does not take the place of a newer one."""
    note = shown(api)
    early, late = outside.sign(note), outside.sign(note, later=60)
    first = hand_in(api, late)
    assert (first.status_code, first.data) == ((again := hand_in(api, late)).status_code, again.data)
    assert first.data == hand_in(api, early).data
    assert 2 == len(shown(api).signatures)


def test_an_earlier_size_may_be_signed(api: Api, outside: WitnessOutside) -> None:
    """That of an edition, for instance, which is not what was signed last."""
    assert 200 == hand_in(api, outside.sign(shown(api, 2))).status_code
    assert 2 == len(shown(api, 2).signatures)
    assert 1 == len(shown(api).signatures)


# ── what is refused ──────────────────────────────────────────────────────────────────────────────────────────────────


def test_only_known_keys_are_taken(api: Api, outside: WitnessOutside) -> None:
    """A stranger's signature, our own alone, and none at all are refused alike."""
    stranger = WitnessOutside("stranger.example", api, 3)
    namesake = WitnessOutside(outside.name, api, 4)
    note = shown(api)
    for content in (stranger.sign(note), namesake.sign(note), note.encode()):
        assert (403, "not-signed") == ((answer := hand_in(api, content)).status_code, code_of(answer))
    assert 1 == len(shown(api).signatures)


def test_a_false_signature_is_refused(api: Api, outside: WitnessOutside) -> None:
    """One of another text, one with a bit flipped, and one whose time was changed."""
    note = shown(api)
    (right,) = notes.read_note(outside.sign(note)).signatures
    flipped = [
        bytes([*right.content[:place], right.content[place] ^ 1, *right.content[place + 1 :]]) for place in (7, 30)
    ]
    for content in (*flipped, notes.read_note(outside.sign(shown(api, 1))).signatures[0].content):
        spoilt = Note(note.text, (right._replace(content=content),)).encode()
        assert "not-signed" == code_of(hand_in(api, spoilt))
    assert 1 == len(shown(api).signatures)


def test_only_our_checkpoints_are_taken(api: Api, outside: WitnessOutside) -> None:
    """Another log's, another root, an extension, and a size that was never signed: told, and not kept."""
    ours = notes.read_checkpoint(shown(api).text)
    sign(api.room.register, "Not signed yet")
    forged = (
        ours._replace(origin="other.example/log"),
        ours._replace(root=bytes(32)),
        ours._replace(extensions=("more",)),
        ours._replace(size=ours.size + 1),
        ours._replace(size=10**17),
    )
    for one in forged:
        answer = hand_in(api, outside.sign(Note(one.text(), ())))
        assert (409, "refused") == (answer.status_code, code_of(answer))
    assert 1 == len(shown(api).signatures)
    assert api.get("/log/witnesses").get_json()["cosigned"] is None


def test_a_time_to_come_is_refused(api: Api, outside: WitnessOutside) -> None:
    """Beyond what clocks differ by: such a signature would stand before every later one."""
    note = shown(api)
    assert "refused" == code_of(hand_in(api, outside.sign(note, later=AHEAD + 1)))
    assert 200 == hand_in(api, outside.sign(note, later=AHEAD)).status_code


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "invalid-input"),
        (b"\xff", "invalid-input"),
        (b"no note\n", "invalid-input"),
        ("text\n\n— union.example/w1 AAAAAAAA\n".encode(), "invalid-input"),
        (b"x" * 70_000, "body-too-large"),
    ],
)
def test_what_is_no_checkpoint_is_refused(api: Api, outside: WitnessOutside, content: bytes, code: str) -> None:
    """In words, with the status of a client's mistake."""
    assert outside.seen.size == 0
    assert code == code_of(hand_in(api, content))


def test_it_is_sent_as_text(api: Api, outside: WitnessOutside) -> None:
    """Which no form of a page elsewhere is; parameters are none."""
    content = outside.sign(shown(api))
    assert "unsupported-media-type" == code_of(hand_in(api, content, "application/json"))
    assert "unsupported-media-type" == code_of(hand_in(api, content, ""))
    refused = api.ask(f"{ADDRESS}?x=1", "POST", data=content, content_type="text/plain")
    assert "unknown-parameter" == code_of(refused)
    assert "method-not-allowed" == code_of(api.get(ADDRESS))


def test_a_network_can_hand_in_so_many(api: Api, outside: WitnessOutside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then 429 with the seconds to wait; the counting never touches reading."""
    monkeypatch.setitem(RULES, "cosignature", RULES["cosignature"]._replace(amount=3))
    for _ in range(3):
        assert 200 == outside.look().status_code
    refused = hand_in(api, outside.sign(shown(api)))
    assert (429, "quota-exceeded") == (refused.status_code, code_of(refused))
    assert 200 == api.get("/log/checkpoint").status_code


# ── keeping ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_removed_witness_is_not_shown_and_comes_back_with_what_it_signed(
    api: Api, outside: WitnessOutside, witnesses: Witnesses
) -> None:
    """Nothing that it sends meanwhile is taken."""
    outside.look()
    witnesses.remove(outside.key.vkey())
    assert 1 == len(shown(api).signatures)
    assert {"witnesses": [], "cosigned": None} == api.get("/log/witnesses").get_json()
    assert "not-signed" == code_of(hand_in(api, outside.sign(shown(api))))
    witnesses.add(outside.key.vkey())
    assert 2 == len(shown(api).signatures)


def test_a_key_that_cannot_cosign_is_refused(api: Api, witnesses: Witnesses) -> None:
    """The log's own, another note key, and what is none; so is removing who is none."""
    with pytest.raises(InvalidInput, match="does not cosign"):
        witnesses.add(api.room.checkpoints.key().vkey())
    with pytest.raises(InvalidInput, match="no verification key"):
        witnesses.add("union.example+12345678+AAAA")
    with pytest.raises(NotFound, match="no witness"):
        witnesses.remove(Key("nobody.example", bytes(32), COSIGNS).vkey())


def test_there_is_a_most(witnesses: Witnesses) -> None:
    """A note has room for so many signatures; adding one again is no other one."""
    keys = [Key(f"w{number}.example", bytes([number]) * 32, COSIGNS).vkey() for number in range(MOST + 1)]
    for vkey in keys[:MOST]:
        witnesses.add(vkey)
    witnesses.add(keys[0])
    with pytest.raises(Refused, match="which is the most"):
        witnesses.add(keys[MOST])
    witnesses.remove(keys[0])
    witnesses.add(keys[MOST])
    assert MOST == len(witnesses.all())


def test_a_line_that_was_changed_in_the_database_is_not_shown(api: Api, outside: WitnessOutside) -> None:
    """What is shown under a checkpoint was verified then, not once."""
    outside.look()
    with api.room.store.database.writing() as transaction:
        transaction.execute("UPDATE cosignature SET line = replace(line, '— union', '— onion')")
    assert 1 == len(shown(api).signatures)
    with api.room.store.database.writing() as transaction:
        transaction.execute("UPDATE cosignature SET line = 'nothing'")
    assert 1 == len(shown(api).signatures)


def test_after_a_new_key_the_witnesses_signatures_stay(api: Api, outside: WitnessOutside) -> None:
    """They sign the text, which is the same, whoever signs it beside them."""
    outside.look()
    size = api.position()
    api.room.checkpoints.replace_key()
    assert [outside.key] == [one.key for one in notes.verify(shown(api, size), [outside.key])]


def test_under_another_name_of_the_log_nothing_is_signed_yet(api: Api, outside: WitnessOutside) -> None:
    """After a loss the log goes on under a new origin: what was signed of the old one is not shown as of the new one."""
    outside.look()
    old, size = outside.sign(shown(api)), api.position()
    with api.room.store.database.writing() as transaction:
        transaction.execute("UPDATE identity SET value = value || '/2' WHERE name = 'origin'")
    api.room.checkpoints.make(other_key=True)
    assert [f"{outside.log.name}/2"] == [one.name for one in shown(api, size).signatures]
    assert api.get("/log/witnesses").get_json()["cosigned"] is None
    assert (409, "refused") == ((answer := hand_in(api, old)).status_code, code_of(answer))
    assert 200 == hand_in(api, outside.sign(shown(api))).status_code
    assert size == api.get("/log/witnesses").get_json()["cosigned"]


def test_many_hand_in_at_once(api: Api, witnesses: Witnesses) -> None:
    """Each signature is kept, none twice, and nobody meets a fault."""
    all_ = [WitnessOutside(f"w{number}.example", api, number + 1) for number in range(6)]
    for one in all_:
        witnesses.add(one.key.vkey())
    note = shown(api)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda one: hand_in(api, one.sign(note)), [*all_, *all_]))
    assert [200] * 12 == [answer.status_code for answer in answers]
    keys = [one.key for one in all_]
    assert set(keys) == {one.key for one in notes.verify(shown(api), keys)}
    assert 7 == len(shown(api).signatures)


def test_the_commands_add_list_and_remove(api: Api, environ: dict[str, str], outside: WitnessOutside) -> None:
    """An operator copies the line that a witness publishes."""
    run = Commands(environ)
    other = Key("other.example", bytes(32), COSIGNS).vkey()
    assert "other.example is a witness.\n" == run.said("witness", "add", other)
    outside.look()
    listed = run.said("witness", "list").splitlines()
    assert f"{other}  has signed nothing yet" in listed
    assert f"{outside.key.vkey()}  has signed size {api.position()} at 2027-03-01T12:00:00.000000Z" in listed
    assert "other.example is no witness any more.\n" == run.said("witness", "remove", other)
    assert "no witness" in run.refused("witness", "remove", other)
    assert "no verification key" in run.refused("witness", "add", "other.example", status=1)
