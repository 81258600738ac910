"""Which characters a name, a note or a reference may hold."""

from __future__ import annotations

import sys
import unicodedata

import pytest

from signatures.characters import (
    NOT_IN_A_LINE,
    NOT_IN_A_TEXT,
    check_language,
    check_line,
    check_reference,
    check_text,
    fold,
    visible,
)
from signatures.errors import InvalidInput


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Union of Cypriots", "UNION  of\u00a0Cypriots"),
        ("Straße", "STRASSE"),
        ("ＡＢＣ", "abc"),
        ("ﬁ", "FI"),
        ("Marxist–Leninist", "Marxist-Leninist"),
        ("Marxist—Leninist", "Marxist\u2010Leninist"),
        ("l’Union", "l'Union"),
        ("„Union“", '"Union"'),
        ("Café", "Cafe\u0301"),
        (" Union ", "Union"),
    ],
)
def test_spellings_that_fold_alike(one: str, other: str) -> None:
    """Width, case, spaces, dashes, quotes and composition do not make another name."""
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Union", "Unión"), ("Union", "Unïon"), ("Haϊtien", "Haïtien"), ("А", "A"), ("A B", "AB")]
)
def test_spellings_that_fold_apart(one: str, other: str) -> None:
    """An accent, another script or a missing space makes another name: an editor decides, not a table."""
    assert fold(one) != fold(other)


def test_folding_twice_is_folding_once() -> None:
    """The index holds what a second fold would not change."""
    for text in ("ẞ ﬃ —''", "İstanbul", "ǅ", "\u1e9e\u0345", "ΑΣ"):
        assert fold(text) == fold(fold(text))


@pytest.mark.parametrize(
    "text",
    [
        "Организация",
        "日本の会",
        "اتحاد",
        "संघ",
        "БРП(к)",
        "a/b [c] «d»",
        "می\u200cخواهم",
        "  kept  ",
        "e\u0301",
        "🕊",
        "=1+1",
        "<b>",
    ],
)
def test_a_printed_line_is_kept_exactly(text: str) -> None:
    """Any script, brackets, joiners and white space stay as given."""
    assert text == check_line("name", text)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a\0b", "U+0000"),
        ("a\nb", "U+000A"),
        ("a\tb", "U+0009"),
        ("a\x7f", "U+007F"),
        ("a\x85b", "U+0085"),
        ("a\u2028b", "U+2028"),
        ("a\u2029b", "U+2029"),
        ("a\ud800", "U+D800"),
        ("\udfffb", "U+DFFF"),
        *((f"a{mark}b", f"U+{ord(mark):04X}") for mark in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"),
    ],
)
def test_a_printed_line_refuses_what_no_line_can_show(text: str, told: str) -> None:
    """NUL, controls, line breaks, lone surrogates and bidi controls are refused by their code points."""
    with pytest.raises(InvalidInput, match=rf"name .*{told.replace('+', '[+]')}") as refused:
        check_line("name", text)
    assert {"field": "name"} == refused.value.details


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u00a0\u3000", "\u200b\u200b", "\u200d", "\ufeff", "\u2060", "\u3164", "\u2800", "\ufe0f", "\u034f"],
)
def test_a_printed_line_needs_something_to_see(text: str) -> None:
    """Spaces, zero-width characters, fillers and lone marks leave no ink."""
    assert not visible(text)
    with pytest.raises(InvalidInput, match="nothing that can be seen"):
        check_line("name", text)


def test_a_printed_line_has_a_limit() -> None:
    """A thousand characters are taken, one more is not; a note takes three hundred."""
    assert 1000 == len(check_line("name", "é" * 1000))
    with pytest.raises(InvalidInput, match="1001 characters; 1000"):
        check_line("name", "é" * 1001)
    with pytest.raises(InvalidInput, match="301 characters; 300"):
        check_line("note", "n" * 301, limit=300)


@pytest.mark.parametrize("value", [5, None, ["a"], b"a", {"a": "b"}])
def test_a_printed_line_is_a_text(value: object) -> None:
    """A number or a list is refused like any other wrong value, not met as a crash."""
    with pytest.raises(InvalidInput, match="must be a text"):
        check_line("name", value)  # type: ignore[arg-type]


def test_a_longer_text_may_have_lines_and_tabs() -> None:
    """Line breaks and form feeds belong to a text; NUL, surrogates and bidi controls do not."""
    assert "a\r\nb\tc\fd\n" == check_text("text", "a\r\nb\tc\fd\n")
    for wrong in ("a\0", "a\ud83d", "a\u202eb"):
        with pytest.raises(InvalidInput, match="cannot be printed"):
            check_text("text", wrong)


def test_lines_and_texts_refuse_whole_categories() -> None:
    """Every control, line separator and lone surrogate of Unicode, and of the rest only the bidi controls."""
    bidi = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    for character in map(chr, range(sys.maxunicode + 1)):
        hidden = character in bidi or unicodedata.category(character) in ("Cc", "Cs")
        assert (hidden or unicodedata.category(character) in ("Zl", "Zp")) is bool(NOT_IN_A_LINE.match(character))
        assert (hidden and character not in "\n\r\t\f") is bool(NOT_IN_A_TEXT.match(character))


@pytest.mark.parametrize("reference", ["a", "myanmar-2021", "A.b_c-9", "0", "x" * 64])
def test_references(reference: str) -> None:
    """Letters, digits, dots, dashes and underscores, beginning with a letter or digit."""
    assert reference == check_reference(reference)


@pytest.mark.parametrize(
    "reference", ["", "-a", ".a", "a b", "a/b", "é", "x" * 65, "a\n", "a\0", "а", "\ud800", "../x"]
)
def test_wrong_references(reference: str) -> None:
    """Anything else is refused with how one is written."""
    with pytest.raises(InvalidInput, match="cannot be a reference"):
        check_reference(reference)


def test_language_tags() -> None:
    """BCP 47 tags are taken as given; what cannot be one is refused with examples."""
    for tag in ("en", "pt-BR", "zh-Hant", "und", "sr-Latn-RS"):
        assert tag == check_language("language", tag)
    for wrong in ("", "e", "en_GB", "englishlanguage", "en-", "日本", "en\n"):
        with pytest.raises(InvalidInput, match="no language tag"):
            check_language("language", wrong)
