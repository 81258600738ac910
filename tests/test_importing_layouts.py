"""Layouts seen in published lists: numbers on lines of their own, pictures, articles before sections, lines that date a text."""

from __future__ import annotations

import pytest

from signatures.importing import read_printed

NAMES = ("Kestrel Alliance, Ghana", "Open Gate Network, Nepal", "Reed Union, Malawi", "Verein Seldenau, Austria")


def test_a_number_may_come_to_stand_above_its_name() -> None:
    """Where later numbers have no room beside their names, the line below each is its name, whatever it looks like."""
    beside = [f"{number}. {name}" for number, name in enumerate(NAMES, 1)]
    above = [f"{number}.\nThe Centre for Rights and Development, {name}" for number, name in enumerate(NAMES, 5)]
    report = read_printed("\n".join(["Save the river", "", "Signed by:", "", "National", *beside, *above]))
    assert [(number, "National") for number in range(1, 9)] == [(e.number, e.section) for e in report.entries]
    assert report.entries[-1].raw == f"The Centre for Rights and Development, {NAMES[-1]}"


@pytest.mark.parametrize("picture", ["![logos](/img/logos.png)", "[![logos](/img/logos.png)](https://example.org/)"])
def test_a_picture_is_no_entry(picture: str) -> None:
    """A picture in Markdown is left out with its reason, and the list goes on behind it."""
    report = read_printed("\n\n".join(["# Save the river", "## Signatories", NAMES[0], picture, *NAMES[1:], picture]))
    assert list(NAMES) == [entry.raw for entry in report.entries]
    assert [line.kind for line in report.skipped if line.text == picture] == ["ruler", "ruler"]


@pytest.mark.parametrize(
    "sections",
    [
        ("les Organisations Internationales", "les Organisations Nationales"),
        ("las Organizaciones Internacionales", "las Organizaciones Nacionales"),
        ("INTERNATIONAL", "NATIONAL AND LOCAL"),
    ],
)
def test_sections_may_begin_with_an_article_or_be_one_word_in_capitals(sections: tuple[str, str]) -> None:
    """An article in lower case before a section, and a scope alone in capitals above the first entry, head sections."""
    first, second = sections
    lines = ["Save the river", "Signed by:", first, *NAMES[:2], second, *NAMES[2:]]
    report = read_printed("\n\n".join(lines))
    assert [(name, first) for name in NAMES[:2]] + [(name, second) for name in NAMES[2:]] == [
        (entry.raw, entry.section) for entry in report.entries
    ]


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("Appel international du 20 avril 2020", "2020-04-20"),
        ("Заявление общественных организаций, 16 ноября 2021 г.", "2021-11-16"),
    ],
)
def test_a_line_that_says_what_the_text_is_dates_it(line: str, day: str) -> None:
    """A line below the title that begins with the kind of text and ends with a day is the date line."""
    report = read_printed(
        f"Save the river\n\n{line}\n\nOn 3 May 2019 it all began.\n\nSigned by:\n\n" + "\n".join(NAMES)
    )
    assert (day, line) == (report.issued_on, report.date_line)
