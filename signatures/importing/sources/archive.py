"""Parts of a Word or Excel file, unpacked within limits: no bomb, no document type, nothing from outside."""

from __future__ import annotations

import zipfile
import zlib
from io import BytesIO
from xml.etree import ElementTree as ET

from signatures.importing.sources.source import Unreadable
from signatures.sentences import said

MOST_PARTS = 5_000
LARGEST_PART = 96 * 2**20  # bytes of one part when unpacked
LARGEST = 192 * 2**20  # of all parts
DAMAGED = said("This file is damaged: it cannot be unpacked. Save it again. Nothing was written.")
TOO_LARGE = said("This file unpacks to more than can be read. Save only its list. Nothing was written.")


class Archive:
    """A packed file whose parts were weighed before any is read."""

    def __init__(self, raw: bytes) -> None:
        """Open it; refuse what would unpack to too much, what is locked, and what declares a document type."""
        try:
            self.zip = zipfile.ZipFile(BytesIO(raw))
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
            raise Unreadable(DAMAGED) from None
        parts = self.zip.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST:
            raise Unreadable(TOO_LARGE)
        if any(part.file_size > LARGEST_PART for part in parts):
            raise Unreadable(TOO_LARGE)
        if any(part.flag_bits & 1 for part in parts):
            raise Unreadable(said("This file has a password. Save it without one. Nothing was written."))

    def names(self) -> list[str]:
        """List the parts."""
        return self.zip.namelist()

    def read(self, name: str) -> bytes:
        """Read a part; it never gives more than it was weighed at."""
        try:
            return self.zip.read(name)
        except KeyError:
            return b""
        except (zipfile.BadZipFile, zlib.error, ValueError, NotImplementedError, OSError, EOFError):
            raise Unreadable(DAMAGED) from None

    def check_markup(self) -> None:
        """Refuse parts with a document type, in which entities could grow; Office writes none."""
        for name in self.names():
            if name.endswith((".xml", ".rels")):
                check_markup(self.read(name))

    def xml(self, name: str) -> ET.Element | None:
        """Read a part as XML; None where there is none of that name."""
        raw = self.read(name)
        if not raw:
            return None
        check_markup(raw)
        try:
            return ET.fromstring(raw)  # noqa: S314 - without a document type there is no entity to expand
        except (ET.ParseError, ValueError, LookupError, RecursionError):
            raise Unreadable(DAMAGED) from None


def check_markup(raw: bytes) -> None:
    """Refuse a document type, and encodings in which one could hide."""
    head = raw.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    foreign = b"encoding" in head and not any(
        known in head for known in (b"utf-8", b"us-ascii", b"iso-8859-1", b"windows-1252")
    )
    if (
        b"<!DOCTYPE" in raw
        or b"<!ENTITY" in raw
        or raw[:2] in (b"\xff\xfe", b"\xfe\xff")
        or b"\0" in raw[:64]
        or foreign
    ):
        raise Unreadable(
            said("This file declares entities of its own, as Office never does. It is not read. Nothing was written.")
        )
