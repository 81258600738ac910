"""What holds of every stream: versions without holes, acts about what was there before, editions counted one by one."""

from __future__ import annotations

from projections.auditing.found import Report
from projections.auditing.index import Index


def check_versions(index: Index, report: Report) -> None:
    """See that the entries of each stream are its versions 1, 2, 3 … without holes, and name the first that is not."""
    stream, version, before, worst = b"", 0, 0, None
    for position, found, told in index.ask("SELECT position, stream, version FROM entry ORDER BY stream, position"):
        if found != stream:
            stream, version, before = found, 0, 0
        if told != version + 1 and (worst is None or position < worst[0]):
            worst = (position, told, version + 1, before)
        version, before = told, position
    if worst:
        _hole(index, report, *worst)


def _hole(index: Index, report: Report, position: int, told: int, version: int, before: int) -> None:
    """Report a hole; a withheld entry within it is where it begins."""
    hidden = index.one(
        "SELECT w.position FROM withheld w LEFT JOIN entry e ON e.position = w.position"
        " WHERE e.position IS NULL AND w.position > ? AND w.position < ? ORDER BY w.position LIMIT 1",
        (before, position),
    )
    if hidden and told > version:
        report.differs(
            f"here, or at a later withheld position before {position}, version {version} of a stream is shown as its hash"
            " alone, although the stream is public and no order in the log says so.",
            hidden[0],
        )
    else:
        report.differs(f"it is version {told} of its stream, where {version} comes next.", position)


def check_acts(index: Index, report: Report) -> None:
    """See that every act is about a signature of the same statement that came before it, and that no id is used twice."""
    for id_, first in index.ask("SELECT id, min(position) FROM signature GROUP BY id HAVING count(*) > 1 LIMIT 1"):
        again = index.one("SELECT min(position) FROM signature WHERE id = ? AND position > ?", (id_, first))
        report.differs(f"it signs under the id of the signature at position {first}.", int(again[0]) if again else None)
    act = index.one(
        "SELECT min(a.position) FROM act a LEFT JOIN signature s"
        " ON s.id = a.signature AND s.stream = a.stream AND s.position < a.position WHERE s.position IS NULL"
    )
    if act and act[0] is not None:
        report.differs("it is about a signature that no entry before it made.", act[0])


def check_orders(index: Index, report: Report) -> None:
    """See that what an order keeps was recorded between its neighbours in the log."""
    before = "SELECT place FROM entry WHERE position < ? AND place >= 0 ORDER BY position DESC LIMIT 1"
    after = "SELECT place FROM entry WHERE position > ? AND place >= 0 ORDER BY position LIMIT 1"
    for position, place in index.ask("SELECT position, place FROM entry WHERE place < 0 ORDER BY position"):
        rows = [index.one(before, (position,)), (place,), index.one(after, (position,))]
        stamps = [index.leaf(row[0])["recorded_at"] for row in rows if row]
        if stamps != sorted(stamps):
            report.differs(
                "the order that withheld it tells a stamp that cannot stand between its neighbours'.", position
            )
            return


def check_editions(index: Index, report: Report) -> None:
    """See that the editions of each statement are its first, second, third …, and name the first that is not."""
    row = index.one(
        "SELECT position, number, n FROM (SELECT position, number, row_number() OVER"
        " (PARTITION BY stream ORDER BY position) AS n FROM edition) WHERE number <> n ORDER BY position"
    )
    if row:
        report.differs(f"it publishes edition {row[1]}, where {row[2]} comes next.", row[0])
