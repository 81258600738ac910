"""Whether every act in a log was allowed: a second opinion, from the contract alone, on what the register let in."""

from __future__ import annotations

from projections.auditing.bodies import Bodies
from projections.auditing.courses import Courses
from projections.auditing.found import Report
from projections.auditing.index import Index
from projections.auditing.rules import breaks
from projections.auditing.statements import Life

WORDED = """
SELECT s.position FROM wording s LEFT JOIN wording t ON t.stream = s.stream AND t.sha256 = s.sha256 AND NOT t.signed
WHERE s.signed AND coalesce(t.position, s.position) >= s.position ORDER BY s.position
"""


def check_allowed(index: Index, report: Report) -> None:
    """Judge all that concerns one statement after the other, then organisations; orders are judged with their lists."""
    for (stream,) in index.ask("SELECT stream FROM statement ORDER BY position"):
        life = Life(index, stream, report)
        life.judge_signatures()
        Courses(index, life, report).judge()
    worded = index.one(WORDED)
    if worded:
        breaks(report, "signed-text", worded[0], "It names a text that its statement did not have.")
    Bodies(index, report).judge()
