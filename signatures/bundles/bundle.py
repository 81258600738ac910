"""The bundle as it is written: log, tree, signatures, texts and lists in a folder, a page at a time.

Two registers made from one bundle hold the same entries, byte for byte, and the same heads, whatever their database.
A bundle holds neither contacts nor idempotency keys.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple, TypeVar

from signatures.bundles.bundlefile import ENTRIES, FORMAT, LISTS, MANIFEST, TEXTS, WITHHELD, WITHHELD_TEXTS
from signatures.bundles.enclosed import CHECKPOINT, enclosed
from signatures.bundles.sums import SUMS, sums
from signatures.bundles.tilefiles import TILES, Tiling
from signatures.errors import Misconfigured, PositionOutOfRange, Refused
from signatures.folders import new_file, new_folder
from signatures.log.derive import Progress, unheard
from signatures.log.eventlog import Entry, withheld_line
from signatures.log.fold import texts_named
from signatures.log.mapping import TOPICS, topic_parts
from signatures.log.store import Store
from signatures.log.withheld import withheld_streams
from signatures.proof import notes
from signatures.proof.checkpoints import Checkpoints
from signatures.proof.tiles import Tile

PAGE = 1_000
ORDERS = [topic for topic in TOPICS if topic_parts(topic)[1] == "Withheld"]
MOST_ORDERS = 1_000_000
STEP = 250
Item = TypeVar("Item")


class LeftOut(NamedTuple):
    """A statement whose lists cannot be told beyond a position, and why."""

    statement: str
    after: int
    reason: str


class Listed(NamedTuple):
    """How many lists were written, and which could not be."""

    written: int
    left_out: tuple[LeftOut, ...] = ()


WriteLists = Callable[[Path, int], Listed]  # into a folder, as known at a position


class Summary(NamedTuple):
    """What an export or a restore did."""

    entries: int
    texts: int
    withheld: int
    lists: int = 0


def without_lists(_folder: Path, _position: int) -> Listed:
    """Write no lists: what is written is for a restore, not for an auditor."""
    return Listed(0)


def paced(items: Iterable[Item], progress: Progress) -> Iterator[Item]:
    """Go through items and tell how many were taken, some hundreds at a time: a progress bar costs more than a line."""
    taken = 0
    for taken, item in enumerate(items, 1):
        yield item
        if taken % STEP == 0:
            progress(STEP)
    if taken % STEP:
        progress(taken % STEP)


def export(
    checkpoints: Checkpoints,
    folder: Path,
    *,
    position: int | None = None,
    public: bool = False,
    lists: WriteLists = without_lists,
    progress: Progress = unheard,
) -> Summary:
    """Write the log up to a position (default: all of it), its tree, texts and lists into a new folder.

    Leaves of statements that are not published at that position are withheld. They are written beside, readable by the
    owner alone, so that the operator can restore everything; `public` leaves them out.
    """
    if faults := checkpoints.faults():
        raise Misconfigured(faults)  # a copy that is behind proves nothing, and is not to be signed
    newest = checkpoints.store.newest()
    last = newest.position if newest else 0
    if position is not None and not 0 < position <= last:
        raise PositionOutOfRange(f"There is no position {position}; the log's last one is {last}.")
    with new_folder(folder) as part:
        return Export(checkpoints, part, last if position is None else position, public=public).write(lists, progress)


class Export:
    """An export under way, into a folder that is there."""

    def __init__(self, checkpoints: Checkpoints, folder: Path, position: int, *, public: bool) -> None:
        """Find out what is withheld, and sign what came since the last checkpoint."""
        self.store, self.folder, self.position, self.public = checkpoints.store, folder, position, public
        _refuse_half_orders(self.store, position)
        self.withheld = withheld_streams(self.store, position)
        self.enclosed = enclosed(checkpoints, position)
        self.origin = checkpoints.origin()
        self.kept = self.disclosed = 0
        self.named: dict[bool, set[str]] = {False: set(), True: set()}

    def write(self, lists: WriteLists, progress: Progress) -> Summary:
        """Write all files; the manifest and the sums of all come last."""
        for name, content in self.enclosed.items():
            self._write(name, content)
        last = self._write_entries(progress)
        self.named[True] -= self.named[False]
        texts = self._write_texts(TEXTS, self.named[False], 0o755)
        if not self.public and self.named[True]:
            texts += self._write_texts(WITHHELD_TEXTS, self.named[True], 0o700)
        listed = lists(self.folder / LISTS, self.position)
        _refuse_half_orders(self.store, self.position)
        manifest: dict[str, object] = {
            "format": FORMAT,
            "register": self.store.identity(),
            "origin": self.origin,
            "position": self.position,
            "recorded_at": last.recorded_at if last else None,
            "leaf_hash": last.leaf_hash.hex() if last else None,
            "withheld": self.kept,
            "texts": len(self.named[False]),
            "lists": listed.written,
        }
        if listed.left_out:  # else an auditor would call their lists missing
            manifest["left_out"] = [one._asdict() for one in listed.left_out]
        self._write(MANIFEST, json.dumps(manifest, indent=2).encode() + b"\n")
        self._write(SUMS, sums(self.folder))
        return Summary(self.position, texts, self.disclosed, listed.written)

    def _write_entries(self, progress: Progress) -> Entry | None:
        last, tiling = None, Tiling(self._write_tile)
        with (
            new_file(self.folder / ENTRIES) as lines,
            new_file(self.folder / WITHHELD, mode=0o600) as withheld,
        ):
            for page in self._pages():
                for last in page:
                    hidden = last.stream in self.withheld
                    lines.write((withheld_line(last.position, last.leaf_hash) if hidden else last.line()) + b"\n")
                    tiling.append(last.leaf_hash)
                    if hidden and not last.withheld:
                        self.disclosed += 1
                        withheld.write(b"" if self.public else last.leaf() + b"\n")
                    self.kept += hidden or last.withheld
                    self.named[hidden].update(texts_named(last))
                progress(len(page))
        if self.public or not self.disclosed:
            (self.folder / WITHHELD).unlink()
        self._compare(tiling.end())
        return last

    def _compare(self, root: bytes) -> None:
        """See that what was written is what was signed."""
        if notes.read_checkpoint(notes.read_note(self.enclosed[CHECKPOINT]).text).root != root:
            raise Refused(
                "The entries are not those of which the checkpoint was signed. `signatures check` tells more; nothing was exported."
            )

    def _pages(self) -> Iterator[list[Entry]]:
        after = 0
        while after < self.position:
            page = self.store.entries(after, min(PAGE, self.position - after))
            if len(page) != min(PAGE, self.position - after) or page[-1].position != after + len(page):
                raise Refused(
                    f"The log has a hole after position {after}. `signatures check` names it; nothing was exported."
                )
            yield page
            after = page[-1].position

    def _write_texts(self, part: str, names: set[str], mode: int) -> int:
        (self.folder / part).mkdir(mode=mode)
        for name in sorted(names):
            content = self.store.text(name)
            if content is None:
                raise Refused(
                    f"The text {name} is not stored. `signatures check` names where it belongs; nothing was exported."
                )
            self._write(f"{part}/{name}", content, mode & 0o666)
        return len(names)

    def _write_tile(self, tile: Tile, content: bytes) -> None:
        self._write(f"{TILES}/{tile.path()}", content)

    def _write(self, name: str, content: bytes, mode: int = 0o644) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with new_file(path, mode=mode) as file:
            file.write(content)


def _refuse_half_orders(store: Store, position: int) -> None:
    """Refuse to end before an order that withheld an entry: nobody could tell what the entry still shows."""
    for order in store.select_notifications(position + 1, MOST_ORDERS, topics=ORDERS):
        withheld = json.loads(order.state)["position"]
        if withheld <= position:
            raise Refused(
                f"Position {withheld} was withheld by an order at position {order.id}. Export up to there or further, "
                f"or only up to {withheld - 1}; nothing was exported."
            )
