"""What stands above, between and below the names of a list in several languages: who leads to them, and what is none of them."""

from __future__ import annotations

import pytest

from signatures.importing import Report, read_printed

NAMES = (
    "Roues Libres de Port-Alban", "Amis du Pont Neuf", "Kestrel Alliance", "Verein Seldenau", "Plataforma Ciencia Digna",
    "İstria Kadın Derneği",
)  # fmt: skip


def letter(*, heading: str = "Signatories:", above: str = "", below: str = "", numbers: bool = False) -> Report:
    """Read a short letter with the six names below a heading."""
    entries = "\n".join(f"{at}. {name}" if numbers else name for at, name in enumerate(NAMES, 1))
    text = f"A title\n\nBerlin, 3 May 2021\n\nThe letter is short and says little.\n\n{heading}\n\n{above}{entries}\n\n{below}\n"
    return read_printed(text)


def names(report: Report) -> list[str]:
    """Give what was printed of each entry."""
    return [entry.raw for entry in report.entries]


@pytest.mark.parametrize("numbers", [False, True])
@pytest.mark.parametrize(
    "heading",
    [
        "We support this letter:", "Who supports this petition", "Diese Erklärung wird getragen von:",
        "Diese Forderungen tragen mit:", "Wer unterstützt", "Soutiennent cet appel :",
        "A l'appel des organisations suivantes :", "Respaldan este pliego:", "Quiénes apoyan", "Apoiam este manifesto:",
        "Quem apoia", "Bu çağrıyı destekliyoruz:", "Sostengono questo appello:", "Это письмо поддержали:",
    ],
)  # fmt: skip
def test_a_verb_with_the_document_or_a_question_heads_the_list(heading: str, numbers: bool) -> None:
    """Whoever supports this letter stands below the line that says so, with numbers or without."""
    report = letter(heading=heading, numbers=numbers)
    assert (heading, list(NAMES)) == (report.list_heading, names(report))


@pytest.mark.parametrize(
    "line",
    [
        "Puede adherirse en: a@b.example", "Adhesiones: a@b.example", "Sign here: https://x.example/a",
        "Mitzeichnen unter: www.x.example", "Pour signer : x.example", "İmza: imza@x.example", "Per aderire: a@b.example",
        "Подписать: https://x.example", "P.S. Esta carta será entregue em mão no dia 30 de outubro.",
        "PS: The letter goes out tomorrow", "N. B. : liste arrêtée au 3 mai", "N.B. Die Liste wird laufend ergänzt.",
        "Not: Liste günceldir", "c. c. : Ministre de la Santé", "Copie conforme : Mme X", "Kopie an: Ministerium",
        "Con copia a: Ministerio", "Dağıtım: Bakanlık", "Копия: министр",
        "Die Liste wird laufend ergänzt und veröffentlicht.",
    ],
)  # fmt: skip
def test_an_aside_below_the_list_is_no_entry(line: str) -> None:
    """Where to join, who is sent a copy, a postscript, a sentence: none of them has signed."""
    assert list(NAMES) == names(letter(below=line))


def test_names_that_begin_like_an_aside_stay() -> None:
    """A party of three letters and a society with a full stop at its end are names."""
    odd = ["PS Ökologie", "N.B. Verein für Kunst und Kultur e.V.", "Not in Our Name"]
    assert [*NAMES, *odd] == names(letter(below="\n".join(odd)))


def test_an_address_behind_a_name_is_doubtful() -> None:
    """A name with an address behind its colon may be one: somebody has to look."""
    report = letter(below="Klimakreis Oderland: www.oderland.example")
    assert [*["sure"] * 6, "doubtful"] == [entry.confidence for entry in report.entries]


@pytest.mark.parametrize(
    "section",
    [
        "Dachverbände", "Örtliche Initiativen", "Regroupements nationaux", "Organismes locaux", "Coordinations régionales",
        "Colectivos locales", "Entidades nacionales", "Movimentos sociais", "Coletivos locais", "Dernekler", "Odalar",
        "Coordinamenti locali", "Национальные комитеты",
    ],
)  # fmt: skip
def test_groups_head_sections(section: str) -> None:
    """Words for groups of every kind head a section."""
    report = letter(above="International organisations\nAlpha\n\n" + section + "\n")
    assert ["Alpha", *NAMES] == names(report)
    assert ("International organisations", section) == report.sections


@pytest.mark.parametrize(
    "titles", [("Editorial", "País"), ("Verlag", "Land"), ("Kollektiv", "Ort"), ("Entidade", "Estado")]
)
@pytest.mark.parametrize("bars", [False, True])
def test_titles_of_columns_are_no_entry(titles: tuple[str, str], bars: bool) -> None:
    """A row of titles is told by its further cells, whatever the first is called."""
    rows = [titles, *zip(NAMES, ("Uruguay", "Chile", "Cuba", "Peru", "Bolivia", "Kenya"), strict=True)]
    table = "\n".join(f"| {name} | {land} |" if bars else f"{name:<34}{land}" for name, land in rows)
    report = read_printed(f"A title\n\nThe letter.\n\nSignatories:\n\n{table}\n")
    assert list(NAMES) == [entry.name for entry in report.entries]


@pytest.mark.parametrize(
    ("first", "second"),
    [("Wissenschafts-", "und Kunstpflege"), ("Kinder-", "bzw. Jugendarbeit"), ("Land-", "oder Forstwirtschaft")],
)
def test_a_hyphen_that_suspends_stays(first: str, second: str) -> None:
    """A hyphen before "und" stands for the end of the later word: it stays, and so does the space."""
    entries = "\n".join(f"- {name}" for name in NAMES)
    report = read_printed(
        f"Ein Titel\n\nDer Brief.\n\nUnterzeichnet von:\n\n{entries}\n- Gesellschaft für {first}\n  {second}\n"
    )
    assert [*NAMES, f"Gesellschaft für {first} {second}"] == names(report)
