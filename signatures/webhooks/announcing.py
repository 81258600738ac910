"""The announcer: writes down for each webhook what the log has that is new, and sends what is due."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from signatures.clock import stamp
from signatures.database import Transaction
from signatures.errors import InvalidInput, Misconfigured, NotFound, RegisterError
from signatures.webhooks import deliveries, news
from signatures.webhooks.addresses import parse_target
from signatures.webhooks.deliveries import Delivery
from signatures.webhooks.hooks import Hook, found
from signatures.webhooks.keepers import LOCK, Keeper, write_to_keeper
from signatures.webhooks.news import News
from signatures.webhooks.sending import Answered, Sender

if TYPE_CHECKING:
    from signatures.room import Room

RUN_SECONDS = 60.0  # a run ends after the message that reaches it; the next one goes on
BATCH = 500  # entries of the log at a time
SYSTEM = "system:webhooks"
NO_ADDRESS = "SIGNATURES_BASE_URL is not set. Webhooks tell where to look, so they need the register's public address."
log = logging.getLogger("signatures")


class Announcer:
    """Tells webhooks what is recorded. Several may do so at once: each message is claimed by one of them.

    A message leaves at least once and under one id, by which its receiver knows a repeat.
    """

    def __init__(self, room: Room, sender: Sender | None = None) -> None:
        """Work in a room."""
        self.room, self.database = room, room.contacts.database
        self.sender = sender or Sender(room.settings.webhook_networks)

    def add(self, url: str, by: str, statement: str | None = None, keeper: Keeper | None = None) -> Hook:
        """Add a webhook that is told what is recorded from now on; the first one makes the key that signs."""
        if not self.room.settings.base_url:
            raise Misconfigured([NO_ADDRESS])
        reference = self.room.register.statement(statement).reference if statement else None
        newest = self.room.store.newest()
        made = self.room.hooks.add(url, by, newest.position if newest else 0, reference, keeper)
        self.room.signer.prepare()
        return made

    def waits(self) -> bool:
        """Tell whether there is anything to write down or to send; finding nothing costs two looks."""
        with self.database.reading() as transaction:
            rows = transaction.execute("SELECT min(position) FROM webhook WHERE disabled_at IS NULL")
            due = deliveries.waits(transaction, self.room.clock())
        position = rows[0][0]
        return due or (position is not None and self._behind(position))

    def deliver(self, limit: int = 1_000) -> int:
        """Write down what is new and send at most so many messages that are due; return how many were taken."""
        if not self.waits():
            return 0
        self.gather()
        self._ready()
        count, until = 0, time.monotonic() + RUN_SECONDS
        for _ in range(limit):
            one = self._claim() if time.monotonic() < until else None
            if one is None:
                break
            count += self._carry(one).taken
        return count

    def gather(self) -> None:
        """Write a message down for everything that was recorded since each webhook was looked after last."""
        for hook in self.room.hooks.list():
            position, on = hook.position, hook.disabled_at is None
            while on and self._behind(position):
                position = self._gathered(hook, position)
        with self.database.writing(deliveries.TABLE) as transaction:
            deliveries.forget(transaction, self.room.clock())
        self.room.signer.forget(self.room.clock().date())

    def test(self, hook_id: str) -> str:
        """Write a message down that tells nothing; return its id."""
        now = self.room.clock()
        with self.database.writing(deliveries.TABLE) as transaction:
            hook = found(transaction, hook_id)
            return deliveries.post(transaction, hook, News(news.TEST, None, None, stamp(now)), now)

    def deliver_one(self, id_: str) -> Delivery:
        """Send one message now, whenever it is due and though its webhook be off; return what became of it."""
        self._ready()
        one = self._claim(id_)
        if one is not None:
            self._carry(one)
        with self.database.reading() as transaction:
            return deliveries.get(transaction, id_)

    # -- inside --------------------------------------------------------------------------------------------------

    def _ready(self) -> None:
        """Refuse to begin without what every message needs: nothing is claimed then."""
        if not self.room.settings.base_url:
            raise Misconfigured([NO_ADDRESS])
        self.room.signer.public()

    def _behind(self, position: int) -> bool:
        newest = self.room.store.newest()
        return newest is not None and position < newest.position

    def _gathered(self, hook: Hook, position: int) -> int:
        """Write down what the next entries tell; a webhook that somebody else has looked after meanwhile is left to them."""
        told, reached = news.recorded(self.room.store, position, BATCH)
        with self.database.writing(deliveries.TABLE) as transaction:
            moved = _moved(transaction, hook, position, reached)
            if not moved:
                return 2**62
            for one in told:
                if hook.statement in (None, one.statement):
                    deliveries.post(transaction, hook, one, self.room.clock(), *moved[0])
        return reached

    def _claim(self, id_: str | None = None) -> Delivery | None:
        with self.database.writing(deliveries.TABLE) as transaction:
            return deliveries.claim(transaction, self.room.clock(), id_)

    def _carry(self, one: Delivery) -> Answered:
        """Send one message and say what became of it; whatever is wrong with it must not stop the next one."""
        began = time.monotonic()
        try:
            answered = self._sent(one)
        except InvalidInput:  # an address that was allowed when it was given
            answered = Answered(None, "private")
        except NotFound:  # the webhook was removed meanwhile, and the message with it
            return Answered(None, "unsent")
        except RegisterError:
            raise  # it is not the receiver's fault: the claim lapses, and the message is due again
        except Exception:
            log.exception("message %s could not be sent", one.id)
            answered = Answered(None, "unsent")
        self._note(one, answered, time.monotonic() - began)
        return answered

    def _sent(self, one: Delivery) -> Answered:
        hook = self.room.hooks.of(one.webhook)
        body = one.news.body(self.room.settings.base_url or "")
        headers = self.room.signer.headers(one.id, self.room.clock(), body)
        return self.sender.send(parse_target(hook.url, self.sender.allowed), headers, body)

    def _note(self, one: Delivery, answered: Answered, seconds: float) -> None:
        last = deliveries.is_last(one, answered)
        with self.database.writing(LOCK if last else deliveries.TABLE) as transaction:
            why = deliveries.note(transaction, one, answered, self.room.clock(), seconds)
            if why is not None:
                write_to_keeper(transaction, one.webhook, self.room.clock())
        if not answered.taken:
            log.warning("webhook %s did not take %s: %s", one.webhook, one.id, answered.fault or answered.status)
        if why is not None:
            self.room.acts.note(SYSTEM, "webhook-off", f"webhook:{one.webhook}", why=why)


def _moved(transaction: Transaction, hook: Hook, position: int, reached: int) -> Sequence[tuple[str]]:
    """Move a webhook's position on and tell until when it rests, unless it is elsewhere by now, or off, or gone."""
    return transaction.execute(
        "UPDATE webhook SET position = ? WHERE id = ? AND position = ? AND disabled_at IS NULL"
        " RETURNING coalesce(rests_until, '')",
        (reached, hook.id, position),
    )
