"""Names without numbers on the pages of a PDF: in narrow columns, in cells row by row, wrapped with and without a sign of it."""

from __future__ import annotations

import pytest
import typst

from signatures.importing.sources import read

NAMES = (
    "Alliance of Health Workers and Patients in Rural Areas",
    "Bridge",
    "Centre for Policy Analysis on Trade, Health and the Environment",
    "Doctors for Peace",
    "Eastern and Southern Africa Small Scale Farmers Forum",
    "Friends of the River",
    "Global Network of Women Fish Workers and Their Families",
    "Harbour Watch",
    "Indigenous Council on Land and Water",
    "Justice for Domestic Workers",
    "Kitchen Gardens of the Old Town and its Suburbs",
    "Lake Keepers",
    "Movement for the Right to the City and to Housing",
    "National Confederation of Peasants and Rural Labourers",
    "Open House",
    "Popular Assembly on Debt, Trade and Development",
    "Quaker Concern",
    "Regional Forum of Parents of Children with Disabilities",
    "Sea Women",
    "Union of Teachers of the Northern Provinces",
)
HEAD = (
    "#set page(margin: 2cm)\n#set text(size: 11pt)\n= Open letter on the right to health\n\n"
    "Health is a right and no merchandise, and nobody shall be left without it.\n\nSignatories (as of 7 June 2021):\n\n"
)
CELLS = ", ".join(f"[{name}]" for name in NAMES)
PARAGRAPHS = "\n\n".join(NAMES)
# What is printed, and how many of the twenty are read as they are; those that are not must be marked doubtful.
LAYOUTS = {
    "a narrow column": (f"#columns(2, gutter: 8mm)[#set par(spacing: 0.65em)\n{PARAGRAPHS}]", 18),
    "a narrow column with room between entries": (
        f"#columns(3, gutter: 6mm)[#set par(spacing: 1.1em)\n{PARAGRAPHS}]",
        20,
    ),
    "two cells a row": (f"#grid(columns: (1fr, 1fr), column-gutter: 6mm, row-gutter: 0.65em, {CELLS})", 20),
    "three cells a row": (f"#grid(columns: (1fr,) * 3, column-gutter: 6mm, row-gutter: 0.65em, {CELLS})", 19),
    "three cells a row with room": (f"#grid(columns: (1fr,) * 3, column-gutter: 6mm, row-gutter: 1.3em, {CELLS})", 19),
    "three cells a ruled row": (f"#table(columns: (1fr,) * 3, {CELLS})", 18),
    "cells close together": (f"#grid(columns: (1fr, 1fr), column-gutter: 3mm, row-gutter: 0.8em, {CELLS})", 20),
    "cells in their middle": (
        f"#align(center, grid(columns: (1fr,) * 3, column-gutter: 6mm, row-gutter: 1.2em, {CELLS}))",
        0,
    ),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_no_part_of_a_name_is_a_sure_entry(layout: str) -> None:
    """Names are put together where the page shows how; where it does not, what may be half a name is doubtful."""
    listed, least = LAYOUTS[layout]
    entries = read(bytes(typst.compile((HEAD + listed).encode())), "a.pdf").entries
    assert [] == [one.raw for one in entries if one.raw not in NAMES and one.confidence != "doubtful"]
    assert least <= len({one.raw for one in entries}.intersection(NAMES))


def test_numbered_cells_stay_what_they_are() -> None:
    """Where cells have numbers these tell what an entry is, and nothing is doubtful."""
    cells = ", ".join(f"[{number}. {name}]" for number, name in enumerate(NAMES, 1))
    source = f"{HEAD}#grid(columns: (1fr, 1fr), column-gutter: 6mm, row-gutter: 0.65em, {cells})"
    entries = read(bytes(typst.compile(source.encode())), "a.pdf").entries
    assert [(number, name, False) for number, name in enumerate(NAMES, 1)] == [
        (one.number, one.raw, one.confidence == "doubtful") for one in entries
    ]
