"""A printed list into proposed entries: the facts of both seed documents, published letters, and one trap a test."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from signatures.errors import InvalidInput
from signatures.importing import ProposedEntry, Report, decode, read_printed

SHARED = Path(__file__).parents[2] / "shared"
SEEDS = SHARED / "seeds"
LETTERS = SHARED / "data" / "letters"
BODY = "A Title\n\nWe, the undersigned organisations, ask for peace.\n\n"


def read(listed: str, *, body: str = BODY) -> Report:
    return read_printed(body + listed)


def names(report: Report) -> list[str]:
    return [entry.name for entry in report.entries]


def numbers(report: Report) -> list[int | None]:
    return [entry.number for entry in report.entries]


def kinds(report: Report) -> dict[int, str]:
    return {line.line: line.kind for line in report.skipped}


def parts(entry: ProposedEntry) -> tuple[str | None, ...]:
    return entry.acronym, entry.name, entry.transliteration, entry.translation, entry.country


def uncovered(text: str, report: Report) -> list[int]:
    """Give the lines that are not blank and neither in an entry nor once among the skipped."""
    entries = {number for entry in report.entries for number in range(entry.lines[0], entry.lines[1] + 1)}
    skipped = Counter(line.line for line in report.skipped)
    sources = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return [n for n, source in enumerate(sources, 1) if source.strip() and skipped[n] + (n in entries) != 1]


# ── the seed documents themselves, where they are at hand ────────────────────────────────────────────────────────────
def seed(which: str) -> tuple[str, Report, list[tuple[int | None, tuple[str | None, ...]]]]:
    if not SEEDS.is_dir():
        pytest.skip("the seed documents are not beside this repository")
    fixture = json.loads((SEEDS / "seed_fixture.json").read_text(encoding="utf-8"))
    statement = fixture["statements"][which]
    text = decode((SEEDS / statement["file"]).read_bytes())
    fields = ("acronym", "name", "transliteration", "translation", "country_printed")
    numbered = list(enumerate(statement["numbered"], 1)) + [(None, key) for key in statement["subsequent"]]
    expected = [(number, tuple(fixture["organisations"][key][field] for field in fields)) for number, key in numbered]
    return text, read_printed(text), expected


@pytest.mark.parametrize("which", ["A", "B"])
def test_seed_entries_have_the_name_parts_of_the_fixture(which: str) -> None:
    """Every entry of a seed has its number and its five name parts; every line is accounted for."""
    text, report, expected = seed(which)
    assert expected == [(entry.number, parts(entry)) for entry in report.entries]
    assert [] == uncovered(text, report)


def test_seed_a_heads() -> None:
    """A: title, kind, issuer and both dates; further signatories possible; two later ones without numbers."""
    _, report, _ = seed("A")
    assert "Solidarity with the struggle of the masses in Myanmar against the fascist military regime" == report.title
    assert ("Resolution", "ICOR", "2021-06-07") == (report.kind, report.issuer, report.issued_on)
    assert ("2021-06-07", True, "Subsequent signatories:") == (
        report.as_of,
        report.further_signatories_possible,
        report.subsequent_heading,
    )
    assert [False] * 34 + [True] * 2 == [entry.subsequent for entry in report.entries]


def test_seed_b_heads() -> None:
    """B: the footer inside the text gives number, version and language and is no part of the body."""
    _, report, _ = seed("B")
    assert ("ICOR00359", "05.01", "en", "2020-09-21") == (
        report.printed_number,
        report.version_label,
        report.language,
        report.as_of,
    )
    assert ("Statement", "ICOR", None) == (report.kind, report.issuer, report.issued_on)
    assert "ICOR00359" not in report.body
    assert report.body.endswith("For democracy, freedom and socialism!")
    assert ["footer"] == [line.kind for line in report.skipped if "_EN.doc" in line.text]


def test_seeds_agree_on_who_signs_both() -> None:
    """24 organisations have the same five name parts in both documents."""
    _, first, _ = seed("A")
    _, second, _ = seed("B")
    assert 24 == len({parts(entry) for entry in first.entries} & {parts(entry) for entry in second.entries})


@pytest.mark.parametrize("letter", ["owinfs-2012-unctad-en", "owinfs-2020-saving-lives-fr", "owinfs-2021-process-en"])
def test_published_letters(letter: str) -> None:
    """A published letter gives the entries, sections and heading that its readers wrote down."""
    if not LETTERS.is_dir():
        pytest.skip("the published letters are not beside this repository")
    text = decode((LETTERS / f"{letter}.txt").read_bytes())
    expected = json.loads((LETTERS / f"{letter}.expected.json").read_text(encoding="utf-8"))
    report = read_printed(text)
    heads = ("title", "date_line", "list_heading", "as_of", "language")
    assert {key: expected[key] for key in heads} == {key: getattr(report, key) for key in heads}
    assert expected["sections"] == list(report.sections)
    assert expected["count"] == len(report.entries)
    assert [] == uncovered(text, report)
    for wanted, entry in zip(expected["signatories"], report.entries, strict=True):
        given_ = {"n": entry.number, "raw": entry.raw, "section": entry.section, "name": entry.name}
        given_ |= {"country": entry.country, "remark": entry.remark}
        assert wanted == {key: given_[key] for key in wanted}


# ── the facts of the seeds, in short texts ───────────────────────────────────────────────────────────────────────────
LIKE_A = """A short statement about a strike

ICOR Resolution, 07 June 2021


A body of one line.

Signatories (as of 07. June 2021, further signatories possible):

  1. ORC Organisation Révolutionnaire du Congo (Revolutionary Organization of Congo), Democratic Republic of the Congo

  2. UPC-Manidem Union des Populations du Cameroun - Manifeste National pour l’Instauration de la Démocratie (Union of Populations of Cameroon - National Manifesto for the Establishment of Democracy)

  3. CPSA (ML) Communist Party of South Africa (Marxist-Leninist)

  4. NCP (Mashal) Nepal Communist Party (Mashal)

  5. CPA/ML Communist Party of Australia (Marxist-Leninist)

  6. БРП(к) Българска Работническа Партия (комунисти) (Bulgarian Workers Party (Communist))

  7. UC Unité Communiste (Communist United ), France

  8. RM Rode Morgen (Red Dawn), Netherlands

  9. RMP Российская маоистская партия (Rossijskaya maoistskaya partiya) (Russian Maoist Party)

  10. TKP-ML Türkiye Komünist Partisi – Marksist-Leninist (Communist Party of Turkey – Marxist-Leninist)

  11. MLKP Marksist Leninist Komünist Parti Türkiye / Kürdistan (Marxist Leninist Communist Party Turkey / Kurdistan)

  12. UoC Union of Cypriots, Cyprus

  13. NPCH (ML) Nouveau Parti Communiste Ha\u03catien (Marxiste-Léniniste) (New Communist Party of Haiti (Marxist-Leninist))

  14. PCP (independiente) Partido Comunista Paraguayo (independiente) (Paraguayan Communist Party (independent))

  15. PC (ML) Partido Comunista (Marxista Leninista) (Communist Party (Marxist-Leninist)), Dominican Republic

  16. CPI (ML) Red Star\u00a0\u00a0 Communist Party of India (Marxist-Leninist) Red Star
Subsequent signatories:
CPK\u00a0\u00a0 Communist Party of Kenya, Kenya
MIKSZ\u00a0\u00a0 Magyar Ifjúság Közösségi Szervezete (Organisation of Hungarian Youth Community), Hungary
"""

PARTS_OF_A: list[tuple[str | None, ...]] = [
    (
        "ORC",
        "Organisation Révolutionnaire du Congo",
        None,
        "Revolutionary Organization of Congo",
        "Democratic Republic of the Congo",
    ),
    (
        "UPC-Manidem",
        "Union des Populations du Cameroun - Manifeste National pour l’Instauration de la Démocratie",
        None,
        "Union of Populations of Cameroon - National Manifesto for the Establishment of Democracy",
        None,
    ),
    ("CPSA (ML)", "Communist Party of South Africa (Marxist-Leninist)", None, None, None),
    ("NCP (Mashal)", "Nepal Communist Party (Mashal)", None, None, None),
    ("CPA/ML", "Communist Party of Australia (Marxist-Leninist)", None, None, None),
    ("БРП(к)", "Българска Работническа Партия (комунисти)", None, "Bulgarian Workers Party (Communist)", None),
    ("UC", "Unité Communiste", None, "Communist United ", "France"),
    ("RM", "Rode Morgen", None, "Red Dawn", "Netherlands"),
    ("RMP", "Российская маоистская партия", "Rossijskaya maoistskaya partiya", "Russian Maoist Party", None),
    (
        "TKP-ML",
        "Türkiye Komünist Partisi – Marksist-Leninist",
        None,
        "Communist Party of Turkey – Marxist-Leninist",
        None,
    ),
    (
        "MLKP",
        "Marksist Leninist Komünist Parti Türkiye / Kürdistan",
        None,
        "Marxist Leninist Communist Party Turkey / Kurdistan",
        None,
    ),
    ("UoC", "Union of Cypriots", None, None, "Cyprus"),
    (
        "NPCH (ML)",
        "Nouveau Parti Communiste Ha\u03catien (Marxiste-Léniniste)",
        None,
        "New Communist Party of Haiti (Marxist-Leninist)",
        None,
    ),
    (
        "PCP (independiente)",
        "Partido Comunista Paraguayo (independiente)",
        None,
        "Paraguayan Communist Party (independent)",
        None,
    ),
    (
        "PC (ML)",
        "Partido Comunista (Marxista Leninista)",
        None,
        "Communist Party (Marxist-Leninist)",
        "Dominican Republic",
    ),
    ("CPI (ML) Red Star", "Communist Party of India (Marxist-Leninist) Red Star", None, None, None),
    ("CPK", "Communist Party of Kenya", None, None, "Kenya"),
    ("MIKSZ", "Magyar Ifjúság Közösségi Szervezete", None, "Organisation of Hungarian Youth Community", "Hungary"),
]

LIKE_B = """ ICOR Statement on a Strike

The people are only able to win if they formulate their own demands and lead the $
struggle for their interests in an organized way.

 ICOR00359 ICOR resolution on a strike_ver 05.01_EN.doc 1 / 3



Signatories (as of 21 September 2020, further signatories possible):

1. PCPCI   Parti Communiste Proletarien de Côte d'Ivoire (Proletarian Communist$
Party of Ivory Coast)

2. UPC-Manidem   Union des Populations du Cameroun - Manifeste National pour$
l’Instauration de la Démocratie (Union of Populations of Cameroon - National Ma-$
nifesto for the Establishment of Democracy)

3. CPB   Communist Party of Bangladesh

4.Krasnyj Klin   Gruppa Kommunistov-Revoljucionerov „Krasnyj Klin“ (Group of$
Communist Revolutionaries “Krasnyj Klin” [Red Wedge]), Belarus

5.BP (NK-T)   Bolşevik Parti (Kuzey Kürdistan-Türkiye) (Bolshevik Party (North$
Kurdistan-Turkey))
 6.KSRD   Koordinazionnyj Sowjet Rabotschewo Dvizhenija (Coordination Council$
of the Workers Class Movement), Ukraine

7.KSC-CSSP   Komunisticka Strana Cheskoslovenska – Cheskoslovenska Strana$
Prace (Communist Party of Czechoslovakia – Czechoslovakian Workers Party),$
Czech Republic

8.PCP (independiente)   Partido Comunista Paraguayo (independiente) (Paraguay-$
an  Communist Party (independent))

9.PC (ML)   Partido Comunista (Marxista Leninista) (Communist Party (Mar-$
xist-Leninist)), Dominican Republic

10.PCR-U   Partido Comunista Revolucionario del Uruguay (Revolutionary Commu-$
nist Party of Uruguay)
 """.replace("$\n", " \n")

PARTS_OF_B: list[tuple[str | None, ...]] = [
    (
        "PCPCI",
        "Parti Communiste Proletarien de Côte d'Ivoire",
        None,
        "Proletarian Communist Party of Ivory Coast",
        None,
    ),
    PARTS_OF_A[1],
    ("CPB", "Communist Party of Bangladesh", None, None, None),
    (
        "Krasnyj Klin",
        "Gruppa Kommunistov-Revoljucionerov „Krasnyj Klin“",
        None,
        "Group of Communist Revolutionaries “Krasnyj Klin” [Red Wedge]",
        "Belarus",
    ),
    ("BP (NK-T)", "Bolşevik Parti (Kuzey Kürdistan-Türkiye)", None, "Bolshevik Party (North Kurdistan-Turkey)", None),
    (
        "KSRD",
        "Koordinazionnyj Sowjet Rabotschewo Dvizhenija",
        None,
        "Coordination Council of the Workers Class Movement",
        "Ukraine",
    ),
    (
        "KSC-CSSP",
        "Komunisticka Strana Cheskoslovenska – Cheskoslovenska Strana Prace",
        None,
        "Communist Party of Czechoslovakia – Czechoslovakian Workers Party",
        "Czech Republic",
    ),
    PARTS_OF_A[13],
    PARTS_OF_A[14],
    ("PCR-U", "Partido Comunista Revolucionario del Uruguay", None, "Revolutionary Communist Party of Uruguay", None),
]


def test_entries_like_those_of_a() -> None:
    """One space or a wide one between acronym and name, nested brackets, two brackets, a country or none."""
    report = read_printed(LIKE_A)
    assert PARTS_OF_A == [parts(entry) for entry in report.entries]
    assert [*range(1, 17), None, None] == numbers(report)
    assert ("ICOR", "Resolution", "2021-06-07", "2021-06-07") == (
        report.issuer,
        report.kind,
        report.issued_on,
        report.as_of,
    )
    assert "A body of one line." == report.body
    assert [] == uncovered(LIKE_A, report)


def test_entries_like_those_of_b() -> None:
    """Wrapped lines, hyphenation in the German way, numbers without a space after them, and a footer in the text."""
    report = read_printed(LIKE_B)
    assert PARTS_OF_B == [parts(entry) for entry in report.entries]
    assert [*range(1, 11)] == numbers(report)
    assert ("ICOR00359", "05.01", "en") == (report.printed_number, report.version_label, report.language)
    assert 2 == len(report.body.splitlines())
    assert (12, 13) == report.entries[0].lines
    assert [] == uncovered(LIKE_B, report)


def test_name_parts_print_the_entry_again() -> None:
    """The one template, filled with the parts, gives the printed entry back."""
    for entry in read_printed(LIKE_A).entries:
        line = f"{entry.acronym} {entry.name}" if entry.acronym else entry.name
        line += "".join(f" ({part})" for part in (entry.transliteration, entry.translation) if part)
        line += f", {entry.country}" if entry.country else ""
        assert " ".join(entry.raw.split()) == line


def test_a_letter_of_another_script_is_kept_and_told() -> None:
    """A Greek letter in a Latin word stays, lowers the confidence, and is named."""
    entry = read_printed(LIKE_A).entries[12]
    assert "\u03ca" in entry.name
    assert "likely" == entry.confidence
    assert "U+03CA" in entry.reason


def test_a_guess_about_a_hyphen_is_likely() -> None:
    """A hyphen taken out because nothing in the document says otherwise makes the entry likely; a shown one sure."""
    report = read_printed(LIKE_B)
    assert "likely" == report.entries[1].confidence
    assert "Ma-nifesto" in report.entries[1].reason
    assert "sure" == report.entries[9].confidence  # "Communist" stands elsewhere


# ── headings and dates ───────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("heading", "as_of"),
    [
        ("Unterzeichner*innen (Stand: 5.Mai 2020):", "2020-05-05"),
        ("Unterzeichnet von:", None),
        ("Erstunterzeichner:innen", None),
        ("Gezeichnet,", None),
        ("Signataires (au 5 mai 2020) :", "2020-05-05"),
        ("Organisations signataires au 1er mai 2020", "2020-05-01"),
        ("Ont signé :", None),
        ("Signé(e)s par :", None),
        ("Firmantes (al 5 de mayo de 2020):", "2020-05-05"),
        ("FIRMANTES AL 5 DE MAYO, 2020", "2020-05-05"),
        ("Firman:", None),
        ("Adhesiones", None),
        ("Signatários (até 1º de maio de 2020):", "2020-05-01"),
        ("Assinam:", None),
        ("İmzacılar (5 Mayıs 2020 itibarıyla):", "2020-05-05"),
        ("İMZALAYAN KURUMLAR", None),
        ("Firmatari al 5° maggio 2020:", "2020-05-05"),
        ("Sottoscrivono:", None),
        ("Подписавшие организации (на 5 мая 2020 г.):", "2020-05-05"),
        ("Список подписавших:", None),
        ("Signed,", None),
        ("Signed by", None),
        ("(Signatories as of 05.05.2020)", "2020-05-05"),
        ("List of first signatories as at 5th of May 2020:", "2020-05-05"),
        ("Sign-ons (Sunday, April 5, 2020)", "2020-04-05"),
        ("Endorses as of 2020-05-05:", "2020-05-05"),
        ("Endorsemants by 5 Mai, 2020.", "2020-05-05"),
        ("**Signatories:**", None),
    ],
)
@pytest.mark.parametrize("entries", ["1. Alpha Union\n2. Beta Front\n\n3. Gamma\n", "Alpha Union\nBeta Front\nGamma\n"])
def test_headings_in_many_languages(heading: str, as_of: str | None, entries: str) -> None:
    """The heading is found in its language, with its date, before numbered and before unnumbered entries."""
    report = read(f"{heading}\n{entries}")
    assert (heading, as_of) == (report.list_heading, report.as_of)
    assert ["Alpha Union", "Beta Front", "Gamma"] == names(report)


def test_a_date_without_year_takes_the_document_s_and_says_so() -> None:
    """The heading's date without a year gets the year of the date line; without one it stays open."""
    listed = "Endorsers as of September 27 include:\nAlpha\nBeta\n"
    dated = read(listed, body="A Title\n\nMay 2020\n\nText.\n\n")
    assert ("2020-09-27", None, "May 2020") == (dated.as_of, dated.issued_on, dated.date_line)
    assert "2020 is the document's" in next(line.reason for line in dated.skipped if line.kind == "list-heading")
    assert read(listed).as_of is None


def test_an_ambiguous_date_is_asked_about() -> None:
    """03/04/2021 is either of two days: neither is taken."""
    report = read("Signatories as of 03/04/2021:\nAlpha\nBeta\n")
    assert report.as_of is None
    assert "two ways" in next(line.reason for line in report.skipped if line.kind == "list-heading")
    assert "2021-04-13" == read("Signatories as of 13/04/2021:\nAlpha\nBeta\n").as_of


def test_a_document_s_date_is_not_the_list_s() -> None:
    """The date of the letter that a heading speaks of is not when the list was drawn up."""
    assert read("Signatories of the letter of 3 May 2020:\nAlpha\nBeta\n").as_of is None
    report = read("Signatories:\nAlpha\n", body="A Title\n\n22 April 2012\n\nSince 1 May 2011 much has changed.\n\n")
    assert (None, "2012-04-22") == (report.as_of, report.issued_on)


def test_a_date_on_the_line_below() -> None:
    """The as-of date may stand below the heading, and the heading may run on into the next line."""
    below = read("Signatories\n(as of 5 May 2020, further signatories possible)\n1. Alpha\n2. Beta\n")
    assert ("2020-05-05", True, "Signatories") == (below.as_of, below.further_signatories_possible, below.list_heading)
    wrapped = read(
        "Signatories (as of 5 May 2020,\nfurther signatories possible):\n(in alphabetical order)\nAlpha\nBeta\n"
    )
    assert "Signatories (as of 5 May 2020, further signatories possible):" == wrapped.list_heading
    assert (["Alpha", "Beta"], True) == (names(wrapped), wrapped.further_signatories_possible)


@pytest.mark.parametrize(
    "heading",
    [
        "Subsequent signatories:", "Later signatories", "Additional signatories:", "Further signatories after 5 May 2020:",
        "Weitere Unterzeichner:", "Nachträgliche Unterzeichner*innen", "Signataires ultérieurs :", "Nouveaux signataires (depuis le 5 mai)",
        "Firmantes posteriores:", "Nuevas adhesiones", "Signatários adicionais:", "Novas assinaturas", "Sonradan imzalayanlar:",
        "Yeni imzacılar", "Firmatari successivi:", "Ulteriori adesioni", "Подписавшие позднее:", "Новые подписи",
    ],
)  # fmt: skip
def test_later_signatories(heading: str) -> None:
    """Later signatories follow without a blank line, have no numbers, and do not change what was numbered."""
    report = read(
        f"Signatories (as of 5 May 2020, further signatories possible):\n1. Alpha\n2. Beta\n{heading}\nGamma League\nDelta Front, Peru\n"
    )
    assert (heading, "2020-05-05") == (report.subsequent_heading, report.as_of)
    assert [(1, False), (2, False), (None, True), (None, True)] == [(e.number, e.subsequent) for e in report.entries]


def test_later_signatories_with_numbers_below_a_list_without() -> None:
    """Numbers may stand in one part of the list and not in the other."""
    report = read("Signatories\nAlpha\n\nBeta\n\nLater signatories\n1. Delta\n2. Epsilon\n")
    assert [None, None, 1, 2] == numbers(report)
    run_on = read("Signatories\n1. Alpha\n2. Beta\nLater signatories\n3. Gamma\n")
    assert [(1, False), (2, False), (3, True)] == [(e.number, e.subsequent) for e in run_on.entries]


# ── where a list begins, and that there may be none ──────────────────────────────────────────────────────────────────
def test_words_of_a_heading_in_the_body() -> None:
    """The body speaks of signatories, has demands and notes with numbers, and closes before the real heading."""
    body = (
        "A Title\n\nSigned in many places, the treaty holds. Signatories to the treaty as of 1 May 2001:\n"
        "all the states of the union and some others besides that have since left it for good.\n\n"
        "We, the undersigned organisations, demand:\n1. End the war\n2. Free the prisoners\n\n"
        "Notes\n1. See the first report.\n2. See the second report.\n\nSincerely,\n\n"
    )
    report = read("Organizational endorsers as of 2 May 2001:\n\n1) Alpha\n2) Beta\n", body=body)
    assert (["Alpha", "Beta"], "2001-05-02") == (names(report), report.as_of)
    assert "closing" == kinds(report)[14]


@pytest.mark.parametrize(
    "text",
    [
        "", "\n\n", "Only a title", BODY, f"{BODY}1. Stop the war now.\n2. Free all the prisoners.\n3. Open the border.\n\nSincerely,\nThe Secretariat\n",
        "A Title\n\nWe, the undersigned, demand:\n\n1. end the war\n2. free the prisoners\n3. open all borders\n\nYours sincerely\n",
        "A Title\n\nIt was signed by all.\n\nNotes\n1. See the report of 1999.\n2. See also there.\n",
    ],
)  # fmt: skip
def test_a_text_without_a_list(text: str) -> None:
    """A text without a list has no entries, and every line of it is still told."""
    report = read_printed(text)
    assert ((), None) == (report.entries, report.list_heading)
    assert [] == uncovered(text, report)


def test_no_heading_but_sections() -> None:
    """Without a heading the first section of organisations begins the list; its entries are at most likely."""
    report = read("International organisations\n1. Alpha\n2. Beta\n\nNational organizatons:\n3. Gamma, Peru\n")
    assert ((1, "International organisations"), (3, "National organizatons")) == (
        (report.entries[0].number, report.entries[0].section),
        (report.entries[2].number, report.entries[2].section),
    )
    assert {"likely"} == {entry.confidence for entry in report.entries}


def test_no_heading_but_a_run_of_numbered_names() -> None:
    """Without heading and sections, the longest rising run of names is the list."""
    report = read("1. Alpha Union, Kenya\n2. Beta Network, Peru\n3. Gamma Front\n4. Delta League, Chile\n")
    assert [1, 2, 3, 4] == numbers(report)
    assert report.list_heading is None


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "shape",
    ["{n}. {x}", "{n}.{x}", " {n}.{x}", "{n}) {x}", "[{n}] {x}", "({n}) {x}", "№ {n} {x}", "{n}\t{x}", "{n} {x}", "{n}.\u00a0{x}", "| {n} | {x} |", "{n}\n{x}"],
)  # fmt: skip
def test_numbers_in_every_shape(shape: str) -> None:
    """Numbers are read in every printed shape, also before names that begin with numbers."""
    expected = ["Alpha", "3 CM", "11.11.11", "1999", "May 18 Foundation", "1º de Mayo"]
    report = read("Signatories:\n" + "".join(shape.format(n=n, x=x) + "\n" for n, x in enumerate(expected, 1)))
    assert expected == names(report)
    assert [1, 2, 3, 4, 5, 6] == numbers(report)


def test_names_with_numbers_in_a_list_without() -> None:
    """Numbers prove themselves by their sequence: names that begin with one do not make a numbered list."""
    expected = [
        "3 CM",
        "11.11.11",
        "350.org",
        "1º de Mayo",
        "X",
        "e.V. Berlin",
        "Supporters of the Poor",
        "lower case group",
    ]
    report = read("Signed,\n" + "\n".join(expected) + "\n")
    assert expected == names(report)
    assert [None] * len(expected) == numbers(report)


def test_an_html_list_gives_its_numbers_without_printing_them() -> None:
    """The items of an ordered list are numbered from its start; lines of markup alone are told as such."""
    text = '<h1>A Title</h1>\n<p>Signatories:</p>\n<ol start="3">\n<li>Alpha &amp; Co</li>\n<li>Beta</li>\n</ol>\n'
    report = read_printed(text)
    assert [(3, "Alpha & Co"), (4, "Beta")] == [(entry.number, entry.name) for entry in report.entries]
    assert [] == uncovered(text, report)


def test_irregular_numbers_are_kept_and_told() -> None:
    """A skipped number, one printed twice and a wrong one stay as printed; nothing is renumbered."""
    for listed, odd, reason in (
        ([1, 2, 4, 5], 2, "skips 3"),
        ([1, 2, 2, 3], 2, "printed twice"),
        ([1, 2, 13, 4], 2, "where 3 is due"),
    ):
        report = read("Signatories:\n" + "".join(f"{n}. Alpha {at}\n" for at, n in enumerate(listed)))
        assert listed == numbers(report)
        assert [at for at, entry in enumerate(report.entries) if entry.confidence != "sure"] == [odd]
        assert reason in report.entries[odd].reason


def test_numbers_start_again_in_a_section_or_end_as_footnotes() -> None:
    """Numbers may start again under a heading, also under one of unknown words; a start without one is a note."""
    report = read(
        "Signed by\nInternational Networks\n1. Alpha\n2. Beta\nMembers of Parliament\n1. Delta\n2. Epsilon\n3. Zeta\n\n1. See the report.\n2. Ibid.\n"
    )
    assert [1, 2, 1, 2, 3] == numbers(report)
    assert ("International Networks", "Members of Parliament") == report.sections
    assert ["note", "note"] == [kinds(report)[14], kinds(report)[15]]
    bare = read("Signatories:\n1. Alpha\n2. Beta\n\n1 Founded in 1999\n")
    assert ([1, 2], "note") == (numbers(bare), kinds(bare)[9])


# ── sections ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "section",
    [
        "International and regional networks:", "Organisations internationales et régionales :", "Überregionale Organisationen",
        "Organizaciones de derechos humanos:", "Redes internacionais", "Uluslararası kuruluşlar", "Organizzazioni nazionali",
        "Международные организации", "**National Organizatons**", "Latin America and the Caribbean", "Europe", "Trade Unions", "Kenya",
    ],
)  # fmt: skip
def test_sections(section: str) -> None:
    """A line of scope and group words, or a region or country alone, heads a section; numbers run on."""
    report = read(f"Signatories:\nNational groups\n1. Alpha\n2. Beta\n{section}\n3. Gamma\n4. Delta\n")
    bare = section.strip("*").rstrip(" :")
    assert [1, 2, 3, 4] == numbers(report)
    assert ["National groups", "National groups", bare, bare] == [entry.section for entry in report.entries]


def test_a_section_s_word_with_a_number_is_an_organisation() -> None:
    """The word National alone is a section between numbers, and an organisation with one or in the order of the alphabet."""
    report = read("Signatories:\n1. Alpha\n2. National\nNational\n3. Gamma\n")
    assert (["Alpha", "National", "Gamma"], ("National",)) == (names(report), report.sections)
    alphabet = [
        "Alpha",
        "Global",
        "Global Unions",
        "International Federation of Trade Unions",
        "Regional Network of NGOs",
        "X",
    ]
    assert alphabet == names(read("Signed,\n" + "\n".join(alphabet) + "\n"))


def test_countries_as_entries_and_as_sections() -> None:
    """Where most lines are countries, they are the signatories; where a few stand alone, they head sections."""
    states = read("Signatories:\nArgentina\nPeru\nChile\n")
    assert (["Argentina", "Peru", "Chile"], ()) == (names(states), states.sections)
    report = read("Signatories:\nKenya\nRights House\nLeague\nSolidarity\nPeru\nRed de Mujeres\nUnited\n")
    assert ("Kenya", "Peru") == report.sections


# ── columns ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_three_columns_with_a_country_or_a_remark() -> None:
    """The third column is a country where it names one, also misspelt; what is none is a remark; it may be missing."""
    report = read(
        "Signatories:\n1\tAlpha\tKenya\n2\tBeta\t\n3\tGamma\tRegional\n4\tDelta\tColomba\n5\tEpsilon, Zeta\tPeru\n"
    )
    assert ["Kenya", None, None, "Colomba", "Peru"] == [entry.country for entry in report.entries]
    assert [None, None, "Regional", None, None] == [entry.remark for entry in report.entries]
    assert ["Alpha\tKenya", "Beta", "Gamma\tRegional", "Delta\tColomba", "Epsilon, Zeta\tPeru"] == [
        e.raw for e in report.entries
    ]


def test_columns_by_bars_and_by_gaps() -> None:
    """Bars and wide gaps make columns; titles and rulers are left out, an empty cell stays empty."""
    bars = read(
        "Signatories:\n\n| No | Organisation | Country |\n|---|---|---|\n| 1 | Alpha | Kenya |\n| 2 | Beta | |\n| 3 | Gamma | Peru |\n"
    )
    assert [("Alpha", "Kenya"), ("Beta", None), ("Gamma", "Peru")] == [(e.name, e.country) for e in bars.entries]
    assert ("column-titles", "ruler") == (kinds(bars)[7], kinds(bars)[8])
    gaps = read(
        "Signatories:\nOrganisation            Country\nAlpha Union             Kenya\nBeta                    Peru\n"
    )
    assert [("Alpha Union", "Kenya"), ("Beta", "Peru")] == [(entry.name, entry.country) for entry in gaps.entries]
    turned = read("Signatories:\nCountry\tOrganisation\nKenya\tAlpha\nPeru\tBeta\n")
    assert [("Alpha", "Kenya"), ("Beta", "Peru")] == [(entry.name, entry.country) for entry in turned.entries]


def test_a_row_without_a_number_between_rows_that_have_one() -> None:
    """A row that lost its number is an entry of its own and doubtful."""
    report = read("Signatories:\n1\tAlpha\tKenya\n2\tBeta\tPeru\nGamma\tChile\n3\tDelta\tPeru\n")
    assert [(1, "sure"), (2, "sure"), (None, "doubtful"), (3, "sure")] == [
        (e.number, e.confidence) for e in report.entries
    ]


# ── wrapped lines ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_wrapped_entries_of_a_numbered_list() -> None:
    """A line without a number goes on with the one above, even where it looks like a section."""
    report = read(
        "Signatories:\n1. Federation of Trade Unions of South\nAfrica\n2. Women of the\nCaribbean\n3. Alpha, South\nAfrica\n"
        "4. Foo (Bar\n5. Baz\n6. Marxist-\nLeninist Party\n7. A co-op and one more co-\nop\n"
    )
    expected = [
        "Federation of Trade Unions of South Africa",
        "Women of the Caribbean",
        "Alpha, South Africa",
        "Foo (Bar",
        "Baz",
    ]
    assert [*expected, "Marxist-Leninist Party", "A co-op and one more co-op"] == [
        entry.raw for entry in report.entries
    ]
    assert (6, 7) == report.entries[0].lines


def test_wrapped_entries_of_a_list_without_numbers() -> None:
    """Without numbers a line goes on where the one above is open or full; otherwise it is an entry."""
    report = read(
        "Signatories:\nAlpha Union for the Advancement of Something Rather Long in\nEurope.\n"
        "Beta Network of the Organisations and Movements of Southern\nAfrica\nGamma (the\nold one)\n"
        "Delta League for the Advancement of Something Rather Long and\nother things\nAfrican Futures Institute, South Africa\n"
    )
    assert [(6, 7), (8, 9), (10, 11), (12, 13), (14, 14)] == [entry.lines for entry in report.entries]


def test_bullets() -> None:
    """Bullets begin entries; a line without one goes on."""
    report = read("Signatories:\n• Alpha Union of the\n  Workers\n• Beta\n• Gamma\n")
    assert ["Alpha Union of the Workers", "Beta", "Gamma"] == [entry.raw for entry in report.entries]


def test_a_footer_inside_an_entry() -> None:
    """A page's end inside an entry does not break it, and inside the list does not end it."""
    text = "Signatories:\n1. Alpha (one\nICOR00359 list_EN.doc 2 / 3\nof two)\n2. Beta\nPage 2 of 3\n- 4 -\n3. Gamma\n"
    report = read(text)
    assert ["Alpha (one of two)", "Beta", "Gamma"] == [entry.raw for entry in report.entries]
    assert ((6, 8), {"page-number"}) == (report.entries[0].lines, {kinds(report)[10], kinds(report)[11]})
    assert [] == uncovered(BODY + text, report)


def test_a_page_header_inside_the_list() -> None:
    """What stands beside the numbers of several pages is printed on each of them and is no entry."""
    listed = (
        "Signatories:\nAlpha\nBeta\nAn Open Letter\nPage 2 of 4\nGamma\nDelta\nAn Open Letter\nPage 3 of 4\nEpsilon\n"
    )
    report = read(listed)
    assert ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"] == names(report)
    assert ["page-header", "page-header"] == [kinds(report)[8], kinds(report)[12]]


# ── what is no entry, and doubles ────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    "line",
    ["For more information, contact:", "Kontakt: x@example.org", "Pour plus d’informations : x@example.org", "To sign, write to us.", "İletişim: x@example.org", "Для получения информации:"],
)  # fmt: skip
def test_a_contact_ends_the_list(line: str) -> None:
    """A contact line and what follows it are no entries."""
    report = read(f"Signed,\nAlpha\nContact Group Berlin\n{line}\nThe Secretariat\nx@example.org\n")
    assert ["Alpha", "Contact Group Berlin"] == names(report)
    assert ["contact"] * 3 == [kinds(report)[number] for number in (8, 9, 10)]


def test_links_counts_dates_and_closings_are_no_entries() -> None:
    """A link alone, a count, a date of the list and closing words are left out; the list goes on after a link."""
    report = read(
        "Signatories:\nAlpha\nhttps://example.org/alpha\nBeta\n203 organisations\nUpdated 5 May 2020\nSincerely,\n"
    )
    assert ["Alpha", "Beta"] == names(report)
    assert ["contact", "remark", "remark", "closing"] == [kinds(report)[number] for number in (7, 9, 10, 11)]


def test_a_sentence_without_a_number_is_no_entry_but_with_one_it_is() -> None:
    """A description that ends in a full stop belongs to its number; prose below a list without numbers does not."""
    sentence = "works with forty organisations in twelve countries for peace and for justice in all of them since 1999."
    numbered = read(f"Signatories:\n1. Alpha {sentence}\n2. Beta\n3. Gamma\n")
    assert [f"Alpha {sentence}", "Beta", "Gamma"] == [entry.raw for entry in numbered.entries]
    free = read(f"Signatories:\nAlpha\nBeta\n\nThis letter {sentence}\n")
    assert ["Alpha", "Beta"] == names(free)


def test_a_mark_or_an_address_in_the_middle_does_not_end_a_list() -> None:
    """A list goes on after an entry marked with an asterisk and after an e-mail address."""
    entries = [f"Union Number {letter}" for letter in "ABCDEFG"]
    report = read(
        "Signatories:\nFirst\n* a mark of its own\nWrite to the first of all at x@example.org\n"
        + "\n".join(entries)
        + "\n"
    )
    assert ["First", *entries] == names(report)


def test_doubles_are_both_kept_and_told() -> None:
    """The same organisation printed twice is told; one that differs by "The" or by its country is never merged."""
    report = read("Signatories:\nAlpha, Peru\nThe Oakland House\nAlpha, Peru\nOakland House\nAlpha, Chile\n")
    assert [None, None, 0, None, None] == [entry.signature_of for entry in report.entries]
    assert "may be the same" in report.entries[3].reason
    assert "may be the same" in report.entries[4].reason


def test_a_person_is_marked() -> None:
    """What looks like a person is read as printed and marked, so that an editor looks and answers for it."""
    report = read("Signatories:\nAlpha\nDr. Example Person\n")
    assert ["sure", "likely"] == [entry.confidence for entry in report.entries]
    assert [False, True] == ["looks like a person" in entry.reason for entry in report.entries]


# ── names ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_acronyms_of_other_lists() -> None:
    """Where acronyms come first, they are found by their letters in any script; what has none keeps its name whole."""
    listed = [
        "DKP Deutsche Kommunistische Partei (German Communist Party)",
        "KKE Κομμουνιστικό Κόμμα Ελλάδας (Kommounistiko Komma Elladas) (Communist Party of Greece)",
        "PCdoB Partido Comunista do Brasil (Communist Party of Brazil)",
        "CPN (UML) Communist Party of Nepal (Unified Marxist-Leninist)",
        "Die Linke (The Left), Germany",
        "Friends of the Earth International",
        "IndustriALL Global Union",
        "SWP Socialist Workers Party, UK",
    ]
    report = read("Signatories:\n" + "".join(f"{n}. {x}\n" for n, x in enumerate(listed, 1)))
    assert ["DKP", "KKE", "PCdoB", "CPN (UML)", None, None, None, "SWP"] == [entry.acronym for entry in report.entries]
    assert (None, "Die Linke", None, "The Left", "Germany") == parts(report.entries[4])
    assert "Communist Party of Nepal (Unified Marxist-Leninist)" == report.entries[3].name
    assert ("Kommounistiko Komma Elladas", "el") == (report.entries[1].transliteration, report.entries[1].name_language)


def test_names_of_lists_without_acronyms_stay_whole() -> None:
    """An acronym in brackets at the end, or a name in capitals, belongs to the name."""
    listed = [
        "Africa Trade Network (ATN)",
        "ACORD",
        "CIDSE international alliance of 16 agencies",
        "ATTAC France",
        "IT for Change",
    ]
    report = read("Signatories:\n" + "\n".join(listed) + "\n")
    assert listed == names(report)
    assert [None] * 5 == [entry.acronym for entry in report.entries]


def test_countries_after_the_last_comma() -> None:
    """A country after the last comma is taken in any language, or two; other words stay in the name."""
    places = [
        "Turkey / Kurdistan",
        "the Netherlands",
        "US",
        "Côte d’Ivoire",
        "Türkiye",
        "Alemania",
        "Bosnia and Herzegovina",
        "Россия",
    ]
    report = read("Signatories:\n" + "".join(f"Alpha {n}, Beta, {place}\n" for n, place in enumerate(places)))
    assert places == [entry.country for entry in report.entries]
    others = [
        "Labour, Health and Rights Centre",
        "Siembra, A.C.",
        "Attac Austria",
        "Alpha (Kenya)",
        "Union, Victoria Branch",
    ]
    assert [None] * 5 == [entry.country for entry in read("Signatories:\n" + "\n".join(others) + "\n").entries]


# ── characters, robustness, the report itself ────────────────────────────────────────────────────────────────────────
def test_characters_nobody_sees() -> None:
    """Byte order mark, line ends of other systems, no-break spaces and soft hyphens do not disturb reading."""
    text = "\ufeff" + (
        BODY + "Signatories:\n1.\u00a0Alpha\u00a0Union\n\u200b\n2.\u00a0Be\u00adta\n\u000c3. Gam\u00ad\nma\n"
    ).replace("\n", "\r\n")
    report = read_printed(text)
    assert ["Alpha Union", "Beta", "Gamma"] == names(report)
    assert "Alpha\u00a0Union" == report.entries[0].raw
    assert [] == uncovered(text, report)


def test_decode() -> None:
    """UTF-8 is read with and without its mark; anything else is refused by the place of the first wrong byte."""
    assert "ä" == decode("ä".encode()) == decode(b"\xef\xbb\xbf" + "ä".encode())
    with pytest.raises(InvalidInput, match="offset 2"):
        decode(b"ab\xe4c")
    with pytest.raises(InvalidInput, match="offset 3"):
        decode(b"\xef\xbb\xbf\xff")


def test_the_report_as_json_and_as_lines() -> None:
    """The report has JSON's own types with fixed keys, and tells every line once for a terminal."""
    report = read_printed(LIKE_A)
    told: dict[str, Any] = json.loads(json.dumps(report.as_json()))
    assert [
        "title",
        "kind",
        "issuer",
        "issued_on",
        "date_line",
        "language",
        "printed_number",
        "version_label",
        "list_heading",
        "subsequent_heading",
        "as_of",
        "further_signatories_possible",
        "body",
        "sections",
        "entries",
        "skipped",
    ] == list(told)
    assert [
        "number",
        "raw",
        "lines",
        "section",
        "country",
        "remark",
        "acronym",
        "name",
        "transliteration",
        "translation",
        "name_language",
        "confidence",
        "reason",
        "subsequent",
        "signature_of",
    ] == list(told["entries"][0])
    assert ["line", "text", "kind", "reason"] == list(told["skipped"][0])
    assert len(report.entries) + len(report.skipped) == len(report.lines())
    assert any(re.search(r"entry 8\..*acronym 'RM'.*country 'Netherlands'", line) for line in report.lines())


def test_the_language_may_be_given() -> None:
    """A given language is taken; otherwise the text's words tell."""
    listed = "Unterzeichner:\nAlpha\nBeta\n"
    assert "tr" == read_printed(listed, language="tr").language
    assert "de" == read(listed, body="Titel\n\nWir sind für den Frieden und gegen die Kriege der Welt.\n\n").language


PIECES = st.sampled_from(
    [
        "Signatories:", "Subsequent signatories:", "1. ", "2. ", "3 ", "\t", "\n", "\n\n", "   ", "(", ")", "[1] ", "|", "Kenya", ", Peru", "ORC ",
        "International organisations", "\u00a0", "Page 2", "- ", "contact: a@example.org", "as of 7 June 2021", "\f", "\u00ad", "\u200b", "Notes:",
        "<li>", "<ol start=3>", "; ", "Signed by: ", "Alpha Union      Beta Group\n", "1. Alpha     2. Beta\n", "[name withheld]", "1- ", "Union of the", "-\n", "Партия", "İ", "一二", "١", "²", "⑤", "99999. ",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=40).map("".join))
def test_any_text_is_read_and_every_line_told(text: str) -> None:
    """Whatever the text, reading it raises nothing and every line that is not blank is told exactly once."""
    report = read_printed(text)
    assert [] == uncovered(text, report)
    assert len(report.lines()) == len(report.entries) + len(report.skipped)


@pytest.mark.parametrize(
    "text",
    [
        "Signatories:\n1. " + "(" * 1_000_000, "Signatories:\n" + "\t" * 1_000_000 + "x", "1." * 500_000, "*" * 1_000_000, "<li>" + "<" * 1_000_000,
        "Signatories:\n1. x (\n" + "abc\n" * 15_000 + "2. y\n", "Signatories:\n1. x\n2. y\n" + "word and\n" * 10_000 + "3. z\n", "Signatories:\n" * 4_000,
        "Signatories:\n" + "".join(f"{n}. CP Communist Party of X{n} (Partido de {n}), Peru\n" for n in range(1, 4_000)),
    ],
    ids=["brackets", "tabs", "dots", "stars", "angles", "open bracket", "continuations", "headings", "entries"],
)  # fmt: skip
def test_a_large_text_is_read(text: str) -> None:
    """A megabyte of one thing takes time in proportion: a pattern that backtracks would not end here."""
    assert read_printed(text).language != ""


def test_an_accent_makes_another_spelling() -> None:
    """Two names that differ by an accent are two entries, of which the second is told as a likely double."""
    report = read_printed(
        "Signatories (as of 7 June 2021):\n\n1. Union de la Côte\n2. Union de la Cote\n3. Union de la Côte\n"
    )
    assert [None, None, 0] == [entry.signature_of for entry in report.entries]
    assert "may be the same" in report.entries[1].reason


LISTS: dict[str, tuple[str, list[tuple[int | None, str, str | None]]]] = {
    "a name that begins like a contact": (
        "Signatories:\n\n- Alpha Network\n- CCFD Solidarité\n- Media Contact Union\n- Zeta Forum\n",
        [(None, name, None) for name in ("Alpha Network", "CCFD Solidarité", "Media Contact Union", "Zeta Forum")],
    ),
    "an acronym that spells a link word": (
        "Signatories:\n\nAlpha Forum\nStichting LOS\nTrade Watch\nUnion Regional Pará\nVox\n",
        [(None, name, None) for name in ("Alpha Forum", "Stichting LOS", "Trade Watch", "Union Regional Pará", "Vox")],
    ),
    "one word for scope before countries": (
        "Signatories\n\nInternational\nAlpha\nBeta Union\n\nAustria\nGLOBAL 2000\nGamma Verein\n\nKenya\nDelta\n",
        [(None, "Alpha", "International"), (None, "Beta Union", "International"), (None, "GLOBAL 2000", "Austria"),
         (None, "Gamma Verein", "Austria"), (None, "Delta", "Kenya")],
    ),
    "the country below its name": (
        "Signatories\n\nOrganisation\nCountry\nAlpha Watch\nKenya\nBeta\nPeru\nGamma Union\nKenya\nDelta\nIndia\n",
        [(None, "Alpha Watch\tKenya", None), (None, "Beta\tPeru", None), (None, "Gamma Union\tKenya", None),
         (None, "Delta\tIndia", None)],
    ),
    "one name below each country": (
        "Signatories\n\nKenya\nAlpha\nPeru\nBeta\nFrance\nGamma\nIndia\nDelta\nChile\nZeta\n",
        [(None, "Alpha", "Kenya"), (None, "Beta", "Peru"), (None, "Gamma", "France"), (None, "Delta", "India"),
         (None, "Zeta", "Chile")],
    ),
    "number, name and country on lines of their own": (
        "Signatories\n\n1\nAlpha\nKenya\n2\nBeta Union\nPeru\n3\nGamma\nFrance\n4\nDelta\nIndia\n",
        [(1, "Alpha\tKenya", None), (2, "Beta Union\tPeru", None), (3, "Gamma\tFrance", None), (4, "Delta\tIndia", None)],
    ),
    "a paragraph below its heading": (
        "Signatories\n\nAlpha Network | Beta Union of Teachers | Gamma Forum | Delta Centre for Peace\n",
        [(None, name, None) for name in ("Alpha Network", "Beta Union of Teachers", "Gamma Forum", "Delta Centre for Peace")],
    ),
    "on behalf of": (
        "On behalf of the following groups,\n\nAlpha Network\nBeta Union\nGamma Forum\nDelta\nZeta Movement\n",
        [(None, name, None) for name in ("Alpha Network", "Beta Union", "Gamma Forum", "Delta", "Zeta Movement")],
    ),
    "a table without a heading": (
        "Name\tCountry\nAlpha\tKenya\nBeta\tPeru\nGamma\tIndia\n",
        [(None, "Alpha\tKenya", None), (None, "Beta\tPeru", None), (None, "Gamma\tIndia", None)],
    ),
    "sections that are counted": (
        "Signatories\n\nInternational (2)\nAlpha\nBeta Union\n\nEurope (1)\nGamma\n",
        [(None, "Alpha", "International (2)"), (None, "Beta Union", "International (2)"), (None, "Gamma", "Europe (1)")],
    ),
    "narrow columns with numbers, wrapped": (
        ("Signatories\n\n1. Alpha Network             4. Delta Union of the\n2. Beta Union                   Old Town\n"
        "3. Gamma                     5. Zeta Forum\n"),
        [(1, "Alpha Network", None), (2, "Beta Union", None), (3, "Gamma", None), (4, "Delta Union of the Old Town", None),
         (5, "Zeta Forum", None)],
    ),
    "a wrapped line that breaks the alphabet": (
        ("Signatories\n\nAlpha Network\nBeta Union\nCentre for Teachers and Social Justice\nNetwork\nDelta\nEcology Forum\n"
        "Friends of the River and the Old Wood\nGamma\nHope\nIota Trust\n"),
        [(None, name, None) for name in ("Alpha Network", "Beta Union", "Centre for Teachers and Social Justice Network",
         "Delta", "Ecology Forum", "Friends of the River and the Old Wood", "Gamma", "Hope", "Iota Trust")],
    ),
    "what a web page prints below": (
        "Signed\n\nAlpha Network\nBeta\nGamma Union\n\nBack to top\nFollow us on Example\n",
        [(None, name, None) for name in ("Alpha Network", "Beta", "Gamma Union")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("told", LISTS)
def test_a_list_is_read_as_it_is_printed(told: str) -> None:
    """Each once came out wrong and sure, or was lost from some line on."""
    listed, expected = LISTS[told]
    assert expected == [(entry.number, entry.raw, entry.section) for entry in read(listed).entries]


@pytest.mark.parametrize(
    ("listed", "name"),
    [
        ("Signed by: Alpha Network, Beta Union, Gamma Forum, Delta and Zeta.\n", "Delta and Zeta"),
        ("Signatories:\nAlpha Network\nKenya\nBeta Union\n", "Kenya"),
    ],
)
def test_what_cannot_be_known_is_marked(listed: str, name: str) -> None:
    """Two names or one, a country alone: an editor looks at it."""
    assert ["doubtful"] == [entry.confidence for entry in read(listed).entries if entry.raw == name]
