"""Lists that no known word heads: told by what stands there, by closing words, by shape; and letters that have no list at all."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from signatures.importing import Report, read_printed

NAMES = (
    "Amis du Pont Neuf", "Kestrel Alliance", "Verein Seldenau", "Open Gate Network", "Plataforma Ciencia Digna",
    "İstria Kadın Derneği",
)  # fmt: skip
BODY = "The river dies and nobody acts. It is time to change this now, and not later."


def letter(below: str) -> Report:
    """Read a letter whose body says nothing of a list."""
    return read_printed(f"Save the river\n\n3 May 2021\n\n{BODY}\n\n{below}\n")


def names(report: Report) -> list[str]:
    """Give what was printed of each entry."""
    return [entry.raw for entry in report.entries]


@pytest.mark.parametrize("layout", ["{}", "- {}", "{}\n"])
@pytest.mark.parametrize(
    "lead",
    [
        "The following back this call:", "Standing with us:", "We are joined in this letter by:", "On behalf of:",
        "Members of the coalition:", "The campaign is carried by:", "Hinter diesem Aufruf stehen:", "Mit dabei:",
        "Dem Bündnis gehören an:", "Aufrufende Gruppen", "Ont rejoint cet appel :", "À l'initiative de :",
        "Organisations soutenant la démarche", "Se suman a este llamado:", "Organizaciones convocantes",
        "Somam-se a este apelo:", "Si associano a questo appello:", "Organizzazioni promotrici", "Katılan kurumlar:",
        "К обращению присоединились:", "От имени организаций:", "Поддерживающие организации",
        "انضمت إلى هذا النداء:", "الجهات الداعمة", "In alphabetical order:", "Yours sincerely,", "In solidarity",
        "Mit solidarischen Grüßen", "Hochachtungsvoll", "Nos salutations les meilleures,", "Fraternalmente,",
        "Com os melhores cumprimentos,", "Distinti saluti,", "Saygılarımızla,", "С уважением,", "مع خالص التحية،",
    ],
)  # fmt: skip
def test_names_to_the_end_are_a_list_whatever_leads_to_them(lead: str, layout: str) -> None:
    """A line that leads to names, or the words that close a letter, are enough."""
    assert list(NAMES) == names(letter(f"{lead}\n\n" + "\n".join(map(layout.format, NAMES))))


def test_names_alone_at_the_end_are_a_list() -> None:
    """Names of organisations below the last sentence need no word before them."""
    report = letter("\n".join(NAMES))
    assert (list(NAMES), None) == (names(report), report.list_heading)


@pytest.mark.parametrize("mark", ["gez. ", "/s/ ", "* ", "► ", "✓ "])
def test_marks_before_names_are_taken_away(mark: str) -> None:
    """What stands before each name in place of its own hand is a bullet."""
    assert list(NAMES) == names(letter("Hochachtungsvoll\n\n" + "\n".join(mark + name for name in NAMES)))


@pytest.mark.parametrize(
    "below",
    [
        "Yours sincerely,\n\nThe director\nExecutive Director\nInternational River Trust\n12 Harbour Street\nPort Alban",
        "Mit freundlichen Grüßen\n\nDer Vorstand\nVerein Flussfreunde e.V.\nHafenstraße 5\n12345 Ort\nTelefon 0341 555",
        "Our priorities:\n\n- Create an independent body for the river\n- Fund research\n- Protect the workers\n- Publish data",
        "Folgende Maßnahmen sind nötig:\n\n- Mehr Personal\n- Gründung einer Initiative\n- Aufbau eines Netzwerks\n- Schutz",
        "CC:\nMinistry of Water\nEuropean Commission\nWorld Health Organization\nRiver Committee\nUnited Nations",
        "Nachrichtlich an:\n- Ministerium\n- Europäische Kommission\n- Verband der Wasserwerke\n- Städtetag\n- Bund",
        "Further reading:\n\nRiver Trust, Annual Report\nWater Union, Study\nFish Institute, Atlas\nAlban Council\nX",
        "These states have not ratified:\n\n- France\n- Spain\n- Portugal\n- Malta\n- Cyprus\n- Greece",
        "نطالب بما يلي:\n\n1. إنشاء لجنة مستقلة للتحقيق\n2. دعم نقابة العمال\n3. حماية جمعيات المجتمع المدني",
        "Tagesordnung:\n\n1. Begrüßung\n2. Bericht des Vorstands\n3. Wahl\n4. Netzwerk Fluss\n5. Verschiedenes",
        "Home\nAbout us\nOur Work\nNews\nContact\nDonate\nPrivacy policy",
    ],
)
def test_a_letter_without_a_list_has_none(below: str) -> None:
    """One signature, demands, copies, sources, an agenda, the menu of a page: nobody of them has signed."""
    assert [] == names(letter(below))


@pytest.mark.parametrize("bullets", [False, True])
def test_headings_are_told_by_their_shape(bullets: bool) -> None:
    """A line without the mark of the entries that begins the list heads a section, and so do those set like it."""
    rows = [f"• {name}" if bullets else f"{at}. {name}" for at, name in enumerate(NAMES, 1)]
    report = letter("\n".join(["Signatories:", "", "Upstream", *rows[:3], "Down the valley", *rows[3:]]))
    assert ["Upstream"] * 3 + ["Down the valley"] * 3 == [entry.section for entry in report.entries]
    assert list(NAMES) == names(report)


@pytest.mark.parametrize(
    "particulars", ["Uferweg {0}\n0000{0} Ort", "Chair\nRiver Trust of Town {0}", "Port Alban\nPortugal"]
)
def test_a_block_is_one_entry(particulars: str) -> None:
    """An address, a role and a body, a town and a country below a name belong to it."""
    people = particulars.startswith("Chair")
    held = [f"{'Erste Rolle' if people else name}\n{particulars.format(at)}" for at, name in enumerate(NAMES, 1)]
    assert [" ".join(block.split("\n")) for block in held] == names(letter("Signatories:\n\n" + "\n\n".join(held)))


@pytest.mark.parametrize(
    ("below", "count"),
    [
        ("Signed by " + ", ".join((*NAMES[:3], NAMES[4], NAMES[3])) + " and " + NAMES[5] + ".", 6),
        ("Destekleyenler: " + ", ".join(NAMES[:4]) + ",\nKent Derneği ve " + NAMES[5], 6),
        ("التوقيعات: مركز النور، جمعية الصحافة، شبكة النساء، اتحاد الكتاب", 4),
        ("Hinter diesem Aufruf stehen:\n\n" + ", ".join(NAMES) + ".", 6),
        ("Signatories:\n\n" + " /\n".join(NAMES), 6),
        ("**Signatories:** " + " - ".join(NAMES), 6),
        ("The undersigned:\n\n" + "\n".join(f"* {name}, Chair, Branch of Town" for name in NAMES), 6),
    ],
)
def test_entries_that_run_on_are_parted(below: str, count: int) -> None:
    """Commas, an "and", a stroke at the end of a line part entries; commas behind bullets do not."""
    read = names(letter(below))
    assert count == len(read)
    assert not any(name.endswith(("/", ",", ".")) or name.startswith("*") for name in read)


@pytest.mark.parametrize(
    "aside",
    [
        "ENDS", "– Ende –", "and many more …", "• Ve daha birçok dernek…", "u. v. m.", "[back to top]", "Anlage: Gutachten",
        "Last updated: 3 May 2021, 16:18", "Nachrichtlich an: Ministerium", "آخر تحديث: 3 مايو 2021",
    ],
)  # fmt: skip
def test_what_stands_below_is_no_entry(aside: str) -> None:
    """The end of a text, what is enclosed, that there are more, the foot of a page."""
    assert list(NAMES) == names(letter("Signatories:\n\n" + "\n".join(f"• {n}" for n in NAMES) + f"\n\n{aside}"))


def test_an_organisation_that_sounds_like_a_heading_stays_an_entry() -> None:
    """A name with "supporters" or "stand" in it does not begin a list that began above it."""
    odd = [*NAMES[:3], "Stand with Trees, Canada", *NAMES[3:]]
    assert odd == names(letter("We stand together:\n\n" + "\n\n".join(odd)))


@pytest.mark.parametrize("counts", ["abcdef", ["i", "ii", "iii", "iv", "v", "vi"]])
def test_letters_that_count_are_no_part_of_a_name(counts: Sequence[str]) -> None:
    """Letters and Roman numbers before names are taken away where they count from the first on."""
    assert list(NAMES) == names(letter("Signatories:\n\n" + "\n".join(map("{}) {}".format, counts, NAMES))))


def test_addresses_behind_every_name_end_no_list() -> None:
    """Where most lines have an e-mail address, a line with one is an entry."""
    listed = [f"{name}, post{at}@example.org" for at, name in enumerate(NAMES)]
    assert listed == names(letter("Signatories:\n\n" + "\n".join(listed)))


@pytest.mark.parametrize("number", ["{}/ ", "{}°) ", "{}º) "])
def test_numbers_before_a_stroke_or_with_a_degree_sign_are_numbers(number: str) -> None:
    """They are believed as others are, by their sequence; the number of a page is none of them."""
    rows = [number.format(at) + name for at, name in enumerate(NAMES, 1)]
    report = letter("Signatories:\n\n" + "\n".join([*rows[:3], "", "1/2", "", *rows[3:]]))
    assert list(enumerate(NAMES, 1)) == [(entry.number, entry.raw) for entry in report.entries]


def test_a_section_heads_a_page() -> None:
    """What stands behind a form feed and says scope and group is a section and no page's header."""
    rows = [f"{at} {name}" for at, name in enumerate(NAMES, 1)]
    below = ["Regional organisations", *rows[:3], "", "Page 2 of 3", "\fNational organisations", *rows[3:]]
    sections = [entry.section for entry in letter("Signatories:\n\n" + "\n".join(below)).entries]
    assert ["Regional organisations"] * 3 + ["National organisations"] * 3 == sections


@pytest.mark.parametrize("particulars", ["Brussels, Belgium", "{0}, rue des Fleurs\nCalais", "Place du Pont\nCalais"])
def test_a_block_may_end_in_a_town(particulars: str) -> None:
    """A town with its country, or a street and a town, below a name belong to it."""
    held = [f"{name}\n{particulars.format(at)}" for at, name in enumerate(NAMES, 1)]
    assert [" ".join(block.split("\n")) for block in held] == names(letter("Signatories:\n\n" + "\n\n".join(held)))


def test_sections_counted_by_letters_are_told_below_wrapped_entries() -> None:
    """Letters that count from the first line on head sections, also where the entry above goes over two lines."""
    rows = [f" {at}. {name}" for at, name in enumerate(NAMES, 1)]
    below = ["A. Upstream", *rows[:2], "    in the hills", "B. Valley", *rows[2:4], "C. Coast", *rows[4:]]
    report = letter("Signatories:\n\n" + "\n".join(below))
    assert ["A. Upstream", "B. Valley", "C. Coast"] == list(report.sections)
    assert f"{NAMES[1]} in the hills" == names(report)[1]


def test_sections_are_told_below_the_longest_line() -> None:
    """A line with a word for groups heads a section where no entry is wrapped, however long the one above it is."""
    rows = ["1. Uno", "2. Due", "3. Tre", "4. Comitato No Adduttore di Acerra/Campania", "5. Suore", "6. Frati"]
    heads = ["Associazioni", "Sindacati e leghe", "Parrocchie e comunità religiose"]
    below = [heads[0], rows[0], heads[1], *rows[1:4], heads[2], *rows[4:]]
    assert heads == list(letter("Firmatari:\n\n" + "\n".join(below)).sections)


def test_russian_organisations_are_a_section() -> None:
    """An adjective of a country and a word for groups head a section."""
    below = "Подписавшие организации:\n\nМеждународные организации\nМемориал\n\nРоссийские организации\nАгора\nГолос"
    assert ["Международные организации", "Российские организации"] == list(letter(below).sections)


def test_an_adverb_heads_those_who_signed_later() -> None:
    """The verb and "posteriormente" need no colon."""
    rows = [f"• {name}" for name in NAMES]
    report = letter("Organizações signatárias:\n\n" + "\n".join([*rows[:4], "", "Assinaram posteriormente", *rows[4:]]))
    assert [False] * 4 + [True] * 2 == [entry.subsequent for entry in report.entries]


def test_a_circular_to_members_has_no_list() -> None:
    """Its title has a word that may head a list, but a date and a salutation stand below it."""
    text = "تعميم إلى الأعضاء\n\n14 يونيو 2021\n\nالزملاء الأعزاء،\n\nقررت اللجنة ما يلي:\n\n1. تأجيل الرسالة؛\n2. نشر الأسماء؛\n3. متابعة الترجمة.\n\nمع تحيات\n\nسلمى الحاج\n"
    report = read_printed(text)
    assert ((), "2021-06-14") == (report.entries, report.issued_on)


@pytest.mark.parametrize(
    "paragraph",
    [
        "Considering all this, the undersigned reject the plan that was made for the river, and demand another one.",
        "Les associations dont les noms suivent\nont apporté leur signature",
    ],
)
def test_bullets_below_a_paragraph_that_speaks_of_signing_are_a_list(paragraph: str) -> None:
    """The paragraph needs no colon; bullets below one with a colon would be its demands."""
    below = paragraph + "\n\n" + "\n".join(f"* {name}" for name in NAMES) + "\n\nThe full text can be found here."
    assert list(NAMES) == names(letter(below))


def test_four_names_are_enough_where_nothing_else_stands() -> None:
    """Names parted by blank lines that all tell of organisations are a list without a word before them."""
    held = ["Arbeiterbund (AB)", "Open Gate Network", "Türk Tabipleri Birliği (TTB)", "Verein Seldenau"]
    assert held == names(letter("\n\n".join(held) + "\n\nContact: post@example.org"))


@pytest.mark.parametrize(
    ("printed", "day"),
    [
        ("22 تشرين الأول 2019", "2019-10-22"), ("بيروت، 24 تشرين الثاني/نوفمبر 2021", "2021-11-24"),
        ("Wien, am 15. Jänner 2021", "2021-01-15"), ("Ref. LC/2022/07        February 25, 2022", "2022-02-25"),
        ("Bildiri metni (14.03.2022)", "2022-03-14"), ("14 Mart bayramı bildirisi (14.03.2022)", "2022-03-14"),
        ("Déclaration adoptée à Port Alban le 30 mars 2022", "2022-03-30"), ("Ленинград, «5» октября 2023 г.", "2023-10-05"),
        ("Port Alban, May 3, 2021 – We are alarmed by what happens to the river and ask for an end to it at once.", "2021-05-03"),
    ],
)  # fmt: skip
def test_days_are_read(printed: str, day: str) -> None:
    """Months of two words or two names, Austrian ones, a reference before the day, a day in brackets."""
    assert day == read_printed(f"Save the river\n\n{printed}\n\n{BODY}\n").issued_on


@pytest.mark.parametrize(
    ("body", "language"),
    [
        ("Beş dakikada muayene olmaz. Randevu aralıkları on dakikaya çıkarılsın, şiddet yasası işletilsin.", "tr"),
        ("Законопроект принят в чтении. Он разрешает рубки на берегу озера. Просим отклонить его.", "ru"),
    ],
)
def test_languages_are_told_by_little(body: str, language: str) -> None:
    """Letters of Turkish alone, and the small words of Russian, tell the language of a short text."""
    assert language == read_printed(f"{body}\n\n{body}\n").language


def test_commas_part_names_below_a_section() -> None:
    """A paragraph of names below a line with a colon and a word for groups is parted, over several lines too."""
    below = "Assinam:\n\nEntidades estudantis:\nAssociação do Planalto (APGP), Centro Acadêmico XI de\nSetembro, Frente Popular, União dos Porteiros"
    report = letter(below)
    assert [
        "Associação do Planalto (APGP)",
        "Centro Acadêmico XI de Setembro",
        "Frente Popular",
        "União dos Porteiros",
    ] == names(report)
    assert ("Entidades estudantis",) == report.sections


def test_arabic_pages_are_no_entries() -> None:
    """The foot of a page in Arabic stands between its entries."""
    rows = [f"• {name}" for name in NAMES]
    assert list(NAMES) == names(letter("Signatories:\n\n" + "\n".join([*rows[:3], "", "صفحة 1 من 2", "", *rows[3:]])))


def test_a_paragraph_of_prose_is_no_list() -> None:
    """A letter quoted below a line with a colon is text, however short its lines are."""
    quoted = (
        '"Friends of the river\n\nI greet you all. I have come here since 2015 and it was always one of my\n'
        "favourites. Do not stop to learn!\n\nIn solidarity from the house on the quay, behind the “Old Gate” and the\n"
        "mill.\n\nWith my warmest wishes to all.\n\nThe Keeper”"
    )
    assert names(letter(f"Here is a statement that reached us from the keeper of the bridge:\n\n{quoted}")) == []
