"""Kinds of lines that are no entries: rulers, pages, footers, column titles, contacts, notes, sections, later headings."""

from __future__ import annotations

import re
from collections.abc import Sequence

from signatures.importing import reasons
from signatures.importing.lexicon.words import fold, phrases, undecorated, visible, vocabulary
from signatures.importing.lines import asides
from signatures.importing.lines.headwords import is_heading_word, is_weak_word
from signatures.importing.lines.line import Line
from signatures.importing.reasons import Reason

_RULER = re.compile(r"[\s\-_=*#~.|+:\u2013\u2014\u2015\u2500-\u257f\u2022]+\Z")
_IMAGE = re.compile(r"\[?!\[[^\]]*\]\([^()]*\)(?:\]\([^()]*\))?\Z")
_PAGE_NUMBER = re.compile(
    r"[\s\-\u2013\u2014\[(|]*(?:[^\W\d_]{1,8}\.?\s{0,3}(?:n[o\u00ba\u00b0.]{0,2}\s{0,3})?)?"
    r"\d{1,4}\s{0,3}(?:(?:/|of|von|de|di|sur|sobre|\u0438\u0437|\u0645\u0646|\|)\s{0,3}\d{1,4})?[\s\-\u2013\u2014\])|]*\Z",
    re.IGNORECASE,
)
_FOOTER = re.compile(r"(\d{1,4})\s{0,3}/\s{0,3}(\d{1,4})\s*\Z")
_FILE = re.compile(r"[\w-]\.(?:docx?|pdf|odt|rtf|txt|html?)\b", re.IGNORECASE)
_REFERENCE = re.compile(r"\s*([A-Z]{2,12}[-_ ]?\d{3,8})\b")
_LINK = re.compile(
    r"\s*<?(?:https?://\S+|www\.\S+|mailto:\S+|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64})+)>?[.,;]?\s*\Z", re.IGNORECASE
)
_CONTACT = re.compile(r"https?://|www\.|\S@\S|\+\d[\d\s()-]{6}", re.IGNORECASE)
_MAIL = re.compile(r"\S@\S")
_TELEPHONE = re.compile(r"(?<!\S)\(?\+\d[\d\s()./-]{7,}")
_BETWEEN_CELLS = re.compile(r"\t|\||\s{2,}")
_NUMBER_TITLE = re.compile(
    r"(?:(?:lfd|lauf)\.? ?)?(?:n\.?[º°or]?o?|n[uú]m(?:ero)?|№|#|s[ıi]ra)\.?(?: ?п/п)?\Z", re.IGNORECASE
)
_NOTE_MARK = re.compile(
    r"\s*(?:[\u00b9\u00b2\u00b3\u2070-\u2079]|\*+(?=\s?\w)|\u2020|\[\d{1,3}\]|\[[ivx]{1,4}\]|\(\d{1,3}\)(?=\s))"
)
_CHECKPOINT = re.compile(r".{5,80}?: ?\S{1,20} [0-9]{1,15}[,\u060c] ?\S{1,20} [A-Za-z0-9+/]{43}=\Z")  # in any language
_ROOT = re.compile(r"[A-Za-z0-9+/]{43}=\Z")
_BRACKETED = re.compile(r"(?:\[[^\[\]]*\]\s*)?\(([^()]*)\)\Z|\[([^\[\]]*)\]\Z")
ADDRESSES = (reasons.LINK, reasons.MAIL)  # what stands on a line that tells nothing else
_FEW_WORDS = 4
_SHORT_PHRASE = 8  # letters of a phrase that other words begin with too
_MOST_WORDS = 14  # of a section heading


def is_ruler(line: Line) -> bool:
    """Tell whether a line is only drawn: a ruler, or a picture in Markdown."""
    return len(line.bare) > 1 and bool(_RULER.match(line.bare) or _IMAGE.match(line.bare))


def is_checkpoint(line: Line) -> bool:
    """Tell whether a line is the one before a list of a register: the state of the log it was told from."""
    return bool(_CHECKPOINT.match(line.bare)) or is_root(line)


def is_root(line: Line) -> bool:
    """Tell whether a line is only a checkpoint's root, which stands alone among lines from right to left."""
    return bool(_ROOT.match(line.bare))


def is_left_out(text: str) -> bool:
    """Tell whether an entry is none any more: "[name withheld]", "(left free)", "[Name] (withdrawn on 07 June 2021)"."""
    match = _BRACKETED.match(visible(text).strip())
    inside = Line(0, "", (match.group(1) or match.group(2) or "") if match else "")
    return any(word in vocabulary("left_out") for word in inside.words)


def is_page_number(line: Line) -> bool:
    """Tell whether a line is only a page's number: "Page 2 of 3", "- 2 -", "2 / 3"."""
    if len(line.bare) > 40 or not _PAGE_NUMBER.match(line.bare):
        return False
    return all(word in vocabulary("page_words") or word == "n" for word in line.words)


def is_footer(line: Line) -> bool:
    """Tell whether a line is a document's own footer: a reference or a file's name, and a page."""
    if len(line.bare) > 200 or not (_FOOTER.search(line.bare) or _FILE.search(line.bare)):
        return False
    return bool(_FILE.search(line.bare) or _REFERENCE.match(line.bare))


def is_column_titles(line: Line) -> bool:
    """Tell whether a line holds the titles of columns."""
    if not 1 < len(line.words) <= _MOST_WORDS:
        alone = vocabulary("name_titles", "country_titles") - vocabulary("groups") | {"no"}
        return len(line.words) == 1 and line.words[0] in alone and line.bare[-1].isalpha()
    cells = [cell for cell in _BETWEEN_CELLS.split(line.text.strip(" |")) if cell.strip()]
    if len(cells) > 1 and _NUMBER_TITLE.match(cells[0].strip()) and not any(c.isdecimal() for c in line.bare):
        return True
    apart = any(gap in line.text for gap in ("\t", "|", "   ")) or line.words[0] in ("no", "nr", "n", "num")
    titles = vocabulary("column_titles")
    named = vocabulary("name_titles") | vocabulary("country_titles")
    if apart and all(word in titles for word in line.words) and any(word in named for word in line.words):
        return True
    return len(cells) > 1 and _titles_behind(cells)


def _titles_behind(cells: Sequence[str]) -> bool:
    """Tell a row of titles by its further cells where the first one is not known: "Verlag   Land", "Kollektiv | Ort"."""
    first, *others = (Line(0, "", cell) for cell in cells)
    titles, small = vocabulary("column_titles"), vocabulary("links")
    known = all(
        one.words and all(word in titles for word in one.words) and not all(word in small for word in one.words)
        for one in others
    )
    return known and first.length < _FEW_WORDS - 1 and first.bare.replace(" ", "").isalpha()


def contact(line: Line) -> Reason | None:
    """Say why a line tells how to reach or to join, or give None."""
    folded = fold(line.bare[:200]).lstrip("*_#>-[(\u2022\u00ab\u2190\u2191\u2192 ")
    if _LINK.match(line.bare):
        return reasons.LINK
    if line.bare.startswith(("\u00a9", "(c) ")):
        return reasons.OWNER
    if asides.is_copy(line):
        return reasons.SENT_ALONG
    if asides.is_enclosure(line):
        return reasons.SENT_ALONG
    known = phrases("contact_phrases")
    if (
        folded.startswith(known)
        and any(_begins(line.bare, folded, phrase) for phrase in known)
        and (len(line.words) > 1 or ":" in folded)
    ):
        return reasons.CONTACT
    first = folded.replace("e-mail", "email").split(":", 1)[0].split(" ", 1)[0]
    if first in vocabulary("contact_words") and (
        len(line.words) == 1 or ":" in folded[:24] or _CONTACT.search(line.bare)
    ):
        return reasons.CONTACT
    if line.length > _FEW_WORDS and _MAIL.search(line.bare) and "\t" not in line.bare and "|" not in line.bare:
        return reasons.MAIL
    if _TELEPHONE.search(line.bare) and "\t" not in line.bare and "|" not in line.bare:
        return reasons.LINK
    if asides.addressed(line) and _joins(folded.split(":", 1)[0]):
        return reasons.TO_JOIN
    return None


def _joins(text: str) -> bool:
    """Tell whether the words before an address invite to sign, or name how to reach somebody."""
    known = vocabulary("joining", "contact_words")
    return any(w in known or is_heading_word(w) or is_weak_word(w) for w in Line(0, "", text).words)


def _begins(text: str, folded: str, phrase: str) -> bool:
    """Tell whether a text begins with a phrase that is no part of a name: "cc", and not "CCFD" or "Media Contact Network"."""
    if not folded.startswith(phrase):
        return False
    rest = folded[len(phrase) :]
    if "contact" in phrase or "kontakt" in phrase:
        return not rest[:1].isalpha() and (":" in rest[:30] or not rest.strip() or bool(_CONTACT.search(text)))
    return len(phrase) > _SHORT_PHRASE or not rest[:1].isalpha()


def note(line: Line) -> Reason | None:
    """Say why a line is a note or the heading of notes, or give None."""
    heading = undecorated(line.bare)
    if len(line.words) == 1 and line.words[0] in vocabulary("note_words") and heading.isalpha():
        return reasons.NOTES
    if line.words and line.words[0] in vocabulary("note_words") and fold(line.bare).startswith(f"{line.words[0]}:"):
        return reasons.NOTE
    if (
        line.bare.endswith(":")
        and line.words
        and line.words[0] in vocabulary("note_words")
        and line.length <= _FEW_WORDS
    ):
        return reasons.NOTES
    if asides.is_postscript(line):
        return reasons.POSTSCRIPT
    mark = _NOTE_MARK.match(line.text)
    if mark and (line.length > 3 or "http" in line.bare):
        return reasons.NOTE_MARK
    return None


def is_count(line: Line) -> bool:
    """Tell whether a line only counts the signatories: "203 organisations", "Total: 34"."""
    if not any(c.isdecimal() for c in line.bare) or not 0 < len(line.words) <= _MOST_WORDS // 2:
        return False
    counted = vocabulary("fillers", "groups", "scope", "links")
    total = any(
        word in vocabulary("groups") or word in ("total", "insgesamt", "gesamt", "toplam") or is_heading_word(word)
        for word in line.words
    )
    return total and all(
        word in counted or word in ("insgesamt", "gesamt", "toplam") or is_heading_word(word) for word in line.words
    )
