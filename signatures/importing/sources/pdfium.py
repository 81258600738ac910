"""The runs of text on the pages of a PDF, as pdfium finds them: a program of its own, so that a bad file ends only this.

Reads a PDF from standard input and writes JSON. It imports nothing of the register; pdfium may run in one thread only.
"""

from __future__ import annotations

import ctypes
import json
import sys
import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, NamedTuple

MOST_PAGES = 500
MOST_CHARACTERS = 2_000_000
MEMORY = 2 * 2**30  # bytes
SECONDS = 40
WIDE, WIDER = 0.6, "   "  # of the letters' height: a gap that is more than a space
KEPT = "\u00a0\u2007\u202f"  # spaces that part an acronym from its name
GAP = 1.0  # of the letters' height: a wider gap ends a run
LOCKED, DAMAGED, MISSING, TOO_LARGE = 10, 11, 12, 13  # how the program ends where it cannot go on


class Letter(NamedTuple):
    """A letter, with a space before it where one stands there, and its edges."""

    sign: str
    left: float
    bottom: float
    right: float
    top: float


def main() -> int:
    """Read, and write what was found."""
    _limit()
    try:
        import pypdfium2  # noqa: PLC0415 - an extra
        from pypdfium2 import raw  # noqa: PLC0415
    except ImportError:
        return MISSING
    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        return LOCKED if "assword" in str(error) else DAMAGED
    if len(document) > MOST_PAGES:
        return TOO_LARGE
    pages, left = [], MOST_CHARACTERS
    for index in range(len(document)):
        try:
            page = document[index]
            text = page.get_textpage()
        except pypdfium2.PdfiumError:
            return DAMAGED
        left -= (count := text.count_chars())
        if left < 0:
            return TOO_LARGE
        runs = _runs(raw, text.raw, count)
        # Where words run from right to left, who reads has to look at every letter.
        away = any(unicodedata.bidirectional(letter.sign[-1]) in ("R", "AL") for run in runs for letter in run)
        pages.append({"letters": runs} if away else {"runs": [run_of(run) for run in runs]})
        text.close()
        page.close()
    json.dump(pages, sys.stdout)
    return 0


def _limit() -> None:
    """Take no more memory and time than any list needs."""
    with suppress(ImportError, ValueError, OSError):
        import resource  # noqa: PLC0415 - Unix only

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))


def _runs(raw: Any, text: Any, count: int) -> list[list[Letter]]:
    """Join the letters of a page into runs: one line, no wide gap."""
    runs: list[list[Letter]] = []
    box = raw.FS_RECTF()
    pending = ""
    for index in range(count):
        sign = _letter(raw, text, index)
        if not sign.strip():
            pending = "\n" if sign in "\r\n" else sign if sign in KEPT else pending or " "
            continue
        if not raw.FPDFText_GetLooseCharBox(text, index, ctypes.byref(box)):
            continue
        letter = Letter(sign, box.left, min(box.bottom, box.top), box.right, max(box.bottom, box.top))
        if runs and pending != "\n" and _goes_on(runs[-1][-1], letter):
            runs[-1].append(letter._replace(sign=_spaces(pending, runs[-1][-1], letter) + sign))
        else:
            runs.append([letter])
        pending = ""
    return runs


def _spaces(pending: str, last: Letter, letter: Letter) -> str:
    """Keep a gap that is wider than a space as the three spaces that it looks like."""
    wide = letter.left - last.right > WIDE * (last.top - last.bottom)
    return WIDER if wide and pending != "\n" else pending


def run_of(letters: Sequence[Letter]) -> list[Any]:
    """Give a run's text, left, bottom, right and top edge."""
    text = "".join(letter.sign for letter in letters)
    edges = (min(one.left for one in letters), min(one.bottom for one in letters))
    far = (max(one.right for one in letters), max(one.top for one in letters))
    return [text, *(round(edge, 2) for edge in (*edges, *far))]


def _letter(raw: Any, text: Any, index: int) -> str:
    code = raw.FPDFText_GetUnicode(text, index)
    if code in (0x02, 0xFFFE):
        return "-"  # how pdfium tells a hyphen at a line's end
    if code in (0, 0xFFFF) or code > 0x10FFFF:
        return "\ufffd" if code > 0 else " "
    return chr(code)  # the halves of a character beyond the first plane come one by one, and JSON joins them


def _goes_on(last: Letter, letter: Letter) -> bool:
    """Tell whether a letter stands on the line of the one before, near it; from right to left as well."""
    height = max(last.top - last.bottom, 1.0)
    middle = (letter.bottom + letter.top) / 2
    if not last.bottom - height * 0.2 <= middle <= last.top + height * 0.2:
        return False
    return bool(max(letter.left - last.right, last.left - letter.right) <= height * GAP)


if __name__ == "__main__":
    sys.exit(main())
