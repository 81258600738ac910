"""All pages of the console, joined."""

from __future__ import annotations

from flask import Blueprint

from signatures.editors.console import (
    acts,
    invitations,
    organisations,
    proposals,
    queue,
    signatories,
    signin,
    statements,
)
from signatures.editors.console.keeping import Lists
from signatures.room import Room


def blueprints(room: Room, lists: Lists) -> tuple[Blueprint, ...]:
    """Make every blueprint under /editors."""
    return (
        signin.blueprint(room),
        queue.blueprint(room),
        proposals.blueprint(room),
        acts.blueprint(room),
        statements.blueprint(room, lists),
        signatories.blueprint(room, lists),
        organisations.blueprint(room, lists),
        invitations.blueprint(room, lists),
    )
