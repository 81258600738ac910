"""Every question about statements and their lists: each catches up first, then answers from the view.

Parameters are taken as they stand in a query; what cannot be read or is not there is refused by `signatures/errors.py`.
"""

from __future__ import annotations

from typing import Any

from projections.questions.record import Record
from projections.questions.registry import Registry
from projections.questions.statements import Statements
from projections.questions.texts import Texts
from signatures.errors import ViewBehind


class Lists(Statements, Texts, Record, Registry):
    """The questions of pages, API and commands."""

    def create(self) -> None:
        """Make the place of the views."""
        self.replay.create()

    def health(self) -> dict[str, Any]:
        """Catch up, then tell how far the view is and what is quarantined."""
        sentence = None
        try:
            self.replay.catch_up()
        except ViewBehind as behind:
            sentence = behind.sentence
        return {**self.replay.lag(), "sentence": sentence}
