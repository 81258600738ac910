"""Whether a bundle is whole: its manifest says what the log gives, texts have their SHA-256, and no file is missing or too much."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from projections.auditing.entries import BESIDE, ENTRIES, Entries
from projections.auditing.folder import SMALL_FILE, Folder, Missing
from projections.auditing.found import CannotRead, OlderBundle, Report
from projections.auditing.grown import TILES, superfluous
from projections.auditing.index import Index
from projections.auditing.leaves import UNREADABLE
from projections.auditing.published import Published
from projections.auditing.seals import CHECKPOINT, COSIGNED, FORMER, VKEY, WITNESSES
from signatures.bundles.sums import SUMS, summed

LEFT_OUT = {"statement": str, "after": int, "reason": str}
MANIFEST, FORMAT, WITHOUT_TREE = "register.json", "signatures-bundle/2", "signatures-bundle/1"
TEXTS, WITHHELD_TEXTS = "texts", "withheld-texts"
FILES = {MANIFEST, ENTRIES, CHECKPOINT, VKEY, COSIGNED, WITNESSES, BESIDE, SUMS}


class Manifest:
    """What a bundle says of itself."""

    def __init__(self, folder: Folder, report: Report) -> None:
        """Read it; what is no bundle of this kind cannot be audited, what is changed is reported."""
        self.report = report
        self.said: dict[str, Any] = {}
        try:
            self.content = folder.read(MANIFEST, SMALL_FILE)
            said = json.loads(self.content)
            if isinstance(said, dict) and said:
                self.said = said
            else:
                report.differs(f"{MANIFEST} is not as an export writes it.")
        except Missing:
            if not folder.has(ENTRIES):
                raise CannotRead(
                    f"{folder.root} is no bundle: it holds neither {MANIFEST} nor {ENTRIES}. Give the folder that"
                    " `signatures export` wrote."
                ) from None
            self.content = b""
            report.differs(f"{MANIFEST} is missing.")
            return
        except UNREADABLE as error:
            report.differs(f"{MANIFEST} is not as an export writes it ({error}).")
            return
        if self.said.get("format") == WITHOUT_TREE:
            raise OlderBundle(f"{folder.root} was written by older software ({WITHOUT_TREE}).", said=self.said)

    @property
    def position(self) -> int | None:
        """Tell the last position, by its own account."""
        position = self.said.get("position")
        return position if type(position) is int else None

    def left_out(self) -> dict[str, int]:
        """Tell beyond which position the export left out a statement's lists, by its own account; it is said as such."""
        told: dict[str, int] = {}
        named = self.said.get("left_out", [])
        for one in named if isinstance(named, list) and named else [None] if "left_out" in self.said else []:
            if not (isinstance(one, dict) and {name: type(value) for name, value in one.items()} == LEFT_OUT):
                self.report.differs(f"{MANIFEST}: left_out is not as an export writes it.")
                return {}
            told[one["statement"]] = one["after"]
            self.report.unchecked.append(
                f"the newest list of {one['statement']}, and what it published after position {one['after']}: the export"
                f" left them out and says: {one['reason']}"
            )
        return told

    def compare(self, entries: Entries, origin: str | None, texts: int, lists: int) -> None:
        """Compare every field with what the log gives."""
        if not self.said:
            return
        last = entries.last
        right = {
            "format": FORMAT,
            "register": self.said.get("register"),
            "origin": origin or self.said.get("origin"),
            "position": entries.position,
            "recorded_at": last["recorded_at"] if last else self.said.get("recorded_at"),
            "leaf_hash": entries.last_hash.hex() if entries.position else None,
            "withheld": entries.withheld,
            "texts": texts,
            "lists": lists,
        }
        if "left_out" in self.said:
            right["left_out"] = self.said["left_out"]
        for name, value in right.items():
            if self.said.get(name) != value or type(self.said.get(name)) is not type(value):
                position = None
                if name == "position" and isinstance(self.said.get(name), int):
                    position = max(0, min(self.said[name], entries.position)) + 1
                self.report.differs(
                    f"{MANIFEST}: {name} is {self.said.get(name)!r}, the log gives {value!r}.", position
                )
                return
        if not _is_uuid(right["register"]) or right["origin"] not in (origin, f"register-{right['register']}"):
            self.report.differs(f"{MANIFEST}: register is {right['register']!r}, which is not as an export writes it.")
        elif str(right["origin"]).startswith("register-") and not str(right["origin"]).startswith(
            f"register-{right['register']}"
        ):
            self.report.differs(
                f"{MANIFEST}: register is {right['register']!r}, but the log's name is {right['origin']}."
            )
        elif json.dumps(right, indent=2).encode() + b"\n" != self.content:
            self.report.differs(f"{MANIFEST} is not written as an export writes it.")


def _is_uuid(value: object) -> bool:
    try:
        return str(UUID(str(value))) == value
    except ValueError:
        return False


def check_texts(folder: Folder, index: Index, report: Report) -> int:
    """See that every text that an entry names is there and is what its name says; return how many public ones are."""
    count = 0
    for sha256, position, open_ in index.ask("SELECT sha256, position, open FROM named ORDER BY position"):
        part = TEXTS if open_ else WITHHELD_TEXTS
        count += open_
        try:
            found = folder.sha256(f"{part}/{sha256}") if len(sha256) == 64 and sha256.isalnum() else "no name of a text"
        except Missing:
            report.differs(f"it names the text {sha256}, which is missing in {part}.", position)
            continue
        if found != sha256:
            report.differs(
                f"it names the text {sha256}, but what lies in {part} under that name has another SHA-256.", position
            )
    return count


def check_files(folder: Folder, index: Index, published: Published, size: int, report: Report) -> None:
    """Name the files that no bundle of this log has."""
    lists = {name for name, _, _ in published.names()}
    for name in superfluous(folder, size):
        report.differs(f"{name} is too much: a tree of {size} entries has no such tile.")
    for name in folder.names():
        if not folder.plain(name):
            report.differs(f"{name} is no plain file: no export writes links, pipes or devices.")
            continue
        part, _, rest = name.partition("/")
        if (not rest and part in FILES) or part in (TILES, FORMER):
            continue
        if part in (TEXTS, WITHHELD_TEXTS) and index.one(
            "SELECT 1 FROM named WHERE sha256 = ? AND open = ?", (rest, int(part == TEXTS))
        ):
            continue
        if name not in lists:
            report.differs(f"{name} is too much: nothing in the log names it.")


def check_sums(folder: Folder, report: Report) -> None:
    """Compare the SHA-256 of all files with the list that the export made of them, as `sha256sum -c` does."""
    try:
        with folder.open(SUMS) as file:
            lines = file.read().decode().split("\n")
    except Missing:
        report.differs(f"{SUMS} is missing.")
        return
    except UnicodeDecodeError:
        report.differs(f"{SUMS} is not as an export writes it.")
        return
    names = list(summed(sorted(folder.names())))
    there = set(names)
    listed = dict(line.split("  ", 1)[::-1] for line in lines if "  " in line)
    for name in names:
        if listed.get(name) != folder.sha256(name):
            report.differs(f"{name} is not the file that {SUMS} lists.")
            return
    for name in listed:
        if name not in there:
            report.differs(f"{name} is missing, which {SUMS} lists.")
            return
    if lines != [f"{listed[name]}  {name}" for name in names] + [""]:
        report.differs(f"{SUMS} lists other files than there are, or is not as an export writes it.")
