"""The commands that write. The command line is the operator: it sees drafts."""

from __future__ import annotations

import click

from signatures.commands import (
    imports,
    inviting,
    mail,
    ordering,
    people,
    privacy,
    proving,
    recovery,
    register,
    schedule,
    signing,
    statement,
    user,
    webhook,
    witness,
)

COMMANDS: tuple[click.Command, ...] = (
    register.doctor, register.keygen, register.backup, register.sample,
    recovery.recover, proving.prove,
    statement.draft, statement.set_text, statement.amend, statement.publish, statement.close, statement.reopen,
    statement.retract, statement.discard, ordering.order, schedule.schedule,
    signing.sign, signing.withdraw, signing.correct, signing.void, signing.annul, signing.rename, signing.merge,
    imports.import_text, imports.import_history,
    inviting.terms, inviting.invite, inviting.remind,
    witness.witness, witness.timestamp, people.token, people.submissions, people.tick, mail.mail, user.user, webhook.webhook,
    privacy.retention, privacy.held, privacy.forget,
)  # fmt: skip
