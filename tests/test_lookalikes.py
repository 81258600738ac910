"""Letters that only look like those around them."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.intake.lookalikes import TWINS, Lookalike, changed, lookalikes


def test_a_greek_letter_in_a_latin_word_is_told() -> None:
    """The ϊ of the printed `Haϊtien` is Greek; the word would be `Haïtien` in one script."""
    told = lookalikes("Nouveau Parti Communiste Haϊtien (Marxiste-Léniniste)")

    assert [Lookalike("Haϊtien", "ϊ", "Greek", "Latin", "ï", "Haïtien")] == told


@pytest.mark.parametrize(
    "name",
    [
        "БРП(к)",
        "БРП(к) Беларуская рэспубліканская партыя",
        "Εργατική Ένωση",
        "Türkiye / Kürdistan",
        "Союз «Труд» (Union of Labour)",
        "اتحاد العمال",
        "日本ABC労働組合カタカナ",
        "COVID19",
        "",
    ],
)
def test_words_wholly_in_one_script_are_as_they_should_be(name: str) -> None:
    """Several scripts in one name are no reason to ask, several in one word are."""
    assert [] == lookalikes(name)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Пaртия", "Партия"),  # Latin a
        ("Κomma", "Komma"),  # Greek Kappa
        ("Ноmе", "Home"),  # three Cyrillic letters, but only Latin has an m
        ("Hai\u0308tien Haι\u0308tien", "Hai\u0308tien Haïtien"),  # marks of their own
        ("Unión dе сlase", "Unión de clase"[:8] + " сlase"),  # one word at a time
    ],
)
def test_the_first_mixed_word_is_changed_into_its_script(typed: str, meant: str) -> None:
    """The word's script is the one in which all its letters can stand."""
    assert meant == changed(typed)


def test_twins_stand_in_columns_of_their_scripts() -> None:
    """Each row of the table is of one script, and all rows are equally long."""
    for script, letters in TWINS.items():
        assert {script} == {unicodedata.name(letter).split()[0] for letter in letters if letter != "."}
    assert 1 == len({len(letters) for letters in TWINS.values()})


@given(st.text())
def test_any_text_can_be_looked_at(text: str) -> None:
    """Whatever is typed, it is told or not, and changing it never takes letters away."""
    lookalikes(text)
    assert len(unicodedata.normalize("NFD", text)) == len(unicodedata.normalize("NFD", changed(text)))
