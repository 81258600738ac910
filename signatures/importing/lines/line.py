"""Lines of a printed text: numbered from 1, with what is needed to judge them."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from functools import cached_property

from signatures.errors import InvalidInput
from signatures.importing.lexicon.words import visible, words
from signatures.importing.reasons import Reason
from signatures.sentences import said

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,9})\b([^<>]{0,300})>")
_START = re.compile(r"""start\s{0,5}=\s{0,5}["']?([0-9]{1,4})""", re.IGNORECASE)
_BETWEEN = re.compile(r"[^\W\d_A-Z]{4,}[.!?] [^\W\d_a-z][^\W\d_]* [^\W\d_A-Z]+")
_SENTENCE_END = re.compile(r"[.!?…][\"'”’»)\]]{0,3}\Z")


def decode(raw: bytes) -> str:
    """Read UTF-8, with or without a byte order mark; refuse anything else by the offset of its first wrong byte."""
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        offset = error.start + (3 if raw.startswith(b"\xef\xbb\xbf") else 0)
        raise InvalidInput(
            said(
                "The text is not UTF-8: the byte at offset %(offset)s is wrong. Save it as UTF-8 and try again.",
                offset=offset,
            )
        ) from error


@dataclass(frozen=True)
class Line:
    """One line of the source: its number from 1, its text as it stands there, and the text without markup."""

    number: int
    source: str
    text: str
    implied: int | None = None  # the number that an HTML list gives it without printing one
    joins: bool | None = None  # of one cut out of a longer line: whether it runs on from the one before it
    guess: Reason | None = None  # what was guessed when it was cut out of a longer line
    doubt: Reason | None = None  # why the cut may be wrong
    cell: bool = False  # whether it is a further cell of the row that begins above it

    @cached_property
    def bare(self) -> str:
        """The text that can be seen, trimmed."""
        return visible(self.text).strip()

    @cached_property
    def words(self) -> list[str]:
        """The folded words of the text."""
        return words(self.text)

    @cached_property
    def blank(self) -> bool:
        """Tell whether nothing can be seen on the line, whatever its source holds."""
        return not self.bare

    @cached_property
    def indent(self) -> int:
        """The columns before the text begins."""
        text = self.text.expandtabs()
        return len(text) - len(text.lstrip())

    @cached_property
    def length(self) -> int:
        """Count the words, also of a text that is written without spaces between them."""
        return len(self.bare.split())

    @cached_property
    def ends_sentence(self) -> bool:
        """Tell whether the line ends like a sentence."""
        return _SENTENCE_END.search(self.bare[-8:]) is not None

    @cached_property
    def sentence(self) -> bool:
        """Tell whether the line reads as prose and not as a name: long, or of two sentences."""
        return (self.ends_sentence and (self.length > 15 or self._two)) or self.length > 45

    @cached_property
    def _two(self) -> bool:
        return self.length > 7 and "\t" not in self.text and _BETWEEN.search(self.bare) is not None


def split(text: str) -> list[Line]:
    """Split a text into its lines; lines of an HTML list are freed of their markup."""
    sources = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    if "<li" in text.lower() or "<td" in text.lower():
        return _without_markup(sources)
    return [
        Line(number, source, source.replace("\f", " ").replace("\v", " ")) for number, source in enumerate(sources, 1)
    ]


def _without_markup(sources: list[str]) -> list[Line]:
    lines: list[Line] = []
    counter: int | None = None
    for number, source in enumerate(sources, 1):
        implied = None
        for tag in _TAG.finditer(source):
            closing, name, rest = tag.group(1), tag.group(2).lower(), tag.group(3)
            if name in ("ol", "ul"):
                start = _START.search(rest)
                counter = None if closing or name == "ul" else int(start.group(1)) if start else 1
            elif name == "li" and not closing and counter is not None:
                implied, counter = counter, counter + 1
        plain = html.unescape(
            _TAG.sub(lambda tag: "\t" if tag.group(2).lower() in ("td", "th") and not tag.group(1) else "", source)
        )
        lines.append(Line(number, source, plain.strip("\t").replace("\f", " "), implied))
    return lines
