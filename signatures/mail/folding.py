"""How headers are broken into lines for SMTP: as the library does it, but no space of a subject is lost."""

from __future__ import annotations

from email.header import Header
from email.policy import EmailPolicy
from typing import Any


class Folding(EmailPolicy):
    """The library (Python 3.11) drops the space at which it breaks a subject that is not ASCII; `Header` keeps it."""

    def fold(self, name: str, value: Any) -> str:
        """Break a header into lines."""
        if name != "Subject" or value.isascii():
            return str(super().fold(name, value))
        words = Header(value, "utf-8", header_name=name).encode(linesep=self.linesep)
        return f"{name}: {words}{self.linesep}"

    def fold_binary(self, name: str, value: Any) -> bytes:
        """Break a header into lines, as bytes."""
        return self.fold(name, value).encode() if name == "Subject" else bytes(super().fold_binary(name, value))


CRLF = Folding(linesep="\r\n")
