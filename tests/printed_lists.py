"""Printed lists made up by chance: a letter of any layout in any language, with the entries that a reader would find."""

from __future__ import annotations

import random
import textwrap
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from tests.printed_words import COUNTRIES, LANGUAGES, MATTERS, NAMES, ODD, PLACES, Words

GRID = (  # how entries are numbered: the print of number and name
    "{n}. {x}", "{n}.{x}", " {n}. {x}", "{n}) {x}", "({n}) {x}", "[{n}] {x}", "№ {n} {x}", "{n}.\u00a0{x}", "  {n}.  {x}", "**{n}.** {x}",
)  # fmt: skip
BULLETS = ("• ", "- ", "* ", "– ", "\u2022\t", "· ", "o  ", "▪ ")


@dataclass(frozen=True)
class Wanted:
    """An entry as a reader finds it."""

    number: int | None
    raw: str
    section: str | None = None


@dataclass
class Letter:
    """A printed letter and what is to be read from it."""

    layout: str
    language: str
    text: str = ""
    wanted: list[Wanted] = field(default_factory=list)


class Printer:
    """Prints one letter: its own dice, its language, its entries."""

    def __init__(self, seed: int | str, layout: str, language: str) -> None:
        self.dice = random.Random(f"{seed} {layout} {language}")
        self.words: Words = LANGUAGES[language]
        self.language = language
        self.letter = Letter(layout, language)
        self.lines: list[str] = []

    def pick(self, among: Sequence[str]) -> str:
        """Choose one."""
        return self.dice.choice(among)

    def maybe(self, share: float) -> bool:
        """Throw the dice."""
        return self.dice.random() < share

    # ── what stands around the list ──────────────────────────────────────────────────────────────────────────────────
    def head(self) -> None:
        """Print title, date and a text with the usual traps, then the heading of the list."""
        self.before()
        self.lines.append(self.heading())
        if self.maybe(0.4):
            self.lines.append("")

    def before(self) -> None:
        """Print title, date and text."""
        words = self.words
        self.lines += [self.pick(words.titles), ""]
        if self.maybe(0.6):
            self.lines += [self.date(), ""]
        for sentence in self.dice.sample(words.sentences, self.dice.randint(1, len(words.sentences))):
            self.lines += [*self.set_prose(sentence), ""]
        if self.maybe(0.3):
            self.lines += [f"{n}. {demand}" for n, demand in enumerate(words.demands, 1)] + [""]
        if self.maybe(0.3):
            self.lines += [self.pick(words.closings), ""]

    def set_prose(self, sentence: str) -> list[str]:
        """Set a sentence in lines."""
        return textwrap.wrap(sentence, self.dice.choice((60, 76, 400)))

    def date(self) -> str:
        """Print a day as the language does."""
        day, month = self.dice.randint(1, 28), self.dice.randint(1, 12)
        return self.pick(self.words.dates).format(
            d=day, dd=f"{day:02}", m=self.words.months[month - 1], y=2021, n=f"{month:02}"
        )

    def heading(self) -> str:
        """Print a heading."""
        return self.pick(self.words.headings).replace("{date}", self.date())

    def after(self) -> None:
        """Print what may follow a list: contact, notes, closing words of the page."""
        if self.maybe(0.4):
            self.lines += ["", *self.pick(self.words.contacts).split("\n")]
        elif self.maybe(0.2):
            self.footnotes()

    def footnotes(self) -> None:
        """Print two notes with marks."""
        note = self.pick(self.words.notes)
        shape = self.pick(("{n}. {x}", "[{n}] {x}", "{n} {x}", "{s} {x}"))
        self.lines += ["", note] if note else [""]
        for n, text in enumerate(self.dice.sample(self.words.references, 2), 1):
            self.lines.append(shape.format(n=n, x=text, s="¹²³"[n - 1]))

    # ── the entries ──────────────────────────────────────────────────────────────────────────────────────────────────
    def names(self, count: int, *, odd: float = 0.04, place: float = 0.0) -> list[str]:
        """Make up so many different names."""
        found: dict[str, None] = {}
        while len(found) < count:
            name = self.pick(ODD) if self.maybe(odd) else self.name()
            found.setdefault(f"{name}, {self.country()}" if self.maybe(place) else name)
        return list(found)

    def name(self) -> str:
        """Make up a name."""
        own = NAMES[self.language if self.maybe(0.6) else self.pick(tuple(NAMES))]
        name = self.pick(own).replace("{m}", self.pick(MATTERS[self.language])).replace("{p}", self.pick(PLACES))
        if self.maybe(0.2):
            name += f" ({''.join(word[0] for word in name.replace('-', ' ').split() if word[:1].isupper()) or 'ABC'})"
        return name

    def country(self) -> str:
        """Choose a country."""
        return self.pick(COUNTRIES[self.language])

    def sections(self) -> list[str | None]:
        """Choose sections, or none."""
        return list(self.dice.choice(self.words.sections)) if self.maybe(0.5) else [None]

    def parts(
        self, names: Sequence[str], *, numbered: bool
    ) -> Iterator[tuple[str | None, list[tuple[int | None, str]]]]:
        """Deal names out to sections; numbers run on through them or start again."""
        sections = self.sections()
        size = max(3, -(-len(names) // len(sections)))
        again, number = self.maybe(0.3), 0
        for at, section in enumerate(sections):
            dealt = names[at * size : (at + 1) * size] if at < len(sections) - 1 else names[at * size :]
            number = 0 if again else number
            if dealt:
                yield section, [((number := number + 1) if numbered else None, name) for name in dealt]

    def want(self, number: int | None, raw: str, section: str | None) -> None:
        """Note an entry as a reader finds it."""
        bare = section.strip("*# ").rstrip(" :") if section else None
        self.letter.wanted.append(Wanted(number, raw, bare))

    def print_entries(
        self, names: Sequence[str], shape: str | None, printed: Callable[[str], list[str]], between: Sequence[str] = ()
    ) -> None:
        """Print entries in one shape, each by `printed`, under their sections."""
        for section, entries in self.parts(names, numbered=shape is not None and "{n}" in shape):
            if section:
                self.lines += ["", section] if self.maybe(0.6) else [section]
            for number, name in entries:
                text = shape.format(n=number, x=name) if shape else name
                self.lines += [*printed(text), *between]
                self.want(number, name, section)

    def later(self, shape: str | None = None) -> None:
        """Print those who signed later, without numbers."""
        if self.maybe(0.25):
            if self.maybe(0.5):
                self.lines.append("")
            self.lines.append(self.pick(self.words.later))
            for name in self.names(self.dice.randint(1, 4), odd=0.0):
                self.lines.append(name)
                self.want(None, name, None)

    def finish(self) -> Letter:
        """Give the letter."""
        self.letter.text = "\n".join(self.lines) + "\n"
        return self.letter


# ── ordinary layouts ─────────────────────────────────────────────────────────────────────────────────────────────────
def one_a_line(p: Printer) -> None:
    """Names one a line, without numbers."""
    p.head()
    p.print_entries(p.names(p.dice.randint(6, 40), place=p.dice.choice((0.0, 0.5, 1.0))), None, lambda text: [text])
    p.later()
    p.after()


def blank_between(p: Printer) -> None:
    """A blank line between entries, with numbers or without."""
    p.head()
    shape = p.pick((*GRID, "{x}"))
    p.print_entries(p.names(p.dice.randint(6, 30), place=0.4), shape, lambda text: [text], [""])
    p.later()
    p.after()


def bullets(p: Printer) -> None:
    """Bullets before the names; long ones are wrapped."""
    p.head()
    mark = p.pick(BULLETS)
    indent = p.pick(("", "  ")) if p.maybe(0.5) else ""
    p.print_entries(
        p.names(p.dice.randint(6, 30), odd=0.0, place=0.3),
        None,
        lambda text: textwrap.wrap(
            text, 64, initial_indent=mark, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False
        ),
    )
    p.after()


def numbered(p: Printer) -> None:
    """Numbers in one of the usual shapes."""
    p.head()
    p.print_entries(
        p.names(p.dice.randint(4, 60), place=p.dice.choice((0.0, 0.5, 1.0))), p.pick(GRID), lambda text: [text]
    )
    p.later()
    p.after()


def table(p: Printer) -> None:
    """Columns parted by tabs: number, name, and a country or remark that may be missing."""
    p.head()
    with_number = p.maybe(0.7)
    if p.maybe(0.4):
        p.lines.append("\t".join(p.words.columns if with_number else p.words.columns[1:]))
    missing = p.dice.choice((0.0, 0.2))
    for section, entries in p.parts(p.names(p.dice.randint(6, 40)), numbered=with_number):
        if section:
            p.lines.append(section)
        for number, name in entries:
            raw = name if p.maybe(missing) else f"{name}\t{p.country() if p.maybe(0.8) else p.pick(p.words.remarks)}"
            p.lines.append(f"{number}\t{raw}" if with_number else raw)
            p.want(number, raw, section)
    p.after()


def wrapped(p: Printer) -> None:
    """Numbered entries wrapped at a narrow width, with or without indentation."""
    p.head()
    indent = p.pick(("", "   ", "      "))
    width = p.dice.choice((48, 60, 72, 80))
    p.print_entries(
        p.names(p.dice.randint(6, 30), place=0.5), p.pick(GRID),
        lambda text: textwrap.wrap(text, width, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False, break_long_words=False),
        [""] if p.maybe(0.3) else [],
    )  # fmt: skip
    p.later()
    p.after()


def pages(p: Printer) -> None:
    """Numbered or not, with the ends of pages between the entries."""
    p.head()
    page, shape, every = p.pick(p.words.pages), p.pick((*GRID, "{x}")), p.dice.randint(5, 9)
    shown = [0]

    def printed(text: str) -> list[str]:
        shown[0] += 1
        if shown[0] % every:
            return [text]
        mark = page.format(n=shown[0] // every + 1)
        return [text, "", mark, ""] if p.maybe(0.6) else [text, "\f" + mark]

    p.print_entries(p.names(p.dice.randint(12, 40), odd=0.02, place=0.3), shape, printed)
    p.after()


def web_page(p: Printer) -> None:
    """An HTML list, numbered or not."""
    p.head()
    kind = p.pick(("ol", "ul"))
    p.lines.append(f"<{kind}>")
    for number, name in enumerate(p.names(p.dice.randint(5, 20), odd=0.0, place=0.3), 1):
        p.lines.append(f"<li>{name.replace('&', '&amp;')}</li>")
        p.want(number if kind == "ol" else None, name, None)
    p.lines.append(f"</{kind}>")


# ── hard layouts ─────────────────────────────────────────────────────────────────────────────────────────────────────
def pipes(p: Printer) -> None:
    """Columns parted by bars, with titles and a ruler or without, and with outer bars or without."""
    p.head()
    outer, with_number = p.maybe(0.7), p.maybe(0.7)

    def row(cells: Sequence[str]) -> str:
        return f"| {' | '.join(cells)} |" if outer else " | ".join(cells)

    titles = p.words.columns if with_number else p.words.columns[1:]
    if p.maybe(0.6):
        p.lines += [row(titles), row(["---"] * len(titles))]
    for number, name in enumerate(p.names(p.dice.randint(5, 25), place=0.0), 1):
        country = "" if p.maybe(0.1) else p.country()
        p.lines.append(
            row([*([str(number)] if with_number else []), name, country]).rstrip()
            if not outer
            else row([*([str(number)] if with_number else []), name, country])
        )
        p.want(number if with_number else None, f"{name}\t{country}" if country else name, None)
    p.after()


def hanging(p: Printer) -> None:
    """Entries without numbers, wrapped, whose further lines are indented or whose first lines are."""
    p.head()
    indent = p.pick(("    ", "  ", "\t"))
    width = p.dice.choice((44, 56, 70))
    p.print_entries(
        p.names(p.dice.randint(6, 30), odd=0.0, place=0.5), p.pick(("{x}", "{x}", "{n} {x}", "{n}. {x}")),
        lambda text: textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False),
    )  # fmt: skip
    p.after()


def full_lines(p: Printer) -> None:
    """Entries without numbers, wrapped at full lines without any indentation, a blank line between them."""
    p.head()
    width = p.dice.choice((44, 56, 70))
    p.print_entries(
        p.names(p.dice.randint(8, 30), odd=0.0, place=0.5), None,
        lambda text: textwrap.wrap(text, width, break_on_hyphens=False, break_long_words=False), [""],
    )  # fmt: skip
    p.after()


def without_dots(p: Printer) -> None:
    """Numbers followed by nothing but a space."""
    p.head()
    p.print_entries(
        p.names(p.dice.randint(6, 40), odd=0.08, place=0.3),
        p.pick(("{n} {x}", "{n}  {x}", " {n} {x}", "{n}\u00a0{x}", "{n}\n{x}")),
        lambda text: text.split("\n"),
    )
    p.later()
    p.after()


def with_footnotes(p: Printer) -> None:
    """Notes that are numbered like the list, right after it."""
    p.head()
    p.print_entries(p.names(p.dice.randint(5, 30), place=0.3), p.pick((*GRID, "{x}", "{n} {x}")), lambda text: [text])
    p.footnotes()


def no_list(p: Printer) -> None:
    """A letter without a list."""
    p.before()
    if p.maybe(0.5):
        p.lines += [f"{n}. {demand}" for n, demand in enumerate(p.words.demands, 1)]
    p.after()


def side_by_side(p: Printer) -> None:
    """Two columns of entries beside each other, read down the first and then down the second."""
    p.head()
    names = [name for name in p.names(p.dice.randint(8, 30), odd=0.0) if len(name) < 60]
    shape = p.pick(("{n}. {x}", "{n}. {x}", "{n}) {x}", "{x}"))
    half = -(-len(names) // 2)
    texts = [shape.format(n=n, x=name) for n, name in enumerate(names, 1)]
    width = max(len(text) for text in texts[:half]) + 4
    for at in range(half):
        right = texts[half + at] if half + at < len(texts) else ""
        p.lines.append(f"{texts[at]:<{width}}{right}".rstrip())
    for n, name in enumerate(names, 1):
        p.want(n if "{n}" in shape else None, name, None)
    p.after()


def on_the_heading(p: Printer) -> None:
    """Entries on the heading's own line, parted by semicolons or commas."""
    p.before()
    heading = next(h for h in (p.heading() for _ in range(50)) if h.endswith(":"))
    names = [name.replace(",", "") for name in p.names(p.dice.randint(4, 12), odd=0.0)]
    mark = p.pick(("; ", ", "))
    text = f"{heading} {mark.join(names)}" + p.pick(("", "."))
    p.lines += textwrap.wrap(text, 76, break_on_hyphens=False) if p.maybe(0.5) else [text]
    for name in names:
        p.want(None, name, None)
    p.after()


def wrapped_cells(p: Printer) -> None:
    """A table whose cells are set in columns and wrapped in them."""
    p.head()
    wide, narrow = p.dice.choice((30, 36, 44)), 22
    with_number = p.maybe(0.7)
    for number, name in enumerate(p.names(p.dice.randint(5, 20), odd=0.0), 1):
        country = p.country()
        cells = [
            textwrap.wrap(cell, width, break_on_hyphens=False, break_long_words=False)
            for cell, width in ((name, wide), (country, narrow))
        ]
        for at in range(max(map(len, cells))):
            left, right = (cell[at] if at < len(cell) else "" for cell in cells)
            first = f"{number if at == 0 else '':<5}" if with_number else ""
            p.lines.append(f"{first}{left:<{wide + 4}}{right}".rstrip())
        p.want(number if with_number else None, f"{name}\t{country}", None)
    p.after()


ORDINARY: tuple[Callable[[Printer], None], ...] = (
    one_a_line,
    blank_between,
    bullets,
    numbered,
    table,
    wrapped,
    pages,
    web_page,
)
HARD: tuple[Callable[[Printer], None], ...] = (
    pipes, hanging, full_lines, without_dots, with_footnotes, no_list, side_by_side, on_the_heading, wrapped_cells,
)  # fmt: skip


def letters(layouts: Sequence[Callable[[Printer], None]], each: int) -> Iterator[Letter]:
    """Print so many letters of each layout in each language."""
    for layout in layouts:
        for language in LANGUAGES:
            for seed in range(each):
                printer = Printer(seed, layout.__name__, language)
                layout(printer)
                yield printer.finish()
