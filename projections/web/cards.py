"""The pictures that go with shared pages: drawn when somebody asks, kept as bytes, the same for the same list. GET changes nothing."""

from __future__ import annotations

from threading import BoundedSemaphore
from typing import Any

from flask import Blueprint, Response
from flask_babel import gettext as _
from flask_babel import ngettext

from projections.answers import Answer, Kept
from projections.lists import Lists
from projections.rendering.card import Card, can_draw, png
from projections.web import contents, replies
from projections.web.asking import asked
from projections.web.forms import DOCUMENT_WAIT, DocumentsBusy, described
from signatures.errors import NotFound, RegisterError
from signatures.sentences import said
from signatures.web.frame import language_of_reader, refusal_page
from signatures.web.words import day_words

PNG = "image/png"
BYTES_KEPT = 8 * 2**20  # in one process: some hundred pictures
ANYWHERE = {"Cross-Origin-Resource-Policy": "cross-origin"}


def blueprint(lists: Lists) -> Blueprint:
    """Make the blueprint `cards` over the questions of a register."""
    cards = Blueprint("cards", __name__)
    easel = Easel()

    @cards.get("/card.png")
    def register() -> Response:
        """Draw the register's own card."""
        asked("lang")
        return easel.reply(Card(_("Who stands under which text, on any day"), None, language_of_reader(), _name()))

    @cards.get("/statements/<reference>/card.png")
    def statement(reference: str) -> Response:
        """Draw the card of a statement: how many stand on a date."""
        question = asked("lang", *contents.TIME)
        when: dict[str, Any] = {name: question[name] for name in contents.TIME if name in question}
        answer = lists.signatories(reference, limit=1, **when)
        language = contents.chosen_language(lists.statement(answer["statement"]), question.get("lang"))
        return easel.reply(of_list(answer, described(lists, answer, language)), replies.caching(answer, question))

    @cards.errorhandler(RegisterError)
    def refused(error: RegisterError) -> Any:
        """Say a refusal in its own sentence."""
        return refusal_page(error)

    @cards.app_context_processor
    def drawing() -> dict[str, bool]:
        """Tell every page whether there are pictures to point at."""
        return {"draws_cards": can_draw()}

    return cards


def of_list(answer: Answer, told: dict[str, Any]) -> Card:
    """Say of a list what its card does, in the reader's language; the title in its own."""
    language, standing = language_of_reader(), answer["counts"]["standing"]
    issued, day = told["issued_on"], day_words(answer["as_of"], language)
    return Card(
        told["title"],
        told["title_language"],
        language,
        _name(),
        tuple(part for part in (told["kind"], issued and day_words(issued, language)) if part),
        ngettext("%(num)s signatory as of %(day)s", "%(num)s signatories as of %(day)s", standing, day=day),
        _("The statement was taken back. The list stays readable.") if told["status"] == "retracted" else "",
    )


def _name() -> str:
    return f"№ {_('Common Register')}"


class Easel:
    """Draws one card at a time and keeps the last ones."""

    def __init__(self) -> None:
        """Begin with none."""
        self._kept = Kept(BYTES_KEPT)
        self._drawing = BoundedSemaphore(1)

    def reply(self, card: Card, caching: str = replies.AGAIN) -> Response:
        """Reply with a card; nobody but its words decides what is on it."""
        drawn = self._kept.get(card, lambda: replies.rendered(self._drawn(card)), lambda one: len(one.body))
        response = replies.reply(drawn, PNG, caching)
        response.headers.update(ANYWHERE)
        return response

    def _drawn(self, card: Card) -> bytes:
        if not can_draw():
            raise NotFound(
                said(
                    "This server draws no pictures: its operator can add them by `pip install 'signatures[documents]'`."
                )
            )
        if not self._drawing.acquire(timeout=DOCUMENT_WAIT):
            raise DocumentsBusy
        try:
            return png(card)
        finally:
            self._drawing.release()
