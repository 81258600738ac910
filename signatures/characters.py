"""Which characters a name, a note or a reference may hold: refused are those that nobody can see or that would hide others."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from signatures.errors import InvalidInput
from signatures.sentences import said

PART_LIMIT = 1_000  # characters of a name part
NOTE_LIMIT = 300
HIDING = "\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff"  # controls, bidi controls, lone surrogates
NOT_IN_A_LINE = re.compile(f"[\x00-\x1f\u2028\u2029{HIDING}]")
NOT_IN_A_TEXT = re.compile(f"[\x00-\x08\x0b\x0e-\x1f{HIDING}]")
DASHES = re.compile(r"[\u00ad\u2010-\u2015\u2212\ufe58\ufe63\uff0d-]+")
QUOTES = re.compile(r"[\"'`\u00ab\u00b4\u00bb\u2018-\u201f\u2039\u203a\u2032\u2033\uff02\uff07]+")
INK = re.compile("[!-~]")  # what most texts have at least one of
REFERENCE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}\Z")
LANGUAGE = re.compile(r"[A-Za-z]{2,8}(?:-[A-Za-z0-9]{1,8}){0,6}\Z")


def fold(text: str) -> str:
    """Fold a name part for comparing: NFKC, case, and runs of space, dashes and quotes."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    folded = QUOTES.sub("'", DASHES.sub("-", folded))
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def check_line(field: str, text: str, *, limit: int = PART_LIMIT) -> str:
    """Return a printed line exactly as given, or refuse it with the field's name."""
    if not isinstance(text, str):
        raise InvalidInput(f"{field} must be a text.", field=field)
    if len(text) > limit:
        raise InvalidInput(
            said(
                "%(field)s has %(count)s characters; %(most)s are the most.", field=field, count=len(text), most=limit
            ),
            field=field,
        )
    if found := NOT_IN_A_LINE.search(text):
        raise InvalidInput(
            said(
                "%(field)s holds the character U+%(code)s, which cannot be printed in a line. Remove it.",
                field=field,
                code=f"{ord(found[0]):04X}",
            ),
            field=field,
        )
    if not visible(text):
        raise InvalidInput(
            said("%(field)s holds nothing that can be seen. Write it out, or leave it away.", field=field), field=field
        )
    return text


def same_language(tag: str, known: Iterable[str]) -> str:
    """Return the tag among the known ones that differs only in its case, or this one."""
    return next((one for one in known if one.lower() == tag.lower()), tag)


def check_text(field: str, text: str) -> str:
    """Return a longer text exactly as given, or refuse what no reader could see."""
    if found := NOT_IN_A_TEXT.search(text):
        raise InvalidInput(
            said(
                "%(field)s holds the character U+%(code)s, which cannot be printed. Remove it.",
                field=field,
                code=f"{ord(found[0]):04X}",
            ),
            field=field,
        )
    return text


def visible(text: str) -> bool:
    """Tell whether a text has at least one character that leaves ink; a mark alone may be a variation selector."""
    return INK.search(text) is not None or any(
        unicodedata.category(character)[0] not in "ZCM" and character not in "\u115f\u1160\u3164\uffa0\u2800"
        for character in text
    )


def is_reference(text: str) -> bool:
    """Tell whether a statement could have this reference."""
    return bool(REFERENCE.match(text))


def check_reference(reference: str) -> str:
    """Return a statement's reference, or say how one is written."""
    if not is_reference(reference):
        raise InvalidInput(
            said(
                "%(reference)s cannot be a reference. Use up to 64 letters, digits, dots, dashes and underscores without accents, beginning with a letter or digit.",
                reference=repr(reference),
            ),
            field="reference",
        )
    return reference


def check_language(field: str, tag: object) -> str:
    """Return a language tag (BCP 47), or say how one is written."""
    if not (isinstance(tag, str) and LANGUAGE.match(tag)):
        raise InvalidInput(
            said(
                "%(field)s: %(tag)s is no language tag. Write for example en, pt-BR or zh-Hant.",
                field=field,
                tag=repr(tag),
            ),
            field=field,
        )
    return tag
