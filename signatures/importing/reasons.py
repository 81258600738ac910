"""Why a line was read as it was: every sentence that the importer can say of one, in English, and its values.

The sentence is the key: of the catalogues, of whoever compares reasons, and in the database. None holds a semicolon,
which stands between them.
"""

from __future__ import annotations

from collections.abc import Iterable

from signatures.sentences import Sentence, said

Reason = Sentence
Left = tuple[str, tuple[Reason, ...]]  # the kind of a line that is no entry, and how that was seen


def english(reasons: Iterable[Reason]) -> str:
    """Tell reasons in English, for the command and the report."""
    return "; ".join(one.told() for one in reasons)


# ── where an entry begins ────────────────────────────────────────────────────────────────────────────────────────────
SEQUENCE = said("number %(number)s goes on in the sequence")
RESTART = said("numbers start again")
FIRST_NUMBER = said("the first number printed is %(number)s")
SKIPS = said("the list skips %(missing)s: the printed number is kept")
TWICE = said("the number %(number)s is printed twice")
INSTEAD = said("number %(number)s stands where %(due)s is due: the printed number is kept")
ON_A_LINE = said("one of the entries on a line")
BETWEEN_NUMBERED = said("stands between numbered entries")
BEFORE_NUMBERED = said("stands before the first number")
FREE = said("a line of its own in a list without numbers")
ROW = said("a row of the table")

# ── why a line goes on with the entry above ──────────────────────────────────────────────────────────────────────────
WITH_LINE = said("with line %(line)s: %(why)s")
WITHOUT_LINE = said("without line %(line)s, which stands inside it")
RUNS_ON = said("runs on in its line or column")
COUNTRY_OVER_LINES = said("the two lines together name a country or region")
INCOMPLETE = said("the line above is not complete")
FULL = said("the line above is full")
INDENTED_OR_FULL = said("it is indented, or the line above is full")
LOWER_OR_INDENTED = said("it begins in lower case or is indented")
IN_COLUMNS = said("goes on in the columns of the row above")
NUMBER_ALONE = said("the number stands on a line of its own")
BELOW_NUMBER = said("stands below a number and has none")
UNBULLETED = said("it has no bullet")
IN_BRACKETS = said("all of it stands in brackets")
OUT_OF_ORDER = said("it would break the order of the alphabet")

# ── what was guessed, and what is doubtful ───────────────────────────────────────────────────────────────────────────
NO_NUMBER = said("it has no number although its neighbours have one")
NO_BULLET = said("it has no bullet although its neighbours have one")
MAY_GO_ON = said("it may go on from the line above")
MAY_GO_ON_BELOW = said("it may go on in the line below")
ADDRESSED = said("an address stands behind its colon")
LIKE_SENTENCE = said("it ends and reads like a sentence")
TOO_LONG = said("this is longer than a name")
DOWN_COLUMNS = said("read down one column and then the next")
BLOCK = said("the lines of a block belong to one entry")
COUNTRY_BELOW = said("the line below its name gives its country")
PARTED = said("parted at the commas or dashes of its line")
TWO_NAMES = said("it may hold two names, joined by an “and”")
SLASH = said("joined at a slash")
HYPHEN_KEPT = said("the hyphen in “%(word)s” was kept")
HYPHEN_DROPPED = said("the hyphen in “%(word)s” was taken for one of the wrapping")
NO_HEADING = said("the list has no heading")
NO_TITLES = said("the columns have no titles and were told by what stands in them")
NO_NAME = said("its cell for the name is empty")
CELLS = said("its cells may be entries of their own")
LATE_ROW = said("it stands below the last number and has none: taken for a later signatory")
WRONG_NUMBER = said("“%(text)s” is no number")
PERSON = said("this looks like a person: leave it out, or take responsibility")
PRINTED_BEFORE = said("printed before (%(place)s): both are kept")
MAY_BE_SAME = said("may be the same as an entry before it (%(place)s): both are kept")
AT_NUMBER = said("number %(number)s")
AT_LINE = said("line %(number)s")

# ── what a name is made of ───────────────────────────────────────────────────────────────────────────────────────────
COUNTRY = said("“%(text)s” is a country")
COUNTRIES = said("“%(text)s” names several countries")
COUNTRY_SLIP = said("“%(text)s” stands in a column of countries and is one letter away from one")
COUNTRY_UNKNOWN = said("“%(text)s” stands in a column of countries but is not known as one")
COUNTRY_ALONE = said("a country alone: it may belong to the line above or head those below")
WIDE_SPACE = said("a wide space sets “%(text)s” apart")
INITIALS = said("“%(text)s” has the initials of the name")
MOST_INITIALS = said("“%(text)s” has most initials of the name")
NOT_INITIALS = said("the letters of “%(text)s” are not the initials of the name")
MIXED = said("%(character)s stands in a word of another script and is kept as printed")
LATIN_BRACKET = said("a name in another script, with Latin letters in brackets")
SOUNDS = said("the bracket begins its words as the name sounds")
BRACKET_LANGUAGE = said("the bracket is in another language than the name")
BRACKET_LENGTH = said("the bracket is about as long as the name, as translations are here")

# ── what an editor has done ──────────────────────────────────────────────────────────────────────────────────────────
CHECKED = said("looked at by an editor")
LEFT_OUT = said("left out by an editor")

# ── what heads the list or a section of it ───────────────────────────────────────────────────────────────────────────
HEADING = said("taken for the list's heading")
WORD = said("the word “%(word)s”")
SLIP = said("“%(word)s”, a slip for “%(meant)s”")
LAST_CHARACTER = said("its last character")
DATED = said("it has a date")
NAMES_FOLLOW = said("names follow it")
ONLY_GROUPS = said("the only line that speaks of groups")
HEADING_RUNS_ON = said("the heading runs on")
HEADING_REMARK = said("a remark to the heading: its date, its order, or that more may sign")
TWO_DATES = said("its date can be read in two ways: say which day is meant")
YEAR_GUESSED = said("its date has no year: %(year)s is the document's")
NO_YEAR = said("its date has no year, and the document none either: say which day is meant")
LATER = said("heads those who signed after the list was drawn up")
SECTION = said("heads a section: %(why)s")
SCOPE = said("made of words for scope and group")
REGION = said("a region alone")
PLACE = said("a country alone")
GROUP = said("a heading word and a group")
COLON = said("a short line that ends in a colon")
AS_HEADINGS = said("set as headings are here")
ABOVE_RESTART = said("stands above numbers that start again")
TITLES = said("the titles of the columns")
ABOVE_TITLES = said("stands above the titles of the columns")

# ── what is no entry ─────────────────────────────────────────────────────────────────────────────────────────────────
FIRST_LINE = said("the first line of the text")
DATE_LINE = said("a short line with the document's date")
BODY = said("the statement's text")
CLOSING = said("closing words of a letter")
SENTENCE = said("a sentence and not a name")
WITHDRAWN = said("withdrawn, withheld or left free")
OUTSIDE = said("stands outside the list")
AFTER = said("stands after the list")
FOLLOWS = said("stands after the list, which line %(line)s ends")
END = said("marks the end of the text")
DRAWN = said("a line that is only drawn")
OF_PAGE = said("a page's header, footer or number")
BESIDE = said("stands beside the page's text, in its “%(element)s”")
MORE = said("only says that there are more")
COUNTS = said("only counts or dates the list")
LETTER = said("only the letter with which the next entries begin")
CHECKPOINT = said("names the state of the log that the list was told from")
UNSEEN = said("holds only markup or characters that nobody sees")
LINK = said("only a link, an address or a telephone number")
MAIL = said("only tells an e-mail address")
CONTACT = said("tells how to sign, to learn more or to reach somebody")
TO_JOIN = said("tells where to join")
OWNER = said("tells whose page it is")
SENT_ALONG = said("tells who is sent a copy or what is enclosed")
NOTES = said("heads the notes")
NOTE = said("begins like a note")
NOTE_MARK = said("begins with the mark of a note")
NOTE_NUMBER = said("its number starts again after the list, without a heading")
POSTSCRIPT = said("a postscript")

# ── the kinds of lines that are no entries, as the console calls them ────────────────────────────────────────────────
KINDS = {
    **dict.fromkeys(
        ("list-heading", "later-heading", "subsequent-heading", "section", "index-letter"), said("A heading")
    ),
    **dict.fromkeys(("footer", "page-number", "page-header", "page-furniture"), said("Page")),
    **dict.fromkeys(("text", "body", "remark", "closing"), said("Text")),
    **dict.fromkeys(("ruler", "invisible"), said("No text")),
    "title": said("Title"),
    "date-line": said("Date"),
    "column-titles": said("Columns"),
    "contact": said("Contact details"),
    "note": said("Note"),
    "left-out": said("No entry"),
    "checkpoint": said("Checkpoint"),
}
