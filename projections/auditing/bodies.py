"""Whether what is said of organisations was allowed, and whether one of them ever came to stand twice under a statement."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from projections.auditing.courses import Course, course_of
from projections.auditing.found import Report
from projections.auditing.index import Index
from projections.auditing.rules import breaks
from projections.auditing.statements import check_annulled, check_reason

MERGED = frozenset({"Merged"})
ORGANISATIONS = "stream >= x'6f' AND stream < x'70'"  # o, organisation
CHANGED = f"SELECT place FROM entry WHERE type IN ('Renamed', 'Withheld') AND {ORGANISATIONS} ORDER BY position"
LINKS = f"""
SELECT position, stream, into_, 0 FROM merger WHERE stream IN (SELECT stream FROM kin WHERE root = ?1)
UNION ALL
SELECT position, stream, NULL, target FROM annulment WHERE {ORGANISATIONS} AND stream IN (SELECT stream FROM kin WHERE root = ?1)
ORDER BY 1
"""
TWICE = "SELECT stream, organisation FROM signature GROUP BY organisation, stream HAVING count(*) > 1"
ONCE_ANOTHERS = "SELECT DISTINCT stream, organisation FROM owner"
OF_KIN = "SELECT DISTINCT s.stream, k.root FROM kin k JOIN signature s ON s.organisation = k.stream"
SIGNED = "SELECT id FROM signature WHERE stream = ? AND organisation = ?"
OWNED = "SELECT signature FROM owner WHERE stream = ? AND organisation = ?"
ACTS_OF = """
SELECT position, place, 0 FROM act WHERE stream = ?1 AND signature = ?2
UNION ALL
SELECT n.position, n.place, n.target FROM act a JOIN annulment n ON n.target = a.position AND n.stream = a.stream
WHERE a.stream = ?1 AND a.signature = ?2
"""


class Step(NamedTuple):
    """One entry that bears on who stands: a signature's beginning or act, an annulment, or a merger."""

    position: int
    kind: str
    of: Any = None
    what: Any = None


class Links:
    """Which registrations are merged, as entries follow each other."""

    def __init__(self) -> None:
        """Begin with none."""
        self.into: dict[bytes, tuple[int, bytes]] = {}
        self.of: dict[bytes, set[bytes]] = {}

    def group(self, one: bytes) -> set[bytes]:
        """List all that are one body with a registration, itself included."""
        found, waiting = {one}, [one]
        while waiting:
            here = waiting.pop()
            near = {self.into[here][1]} if here in self.into else set()
            near |= self.of.get(here, set())
            waiting += near - found
            found |= near
        return found

    def take(self, position: int, stream: bytes, into: bytes | None, target: int) -> None:
        """Let a merger happen, or be annulled."""
        if into is not None:
            self.into[stream] = (position, into)
            self.of.setdefault(into, set()).add(stream)
        elif self.into.get(stream, (0, b""))[0] == target:
            self.of[self.into.pop(stream)[1]].discard(stream)


class Bodies:
    """All organisations of a log."""

    def __init__(self, index: Index, report: Report) -> None:
        """Gather who was ever merged with whom."""
        self.index, self.report = index, report
        for stream, into in index.ask("SELECT stream, into_ FROM merger ORDER BY position"):
            roots = [self._root(one) for one in (stream, into)]
            index.write("UPDATE kin SET root = ? WHERE root = ?", [(roots[0], roots[1])])
            index.write("INSERT OR IGNORE INTO kin VALUES (?, ?)", [(one, roots[0]) for one in (stream, into)])

    def _root(self, stream: bytes) -> bytes:
        row = self.index.one("SELECT root FROM kin WHERE stream = ?", (stream,))
        return row[0] if row else stream

    def judge(self) -> None:
        """See that all were registered, merged and renamed as they may be, and that none stands twice."""
        self._registered()
        self._changed()
        self._merged()
        for sql in (TWICE, ONCE_ANOTHERS, OF_KIN):
            for statement, organisation in self.index.ask(sql):
                self._stand(statement, self._root(organisation))

    # ── registrations ────────────────────────────────────────────────────────────────────────────────────────────────

    def _registered(self) -> None:
        """See that whoever signs, is merged into or is said to have signed was registered; nobody sees that of a draft's."""
        for table, name in (("signature", "organisation"), ("owner", "organisation"), ("merger", "into_")):
            hidden = "AND NOT EXISTS (SELECT 1 FROM withheld w LEFT JOIN entry h ON h.position = w.position WHERE h.position IS NULL AND w.position < s.position)"
            row = self.index.one(
                f"SELECT s.position FROM {table} s WHERE NOT EXISTS"
                f" (SELECT 1 FROM entry e WHERE e.stream = s.{name} AND e.position < s.position)"
                f" {hidden if table == 'merger' else ''} ORDER BY s.position"
            )
            if row:
                breaks(
                    self.report, "organisation", row[0], "It names an organisation that no entry before it registered."
                )

    def _changed(self) -> None:
        for (place,) in self.index.ask(CHANGED):
            leaf = self.index.leaf(place)
            if leaf["type"] == "Withheld":
                check_reason(leaf, leaf["data"], self.report)
            elif not leaf["data"]["changes"]:
                breaks(self.report, "renamed", leaf["position"], "It renames nothing.")

    def _merged(self) -> None:
        annulled: set[int] = set()
        for place, stream, target in self.index.ask(
            f"SELECT place, stream, target FROM annulment WHERE {ORGANISATIONS} ORDER BY position"
        ):
            check_annulled(self.index, stream, self.index.leaf(place), MERGED, annulled, self.report)
            annulled.add(target)
        for (root,) in self.index.ask("SELECT DISTINCT root FROM kin"):
            links = Links()
            for position, stream, into, target in self.index.ask(LINKS, (root,)):
                if into is not None and (stream in links.into or into in links.group(stream)):
                    again = "was merged already" if stream in links.into else "is the same body already"
                    breaks(self.report, "merged", position, f"It merges what {again}.")
                links.take(position, stream, into, target)

    # ── who stands ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _stand(self, statement: bytes, root: bytes) -> None:
        """Follow all signatures of organisations that were ever one body, and their mergers, as they were recorded."""
        kin = [stream for (stream,) in self.index.ask("SELECT stream FROM kin WHERE root = ?", (root,))] or [root]
        ids = {id_ for one in kin for sql in (SIGNED, OWNED) for (id_,) in self.index.ask(sql, (statement, one))}
        if len(ids) > 1:
            steps = sorted([*self._steps(statement, ids), *self._links(root)], key=lambda step: step.position)
            self._follow(steps)

    def _steps(self, statement: bytes, ids: set[str]) -> Iterator[Step]:
        for id_ in ids:
            row = self.index.one("SELECT position FROM signature WHERE id = ? AND stream = ?", (id_, statement))
            yield Step(row[0] if row else 0, "Signed", id_, course_of(self.index, statement, id_))
            for position, place, target in self.index.ask(ACTS_OF, (statement, id_)):
                yield Step(position, "Annulled", id_, target) if target else Step(position, "Act", id_, place)

    def _links(self, root: bytes) -> Iterator[Step]:
        return (Step(row[0], "Link", None, row) for row in self.index.ask(LINKS, (root,)))

    def _follow(self, steps: list[Step]) -> None:
        links, courses = Links(), dict[str, Course]()
        for position, kind, id_, what in steps:
            if kind == "Link":
                links.take(*what)
                continue
            before = courses.get(id_)
            after = self._after(before, kind, what)
            group = links.group(after.organisation)
            rivals = [one for other, one in courses.items() if other != id_ and one.organisation in group]
            wrong = any(_refused(one, after) for one in rivals) if before is None else _doubled(before, after, rivals)
            if wrong:
                breaks(self.report, "standing-once", position, "By it an organisation stands twice at one time.")
            courses[id_] = after

    def _after(self, before: Course | None, kind: str, what: Any) -> Course:
        if before is None:
            course: Course = what
            return course
        return before.without(what) if kind == "Annulled" else before.after(self.index.leaf(what))


def _refused(earlier: Course, new: Course) -> bool:
    """Tell whether an earlier signature keeps its organisation from signing: it stands, or ends later than that begins."""
    return earlier.stands or (not earlier.voided and new.signed_on < (earlier.withdrawn_on or ""))


def _doubled(before: Course, after: Course, rivals: list[Course]) -> bool:
    """Tell whether two come to stand together that did not; those whom a merger has made one body did before."""
    return any(
        after.overlaps(rival) and not (before.organisation == after.organisation and before.overlaps(rival))
        for rival in rivals
    )
