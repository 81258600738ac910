"""All pages of the console, joined."""

from __future__ import annotations

from flask import Blueprint

from signatures.editors.console import (
    acts,
    amending,
    drafting,
    editions,
    importing,
    invitations,
    ordering,
    organisations,
    proposals,
    queue,
    signatories,
    signin,
    statements,
    texts,
    webhookkey,
    webhooks,
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
        drafting.blueprint(room),
        amending.blueprint(room, lists),
        texts.blueprint(room, lists),
        ordering.blueprint(room, lists),
        editions.blueprint(room, lists),
        signatories.blueprint(room, lists),
        organisations.blueprint(room, lists),
        invitations.blueprint(room, lists),
        importing.blueprint(room),
        webhooks.blueprint(room),
        webhookkey.blueprint(room),
    )
