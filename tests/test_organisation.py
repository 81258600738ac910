"""Who may sign: name parts, and when two spellings may be the same body."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from signatures.aggregate import Actor, Reason
from signatures.errors import InvalidInput, Refused
from signatures.organisation import (
    PART_FIELDS,
    NameParts,
    Organisation,
    agrees,
    check_part_fields,
    check_url,
    folded_name,
)

EDITOR = Actor("editor", "e-1")
ONE, OTHER = UUID(int=1), UUID(int=2)


def registered(name: str = "Alpha Union", **parts: Any) -> Organisation:
    """Register an organisation without any store."""
    return Organisation.register(ONE, NameParts(name, **parts), EDITOR)


def test_an_organisation_keeps_its_parts_as_given() -> None:
    """All eight fields are in the state, none changed."""
    parts = NameParts(
        "Организация",
        "БРП(к)",
        "ru",
        "Organizatsiya",
        {"en": "Org"},
        {"en": "Congo"},
        ["CD", "CG"],
        "https://example.org/",
    )
    assert parts.payload() == Organisation.register(ONE, parts, EDITOR).parts
    assert set(PART_FIELDS) == set(parts.payload())


@pytest.mark.parametrize(
    ("parts", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": "\u200b"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": 7}, "name"),
        ({"acronym": "a\nb"}, "acronym"),
        ({"acronym": ""}, "acronym"),
        ({"transliteration": "x" * 1001}, "transliteration"),
        ({"name_language": "english!"}, "name_language"),
        ({"translations": {"en": "\0"}}, "translation"),
        ({"translations": {"_type_": "x"}}, "translation"),
        ({"translations": {"_type_": "datetime", "_data_": "2021-01-01"}}, "translation"),
        ({"translations": None}, "translations"),
        ({"translations": ["en"]}, "translations"),
        ({"country_printed": {"en": "\ud800"}}, "country"),
        ({"country_printed": {"not a tag": "Congo"}}, "country"),
        ({"country_printed": "Congo"}, "country_printed"),
        ({"territories": ["cd"]}, "territories"),
        ({"territories": ["CDX"]}, "territories"),
        ({"territories": [7]}, "territories"),
        ({"territories": "CD"}, "territories"),
        ({"url": "example.org"}, "url"),
    ],
)
def test_parts_that_cannot_be_printed(parts: dict[str, Any], field: str) -> None:
    """Each wrong part is refused with its own field's name."""
    with pytest.raises(InvalidInput) as refused:
        check_part_fields(parts)
    assert field == refused.value.details["field"]


@pytest.mark.parametrize(
    "url",
    ["https://example.org/", "http://example.org:8080/a?b=c#d", "https://пример.example/", "https://[2001:db8::1]/"],
)
def test_web_addresses(url: str) -> None:
    """Whole http and https addresses are kept exactly."""
    assert url == check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "example.org",
        "//example.org",
        "ftp://example.org/",
        "javascript:alert(1)",
        "data:text/html,x",
        "https://",
        "https:///path",
        "https://user@example.org/",
        "https://example.org/a b",
        "https://example.org:99999/",
        "https://[::1",
        "https://example.org/\n",
        "https://example.org/" + "a" * 1000,
    ],
)
def test_no_web_addresses(url: str) -> None:
    """Other schemes, user names, spaces and impossible ports are refused."""
    with pytest.raises(InvalidInput):
        check_url(url)


def test_the_index_key_folds_acronym_and_name() -> None:
    """Spellings of one body meet under one key; the acronym is a part of it."""
    assert folded_name("UoC", "Union of  Cypriots") == folded_name("uoc", "UNION OF CYPRIOTS")
    assert folded_name(None, "Union") == folded_name("", "Union")
    assert folded_name("UoC", "Union") != folded_name(None, "UoC Union")


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ({}, {}, True),
        ({"transliteration": "Alfa"}, {}, True),
        ({"transliteration": "Alfa"}, {"transliteration": "ALFA"}, True),
        ({"transliteration": "Alfa"}, {"transliteration": "Beta"}, False),
        ({"translations": {"en": "Alpha"}}, {"translations": {"de": "Beta"}}, True),
        ({"translations": {"en": "Alpha"}}, {"translations": {"en": "Beta"}}, False),
        ({"country_printed": {"en": "Congo"}}, {"country_printed": {"en": "congo"}}, True),
        ({"country_printed": {"en": "Congo"}}, {"country_printed": {"en": "Chad"}}, False),
    ],
)
def test_other_parts_must_agree_where_both_give_them(one: dict[str, Any], other: dict[str, Any], agree: bool) -> None:
    """What only one of them gives does not set them apart."""
    assert agree is agrees(NameParts("A", **one).payload(), NameParts("A", **other).payload())


def test_a_rename_adds_a_spelling() -> None:
    """The old name still names the organisation; parts not changed go with the new one."""
    organisation = registered(acronym="AU")
    organisation.rename({"name": "Alpha United"}, "2021-06-01", EDITOR)
    organisation.rename({"acronym": None}, None, EDITOR)
    assert [("AU", "Alpha Union"), ("AU", "Alpha United"), (None, "Alpha United")] == [
        (spelling["acronym"], spelling["name"]) for spelling in organisation.spellings()
    ]


@pytest.mark.parametrize("changes", [{}, {"name": ""}, {"colour": "red"}, {"organisation_id": "x"}, {"name": "\u202e"}])
def test_wrong_renames(changes: dict[str, Any]) -> None:
    """Nothing, an empty name, or what is no part cannot be renamed."""
    with pytest.raises(InvalidInput):
        registered().rename(changes, None, EDITOR)


def test_a_merger_and_its_annulment() -> None:
    """A registration can be merged once; the annulment of that merger frees it."""
    organisation = registered()
    organisation.merge(str(OTHER), EDITOR, Reason("duplicate"))
    assert str(OTHER) == organisation.into
    with pytest.raises(Refused, match="merged into"):
        organisation.merge(str(UUID(int=3)), EDITOR)
    organisation.annul(9, 2, EDITOR)
    assert [] == organisation.mergers
    with pytest.raises(Refused, match="no merger"):
        organisation.annul(9, 2, EDITOR)


def test_no_merger_into_itself() -> None:
    """An organisation is itself already."""
    with pytest.raises(Refused, match="into itself"):
        registered().merge(str(ONE), EDITOR)


def test_only_mergers_of_an_organisation_can_be_annulled() -> None:
    """A rename is set right by another rename."""
    organisation = registered()
    organisation.rename({"name": "Other"}, None, EDITOR)
    with pytest.raises(Refused, match="no merger"):
        organisation.annul(5, 2, EDITOR)


@pytest.mark.parametrize(
    "reason", [Reason("because"), Reason(None, "n" * 301), Reason("other", "a\nb"), Reason("other", "\u202e")]
)
def test_wrong_reasons(reason: Reason) -> None:
    """A code is one of the list, a note one printable line of 300 characters."""
    with pytest.raises(InvalidInput):
        registered().merge(str(OTHER), EDITOR, reason)
