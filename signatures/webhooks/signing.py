"""How a webhook shows that it is the register's: Standard Webhooks, signed with Ed25519 (`v1a`), no secret shared.

A new key takes the old one's place at once; until the day in its file's name the old one signs beside it, as receivers may still
hold that alone. A receiver takes a message that one of its signatures verifies.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

from signatures.errors import Misconfigured, Refused
from signatures.folders import sync_folder
from signatures.proof import ed25519
from signatures.proof.keyfile import make_key, read_key

KEY_FILE = "webhook-key.pem"  # never the log's: what is signed here must not pass for a checkpoint
PUBLIC = "whpk_"
LOG_KEY = "SIGNATURES_LOG_KEY_FILE: "  # the setting that names the other key
FORMER = re.compile(r"\.until-([0-9]{4}-[0-9]{2}-[0-9]{2})\Z")
OVERLAP_DAYS = 30


class PublicKey(NamedTuple):
    """A key as receivers set it: `whpk_` and base64; `until` is the day on which a former one signs no more."""

    key: str
    until: str | None = None


class Signer:
    """Signs with the key of a file, which the first webhook makes, and with the former one while there is one."""

    def __init__(self, path: Path) -> None:
        """Point at the file."""
        self.path = path

    def prepare(self) -> str:
        """Make the key if there is none; return the public one."""
        if not self.path.exists():
            with suppress(Refused):  # somebody else was quicker
                make_key(self.path)
        return self.public()

    def public(self) -> str:
        """Write the public key as receivers set it."""
        return _public(self._key(self.path))

    def publics(self, today: date) -> list[PublicKey]:
        """List the public keys of the signatures that a message of today has, the newest first."""
        former = [PublicKey(_public(self._key(path)), until) for path, until in self._formers(today)]
        return [PublicKey(self.public()), *former]

    def headers(self, id_: str, at: datetime, body: bytes) -> Mapping[str, str]:
        """Make the three headers of a message that is sent at a moment, in seconds of Unix time."""
        second = int(at.timestamp())
        signed = b"%s.%d.%s" % (id_.encode(), second, body)
        keys = [self._key(path) for path in (self.path, *(path for path, _ in self._formers(at.date())))]
        signatures = (base64.b64encode(ed25519.sign(key, signed)).decode() for key in keys)
        return {
            "webhook-id": id_,
            "webhook-timestamp": str(second),
            "webhook-signature": " ".join(f"v1a,{signature}" for signature in signatures),
        }

    def rotate(self, today: date, until: date) -> str:
        """Sign with a new key from now on, and with the present one beside it before a day; return the new public key.

        With `until` today the present one is thrown away, and so is one before it: somebody else may have it.
        """
        self.prepare()
        if until > today and (waiting := self._formers(today)):
            raise Refused(
                f"The key before this one still signs, until {waiting[0][1]}. Receivers need that time; let it pass first,"
                " or throw both away with --at-once."
            )
        for path in self._files():
            path.unlink(missing_ok=True)
        new = self.path.with_name(f"{self.path.stem}.new{self.path.suffix}")
        new.unlink(missing_ok=True)
        key = make_key(new)
        if until > today:
            os.link(self.path, self.path.with_name(f"{self.path.stem}.until-{until}{self.path.suffix}"))
        new.replace(self.path)  # at no moment there is none
        sync_folder(self.path.parent)
        return _public(key)

    def forget(self, today: date) -> None:
        """Throw former keys away that sign no more."""
        kept = {path for path, _ in self._formers(today)}
        for path in self._files():
            if path not in kept:
                path.unlink(missing_ok=True)

    def _files(self) -> list[Path]:
        """Find the files of former keys."""
        return sorted(path for path in self.path.parent.glob(f"{self.path.stem}.until-*{self.path.suffix}"))

    def _formers(self, today: date) -> list[tuple[Path, str]]:
        """Find the former keys that still sign, each with the day on which it ends; whoever died while changing left none."""
        found = ((path, FORMER.search(path.stem)) for path in self._files() if not path.samefile(self.path))
        return [(path, until[1]) for path, until in found if until and until[1] > today.isoformat()]

    def _key(self, path: Path) -> bytes:
        if not path.exists():
            raise Misconfigured([f"{path} does not exist. Put it back, or let `signatures webhook key` make another."])
        try:
            return read_key(path)
        except Misconfigured as refused:
            raise Misconfigured([one.removeprefix(LOG_KEY) for one in refused.findings]) from refused


def _public(private: bytes) -> str:
    return PUBLIC + base64.b64encode(ed25519.public_of(private)).decode()
