"""HTML: what a reader sees of it, line by line, with the numbers that lists show without printing them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from html.parser import HTMLParser

from signatures.importing import reasons
from signatures.importing.sources.plaintext import decode
from signatures.importing.sources.source import MOST_LINES, Aside, Place, Source, Unreadable, storable
from signatures.sentences import said

HIDDEN = frozenset(
    ("script", "style", "head", "template", "noscript", "svg", "math", "select", "iframe", "object", "audio", "video")
)
VOID = frozenset(("br", "hr", "img", "input", "meta", "link", "wbr", "col", "area", "base", "embed", "source", "track"))
BLOCKS = frozenset((
    "p", "div", "section", "article", "header", "footer", "main", "aside", "nav", "address", "blockquote", "figure", "figcaption",
    "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "li", "dl", "dt", "dd", "table", "thead", "tbody", "tfoot", "tr", "caption",
    "form", "fieldset", "pre", "hr", "details", "summary", "body", "html", "center",
))  # fmt: skip
APART = frozenset(
    ("p", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "table", "blockquote", "pre", "hr", "section", "article")
)
BESIDE = frozenset(("nav", "footer", "aside"))  # what stands beside a page's text
CELLS = frozenset(("td", "th"))
WITHIN, NESTED = "\x1e", "\x1f"  # a line's end within a cell, and the border of a cell of a table in it
MOST_WITHIN = 3  # lines of a cell; with more of them the table only lays the page out
DEEPEST = 200  # elements that may be hidden or lists that may stand in one another
_SPACE = re.compile(r"[ \t\n\r\f]+")
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)


@dataclass
class _List:
    """An open list: the number of its next item, if it shows numbers."""

    next: int | None
    step: int = 1


def read_html(raw: bytes) -> Source:
    """Read an HTML page as text."""
    text = decode(raw)
    reader = _read(text, BESIDE)
    return _read(text, frozenset()).source if reader.beside else reader.source


def _read(text: str, beside: frozenset[str]) -> _Reader:
    """Read a page; `beside` are the elements whose lines are set aside, which a page may begin and never end."""
    reader = _Reader(beside)
    reader.feed(text)
    # What is left is a mark without an end. `close` would look for that end from every sign of it; so it is shown as text.
    reader.handle_data(unescape(reader.rawdata))
    reader.end_line()
    return reader


class _Reader(HTMLParser):
    """Turns tags into line ends, tabs and numbers."""

    def __init__(self, set_aside: frozenset[str]) -> None:
        super().__init__(convert_charrefs=True)
        self.source = Source("html")
        self.set_aside = set_aside
        self.line: list[str] = []
        self.spoken = False  # whether anything can be seen on the present line
        self.began = 1  # the line of the file on which the present line began
        self.hidden: list[str] = []
        self.lists: list[_List] = []
        self.beside: list[str] = []  # open elements that are no part of the text
        self.cells = 0  # of the present row so far
        self.rows = 0  # rows that are open, one in another; what is in one is put out when the outermost ends
        self.pre = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self.hidden:
            if tag == self.hidden[-1] and tag not in VOID and len(self.hidden) < DEEPEST:
                self.hidden.append(tag)
            return
        if tag not in VOID and (tag in HIDDEN or "hidden" in given or _UNSEEN.search(given.get("style", "")[:1000])):
            self.hidden.append(tag)
        elif tag == "br":
            self._break()
        elif tag in CELLS:
            self._cell()
        elif tag in BLOCKS:
            self._open(tag, given)

    def handle_endtag(self, tag: str) -> None:
        if self.hidden:
            if tag == self.hidden[-1]:
                self.hidden.pop()
            return
        if tag in ("tr", "table") and self.rows:
            self._end_row(tag)
        elif tag in ("ol", "ul") and self.lists:
            self.lists.pop()
        if tag == "pre":
            self.pre = max(0, self.pre - 1)
        if tag in BLOCKS:
            self._break()
            self._gap(tag)
        if self.beside and tag == self.beside[-1]:
            self.beside.pop()

    def handle_data(self, data: str) -> None:
        if self.hidden:
            return
        data = data.replace(WITHIN, " ").replace(NESTED, " ")
        if self.pre and not self.rows:
            first, *others = data.split("\n")
            self._say(first)
            for more in others:
                self.end_line(keep=True)
                self._say(more)
            return
        self._say(_SPACE.sub(" ", data))

    def end_line(self, *, keep: bool = False) -> None:
        """End the present line, if anything stands on it; with `keep` also an empty one."""
        joined = "".join(self.line).replace(WITHIN, " ").replace(NESTED, " ")
        text = joined.rstrip() if self.pre else re.sub(r" *\t *", "\t", re.sub(r" {2,}", " ", joined)).strip(" ")
        if text.strip():
            self._put(text.replace("\n", " "), Place("line", self.began))
        elif keep:
            self.source.blank()
        self.line, self.spoken = [], False

    def _put(self, text: str, place: Place) -> None:
        """Put a line out, or set it aside where the page says that it is no part of its text."""
        if not self.beside:
            self.source.add(text, place)
        elif len(self.source.asides) < MOST_LINES:
            why = reasons.BESIDE.of(element=self.beside[-1])
            self.source.asides.append(Aside(storable(text), place, why))
        else:
            raise Unreadable(
                said(
                    "The file has more than %(most)s lines, the most that can be read. Import it in parts.",
                    most=MOST_LINES,
                )
            )

    def _say(self, text: str) -> None:
        if not self.spoken and text.strip():
            self.began, self.spoken = self.getpos()[0], True
        self.line.append(text)

    def _break(self) -> None:
        """End the line; inside a row of a table it ends a line of the cell."""
        if self.rows:
            self.line.append(WITHIN)
        else:
            self.end_line()

    def _gap(self, tag: str) -> None:
        if tag in APART and not self.rows and not self.lists:
            self.source.blank()

    def _open(self, tag: str, given: dict[str, str]) -> None:
        if tag == "tr":
            self._break()
            self.rows, self.cells = min(self.rows + 1, DEEPEST), 0
            return
        self._break()
        self._gap(tag)
        if tag in self.set_aside and len(self.beside) < DEEPEST:
            self.beside.append(tag)
        if tag == "pre":
            self.pre += 1
        elif tag in ("ol", "ul") and len(self.lists) < DEEPEST:
            reverse = tag == "ol" and "reversed" in given
            start = _number(given.get("start")) if "start" in given or not reverse else None
            self.lists.append(_List((start if start is not None else 1) if tag == "ol" else None, -1 if reverse else 1))
        elif tag == "li":
            self._item(given)

    def _item(self, given: dict[str, str]) -> None:
        if not self.lists or self.lists[-1].next is None:
            self.line.append("• ")
            return
        top = self.lists[-1]
        number = _number(given.get("value"))
        shown = top.next if number is None else number
        self.line.append(f"{shown}. ")
        self.began = self.getpos()[0]
        top.next = (shown or 0) + top.step

    def _cell(self) -> None:
        if self.cells:
            self.line.append("\t" if self.rows < 2 else NESTED)
        self.cells += 1

    def _end_row(self, tag: str) -> None:
        """End a row; the outermost one is put out: cells side by side, or below one another where they hold whole texts."""
        self.rows = self.rows - 1 if tag == "tr" else 0
        self.cells = 1 if self.rows else 0
        if self.rows:
            self.line.append(WITHIN)
            return
        cells = [[part for part in cell.split(WITHIN) if part.strip()] for cell in "".join(self.line).split("\t")]
        if max(map(len, cells)) > MOST_WITHIN:
            rows = [part.replace(NESTED, "\t") for cell in cells for part in cell]
        else:
            rows = ["\t".join(" ".join(cell).replace(NESTED, " ") for cell in cells)]
        for row in rows:
            self.line = [row]
            self.end_line()


def _number(text: str | None) -> int | None:
    """Read a number of an attribute, or none."""
    stripped = (text or "").strip()
    return int(stripped) if stripped.isascii() and stripped.isdecimal() and len(stripped) < 7 else None
