"""Plain text and Markdown: the file's own lines."""

from __future__ import annotations

import html
import re

from signatures.errors import InvalidInput
from signatures.importing.lines.line import decode as decode_utf8
from signatures.importing.sources.source import MOST_LINES, Source, from_lines
from signatures.sentences import said

LONGEST_MARKED = 2_000  # characters of a line whose marks are looked for; no line of a list is longer
_UTF16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+(.*?)[ \t]*#*[ \t]*\Z")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+)[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")
_QUOTE = re.compile(r"\A {0,3}>[ \t]?")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,500})\]\((?:[^()\s]{0,2000})(?:[ \t]+\"[^\"\n]{0,500}\")?\)")
_ADDRESS = re.compile(r"<((?:https?://|mailto:)[^<>\s]{1,2000})>")
_STRONG = re.compile(r"(?<![\\\w*_])(\*\*\*|\*\*|___|__)(?=\S)([^\n]{1,250}?)(?<=[^\s\\])\1(?![\w*_])")
_EMPHASIS = re.compile(r"(?<![\\\w*_])([*_])(?=[^\s*_])([^\n*_]{1,250}?)(?<=[^\s\\])\1(?![\w*_])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_ITEM = re.compile(r"( {0,3})(\d{1,9})([.)])(?=[ \t])")


def decode(raw: bytes) -> str:
    """Read UTF-8, or UTF-16 that says so by its mark; refuse anything else by the offset of its first wrong byte."""
    encoding = _UTF16.get(raw[:2])
    if encoding is None:
        return decode_utf8(raw)
    try:
        return raw[2:].decode(encoding)
    except UnicodeDecodeError as error:
        raise InvalidInput(
            said(
                "The text is not UTF-16: the byte at offset %(offset)s is wrong. Save it as UTF-8 and try again.",
                offset=error.start + 2,
            )
        ) from None


def read_text(raw: bytes) -> Source:
    """Read a plain text, each line as it stands."""
    return from_lines("text", lines_of(decode(raw)))


def lines_of(text: str) -> list[str]:
    """Split a text at its line ends and nowhere else."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")


def read_markdown(raw: bytes) -> Source:
    """Read Markdown as a reader sees it: without its marks, with the numbers that it shows; line for line."""
    fenced, shown = False, []
    lines = lines_of(decode(raw))
    if len(lines) > MOST_LINES and sum(1 for line in lines if line.strip()) > MOST_LINES:
        return from_lines("markdown", lines)  # which refuses so many, before each is looked at
    for line in lines:
        if _FENCE.match(line):
            fenced = not fenced
            shown.append("")
        else:
            shown.append(line if fenced else _plain(line, shown))
    return from_lines("markdown", _numbered(shown))


def _plain(line: str, before: list[str]) -> str:
    if _UNDERLINE.match(line) and before and before[-1].strip():
        return ""  # the line above is a heading; this only underlines it
    line = _QUOTE.sub("", line, count=1)
    heading = _HEADING.match(line)
    text = heading.group(1) if heading else line
    for pattern, shown in (
        () if len(text) > LONGEST_MARKED else ((_LINK, r"\1"), (_ADDRESS, r"\1"), (_STRONG, r"\2"), (_EMPHASIS, r"\2"))
    ):
        text = pattern.sub(shown, text)
    text = _ESCAPED.sub(r"\1", text.removesuffix("\\"))
    return html.unescape(text).replace("\n", " ") if "&" in text else text


def _numbered(lines: list[str]) -> list[str]:
    """Count items that are all written with the number of the first, as Markdown does."""
    items = [(at, found) for at, line in enumerate(lines) if (found := _ITEM.match(line)) and not found.group(1)]
    runs: list[list[tuple[int, re.Match[str]]]] = []
    for at, found in items:
        if runs and found.group(2) == runs[-1][0][1].group(2) and _together(lines, runs[-1][-1][0], at):
            runs[-1].append((at, found))
        else:
            runs.append([(at, found)])
    counted = list(lines)
    for run in runs:
        for more, (at, found) in enumerate(run):
            number = int(found.group(2)) + more
            counted[at] = f"{number}{found.group(3)}{lines[at][found.end() :]}"
    return counted


def _together(lines: list[str], first: int, second: int) -> bool:
    """Tell whether only blank and indented lines, or none, stand between two items."""
    return all(not line.strip() or line[0] in " \t" for line in lines[first + 1 : second])
