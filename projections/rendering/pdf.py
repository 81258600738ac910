"""PDF of a list: tagged (PDF/UA-1), the same bytes for the same list; names are data and never read as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from projections.rendering.leftward import leftward
from projections.rendering.phrases import phrases
from projections.rendering.sheet import recorded, sheet
from projections.rendering.text import language_of
from signatures.errors import BadQuery
from signatures.sentences import said

SERIF = ("Noto Serif", "Amiri")
SANS = ("Noto Sans", "Amiri")
OTHERS = ("Noto Sans Devanagari", "Noto Sans Thai", "Noto Sans Khmer", "Noto Sans Tamil", "Noto Sans Telugu")
CHINESE = ("Noto Serif CJK SC", "Noto Serif CJK JP", "Noto Sans CJK SC")
PACKAGES = (
    "noto_serif", "noto_sans", "amiri", "noto_sans_devanagari", "noto_sans_thai", "noto_sans_khmer",
    "noto_sans_tamil", "noto_sans_telugu",
)  # fmt: skip
NOT_DRAWN = re.compile(r'the text `"(.+?)"` could not be displayed')
ESCAPED = re.compile(r"\\u\{([0-9a-f]{1,6})\}")
TRIES = 40  # letters that no font has, in one list


def pdf_list(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> bytes:
    """Typeset a list; letters that no font has are drawn as □ and named at the end."""
    data = sheet(answer, statement, body)
    data = leftward(data) if data["direction"] == "rtl" else data
    data["fonts"], data["sans"] = families()
    told = phrases(language_of(statement)).missing
    return _typeset(data, told, int(recorded(answer).timestamp()))


def _typeset(data: dict[str, Any], told: str, moment: int) -> bytes:
    from typst import Compiler, TypstError  # noqa: PLC0415 - of the extra `documents`

    written, missing = json.dumps(data, ensure_ascii=False), []
    for _ in range(TRIES):
        compiler = Compiler(_template(), font_paths=fonts(), sys_inputs={"data": written})
        try:
            made = bytes(compiler.compile(format="pdf", pdf_standards="ua-1", timestamp=moment))  # type: ignore[arg-type]
            # Pdfium, and so a browser, turns every line of a document round that says R2L, the names in Latin letters too.
            # Left alone it sees the direction of each line; what R2L is meant for, facing pages, is nothing to a list.
            return made.replace(b"/Direction/R2L", b"/Direction/L2R")
        except TypstError as error:
            letters = _letters(error.diagnostic)
            if not letters:
                raise
            missing += sorted(letters)
            for letter in letters:
                written = written.replace(letter, "□")
            codes = ", ".join(f"U+{ord(letter):04X}" for letter in missing)
            again = json.loads(written)
            again["seal"] = [*data["seal"], told.format(letters=codes)]
            written = json.dumps(again, ensure_ascii=False)
    raise BadQuery(said("This list has too many letters that no font of this server has. Ask for it as text or HTML."))


def _letters(complaint: str) -> set[str]:
    """Read from what the typesetter says which letters no font has."""
    texts = NOT_DRAWN.findall(complaint)
    written = (ESCAPED.sub(lambda code: chr(int(code[1], 16)), text) for text in texts)
    return {letter for text in written for letter in text if not letter.isascii() and letter != "□"}


@cache
def _template() -> bytes:
    return resources.files("projections.rendering").joinpath("list.typ").read_bytes()


@cache
def families() -> tuple[list[str], list[str]]:
    """Name the families that this server has for what is read and for what is looked at."""
    there = set(fonts().families())
    serif, sans = ([one for one in (*first, *CHINESE, *OTHERS) if one in there] for first in (SERIF, SANS))
    return serif, sans


@cache
def fonts() -> Any:
    """Find the fonts once: those of the packages, then those of the system."""
    from typst import Fonts  # noqa: PLC0415 - of the extra `documents`

    specs = [find_spec(f"fontpkg_{name}") for name in PACKAGES]
    folders = [str(Path(spec.origin).parent / "files") for spec in specs if spec and spec.origin]
    return Fonts(include_system_fonts=True, include_embedded_fonts=True, font_paths=folders)
