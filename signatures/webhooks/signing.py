"""How a webhook shows that it is the register's: Standard Webhooks, signed with Ed25519 (`v1a`), no secret shared."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from signatures.errors import Misconfigured, Refused
from signatures.proof import ed25519
from signatures.proof.keyfile import make_key, read_key

KEY_FILE = "webhook-key.pem"  # never the log's: what is signed here must not pass for a checkpoint
PUBLIC = "whpk_"
LOG_KEY = "SIGNATURES_LOG_KEY_FILE: "  # the setting that names the other key


class Signer:
    """Signs with the key of a file, which the first webhook makes."""

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
        """Write the public key as receivers set it: `whpk_` and base64."""
        return PUBLIC + base64.b64encode(ed25519.public_of(self._key())).decode()

    def headers(self, id_: str, at: int, body: bytes) -> Mapping[str, str]:
        """Make the three headers of a message that is sent at a second of Unix time."""
        signature = ed25519.sign(self._key(), b"%s.%d.%s" % (id_.encode(), at, body))
        return {
            "webhook-id": id_,
            "webhook-timestamp": str(at),
            "webhook-signature": f"v1a,{base64.b64encode(signature).decode()}",
        }

    def _key(self) -> bytes:
        if not self.path.exists():
            raise Misconfigured(
                [f"{self.path} does not exist. Put it back, or let `signatures webhook key` make another."]
            )
        try:
            return read_key(self.path)
        except Misconfigured as refused:
            raise Misconfigured([one.removeprefix(LOG_KEY) for one in refused.findings]) from refused
