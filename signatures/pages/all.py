"""All pages that an organisation meets, joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from flask import Blueprint

from signatures.pages import confirmation, entry, form, invited, objection, receipt
from signatures.pages.signable import StatementTold
from signatures.room import Room


class Lists(Protocol):
    """The questions that these pages ask; wsgi.py hands over who answers them."""

    def for_form(self, reference: str) -> StatementTold:
        """Tell of a statement what can be signed."""

    def organisations_like(self, text: str, /) -> Sequence[Mapping[str, Any]]:
        """List the organisations that public lists name and whose names hold all words of a text."""

    def organisation(self, id_: str, /) -> Mapping[str, Any]:
        """Tell of an organisation that a public list names, with its signatures."""


def blueprints(room: Room, lists: Lists) -> tuple[Blueprint, ...]:
    """Make every blueprint of the form and of what follows it."""
    return (
        form.blueprint(room, lists.for_form, lists.organisations_like),
        confirmation.blueprint(room, lists.for_form),
        receipt.blueprint(room, lists.for_form, lists.organisation),
        entry.blueprint(room, lists.for_form),
        objection.blueprint(room, lists.for_form),
        invited.blueprint(room, lists.for_form),
    )
