"""Word documents: paragraphs and tables in reading order, with the numbers that Word counts by itself."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from signatures.importing.sources.archive import DAMAGED, Archive
from signatures.importing.sources.counting import Numbering
from signatures.importing.sources.source import Place, Source, Unreadable
from signatures.sentences import said

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
LEFT_OUT = {
    f"{W}{name}" for name in ("del", "moveFrom", "rPr", "pPr", "instrText", "footnoteReference", "endnoteReference")
} | {"{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"}
SIGNS = {
    f"{W}tab": "\t",
    f"{W}ptab": "\t",
    f"{W}noBreakHyphen": "\u2011",
    f"{W}softHyphen": "\u00ad",
    f"{W}br": "\n",
    f"{W}cr": "\n",
}
MOST_WITHIN = 3  # paragraphs of a cell; with more of them the table only lays the page out


def read_docx(raw: bytes) -> Source:
    """Read a Word document as text."""
    archive = Archive(raw)
    if STRICT in archive.read("word/document.xml")[:4096]:
        raise Unreadable(
            said("This file is in the strict form of .docx. Save it as an ordinary Word document. Nothing was written.")
        )
    document = archive.xml("word/document.xml")
    body = document.find(f"{W}body") if document is not None else None
    if body is None:
        raise Unreadable(DAMAGED)
    numbering = Numbering(archive.xml("word/numbering.xml"), archive.xml("word/styles.xml"))
    try:
        return _Reader(numbering).read(body)
    except RecursionError:
        raise Unreadable(DAMAGED) from None


class _Reader:
    """Walks through the body once, counting paragraphs."""

    def __init__(self, numbering: Numbering) -> None:
        self.numbering = numbering
        self.source = Source("docx")
        self.count = 0

    def read(self, body: Element) -> Source:
        listed = False
        for block in _blocks(body):
            if block.tag == f"{W}tbl":
                self.source.blank()
                self._table(block)
                self.source.blank()
                continue
            number, lines = self._paragraph(block)
            if listed and number is None and any(lines):
                self.source.blank()
            listed = number is not None
            self._put(number, lines)
        return self.source

    def _put(self, number: str | None, lines: list[str]) -> None:
        place = Place("paragraph", self.count)
        if not any(line.strip() for line in lines):
            self.source.blank()
            return
        for at, line in enumerate(lines):
            text = f"{number} {line.lstrip()}" if number and at == 0 else f"   {line}" if number else line
            if text.strip():
                self.source.add(text.rstrip(), place)

    def _paragraph(self, paragraph: Element) -> tuple[str | None, list[str]]:
        """Give a paragraph's own number, if Word counts it, and its lines."""
        self.count += 1
        lines = "".join(_texts(paragraph)).split("\n")
        return self.numbering.next(paragraph) if any(line.strip() for line in lines) else None, lines

    def _table(self, table: Element) -> None:
        for row in table.iter(f"{W}tr"):
            place = self.count + 1
            cells = [[self._paragraph(block) for block in cell.iter(f"{W}p")] for cell in _children(row, f"{W}tc")]
            if max((len([1 for _, lines in cell if any(lines)]) for cell in cells), default=0) > MOST_WITHIN:
                for number, lines in (paragraph for cell in cells for paragraph in cell):
                    self._put(number, lines)
                continue
            shown = [_cell(cell) for cell in cells]
            if any(shown):
                self.source.add("\t".join(shown).rstrip(), Place("paragraph", place))


def _cell(paragraphs: list[tuple[str | None, list[str]]]) -> str:
    return " ".join(" ".join(" ".join(filter(None, (number, *lines))) for number, lines in paragraphs).split())


def _blocks(parent: Element) -> Iterator[Element]:
    """Go through paragraphs and tables, also those inside content controls and accepted insertions."""
    for child in parent:
        if child.tag in (f"{W}p", f"{W}tbl"):
            yield child
        elif child.tag not in LEFT_OUT:
            yield from _blocks(child)


def _children(parent: Element, tag: str) -> Iterator[Element]:
    """Find elements of a kind below a parent, not those inside one another."""
    for child in parent:
        if child.tag == tag:
            yield child
        elif child.tag != f"{W}tbl":
            yield from _children(child, tag)


def _texts(element: Element) -> Iterator[str]:
    """Give the text of a paragraph as it is read: with what was inserted, without what was deleted."""
    for child in element:
        if child.tag in LEFT_OUT:
            continue
        if child.tag == f"{W}t":
            yield (child.text or "").replace("\n", " ")
        elif child.tag in SIGNS:
            yield SIGNS[child.tag]
        elif child.tag == f"{W}p":
            yield "\n"
            yield from _texts(child)
        else:
            yield from _texts(child)
