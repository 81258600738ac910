"""Mail files: what was written into the state folder where no mail server is set, found again by its recipient or its age."""

from __future__ import annotations

from datetime import UTC, datetime
from email import message_from_bytes
from email.errors import MessageError
from email.policy import default
from pathlib import Path

from signatures.mail.outbox import one_spelling

FOLDER = "outbox"


def mails(state_dir: Path) -> list[Path]:
    """List the mails that were written."""
    return sorted((state_dir / FOLDER).glob("*.eml"))


def halves(state_dir: Path) -> list[Path]:
    """List what a process left that was ended while it wrote; one that is written just now is written again."""
    return sorted((state_dir / FOLDER).glob(".*.tmp"))


def addressed_to(state_dir: Path, spelling: str) -> list[Path]:
    """List the mails to an address, and those that tell no recipient: they may be to it."""
    return [path for path in mails(state_dir) if spelling in (found := _recipients(path)) or not found]


def written_before(state_dir: Path, before: datetime) -> list[Path]:
    """List mails and halves that are older than an instant."""
    paths = [*mails(state_dir), *halves(state_dir)]
    return [path for path in paths if (written := _written(path)) is not None and written <= before]


def remove(paths: list[Path]) -> int:
    """Remove files, also those that somebody else removes meanwhile; return how many there were."""
    for path in paths:
        path.unlink(missing_ok=True)
    return len(paths)


def _recipients(path: Path) -> set[str]:
    try:
        header = message_from_bytes(path.read_bytes(), policy=default)["To"]
        return {one_spelling(one.addr_spec) for one in header.addresses} if header else set()
    except (OSError, MessageError, ValueError, AttributeError, IndexError):
        return set()


def _written(path: Path) -> datetime | None:
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
