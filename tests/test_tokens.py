"""Bearer tokens."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

import pytest

from signatures.errors import InvalidInput
from signatures.room import Room
from tests.clock import FixedClock
from tests.submitting import opened


@pytest.fixture
def room(environ: dict[str, str], clock: FixedClock) -> Iterator[Room]:
    """Make an empty register."""
    with opened(environ, clock) as made:
        yield made


def test_a_token_names_its_holder_until_it_is_revoked(room: Room) -> None:
    """What `issue` returns is known to `holder`; after `revoke` it is not."""
    token = room.tokens.issue("desk", "editor")

    holder = room.tokens.holder(token)
    assert holder is not None
    assert ("desk", "editor") == (holder.name, holder.role)
    assert 1 == room.tokens.revoke("desk")
    assert room.tokens.holder(token) is None
    assert 0 == room.tokens.revoke("desk")


def test_only_a_hash_is_stored(room: Room) -> None:
    """The token has 256 bits; the database holds its SHA-256 and not the token."""
    token = room.tokens.issue("desk", "editor")

    with room.databases["contacts"].reading() as transaction:
        (row,) = transaction.execute("SELECT * FROM token")
    assert 43 == len(token)
    assert hashlib.sha256(token.encode()).hexdigest() in row
    assert token not in row


def test_two_tokens_of_one_name_are_two(room: Room) -> None:
    """A name may have several tokens; one ends by its id, all by the name."""
    first, second = room.tokens.issue("desk", "editor"), room.tokens.issue("desk", "auditor")
    holders = [room.tokens.holder(token) for token in (first, second)]

    assert [holder.name for holder in holders if holder] == ["desk", "desk"]
    assert holders[0] is not None
    assert 1 == room.tokens.revoke(holders[0].id)
    assert (None, holders[1]) == (room.tokens.holder(first), room.tokens.holder(second))
    assert [True, False] == [
        token.revoked_at is not None for token in sorted(room.tokens.list(), key=lambda t: t.role, reverse=True)
    ]


@pytest.mark.parametrize("presented", ["", "nonsense", "x" * 43, "é" * 43, "\0" * 43, "\ud800" * 43, "x" * 100_000])
def test_what_was_never_issued_has_no_holder(room: Room, presented: str) -> None:
    """Whatever is presented, the answer is None."""
    room.tokens.issue("desk", "editor")
    assert room.tokens.holder(presented) is None
    assert 0 == room.tokens.revoke(presented) if "\ud800" not in presented else True


@pytest.mark.parametrize(
    ("name", "role"), [("desk", "owner"), ("", "editor"), ("a\nb", "editor"), ("x" * 101, "editor")]
)
def test_a_name_is_a_line_and_a_role_is_known(room: Room, name: str, role: str) -> None:
    """Anything else is refused and issues nothing."""
    with pytest.raises(InvalidInput):
        room.tokens.issue(name, role)
    assert [] == room.tokens.list()
