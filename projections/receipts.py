"""A receipt checked without us: what one `.tlog-proof` file and a key tell anybody, offline. Standard library only."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, Never

from signatures.errors import InvalidInput, RegisterError
from signatures.log.eventlog import canonical, leaf_hash
from signatures.printed import printed
from signatures.proof import notes
from signatures.proof.ed25519 import Unchecked
from signatures.proof.merkle import verify_inclusion
from signatures.proof.notes import SIGNS_NOTES, Checkpoint, Key, NotSigned, Proof, Signed

FILE_LIMIT = 300_000  # bytes: a leaf, its proof and a note are never more
RIGHT, WRONG, UNCHECKED = 0, 1, 3  # exit statuses


class Receipt(NamedTuple):
    """A receipt as it reads; it is to be believed after `check` alone."""

    proof: Proof
    checkpoint: Checkpoint
    entry: dict[str, Any]

    @property
    def position(self) -> int:
        """Tell the place of the entry in the log."""
        return self.proof.leaf_index + 1


def read(content: bytes) -> Receipt:
    """Read a receipt; raise InvalidInput for what is none."""
    if len(content) > FILE_LIMIT:
        raise InvalidInput(f"This is no receipt: it is longer than {FILE_LIMIT} bytes.")
    proof = notes.read_proof(content)
    if not proof.extra:
        raise InvalidInput(
            "This is a proof without its entry (it has no line `extra`): it says where something stands, not what."
        )
    return Receipt(proof, notes.read_checkpoint(proof.note.text), _entry(proof))


def _entry(proof: Proof) -> dict[str, Any]:
    """Read the leaf: one canonical line, so that nobody reads it in two ways, which names its own position."""
    try:
        entry = json.loads(
            proof.extra, parse_int=_whole, parse_float=_never, parse_constant=_never, object_pairs_hook=_fields
        )
        sound = canonical(entry) == proof.extra and _is_entry(entry)
    except (ValueError, RecursionError):
        sound, entry = False, {}
    if not sound:
        raise InvalidInput("This is no receipt: what its line `extra` holds is no entry of a log.")
    if entry["position"] != proof.leaf_index + 1:
        raise InvalidInput(
            f"This is no receipt: the entry says position {entry['position']}, the proof {proof.leaf_index + 1}."
        )
    return entry  # type: ignore[no-any-return]


def _is_entry(entry: Any) -> bool:
    kinds = {"data": dict, "position": int, "recorded_at": str, "stream": str, "type": str, "version": int}
    return isinstance(entry, dict) and all(type(entry.get(field)) is kind for field, kind in kinds.items())


def _whole(digits: str) -> int:
    if len(digits.lstrip("-")) > 16 or abs(int(digits)) >= 2**53:
        raise ValueError("canonical JSON has smaller numbers")
    return int(digits)


def _never(number: str) -> Never:
    raise ValueError(f"canonical JSON has no {number}")


def _fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if not all(name.isascii() for name, _ in pairs):
        raise ValueError("canonical JSON has fields of ASCII")
    return dict(pairs)


def included(receipt: Receipt) -> bool:
    """Tell whether the entry leads to the root of the receipt's checkpoint."""
    proof, checkpoint = receipt.proof, receipt.checkpoint
    return verify_inclusion(leaf_hash(proof.extra), proof.leaf_index, checkpoint.size, proof.hashes, checkpoint.root)


def check(receipt: Receipt, keys: Sequence[Key]) -> list[Signed]:
    """Check everything that a receipt claims, by keys that are trusted; tell whose signatures are right.

    Raises NotSigned for what does not hold, Unchecked where nothing on this machine can check a signature.
    """
    if not included(receipt):
        raise NotSigned("The entry does not lead to the checkpoint: one of them was changed, or is another's.")
    logs = [key for key in keys if key.kind == SIGNS_NOTES and key.name == receipt.checkpoint.origin]
    if not logs:
        trusted = ", ".join(key.name for key in keys) or "none"
        raise NotSigned(
            f"The checkpoint is one of {receipt.checkpoint.origin}, of which no key is trusted here ({trusted})."
        )
    notes.verify(receipt.proof.note, logs)  # a witness alone does not speak for the log
    return notes.verify(receipt.proof.note, keys)


# ── in words ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def tell(content: bytes, keys: Sequence[Key], write: Callable[[str], object] = print) -> int:
    """Check a receipt, then write what it says and the verdict; return the exit status: 0 right, 1 wrong, 3 not checked.

    Nothing is written of a receipt that is wrong but what is wrong with it.
    """
    try:
        receipt = read(content)
        signed = check(receipt, keys)
    except Unchecked as error:
        write(f"The entry is in the receipt's checkpoint. {error.sentence}")
        return UNCHECKED
    except RegisterError as error:
        write(f"This receipt proves NOTHING here. {error.sentence}")
        return WRONG
    for line in (*lines(receipt), *map(signature_line, signed), "This receipt is right."):
        write(line)
    return RIGHT


def lines(receipt: Receipt) -> Iterator[str]:
    """Write what a receipt says, one fact a line."""
    entry, checkpoint = receipt.entry, receipt.checkpoint
    yield f"entry       {receipt.position}, {_shown(entry['type'])}"
    if entry["type"] == "Signed":
        yield f"signatory   {line_of(entry['data'])}"
    yield f"recorded    {_shown(entry['recorded_at'])}"
    yield f"stream      {_shown(entry['stream'])}, version {entry['version']}"
    yield f"leaf hash   {in_fours(leaf_hash(receipt.proof.extra))}"
    yield f"checkpoint  {_shown(checkpoint.origin)}, {checkpoint.size} entries"
    yield f"root        {in_fours(checkpoint.root)}"


def signature_line(signed: Signed) -> str:
    """Write whose signature was found right."""
    who = f"{_shown(signed.key.name)} (key {signed.key.id.hex()})"
    return f"signed by   {who}" if signed.time is None else f"seen by     {who} on {instant(signed.time)}"


def instant(seconds: int) -> str:
    """Write the moment of a cosignature; a witness may sign any number."""
    try:
        return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
    except (OSError, OverflowError, ValueError):
        return f"second {seconds} since 1970"


def line_of(data: Mapping[str, Any]) -> str:
    """Print the line of an entry as it was signed, in the first of its languages."""
    acronym, name, transliteration = (data.get(field) for field in ("acronym", "name", "transliteration"))
    translation, country = (_first(data.get(field)) for field in ("translations", "country_printed"))
    return printed(*(_shown(part) for part in (acronym, name, transliteration, translation, country)))


def _first(words: Any) -> Any:
    return next(iter(words.values()), None) if isinstance(words, dict) else None


def _shown(words: Any) -> str:
    """Keep what a file says from steering the terminal that shows it."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in str(words or ""))


def in_fours(hash_: bytes) -> str:
    """Write a hash in groups of four digits, as pages print it."""
    digits = hash_.hex()
    return " ".join(digits[begin : begin + 4] for begin in range(0, len(digits), 4))
