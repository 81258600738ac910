"""The lists of a bundle: each published statement's editions and its newest list, as files, written and compared."""

from __future__ import annotations

import json
from collections.abc import Collection, Generator, Iterator
from contextlib import AbstractContextManager, closing
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from projections.answers import Answer
from projections.lists import Lists
from projections.rendering.listfile import list_lines
from projections.streaming import Published
from signatures.bundles.bundle import LeftOut, Listed, paced
from signatures.clock import civil_date
from signatures.errors import InvalidTime
from signatures.folders import new_file
from signatures.log.derive import Progress

EDGES = 4  # lines of a list file beside its elements


class ListFile(NamedTuple):
    """One list: its place in the folder, and the question that it answers. Of a newest list the day is not fixed."""

    name: str
    statement: Published
    position: int
    as_of: str | None = None


class ListFiles:
    """The lists as known at a position of the log."""

    def __init__(self, lists: Lists, position: int, *, today: bool = True) -> None:
        """Ask the lists; the newest one of a statement is today's, or else that of the day on which the log ends."""
        self.lists, self.position = lists, position
        self.today = today

    def names(self) -> Iterator[ListFile]:
        """Name the files, statement by statement; of one that a view could not go on with the newest list is left out."""
        for statement in self.lists.published(self.position):
            for number, as_of, position in statement.editions:
                yield ListFile(f"{statement.reference}/edition-{number}.json", statement, position, as_of)
            if not statement.stopped:
                yield ListFile(f"{statement.reference}/newest.json", statement, statement.position)

    def left_out(self) -> tuple[LeftOut, ...]:
        """Name the statements that cannot be told to their end."""
        return tuple(
            LeftOut(one.reference, one.position, f"beyond position {one.position} it cannot be told just now")
            for one in self.lists.published(self.position)
            if one.stopped
        )

    def stopped(self) -> list[str]:
        """Say which statements cannot be told to their end."""
        return [
            f"The newest list of {one.statement} is left out: {one.reason}. `signatures check` tells more."
            for one in self.left_out()
        ]

    def length(self) -> int:
        """Tell how many lines there are in all files, for a progress bar."""
        total = 0
        for file in self.names():
            with self._asked(file, self._day(file)) as answer:
                total += answer["counts"]["places"] + answer["counts"]["subsequent"] + EDGES
        return total

    def write(self, folder: Path, progress: Progress) -> Listed:
        """Write all files below a folder; tell how many, and what is left out."""
        written = 0
        for file in self.names():
            path = folder / file.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with new_file(path) as out:
                out.writelines(paced(self._lines(file, self._day(file)), progress))
            written += 1
        return Listed(written, self.left_out())

    def differences(self, folder: Path, progress: Progress, left_out: Collection[str] = ()) -> Iterator[str]:
        """Name for each file below a folder the first line that is not what the log gives, and what is missing or too much.

        Of statements that are `left_out` whatever is there is compared, and the rest is not missed.
        """
        there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
        for file in self.names():
            if file.name not in there:
                if file.statement.reference not in left_out:
                    yield f"{folder.name}/{file.name}: missing."
                continue
            there.remove(file.name)
            number = self._first_difference(folder / file.name, file, progress)
            if number:
                yield f"{folder.name}/{file.name} line {number}: not what the log gives."
        for name in sorted(there):
            yield f"{folder.name}/{name}: the log has no such list."

    def _first_difference(self, path: Path, file: ListFile, progress: Progress) -> int | None:
        with path.open("rb") as found, closing(self._lines(file, _as_of(path))) as right:
            try:
                for number, (one, other) in enumerate(zip_longest(found, paced(right, progress)), 1):
                    if one != other:
                        return number
            except InvalidTime:  # it says that it is of no day
                return 1
        return None

    def _lines(self, file: ListFile, as_of: str) -> Generator[bytes, None, None]:
        with self._asked(file, as_of) as answer:
            yield from list_lines(answer)

    def _asked(self, file: ListFile, day: str) -> AbstractContextManager[Answer]:
        return self.lists.streamed(file.statement.reference, file.as_of or day, file.position)

    def _day(self, file: ListFile) -> str:
        """Tell the day of a statement's newest list."""
        last = None if self.today else self.lists.log.entry(self.position)
        instant = datetime.fromisoformat(last.recorded_at) if last else self.lists.clock()
        return civil_date(instant, file.statement.time_zone).isoformat()


def _as_of(path: Path) -> str:
    """Read of which day a list says that it is; what is no day is found when it is asked for."""
    with path.open("rb") as file:
        head = file.readline().rstrip(b"\n") + b"]}"
    try:
        return str(json.loads(head)["as_of"])
    except (ValueError, LookupError, TypeError, RecursionError):
        return "?"
