"""Statements in every state that a page can meet: drafted, empty, one entry, hundreds, many scripts, closed, taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from signatures import samples
from signatures.aggregate import Actor, Reason
from signatures.order import OrderLine
from signatures.organisation import NameParts
from signatures.register import Receipt, Register

EDITOR = Actor("editor", "e-1")
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)
TODAY = "2027-03-01"
DRAFT, EMPTY, CLOSED, LONG, SCRIPTS, BACK = (
    "draft-2026",
    "empty-2026",
    "closed-2026",
    "long-2026",
    "scripts-2026",
    "back-2026",
)
SAMPLE = "myanmar-2021"
TEXT = """A list that many sign is read together with the text above it.

Whoever reads it years later wants to know who stood there on which day, under which name, and who came or left since.

We therefore keep every list as it was printed, and every change beside it with its date."""
LONG_TITLE = (
    "On the keeping of common lists by organisations of several countries, on the numbers in them, which are never used"
    " twice, and on the names, which stand as those who bear them write them"
)
HOSTILE = "\"><script>alert(1)</script>&amp;'{{7*7}}"
"""A name that must come out of every page as it went in."""


class Signed(NamedTuple):
    """The signatures of the scene of many scripts that tests speak of."""

    arabic: Receipt
    hidden: Receipt
    left: Receipt
    struck: Receipt
    late: Receipt


def begin(
    register: Register,
    reference: str,
    *,
    title: str = "On keeping a common list",
    text: str | None = TEXT,
    language: str = "en",
    **fields: str | None,
) -> None:
    """Draft a statement with a title and a text."""
    given = {"kind": "Resolution", "time_zone": "Europe/Berlin", "default_language": language, **fields}
    register.draft(EDITOR, reference=reference, **given)
    register.set_text(EDITOR, reference, language=language, title=title, text=text)


def sign(register: Register, reference: str, parts: NameParts, on: str) -> Receipt:
    """Sign for an organisation on a date."""
    return register.sign(EDITOR, reference, parts, signed_on=on, method="paper")


def drafted(register: Register) -> None:
    """Draft a statement that an organisation has signed already; nobody else may see it."""
    begin(register, DRAFT, title="Not yet for anybody")
    sign(register, DRAFT, NameParts("Hidden Union"), "2026-01-05")


def empty(register: Register) -> None:
    """Publish a statement without a text that nobody has signed."""
    begin(register, EMPTY, title="A statement that waits for its first signatory", text=None, printed_number="R 12")
    register.publish(EDITOR, EMPTY, as_of="2026-01-10")


def closed(register: Register) -> Receipt:
    """Publish a statement of one signatory and close it."""
    begin(register, CLOSED, title="A short one", text="One sentence.", issuer="The secretariat", issued_on="2026-01-01")
    receipt = sign(
        register, CLOSED, NameParts("Union of Harbour Workers", acronym="UHW", name_language="en"), "2026-01-02"
    )
    register.publish(EDITOR, CLOSED, as_of="2026-01-02")
    register.close_signing(EDITOR, CLOSED, on="2026-02-01")
    return receipt


def long(register: Register, size: int = 300, reference: str = LONG) -> None:
    """Publish a long list in two editions: some left, some came later, some were set right; headings in the second."""
    begin(register, reference, title="A statement that very many have signed", issued_on="2024-01-15")
    first, receipts = date(2024, 1, 15), []
    with register.store.writing():
        for n in range(size):
            on = (first + timedelta(days=n * 700 // size)).isoformat()
            acronym = f"A{n}" if n % 3 else None
            translations = {"en": f"Organisation number {n}"} if n % 4 == 0 else {}
            parts = NameParts(
                f"Organización número {n}", acronym, "es", None, translations, {"en": "Peru"} if n % 5 == 0 else {}
            )
            receipts.append(sign(register, reference, parts, on))
    register.publish(EDITOR, reference, as_of="2024-12-31")
    order = [OrderLine("section", "The first half")]
    order += [OrderLine("signature", receipt.signature_id) for receipt in receipts[: size * 9 // 10]]
    order.insert(size // 2, OrderLine("section", "The second half"))
    register.publish(
        EDITOR,
        reference,
        as_of=(first + timedelta(days=(size * 9 // 10 - 1) * 700 // size)).isoformat(),
        orders={"en": order},
    )
    for n in range(7, size, 60):
        register.withdraw(EDITOR, receipts[n].signature_id, on="2026-02-01")
    for n in range(9, size, 100):
        register.correct(EDITOR, receipts[n].signature_id, {"country": "Bolivia"})


SCRIPT_NAMES = [
    NameParts(
        "Организация Альфа", "БРП(к)", "ru", "Organizatsiya Alfa", {"en": "Alpha Organisation"}, {"en": "Belarus"}
    ),
    NameParts(
        "اتحاد عمال الموانئ", "ا.ع.م", "ar", "Ittihad ummal al-mawani", {"en": "Union of Port Workers"}, {"en": "Egypt"}
    ),
    NameParts(
        "全国农民协会联合会",
        None,
        "zh",
        "Quánguó nóngmín xiéhuì liánhéhuì",
        {"en": "National Federation of Peasants"},
        {},
    ),
    NameParts("Parti Haϊtien (marxiste)", "NPCH", "fr", None, {"en": "Haitian Party"}, {}),
    NameParts("Σωματείο Ναυτεργατών", "ΣΝ", "el", "Somateío Naftergatón", {"en": "Seafarers’ Union"}, {"en": "Greece"}),
    NameParts("किसान संगठन", None, "hi", "Kisān Saṅgaṭhan", {"en": "Farmers’ Organisation"}, {"en": "India"}),
    NameParts("איגוד העובדים", None, "he", "Igud ha-ovdim", {"en": "Workers’ Association"}, {}),
    NameParts(HOSTILE, "<b>&", None, HOSTILE, {"en": HOSTILE}, {"en": HOSTILE}),
    NameParts(
        "Union démocratique de la jeunesse pour la défense des droits de celles et ceux qui travaillent la terre" * 2,
        None,
        "fr",
    ),
]


def scripts(register: Register) -> Signed:
    """Publish a list in many scripts, in texts of several languages, in which everything happens to signatories."""
    begin(register, SCRIPTS, title=LONG_TITLE, issuer="Committee for <Common> Lists & Numbers", issued_on="2026-01-07")
    titles = {
        "de": "Über das Führen gemeinsamer Listen",
        "ar": "حول حفظ القوائم المشتركة",
        "zh-Hans": "关于保存共同名单",
    }
    for language, title in titles.items():
        register.set_text(EDITOR, SCRIPTS, language=language, title=title, text=f"{title}.\n\n{title}.")
    receipts = [sign(register, SCRIPTS, parts, "2026-01-07") for parts in SCRIPT_NAMES]
    hidden, left, struck = (
        sign(register, SCRIPTS, NameParts(name, name_language="en"), "2026-01-08")
        for name in ("Silent Union", "Leaving Union", "False Union")
    )
    lines = [OrderLine("section", "Europe <and> beyond")]
    lines += [OrderLine("signature", receipt.signature_id) for receipt in [*receipts, hidden, left]]
    lines[4:4] = [OrderLine("gap", "never given"), OrderLine("section", "Elsewhere")]
    lines.append(OrderLine("signature", struck.signature_id))
    register.publish(EDITOR, SCRIPTS, as_of="2026-01-10", orders={"en": lines}, version_label="as adopted")
    register.withdraw(
        EDITOR, hidden.signature_id, on="2026-02-01", show=False, reason=Reason("own-request", "a note on it")
    )
    register.withdraw(
        EDITOR, left.signature_id, on="2026-03-01", reason=Reason("own-request", "Decision of <their> congress")
    )
    register.void(EDITOR, struck.signature_id, reason=Reason("not-authorised"))
    sign(register, SCRIPTS, NameParts("Later Union", "LU", "en", country_printed={"en": "Kenya"}), "2026-02-15")
    late = register.sign(
        EDITOR, SCRIPTS, NameParts("Late Union", name_language="en"), signed_on="2026-01-09", method="email",
        reason=Reason("late", "Its letter was found later."),
    )  # fmt: skip
    register.correct(EDITOR, receipts[4].signature_id, {"translation": "Union of Seafarers"}, reason=Reason("typo"))
    return Signed(receipts[1], hidden, left, struck, late)


def taken_back(register: Register) -> None:
    """Publish a statement and take it back."""
    begin(register, BACK, title="Taken back, and still read")
    for n in range(3):
        sign(register, BACK, NameParts(f"Union {n}", name_language="en"), f"2026-01-0{n + 2}")
    register.publish(EDITOR, BACK, as_of="2026-01-04")
    register.retract(EDITOR, BACK, on="2026-06-01", reason=Reason("other", "The text was wrong."))


def every(register: Register) -> Signed:
    """Make all of them, and a sample."""
    samples.load(register, SAMPLE)
    drafted(register)
    empty(register)
    closed(register)
    long(register)
    taken_back(register)
    return scripts(register)
