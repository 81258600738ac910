"""The witness: `python -m projections.witness URL …` looks at a log that others keep, and signs that it only ever grew.

It needs nothing but Python and openssl, and what it saw last, in a file of its own. Run it by a timer.

Exit status: 0 signed and handed in, or nothing is new · 1 the log is not what it was, or is not signed by the key · 2 usage ·
3 the log cannot be reached, a file cannot be read, or there is no openssl.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import json
import os
import sys
import time
from collections.abc import Sequence
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from typing import NamedTuple
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import uuid4

from signatures.errors import InvalidInput, Refused, RegisterError
from signatures.proof import ed25519, merkle, notes
from signatures.proof.notes import COSIGNS, NAME, NOTE_LIMIT, Checkpoint, Key, Note, NotSigned

SECONDS = 30
ANSWER_LIMIT = 2 * NOTE_LIMIT


class Unreachable(RegisterError):
    """A log that does not answer, or a file that cannot be used."""

    code, title, exit_status = "unreachable", "This cannot be reached or read", 3


class Rewritten(RegisterError):
    """A log that is not the one that was seen before."""

    code, title = "rewritten", "The log was rewritten"

    def __init__(self, sentence: str, note: Note) -> None:
        """Keep the signed note that contradicts what was seen."""
        super().__init__(sentence)
        self.note = note


class Seen(NamedTuple):
    """What the witness saw last, as the file keeps it: under the witness's own signature, since logs may change their keys."""

    path: Path

    def read(self, origin: str, own: Key) -> Checkpoint:
        """Read it; where there is no file yet, nothing was seen."""
        try:
            note = notes.read_note(self.path.read_bytes())
        except FileNotFoundError:
            return Checkpoint(origin, 0, merkle.EMPTY)
        except OSError as error:
            raise Unreachable(f"{self.path} cannot be read ({error.strerror}).") from error
        except InvalidInput as error:
            raise Unreachable(
                f"{self.path} holds no checkpoint that was seen. {error.sentence} Put a copy of it back: a new file remembers nothing."
            ) from error
        notes.verify(note, [own])
        seen = notes.read_checkpoint(note.text)
        if seen.origin != origin:
            raise NotSigned(f"{self.path} is about {seen.origin}, not about {origin}. Name a new file for another log.")
        return seen

    def write(self, content: bytes) -> None:
        """Remember a note before anybody gets the signature: what was signed once is never contradicted."""
        part = self.path.with_name(f".{self.path.name}.{uuid4().hex[:8]}.part")
        try:
            with part.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())  # nor after a power cut
            part.replace(self.path)
        except OSError as error:
            raise Unreachable(f"{self.path} cannot be written ({error.strerror}).") from error

    def accuse(self, content: bytes) -> str:
        """Keep what contradicts it beside it, or else show it; tell where: the two notes together prove what was done."""
        path = self.path.with_name(f"{self.path.name}.contradicted-{uuid4().hex[:8]}")
        try:
            path.write_bytes(content)
        except OSError as error:
            say(content.decode(errors="replace"))
            return f"the note that was just shown, which could not be kept as {path} ({error.strerror})"
        return str(path)


class Log(NamedTuple):
    """A log as it is served, and the key that signs it."""

    url: str
    key: Key

    def grown(self, seen: Checkpoint) -> Note:
        """Ask for the newest checkpoint with the proof that it continues what was seen; raise Rewritten if it does not."""
        newest = self._opened(self.ask("checkpoint"))
        checkpoint = notes.read_checkpoint(newest.text)
        if checkpoint.size < seen.size:
            raise Rewritten(f"The log ends at position {checkpoint.size}; {seen.size} was seen.", newest)
        head, _, content = self.ask(f"consistency?old={seen.size}&new={checkpoint.size}").partition(b"\n\n")
        note = self._opened(content)
        checkpoint = notes.read_checkpoint(note.text)
        if seen.size and not merkle.verify_consistency(
            seen.size, seen.root, checkpoint.size, checkpoint.root, _hashes(head)
        ):
            raise Rewritten(f"The first {seen.size} entries of the log are not those that were seen.", note)
        return note

    def _opened(self, content: bytes) -> Note:
        note = notes.read_note(content)
        notes.verify(note, [self.key])
        if notes.read_checkpoint(note.text).origin != self.key.name:
            raise NotSigned(f"This is the checkpoint of another log than {self.key.name}.")
        return note

    def ask(self, path: str, body: bytes | None = None) -> bytes:
        """Read what is served, or hand something in."""
        url = f"{self.url}/api/v1/log/{path}"
        try:
            asked = Request(url, body, {"Content-Type": "text/plain; charset=utf-8"})  # noqa: S310 - main lets in no other
            with urlopen(asked, timeout=SECONDS) as answer:  # noqa: S310
                return bytes(answer.read(ANSWER_LIMIT))
        except HTTPError as error:
            said = f"{url} answers {error.code}: {_detail(error)}"
            raise (Refused if error.code < HTTPStatus.INTERNAL_SERVER_ERROR else Unreachable)(said) from error
        except (OSError, HTTPException, ValueError) as error:  # or it is no HTTP, or no address
            raise Unreachable(f"{url} cannot be reached ({error}).") from error


def parser() -> argparse.ArgumentParser:
    """Describe the command line."""
    made = argparse.ArgumentParser(
        prog="python -m projections.witness",
        description="Sign, as a witness, that a log only ever grew. The operator adds your key: signatures witness add VKEY.",
        allow_abbrev=False,
    )
    made.add_argument("url", metavar="URL", help="the register, for example https://register.example.org")
    made.add_argument("--vkey", metavar="LINE|FILE", required=True, help="the log's key, as you have it from elsewhere")
    made.add_argument("--name", required=True, help="your own name as a witness, for example union.example/w1")
    made.add_argument(
        "--key", metavar="FILE", type=Path, required=True, help="made by: openssl genpkey -algorithm ed25519 -out FILE"
    )
    made.add_argument("--state", metavar="FILE", type=Path, required=True, help="what you saw last; keep this file")
    made.add_argument("--show", action="store_true", help="only print your key, the VKEY for the operator")
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, check, remember, sign and hand in; return the exit status."""
    described = parser()
    given = described.parse_args(arguments)
    if not given.url.startswith(("https://", "http://")):
        described.error("URL begins with https:// (or http://)")
    if not NAME.fullmatch(given.name):
        described.error("--name has neither spaces nor plus signs, for example union.example/w1")
    try:
        private = ed25519.read_private_pem(_read(given.key), given.key)
        key = Key(given.name, ed25519.public_of(private), COSIGNS)
        if given.show:
            say(key.vkey())
            return 0
        return _look(Log(given.url.rstrip("/"), _log_key(given.vkey)), Seen(given.state), key, private)
    except RegisterError as error:
        sys.stderr.write(f"{_shown(error.sentence)}\n")
        return error.exit_status


def say(line: str) -> None:
    """Write a line to whoever runs this."""
    sys.stdout.write(f"{line}\n")


def _look(log: Log, state: Seen, key: Key, private: bytes) -> int:
    seen = state.read(log.key.name, key)
    try:
        note = log.grown(seen)
    except Rewritten as rewritten:
        kept = state.accuse(rewritten.note.encode())
        rewritten.sentence += f" Nothing was signed. Keep {state.path} and {kept}, and ask whoever keeps the log."
        raise
    signed = notes.cosign(note.text, key.name, private, int(time.time()))
    state.write(note._replace(signatures=(*note.signatures, signed)).encode())
    log.ask("cosignatures", Note(note.text, (signed,)).encode())
    say(f"Signed: {log.key.name} at size {notes.read_checkpoint(note.text).size}, which continues size {seen.size}.")
    return 0


def _log_key(given: str) -> Key:
    return notes.read_vkey(given if "+" in given else _read(Path(given)).decode(errors="replace"))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Unreachable(f"{path} cannot be read ({error.strerror}).") from error


def _detail(refusal: HTTPError) -> str:
    """Tell what a refusal says in words."""
    problem = b""
    try:
        problem = refusal.read(ANSWER_LIMIT)
        return str(json.loads(problem)["detail"])
    except (ValueError, LookupError, TypeError, RecursionError, OSError, HTTPException):
        return problem.decode(errors="replace")[:300]


def _shown(words: str) -> str:
    """Keep what a server says from steering the terminal that shows it."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in words)


def _hashes(head: bytes) -> list[bytes]:
    try:
        return [base64.b64decode(line, validate=True) for line in head.split(b"\n")[1:]]
    except binascii.Error as error:
        raise InvalidInput("The log's proof is none: its hashes are not base64.") from error


if __name__ == "__main__":
    sys.exit(main())
