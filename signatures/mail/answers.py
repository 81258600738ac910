"""What a mail server's answers mean: taken, not now, never, or nobody there. Nothing here repeats an address."""

from __future__ import annotations

import re
import smtplib
import ssl

ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}\b")


class Unsent(Exception):
    """A mail was not taken; `fault` says why without any address. It is tried again."""

    def __init__(self, fault: str) -> None:
        """Keep the sentence."""
        super().__init__(fault)
        self.fault = fault


class Unreachable(Unsent):
    """The mail server takes nothing just now, neither this mail nor another."""


class Rejected(Unsent):
    """The mail server will never take this mail."""


def expect(final: type[Unsent], what: str, code: int, answer: bytes | str) -> None:
    """Go on if the server says yes; raise `final` where its no is for good, Unsent where it may change its mind."""
    if code in (250, 251, 252):
        return
    refusal = final if code >= 500 else Unsent
    raise refusal(f"The mail server refused {what} ({codes_of(code, answer)}).")


def codes_of(code: int, answer: bytes | str) -> str:
    """Quote the numbers of an answer only: its words may repeat an address."""
    text = answer.decode("ascii", "replace") if isinstance(answer, bytes) else str(answer)
    found = ENHANCED.match(text)
    return f"{code} {found[0]}" if found else str(code)


def what_happened(error: Exception) -> str:
    """Say what an exception of the connection means."""
    match error:
        case smtplib.SMTPResponseException():
            return f"The mail server does not let us in ({codes_of(error.smtp_code, error.smtp_error)})."
        case TimeoutError() | smtplib.SMTPServerDisconnected():
            return "The mail server did not answer in time, or hung up."
        case ssl.SSLError():
            return "The mail server and we found no encryption that both know."
        case _:
            return f"The mail server cannot be reached ({named(error)})."


def named(error: Exception) -> str:
    """Name an error of the system in its own words."""
    return getattr(error, "strerror", None) or type(error).__name__
