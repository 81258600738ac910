"""The courier: carries mails from the outbox out, one after the other, each until it is taken or given up."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from typing import TYPE_CHECKING

from signatures.errors import Misconfigured, StorageUnavailable
from signatures.mail import outbox
from signatures.mail.answers import Rejected, Unreachable, Unsent
from signatures.mail.matter import Gone
from signatures.mail.message import compose, host_of, receiver_of
from signatures.mail.outbox import Mail
from signatures.mail.transport import Transport, transport_of

if TYPE_CHECKING:
    from signatures.room import Room

RUN_SECONDS = 60.0  # a run ends after the mail that reaches it: a slow mail server must not keep other work waiting
log = logging.getLogger("signatures")


class Courier:
    """Sends what is due. Several may do so at once: each mail is claimed by one of them.

    A mail leaves at least once and under one Message-ID; it could leave twice only if this process ends between the mail
    server's yes and the commit that follows it.
    """

    def __init__(self, room: Room, transport: Callable[[], Transport] | None = None) -> None:
        """Work in a room; `transport` is made anew for each run, as the settings say if it is not given."""
        self.room = room
        self._transport = transport or self._by_settings
        self._taken: dict[str, datetime] = {}  # by the mail server, though the outbox does not say so yet

    def deliver(self, limit: int = 1_000) -> int:
        """Send at most so many mails that are due; return how many were taken."""
        _ = self.room.links  # without the secret no link can be written: then nothing is claimed
        self._note_taken()
        count, until = 0, time.monotonic() + RUN_SECONDS
        with closing(self._transport()) as transport:
            for _ in range(limit):
                mail = self._claim()
                if mail is None:
                    break
                try:
                    count += self._carry(mail, transport)
                except Unreachable:
                    break
                if time.monotonic() > until:
                    break
        return count

    def deliver_one(self, id_: str) -> bool:
        """Send one mail that nobody else is sending, due or not; tell whether it was taken."""
        mail = self._claim(id_)
        if mail is None:
            return False
        with closing(self._transport()) as transport:
            try:
                return self._carry(mail, transport)
            except Unreachable:
                return False

    # -- inside --------------------------------------------------------------------------------------------------

    def _by_settings(self) -> Transport:
        return transport_of(self.room.settings.smtp_url, self.room.state_dir, host_of(self.room))

    def _claim(self, id_: str | None = None) -> Mail | None:
        with self.room.contacts.database.writing(outbox.TABLE) as transaction:
            return outbox.claim(transaction, self.room.clock(), id_)

    def _carry(self, mail: Mail, transport: Transport) -> bool:
        """Send one mail and say what became of it; whatever is wrong with it must not stop the next one."""
        try:
            message = compose(self.room, mail)
            name = f"{mail.number:06}-{mail.id}"
            transport.send(name, self.room.settings.mail_from, receiver_of(message), message)
        except Gone as gone:
            with self.room.contacts.database.writing(outbox.TABLE) as transaction:
                outbox.drop(transaction, mail, self.room.clock(), gone.why)
            return False
        except Unsent as error:
            self._note_failed(mail, error)
            if isinstance(error, Unreachable):
                raise
            return False
        except (StorageUnavailable, Misconfigured):
            raise  # it is not the mail's fault: its claim lapses, and it is due again
        except Exception as error:  # noqa: BLE001 - a fault of ours with this one mail
            self._note_failed(mail, Unsent(f"It could not be written: {type(error).__name__}."))
            return False
        self._taken[mail.id] = self.room.clock()
        self._note_taken()
        return True

    def _note_taken(self) -> None:
        """Say what the mail server has taken, also what could not be said before because the store was not available."""
        if not self._taken:
            return
        taken = dict(self._taken)
        with self.room.contacts.database.writing(outbox.TABLE) as transaction:
            for id_, at in taken.items():
                outbox.sent(transaction, id_, at)
        for id_ in taken:
            self._taken.pop(id_, None)

    def _note_failed(self, mail: Mail, error: Unsent) -> None:
        log.warning("mail %s (%s) was not sent: %s", mail.number, mail.kind, error.fault)
        with self.room.contacts.database.writing(outbox.TABLE) as transaction:
            if isinstance(error, Rejected):
                outbox.give_up(transaction, mail, self.room.clock(), error.fault)
            else:
                outbox.failed(transaction, mail, self.room.clock(), error.fault)
