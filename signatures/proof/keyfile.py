"""The file that holds the log's private key: made once, readable by its owner alone, never overwritten."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from uuid import uuid4

from signatures.errors import Misconfigured, Refused
from signatures.folders import make_folder, new_file, sync_folder
from signatures.proof import ed25519

KEY_FILE = "log-key.pem"


def make_key(path: Path) -> bytes:
    """Make a private key in a new file, and see it on the disk."""
    private = ed25519.generate()
    make_folder(path.parent)
    part = path.with_name(f".{path.name}.{uuid4().hex[:8]}.part")
    try:
        with new_file(part, mode=0o600) as file:
            file.write(ed25519.private_pem(private))
        path.hardlink_to(part)  # whole and on the disk before it has its name, and never in another's place
        sync_folder(path.parent)
    except FileExistsError as error:
        raise Refused(
            f"{path} exists. A key is never overwritten: name another file, or move this one away."
        ) from error
    finally:
        part.unlink(missing_ok=True)
    return private


def read_key(path: Path) -> bytes:
    """Read the private key, or raise Misconfigured with what is wrong with its file."""
    try:
        mode, content = path.stat().st_mode, path.read_bytes()
    except FileNotFoundError as error:
        raise Misconfigured(
            [
                f"SIGNATURES_LOG_KEY_FILE: {path} does not exist. Put the log's key there; only a new register gets a new one."
            ]
        ) from error
    except OSError as error:
        raise Misconfigured([f"SIGNATURES_LOG_KEY_FILE: {path} cannot be read ({error.strerror})."]) from error
    if stat.S_IMODE(mode) & 0o077 and os.name == "posix":
        raise Misconfigured([f"SIGNATURES_LOG_KEY_FILE: others may read {path}. Run chmod 600 on it."])
    try:
        return ed25519.read_private_pem(content, path)
    except ed25519.NotAKey as error:
        raise Misconfigured([f"SIGNATURES_LOG_KEY_FILE: {error.sentence}"]) from error
