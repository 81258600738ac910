"""Names of countries as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from signatures.intake.territories import territory_codes, territory_named


@pytest.mark.parametrize(
    ("typed", "codes"),
    [
        ("Kenya, Uganda", ["KE", "UG"]),
        ("ke UG", ["KE", "UG"]),
        ("South Africa Kenya", ["ZA", "KE"]),
        ("Turkey; Türkiye; TR", ["TR"]),
        ("Ivory Coast, Côte d'Ivoire, Cote d’Ivoire", ["CI"]),
        ("U.S.A.", ["US"]),
        ("DR Congo, Republic of the Congo", ["CD", "CG"]),
        ("Deutschland", ["DE"]),
        ("Bosnia and Herzegovina", ["BA"]),
        ("the Netherlands and Kenya", ["NL", "KE"]),
        ("Myanmar\nBurma", ["MM"]),
        ("", []),
    ],
)
def test_names_and_codes_are_read(typed: str, codes: list[str]) -> None:
    """Commas or only spaces stand between them; each counts once, in the order typed."""
    assert (codes, []) == territory_codes(typed, ["en", "de"])


def test_what_is_no_territory_is_named() -> None:
    """Each word that nobody knows is given back as typed; unions of states are no territories."""
    assert (["KE"], ["Wakanda", "EU"]) == territory_codes("Wakanda, Kenya, EU", ["en"])


@pytest.mark.parametrize(
    ("printed", "code"),
    [
        ("Côte d’Ivoire", "CI"),
        ("Кения", "KE"),
        ("Türkei", "TR"),
        ("Turkey / Kurdistan", "TR"),
        ("Congo, Democratic Republic of the", "CD"),
        ("Korea, South", "KR"),
        ("Lyon, France", "FR"),
        ("Kenia", "KE"),
        ("日本", "JP"),
        ("New Guinea", None),
        ("Congo, Dem. Rep.", None),
        ("Kurdistan", None),
        ("", None),
    ],
)
def test_a_printed_country_is_known_by_its_whole_name(printed: str, code: str | None) -> None:
    """In any language of printed lists, or in the entry's own; a part of a name is none."""
    assert code == territory_named(printed, "ja", "no-such-language")


@given(st.text())
def test_any_text_gives_codes_or_words(text: str) -> None:
    """Codes are always two capital letters."""
    codes, _ = territory_codes(text, ["en", "no-such-language"])
    assert all(len(code) == 2 and code.isascii() and code.isupper() for code in codes)
