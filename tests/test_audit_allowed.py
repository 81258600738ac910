"""The auditor's second opinion: it names what no register may record, and accuses none of what real ones did."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from projections.auditing.rules import RULES
from signatures.errors import AlreadySigned
from signatures.log.eventlog import canonical
from signatures.organisation import NameParts
from tests.histories import FIRST
from tests.judging import Forged, judged
from tests.logmaker import REASON, MemoryLog, uuid
from tests.test_machine import DAYS, EDITOR, NAMES, NOW, STATEMENTS, RegisterMachine

D = [(FIRST + timedelta(days=number)).isoformat() for number in range(20)]
LATER = datetime(2021, 6, 1, 12, tzinfo=UTC)
Forge = Callable[[Forged], Any]


def forged() -> Forged:
    """Write a log in which all is allowed: two sign, an edition, one leaves and signs again, a third signs."""
    log = MemoryLog()
    log.now = LATER
    one = Forged(log)
    alpha, _beta = one.sign("Alpha", D[1]), one.sign("Beta", D[2])
    one.publish(D[3])
    one.withdraw(alpha, D[5])
    one.sign("Alpha", D[6])
    one.sign("Gamma", D[6])
    return one


def standing(one: Forged, on: str = D[7]) -> list[tuple[str, str]]:
    """List who stands, as lines of an order."""
    return [("signature", uuid("signature", one.reference, n)) for n in (2, 3, 4)]


def id_of(one: Forged, number: int) -> str:
    """Name the signature of a number."""
    return uuid("signature", one.reference, number)


def merge(one: Forged, name: str, into: str) -> int:
    """Merge two registrations."""
    into = uuid("organisation", into)
    return one.log.append(f"organisation/{uuid('organisation', name)}", "Merged", into=into, **REASON)


def test_a_log_in_which_all_is_allowed() -> None:
    """Is accused of nothing, whatever else the contract lets happen after it."""
    one = forged()
    one.publish(D[7], {"en": [("section", "All"), *standing(one)], "fr": standing(one)[:1]})
    closed = one.on("Closed", D[8])
    one.sign("Delta", D[7])  # received before the end, accepted after it
    one.on("Reopened", D[9])
    one.sign("Epsilon", D[9])
    one.annul(closed)
    one.correct(id_of(one, 4), {"name": "Gamma, set right"}, D[9])
    one.correct(id_of(one, 4), {"organisation_id": one.register("Gamma II"), "signed_on": D[4]})
    one.annul(one.void(id_of(one, 2)))
    merge(one, "Alpha", "Beta")  # both stand: allowed, and reported elsewhere
    one.correct(id_of(one, 3), {"signed_on": D[5]})
    one.withdraw(id_of(one, 2), "2022-06-02")  # 366 days ahead
    back = one.on("Retracted", D[9])
    one.annul(back)
    one.sign("Zeta", LATER.date().isoformat())
    one.log.append(
        f"organisation/{uuid('organisation', 'Beta')}", "Renamed", changes={"name": "B"}, effective_on=None, **REASON
    )
    one.log.withhold(5, reason_code="legal")
    assert [] == judged(one.log.log, one.log.texts)


def doubled(one: Forged) -> None:
    """Sign for another registration of a body that stands."""
    one.register("Alpha, once more")
    merge(one, "Alpha, once more", "Alpha")
    one.sign("Alpha, once more", D[8])


def owned_twice(one: Forged) -> None:
    """Say that what Gamma signed was signed by Beta, which stands."""
    one.correct(id_of(one, 4), {"organisation_id": uuid("organisation", "Beta")})


def restored_twice(one: Forged) -> None:
    """Annul the withdrawal after which it signed again."""
    one.annul(next(entry.position for entry in one.log.log if entry.type == "Withdrawn"))


def discarded(one: Forged) -> None:
    """Sign a draft that was put away."""
    other = Forged(one.log, "other-2021")
    other.add("Discarded", **REASON)
    other.sign("Beta", D[2])


def closed(one: Forged) -> None:
    """Sign after the end."""
    one.on("Closed", D[8])
    one.sign("Delta", D[8])


def closed_again(one: Forged) -> None:
    """Sign after an end that was restored by annulling what had opened."""
    one.on("Closed", D[8])
    one.annul(one.on("Reopened", D[9]))
    one.sign("Delta", D[10])


def before_the_end(one: Forged) -> None:
    """Let one sign again from before it left."""
    one.withdraw(id_of(one, 2), D[9])
    one.sign("Beta", D[8])


def ends_before(one: Forged) -> None:
    """Move the day of signing behind the end by annulling what moved both."""
    moved = one.correct(id_of(one, 2), {"signed_on": D[1]})
    one.withdraw(id_of(one, 2), D[1])
    one.annul(moved)


def retracted(one: Forged) -> None:
    """Sign what was taken back."""
    one.on("Retracted", D[9])
    one.sign("Delta", D[9])


def wording(one: Forged) -> None:
    """Sign a text that only another statement has."""
    other = Forged(one.log, "other-2021")
    text = one.log.store(b"Another text.")
    other.title(text=b"Another text.")
    one.sign("Delta", D[9], text_sha256=text)


def old_text(one: Forged) -> None:
    """Publish the text that was replaced."""
    one.title(text=b"A new text.")
    one.publish(D[9])


def document(one: Forged, content: bytes) -> None:
    """Publish with a document that no register writes."""
    one.publish(D[7], {"en": []})
    one.again(one.log.log[-1].position, orders={"en": one.log.store(content)})


def renumbered(one: Forged) -> None:
    """Take an entry out and number the others anew."""
    entries, gone = one.log.log, len(one.log.log) - 3
    one.log.log = entries[:gone] + [entry._replace(position=entry.position - 1) for entry in entries[gone + 1 :]]


def restamped(one: Forged) -> None:
    """Let the last entry be recorded before all others."""
    one.log.log[-1] = one.log.log[-1]._replace(recorded_at="2021-01-01T00:00:00.000000Z")


def stamped(one: Forged, recorded_at: str) -> None:
    """Withdraw at a moment."""
    one.withdraw(id_of(one, 2), D[9])
    one.log.log[-1] = one.log.log[-1]._replace(recorded_at=recorded_at)


def moved(one: Forged) -> None:
    """Draft a statement in the stream of another reference."""
    drafted = next(entry for entry in one.log.log if entry.type == "Drafted")
    one.log.append("statement/" + uuid("statement"), "Drafted", **{**drafted.data(), "reference": "moved-2021"})


def erased(one: Forged, note: str | None = None, **fields: Any) -> None:
    """Erase by an order that keeps a note, or has other fields."""
    one.log.withhold(4, reason_code="legal")
    last = one.log.log[-1]
    one.again(last.position, kept={**last.data()["kept"], "note": note}, **fields)


NEXT = LATER.date() + timedelta(days=1)
FORGERIES: list[tuple[str, str, Forge]] = [
    ("position", "left out", lambda one: one.log.log.pop(-2)),
    ("position", "back in time", restamped),
    ("version", "renumbered", renumbered),
    ("version", "a hole", lambda one: (one.log.versions.update({one.stream: 90}), one.sign("Delta", D[9]))),
    ("reference", "moved", moved),
    ("words", "a method", lambda one: one.sign("Delta", D[9], method="telepathy")),
    ("words", "a meaning", lambda one: one.sign("Delta", D[9], signed_on_means="perhaps")),
    ("words", "no name", lambda one: one.correct(id_of(one, 4), {"name": ""})),
    ("words", "no date", lambda one: one.sign("Delta", "2021-02-30")),
    ("words", "no id", lambda one: one.sign("Delta", D[9], signature_id="first")),
    ("words", "a long note", lambda one: one.void(id_of(one, 4), note="n" * 301)),
    ("words", "two lines", lambda one: one.correct(id_of(one, 4), {"name": "Gamma\n99. Another"})),
    ("words", "turned round", lambda one: one.sign("Delta", D[9], acronym="\u202eATLED")),
    ("words", "unseen", lambda one: one.correct(id_of(one, 4), {"name": "\u200b"})),
    ("words", "a long name", lambda one: one.correct(id_of(one, 4), {"name": "n" * 1001})),
    ("words", "no language", lambda one: one.sign("Delta", D[9], translations={"in English": "Delta"})),
    ("words", "a title of two lines", lambda one: one.title("Peace\n1. Another")),
    ("words", "a guessable salt", lambda one: one.on("Closed", D[9]) and one.again(len(one.log.log), salt="1")),
    ("words", "no day", lambda one: stamped(one, "2022-02-30T08:00:00.000000Z")),
    ("words", "no hour", lambda one: stamped(one, "2022-02-20T24:00:00.000000Z")),
    ("withheld", "without reason", lambda one: erased(one, reason_code=None)),
    ("withheld", "what it kept", lambda one: erased(one, "Her name")),
    ("discarded", "signed", discarded),
    ("discarded", "published", lambda one: one.add("Discarded", **REASON)),
    ("retracted", "signed", retracted),
    ("retracted", "published", lambda one: (one.on("Retracted", D[9]), one.publish(D[9]))),
    ("retracted", "twice", lambda one: (one.on("Retracted", D[9]), one.on("Retracted", D[9]))),
    ("retracted", "a draft", lambda one: Forged(one.log, "other-2021").on("Retracted", D[9])),
    ("closed", "signed", closed),
    ("closed", "annulled", closed_again),
    ("closing", "twice", lambda one: (one.on("Closed", D[8]), one.on("Closed", D[9]))),
    ("closing", "open", lambda one: one.on("Reopened", D[8])),
    ("amended", "the zone", lambda one: one.add("Amended", changes={"time_zone": "Asia/Tokyo"}, **REASON)),
    ("amended", "nothing", lambda one: one.add("Amended", changes={}, **REASON)),
    ("edition", "again", lambda one: one.publish(D[9], edition=1)),
    ("edition", "left out", lambda one: one.publish(D[9], edition=3)),
    ("edition-date", "to come", lambda one: one.publish(NEXT.isoformat())),
    ("edition-date", "earlier", lambda one: one.publish(D[2])),
    ("edition-texts", "old", old_text),
    ("order", "left", lambda one: one.publish(D[7], {"en": [("signature", id_of(one, 1)), *standing(one)]})),
    ("order", "later", lambda one: one.publish(D[5], {"en": [("signature", id_of(one, 2)), ("signature", id_of(one, 4))]})),
    ("order", "left out", lambda one: one.publish(D[7], {"en": standing(one)[1:]})),
    ("order", "in another language", lambda one: one.publish(D[7], {"en": standing(one), "fr": [("signature", id_of(one, 1))]})),
    ("order", "no language", lambda one: one.publish(D[7], {"fr": standing(one)})),
    ("order-twice", "twice", lambda one: one.publish(D[7], {"en": [*standing(one), standing(one)[0]]})),
    ("order-lines", "two in one", lambda one: document(one, canonical({"gap": "a", "section": "b"}) + b"\n")),
    ("order-lines", "two lines", lambda one: one.publish(D[7], {"en": [("section", "All\n9. Another"), *standing(one)]})),
    ("order-lines", "unseen", lambda one: one.publish(D[7], {"en": [("gap", "\u2066"), *standing(one)]})),
    ("order-lines", "not canonical", lambda one: document(one, b'{"gap": "a"}\n')),
    ("signature-id", "again", lambda one: one.sign("Delta", D[9], signature_id=id_of(one, 2))),
    ("ordinal", "again", lambda one: one.sign("Delta", D[9], ordinal=4)),
    ("ordinal", "left out", lambda one: one.sign("Delta", D[9], ordinal=6)),
    ("signed-on", "tomorrow", lambda one: one.sign("Delta", NEXT.isoformat())),
    ("signed-on", "set right", lambda one: one.correct(id_of(one, 4), {"signed_on": NEXT.isoformat()})),
    ("signed-text", "of another", wording),
    ("organisation", "unknown", lambda one: one.sign("Delta", D[9], organisation_id=uuid("nobody"))),
    ("organisation", "corrected", lambda one: one.correct(id_of(one, 4), {"organisation_id": uuid("nobody")})),
    ("organisation", "merged", lambda one: merge(one, "Alpha", "Nobody")),
    ("standing-once", "signed", lambda one: one.sign("Beta", D[9])),
    ("standing-once", "merged", doubled),
    ("standing-once", "corrected", owned_twice),
    ("standing-once", "annulled", restored_twice),
    ("standing-once", "before its end", before_the_end),
    ("standing-once", "moved", lambda one: one.correct(id_of(one, 3), {"signed_on": D[4]})),
    ("about", "nobody", lambda one: one.withdraw(uuid("nobody"), D[9])),
    ("about", "another's", lambda one: Forged(one.log, "other-2021").withdraw(id_of(one, 2), D[9])),
    ("withdrawn", "again", lambda one: one.withdraw(id_of(one, 1), D[9])),
    ("withdrawn", "voided", lambda one: (one.void(id_of(one, 2)), one.withdraw(id_of(one, 2), D[9]))),
    ("withdrawn", "before", lambda one: one.withdraw(id_of(one, 2), D[1])),
    ("withdrawn", "far ahead", lambda one: one.withdraw(id_of(one, 2), "2022-06-03")),
    ("voided", "again", lambda one: (one.void(id_of(one, 2)), one.void(id_of(one, 2)))),
    ("corrected", "voided", lambda one: (one.void(id_of(one, 2)), one.correct(id_of(one, 2), {"name": "B"}))),
    ("corrected", "nothing", lambda one: one.correct(id_of(one, 2), {})),
    ("corrected", "a date from a date on", lambda one: one.correct(id_of(one, 2), {"signed_on": D[1]}, D[9])),
    ("corrected", "after its end", lambda one: one.correct(id_of(one, 1), {"signed_on": D[6]})),
    ("annulled", "a signature", lambda one: one.annul(4)),
    ("annulled", "again", lambda one: [one.annul(p) for p in [one.void(id_of(one, 2))] * 2]),
    ("annulled", "another's", lambda one: Forged(one.log, "other-2021").annul(one.void(id_of(one, 2)))),
    ("annulled", "ends before", ends_before),
    ("renamed", "nothing", lambda one: one.log.append(f"organisation/{uuid('organisation', 'Alpha')}", "Renamed", changes={}, effective_on=None, **REASON)),
    ("merged", "itself", lambda one: merge(one, "Alpha", "Alpha")),
    ("merged", "again", lambda one: (merge(one, "Alpha", "Beta"), merge(one, "Alpha", "Gamma"))),
    ("merged", "the same body", lambda one: (merge(one, "Alpha", "Beta"), merge(one, "Beta", "Alpha"))),
]  # fmt: skip
TOLD_BEFORE = {"position", "version", "reference", "words", "edition", "signature-id", "about", "withheld"}


@pytest.mark.parametrize(
    ("rule", "forge"), [(r, f) for r, _, f in FORGERIES], ids=[f"{r}: {w}" for r, w, _ in FORGERIES]
)
def test_what_is_not_allowed_is_named(rule: str, forge: Forge) -> None:
    """The last entry breaks one rule; position and rule are named."""
    one = forged()
    forge(one)
    difference, *_ = judged(one.log.log, one.log.texts)
    assert len(one.log.log) == difference.position, difference
    assert RULES[rule] in difference.sentence or (rule in TOLD_BEFORE and "rule" not in difference.sentence)


def test_the_last_moment_that_there_is() -> None:
    """A clock may be as wrong as it can; where clocks go ahead of it, no later day is left."""
    one = forged()
    stamped(one, "9999-12-31T23:59:59.999999Z")
    assert [] == judged(one.log.log, one.log.texts)


def test_every_rule_has_its_forgery() -> None:
    """No rule is written down that nothing judges."""
    assert set(RULES) == {rule for rule, _, _ in FORGERIES}


def test_of_many_the_first_is_named() -> None:
    """However many later ones are found before it."""
    one = forged()
    other = Forged(one.log, "other-2021")
    first = other.sign("Beta", NEXT.isoformat()) and len(one.log.log)
    for number in range(30):
        one.correct(id_of(one, 4), {})
        assert number < 30
    assert first == judged(one.log.log, one.log.texts)[0].position


# ── what real registers did ──────────────────────────────────────────────────────────────────────────────────────────


class Driven(RegisterMachine):
    """The machine of all commands, without its comparisons, and with what it leaves out."""

    url = ""

    def leave(self) -> None:
        """Leave nothing open."""
        for database in self.databases:
            database.close()
        self.folder.cleanup()

    def rename(self, number: int, on: str | None) -> None:
        """Rename an organisation."""
        if id_ := self.some_signature(number):
            owner = self.register.signature(id_).organisation
            self.tell(lambda: self.register.rename(EDITOR, owner, {"name": f"Renamed {number}"}, on=on))

    def part(self, back: int) -> None:
        """Annul a merger."""
        newest = self.store.newest()
        entry = self.store.entry(max(1, (newest.position if newest else 1) - back))
        if entry and entry.stream.startswith("organisation/"):
            owner = entry.stream.partition("/")[2]
            self.tell(lambda: self.register.annul_merger(EDITOR, owner, entry.position))

    def own(self, number: int, other: int, on: str | None, day: str | None) -> None:
        """Say from a date on, or with another date, who signed."""
        if (id_ := self.some_signature(number)) and (second := self.some_signature(other)):
            changes = {"organisation_id": self.register.signature(second).organisation}
            changes |= {"signed_on": day} if day else {}
            self.tell(lambda: self.register.correct(EDITOR, id_, changes, on=on))

    def word(self, reference: str, text: str | None) -> None:
        """Set a text."""
        self.tell(lambda: self.register.set_text(EDITOR, reference, language="de", title="Titel", text=text))

    def settle(self, reference: str, zone: str) -> None:
        """Move the statement to another zone."""
        self.tell(lambda: self.register.amend(EDITOR, reference, {"time_zone": zone}))

    def today(self, reference: str, name: str) -> None:
        """Sign on this very day, perhaps one that has begun here alone."""
        day = self.register.today(self.register.statement(reference)).isoformat()
        self.tell(lambda: self.register.sign(EDITOR, reference, NameParts(name), signed_on=day, method="form"))
        self.tell(lambda: self.register.publish(EDITOR, reference, as_of=day))


def drive(seed: int, steps: int) -> list[Any]:
    """Let random commands happen in a real register, and judge what it recorded."""
    chance, machine = random.Random(seed), Driven()
    machine.clock.set(NOW + timedelta(minutes=chance.randrange(1440)))

    def some(values: Any) -> Any:
        return chance.choice(list(values))

    number: Callable[[], int] = partial(chance.randrange, 30)
    day: Callable[[], str] = partial(chance.choice, DAYS)
    reference: Callable[[], str] = partial(chance.choice, STATEMENTS)
    changes = [{"name": "Corrected"}, {"translation": "English"}, {"signed_on": DAYS[3]}, {"signed_on": DAYS[8]}]
    does: Any = machine  # what hypothesis decorates has no types
    steps_of: dict[Callable[[], Any], int] = {
        lambda: does.sign(reference(), some(NAMES), day()): 8,
        lambda: does.withdraw(number(), day(), show=some((True, False))): 4,
        lambda: does.correct(number(), some(changes), some((None, day()))): 3,
        lambda: does.own(number(), number(), some((None, day())), some((None, None, day()))): 3,
        lambda: does.void(number()): 2,
        lambda: does.annul(reference(), chance.randrange(12)): 5,
        lambda: does.publish(reference(), day(), some(("received", "shuffled", "whole"))): 3,
        lambda: does.close(reference(), day(), some(("close", "reopen"))): 2,
        lambda: does.merge(number(), number()): 3,
        lambda: does.part(chance.randrange(8)): 3,
        lambda: does.rename(number(), some((None, day()))): 1,
        lambda: does.withhold(chance.randrange(1, 60)): 1,
        lambda: does.word(reference(), some((None, "Text.", "Text II."))): 1,
        lambda: does.settle(reference(), some(("Pacific/Kiritimati", "Pacific/Pago_Pago"))): 1,
        lambda: does.today(reference(), some(NAMES)): 1,
        lambda: does.turn_clock(some((-48, -1, 1, 30))): 1,
        lambda: does.retract(day()) if chance.random() < 0.3 else None: 1,
    }
    try:
        machine.draft()
        for step in chance.choices(list(steps_of), list(steps_of.values()), k=steps):
            step()
        entries = machine.store.entries(0, 10_000)
        with machine.store.reading() as transaction:
            texts: dict[str, bytes] = dict(transaction.execute("SELECT sha256, content FROM text"))
        return [*judged(entries, texts)]
    finally:
        machine.leave()


def test_a_correction_counts_from_whom_it_leaves_as_signatory() -> None:
    """Whom a later date names signed; to correct somebody else for all dates as well does not let him stand twice."""
    machine = Driven()
    try:
        machine.draft()
        signed = [
            machine.register.sign(EDITOR, STATEMENTS[0], NameParts(name), signed_on=day, method="api")
            for name, day in (("Alpha", DAYS[0]), ("Beta", DAYS[8]), ("Gamma", DAYS[8]))
        ]
        alpha, beta, gamma = signed
        machine.register.withdraw(EDITOR, alpha.signature_id, on=DAYS[6])
        machine.register.correct(EDITOR, beta.signature_id, {"organisation_id": alpha.organisation_id}, on=DAYS[9])
        machine.register.void(EDITOR, gamma.signature_id)
        changes = {"organisation_id": gamma.organisation_id, "signed_on": DAYS[2]}
        with pytest.raises(AlreadySigned):
            machine.register.correct(EDITOR, beta.signature_id, changes)
    finally:
        machine.leave()


@pytest.mark.parametrize("seed", range(12))
def test_no_real_register_is_accused(seed: int) -> None:
    """Whatever commands allow in whatever order, the auditor allows."""
    assert [] == drive(seed, 80)
