"""Why a line was read as it was: every sentence that the importer can say of one, in English, and its values.

The sentence is the key: of the catalogues, of whoever compares reasons, and in the database. None holds a semicolon,
which stands between them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

N_ = str  # marks what the catalogues translate


@dataclass(frozen=True)
class Reason:
    """A sentence with places for values, and the values: texts of the list, numbers, or a reason of its own."""

    sentence: str
    values: tuple[tuple[str, str | int | Reason], ...] = ()

    def of(self, **values: str | int | Reason) -> Reason:
        """Fill in the values."""
        return replace(self, values=tuple(values.items()))

    def says(self, other: Reason) -> bool:
        """Tell whether this is the same sentence as another one's, whatever the values are."""
        return self.sentence == other.sentence

    def told(self, translate: Callable[[str], str] = str, quote: Callable[[str | int], str] = str) -> str:
        """Tell it in the language into which `translate` brings a sentence; `quote` sets a value apart from the words."""
        values = {
            name: value.told(translate, quote) if isinstance(value, Reason) else quote(value)
            for name, value in self.values
        }
        return translate(self.sentence) % values if values else translate(self.sentence)


Left = tuple[str, tuple[Reason, ...]]  # the kind of a line that is no entry, and how that was seen


def english(reasons: Iterable[Reason]) -> str:
    """Tell reasons in English, for the command and the report."""
    return "; ".join(one.told() for one in reasons)


# ── where an entry begins ────────────────────────────────────────────────────────────────────────────────────────────
SEQUENCE = Reason(N_("number %(number)s goes on in the sequence"))
RESTART = Reason(N_("numbers start again"))
FIRST_NUMBER = Reason(N_("the first number printed is %(number)s"))
SKIPS = Reason(N_("the list skips %(missing)s: the printed number is kept"))
TWICE = Reason(N_("the number %(number)s is printed twice"))
INSTEAD = Reason(N_("number %(number)s stands where %(due)s is due: the printed number is kept"))
ON_A_LINE = Reason(N_("one of the entries on a line"))
BETWEEN_NUMBERED = Reason(N_("stands between numbered entries"))
BEFORE_NUMBERED = Reason(N_("stands before the first number"))
FREE = Reason(N_("a line of its own in a list without numbers"))
ROW = Reason(N_("a row of the table"))

# ── why a line goes on with the entry above ──────────────────────────────────────────────────────────────────────────
WITH_LINE = Reason(N_("with line %(line)s: %(why)s"))
WITHOUT_LINE = Reason(N_("without line %(line)s, which stands inside it"))
RUNS_ON = Reason(N_("runs on in its line or column"))
COUNTRY_OVER_LINES = Reason(N_("the two lines together name a country or region"))
INCOMPLETE = Reason(N_("the line above is not complete"))
FULL = Reason(N_("the line above is full"))
INDENTED_OR_FULL = Reason(N_("it is indented, or the line above is full"))
LOWER_OR_INDENTED = Reason(N_("it begins in lower case or is indented"))
IN_COLUMNS = Reason(N_("goes on in the columns of the row above"))
NUMBER_ALONE = Reason(N_("the number stands on a line of its own"))
BELOW_NUMBER = Reason(N_("stands below a number and has none"))
UNBULLETED = Reason(N_("it has no bullet"))
IN_BRACKETS = Reason(N_("all of it stands in brackets"))
OUT_OF_ORDER = Reason(N_("it would break the order of the alphabet"))

# ── what was guessed, and what is doubtful ───────────────────────────────────────────────────────────────────────────
NO_NUMBER = Reason(N_("it has no number although its neighbours have one"))
NO_BULLET = Reason(N_("it has no bullet although its neighbours have one"))
MAY_GO_ON = Reason(N_("it may go on from the line above"))
MAY_GO_ON_BELOW = Reason(N_("it may go on in the line below"))
ADDRESSED = Reason(N_("an address stands behind its colon"))
LIKE_SENTENCE = Reason(N_("it ends and reads like a sentence"))
TOO_LONG = Reason(N_("this is longer than a name"))
DOWN_COLUMNS = Reason(N_("read down one column and then the next"))
BLOCK = Reason(N_("the lines of a block belong to one entry"))
COUNTRY_BELOW = Reason(N_("the line below its name gives its country"))
PARTED = Reason(N_("parted at the commas or dashes of its line"))
TWO_NAMES = Reason(N_("it may hold two names, joined by an “and”"))
SLASH = Reason(N_("joined at a slash"))
HYPHEN_KEPT = Reason(N_("the hyphen in “%(word)s” was kept"))
HYPHEN_DROPPED = Reason(N_("the hyphen in “%(word)s” was taken for one of the wrapping"))
NO_HEADING = Reason(N_("the list has no heading"))
NO_TITLES = Reason(N_("the columns have no titles and were told by what stands in them"))
NO_NAME = Reason(N_("its cell for the name is empty"))
CELLS = Reason(N_("its cells may be entries of their own"))
LATE_ROW = Reason(N_("it stands below the last number and has none: taken for a later signatory"))
WRONG_NUMBER = Reason(N_("“%(text)s” is no number"))
PERSON = Reason(N_("this looks like a person: leave it out, or take responsibility"))
PRINTED_BEFORE = Reason(N_("printed before (%(place)s): both are kept"))
MAY_BE_SAME = Reason(N_("may be the same as an entry before it (%(place)s): both are kept"))
AT_NUMBER = Reason(N_("number %(number)s"))
AT_LINE = Reason(N_("line %(number)s"))

# ── what a name is made of ───────────────────────────────────────────────────────────────────────────────────────────
COUNTRY = Reason(N_("“%(text)s” is a country"))
COUNTRIES = Reason(N_("“%(text)s” names several countries"))
COUNTRY_SLIP = Reason(N_("“%(text)s” stands in a column of countries and is one letter away from one"))
COUNTRY_UNKNOWN = Reason(N_("“%(text)s” stands in a column of countries but is not known as one"))
COUNTRY_ALONE = Reason(N_("a country alone: it may belong to the line above or head those below"))
WIDE_SPACE = Reason(N_("a wide space sets “%(text)s” apart"))
INITIALS = Reason(N_("“%(text)s” has the initials of the name"))
MOST_INITIALS = Reason(N_("“%(text)s” has most initials of the name"))
NOT_INITIALS = Reason(N_("the letters of “%(text)s” are not the initials of the name"))
MIXED = Reason(N_("%(character)s stands in a word of another script and is kept as printed"))
LATIN_BRACKET = Reason(N_("a name in another script, with Latin letters in brackets"))
SOUNDS = Reason(N_("the bracket begins its words as the name sounds"))
BRACKET_LANGUAGE = Reason(N_("the bracket is in another language than the name"))
BRACKET_LENGTH = Reason(N_("the bracket is about as long as the name, as translations are here"))

# ── what an editor has done ──────────────────────────────────────────────────────────────────────────────────────────
CHECKED = Reason(N_("looked at by an editor"))
LEFT_OUT = Reason(N_("left out by an editor"))

# ── what heads the list or a section of it ───────────────────────────────────────────────────────────────────────────
HEADING = Reason(N_("taken for the list's heading"))
WORD = Reason(N_("the word “%(word)s”"))
SLIP = Reason(N_("“%(word)s”, a slip for “%(meant)s”"))
LAST_CHARACTER = Reason(N_("its last character"))
DATED = Reason(N_("it has a date"))
NAMES_FOLLOW = Reason(N_("names follow it"))
ONLY_GROUPS = Reason(N_("the only line that speaks of groups"))
HEADING_RUNS_ON = Reason(N_("the heading runs on"))
HEADING_REMARK = Reason(N_("a remark to the heading: its date, its order, or that more may sign"))
TWO_DATES = Reason(N_("its date can be read in two ways: say which day is meant"))
YEAR_GUESSED = Reason(N_("its date has no year: %(year)s is the document's"))
NO_YEAR = Reason(N_("its date has no year, and the document none either: say which day is meant"))
LATER = Reason(N_("heads those who signed after the list was drawn up"))
SECTION = Reason(N_("heads a section: %(why)s"))
SCOPE = Reason(N_("made of words for scope and group"))
REGION = Reason(N_("a region alone"))
PLACE = Reason(N_("a country alone"))
GROUP = Reason(N_("a heading word and a group"))
COLON = Reason(N_("a short line that ends in a colon"))
AS_HEADINGS = Reason(N_("set as headings are here"))
ABOVE_RESTART = Reason(N_("stands above numbers that start again"))
TITLES = Reason(N_("the titles of the columns"))
ABOVE_TITLES = Reason(N_("stands above the titles of the columns"))

# ── what is no entry ─────────────────────────────────────────────────────────────────────────────────────────────────
FIRST_LINE = Reason(N_("the first line of the text"))
DATE_LINE = Reason(N_("a short line with the document's date"))
BODY = Reason(N_("the statement's text"))
CLOSING = Reason(N_("closing words of a letter"))
SENTENCE = Reason(N_("a sentence and not a name"))
WITHDRAWN = Reason(N_("withdrawn, withheld or left free"))
OUTSIDE = Reason(N_("stands outside the list"))
AFTER = Reason(N_("stands after the list"))
FOLLOWS = Reason(N_("stands after the list, which line %(line)s ends"))
END = Reason(N_("marks the end of the text"))
DRAWN = Reason(N_("a line that is only drawn"))
OF_PAGE = Reason(N_("a page's header, footer or number"))
BESIDE = Reason(N_("stands beside the page's text, in its “%(element)s”"))
MORE = Reason(N_("only says that there are more"))
COUNTS = Reason(N_("only counts or dates the list"))
LETTER = Reason(N_("only the letter with which the next entries begin"))
CHECKPOINT = Reason(N_("names the state of the log that the list was told from"))
UNSEEN = Reason(N_("holds only markup or characters that nobody sees"))
LINK = Reason(N_("only a link, an address or a telephone number"))
MAIL = Reason(N_("only tells an e-mail address"))
CONTACT = Reason(N_("tells how to sign, to learn more or to reach somebody"))
TO_JOIN = Reason(N_("tells where to join"))
OWNER = Reason(N_("tells whose page it is"))
SENT_ALONG = Reason(N_("tells who is sent a copy or what is enclosed"))
NOTES = Reason(N_("heads the notes"))
NOTE = Reason(N_("begins like a note"))
NOTE_MARK = Reason(N_("begins with the mark of a note"))
NOTE_NUMBER = Reason(N_("its number starts again after the list, without a heading"))
POSTSCRIPT = Reason(N_("a postscript"))

# ── the kinds of lines that are no entries, as the console calls them ────────────────────────────────────────────────
KINDS = {
    **dict.fromkeys(
        ("list-heading", "later-heading", "subsequent-heading", "section", "index-letter"), N_("A heading")
    ),
    **dict.fromkeys(("footer", "page-number", "page-header", "page-furniture"), N_("Page")),
    **dict.fromkeys(("text", "body", "remark", "closing"), N_("Text")),
    **dict.fromkeys(("ruler", "invisible"), N_("No text")),
    "title": N_("Title"),
    "date-line": N_("Date"),
    "column-titles": N_("Columns"),
    "contact": N_("Contact details"),
    "note": N_("Note"),
    "left-out": N_("No entry"),
    "checkpoint": N_("Checkpoint"),
}
