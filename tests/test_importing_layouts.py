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


@pytest.mark.parametrize("title", ["N.º", "Nro.", "Número", "№", "Sıra No", "Entry"])
def test_the_title_above_numbers_shifts_no_column(title: str) -> None:
    """Whatever stands above the numbers, the name is below its own title, and the country below its."""
    rows = [f"| {number} | {' | '.join(name.split(', '))} |" for number, name in enumerate(NAMES, 1)]
    table = [f"| {title} | Organización | País |", "|---|---|---|", *rows]
    report = read_printed("\n".join(["Save the river", "", "Firmantes:", "", *table]))
    assert [tuple(name.split(", ")) for name in NAMES] == [(e.name, e.country) for e in report.entries]
    assert "doubtful" not in {e.confidence for e in report.entries}


def test_a_signature_with_its_street_is_no_list() -> None:
    """Who signs for one organisation has a role, and the organisation an address."""
    who = "Fraternalmente,\n\nCarla Río Ávila\nCoordinadora general\n\nAlianza del Río\nCalle 45 n.º 13-20, Bogotá\nTel. 555"
    assert (
        ()
        == read_printed(f"Salvemos el río\n\nEl río se muere y nadie actúa. Es hora de cambiarlo ya.\n\n{who}").entries
    )


@pytest.mark.parametrize(
    "head",
    [
        "Rio de Janeiro, 21 de março de 2019\n\nCarta sobre o rio",
        "Salvemos el río\n\nBogotá, 21 de marzo de 2019. – El río se muere y nadie actúa.",
    ],
)
def test_a_place_and_a_day_date_a_text(head: str) -> None:
    """On the first line, or before the first sentence."""
    report = read_printed(f"{head}\n\nEl 3 de mayo de 2018 todo empezó.\n\nFirmantes:\n\n" + "\n".join(NAMES))
    assert report.issued_on == "2019-03-21"
    assert report.title in ("Carta sobre o rio", "Salvemos el río")
