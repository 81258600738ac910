"""Importing: how many entries of made-up letters are read right; `python -m tests.benchmarks.importing [EACH] [LAYOUT…]`."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from signatures.importing import read_printed
from tests.printed_lists import HARD, ORDINARY, Letter, Printer, letters


@dataclass
class Tally:
    """What became of the entries of some letters."""

    wanted: int = 0
    equal: int = 0
    invented: int = 0
    doubtful: int = 0

    def add(self, letter: Letter) -> list[str]:
        """Read a letter and count; give the entries that came out otherwise, for a reader."""
        read = read_printed(letter.text).entries
        wanted = Counter((want.number, want.raw, want.section) for want in letter.wanted)
        found = Counter((entry.number, entry.raw, entry.section) for entry in read)
        sure = Counter((e.number, e.raw, e.section) for e in read if e.confidence != "doubtful")
        self.wanted += wanted.total()
        self.equal += (wanted & found).total()
        self.invented += (sure - wanted).total()
        self.doubtful += found.total() - sure.total()
        return [f"  wanted {x}" for x in wanted - found] + [f"  found  {x}" for x in found - wanted]

    def row(self, name: str) -> str:
        """Print the shares as a row of the table."""
        most = max(1, self.wanted)
        shares = (100 * self.equal / most, 100 * self.invented / most, 100 * self.doubtful / most)
        return f"{name:<18} {self.wanted:>6} " + " ".join(f"{share:>8.2f}" for share in shares)


def measure(layouts: Sequence[Callable[[Printer], None]], each: int) -> dict[tuple[str, str], Tally]:
    """Tally so many letters of every layout in every language, by layout and language."""
    tallies: dict[tuple[str, str], Tally] = {}
    for letter in letters(layouts, each):
        tallies.setdefault((letter.layout, letter.language), Tally()).add(letter)
    return tallies


def summed(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    total = Tally()
    for tally in tallies:
        total.wanted += tally.wanted
        total.equal += tally.equal
        total.invented += tally.invented
        total.doubtful += tally.doubtful
    return total


def main() -> None:
    """Print the table: layouts, then languages, then all."""
    each = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"{'layout':<18} {'wanted':>6} {'equal %':>8} {'invent %':>8} {'doubt %':>8}")
    for kind, layouts in (("ordinary", ORDINARY), ("hard", HARD)):
        tallies = measure([one for one in layouts if not sys.argv[2:] or one.__name__ in sys.argv[2:]], each)
        for at in (0, 1):
            for name in dict.fromkeys(key[at] for key in tallies):
                print(summed(tally for key, tally in tallies.items() if key[at] == name).row(name))
        print(summed(tallies.values()).row(f"all {kind}"), flush=True)


if __name__ == "__main__":
    main()
