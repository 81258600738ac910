"""What an organisation meets after the form, in every state: a statement, its entries, and the links that lead there."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import NamedTuple

from playwright.sync_api import Page

from signatures.intake.contacts import Contact
from signatures.log.eventlog import sha256
from signatures.organisation import NameParts
from signatures.room import Room
from tests.scenes import EDITOR, SCRIPT_NAMES, TEXT, begin
from tests.site import Site
from tests.submitting import confirmation_of, entry_token

REFERENCE, SKETCH = "after-2027", "sketch-2027"
MIKSZ = NameParts(
    "Magyar Ifjúság Közösségi Szervezete",
    "MIKSZ",
    "hu",
    None,
    {"en": "Organisation of Hungarian Youth Community"},
    {"en": "Hungary"},
    ["HU"],
    "https://miksz.example.org/",
)
ARABIC, CHINESE, UNBROKEN = SCRIPT_NAMES[1], SCRIPT_NAMES[2], SCRIPT_NAMES[-1]
LONGEST = NameParts(
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft" * 2 + "en", None, "de"
)


class Links(NamedTuple):
    """Where the messages lead: a path by the name of its state; `fresh` makes a confirmation and tells link and digits."""

    paths: dict[str, str]
    fresh: Callable[[], tuple[str, str]]


Visit = Callable[[Page, str, Links], None]


class Filling:
    """Brings entries into a state, and keeps the links to them."""

    def __init__(self, site: Site) -> None:
        self.site, self.room = site, site.room
        self.links, self.count = Links({}, self.fresh), 0

    def sent(self, parts: NameParts) -> str:
        """Send an entry from an address of its own."""
        self.site.clock.advance(timedelta(seconds=1))
        own = Contact("Press Office", "Secretary", f"office-{uuid.uuid4().hex[:8]}@miksz.example.org")
        given = {"text_sha256": sha256(TEXT.encode()), "form_id": str(uuid.uuid4())}
        return self.room.intake.receive(REFERENCE, parts, own, **given).id

    def confirmed(self, parts: NameParts) -> str:
        """Send one and confirm it."""
        self.room.intake.confirm(*confirmation_of(self.room, id_ := self.sent(parts)))
        return id_

    def accepted(self, parts: NameParts) -> tuple[str, str]:
        """Send one, confirm it, accept it; tell the signature, too."""
        receipt = self.room.intake.accept(id_ := self.confirmed(parts), EDITOR, new=True)
        return id_, receipt.signature_id

    def confirmation(self, parts: NameParts) -> tuple[str, str]:
        """Tell the link and the digits of a confirmation that is waited for."""
        token, code = confirmation_of(self.room, self.sent(parts))
        return f"/confirmations/{token}", code

    def fresh(self) -> tuple[str, str]:
        """Tell those of an organisation that nobody has met yet."""
        self.count += 1
        return self.confirmation(NameParts(f"Society {self.count} of Night Porters", f"SNP {self.count}", "en"))

    def entry(self, state: str, id_: str) -> None:
        """Keep the link of an entry."""
        self.links.paths[state] = f"/entries/{entry_token(self.room, id_)}"

    def receipt(self, state: str, signature: str) -> None:
        """Keep the address of a receipt."""
        self.links.paths[state] = f"/receipts/{signature}"


def fill(site: Site) -> Links:
    """Make every state on a statement of its own."""
    filling = Filling(site)
    register, title, version = site.room.register, "On keeping a common list", "1 of 28 February 2027"
    begin(register, REFERENCE, title=title, issuer="The secretariat")
    register.set_text(EDITOR, REFERENCE, language="en", title=title, text=TEXT, version_label=version)
    today = register.today(register.statement(REFERENCE)).isoformat()
    register.publish(EDITOR, REFERENCE, as_of=today)
    early = [filling.accepted(union(of)) for of in ("Harbour Workers", "Weavers")]
    register.publish(EDITOR, REFERENCE, as_of=today)
    filling.receipt("receipt with a number", early[0][1])
    _waiting(filling)
    _listed(filling, today)
    _objection(filling, early[1], today)
    _invitations(filling)
    return filling.links


def union(of: str) -> NameParts:
    """Name an organisation."""
    return NameParts(f"Union of {of}", name_language="en")


def _waiting(filling: Filling) -> None:
    """Entries on their way."""
    for state, parts in (
        ("confirmation", MIKSZ),
        ("confirmation of a long name", UNBROKEN),
        ("confirmation in Arabic letters", ARABIC),
    ):
        filling.links.paths[state], _code = filling.confirmation(parts)
    room = filling.room
    filling.entry("entry received", filling.sent(LONGEST))
    filling.entry("entry confirmed", filling.confirmed(CHINESE))
    filling.entry("entry asked", asked := filling.confirmed(NameParts("Союз рабочих порта", "СРП", "ru")))
    room.intake.ask(asked, EDITOR, "Two unions bear this name.\nWhich country do you print?")
    filling.entry("entry refused", refused := filling.confirmed(NameParts("Society of Nobody", name_language="en")))
    room.intake.refuse(refused, EDITOR, "not-authorised", "The office there knows nothing of it.")
    filling.entry("entry taken back", back := filling.confirmed(NameParts("Circle of the Undecided")))
    room.entries.take_back(entry_token(room, back))


def _listed(filling: Filling, today: str) -> None:
    """Entries that are listed, or were."""
    register = filling.room.register
    for state, parts in (
        ("listed", MIKSZ._replace(name="Magyar Ifjúság Egyesülete", acronym="MIE")),
        ("long", UNBROKEN._replace(name="L’" + UNBROKEN.name)),
        ("unbroken", LONGEST._replace(name="Neue " + LONGEST.name)),
        ("arabic", ARABIC._replace(name="نقابة البنائين", acronym=None)),
        ("chinese", CHINESE._replace(name="中国渔民工会")),
        ("corrected", NameParts("Communist United", name_language="en")),
        ("left", NameParts("Leaving Federation", name_language="en")),
        ("leaving", NameParts("Departing Chamber", name_language="en")),
        ("voided", NameParts("False Guild", name_language="en")),
        ("to be withdrawn", union("Telegraph Clerks")),
    ):
        id_, signature = filling.accepted(parts)
        filling.entry(f"entry {state}", id_)
        filling.receipt(f"receipt {state}", signature)
        match state:
            case "corrected":
                register.correct(EDITOR, signature, {"name": "Communist Unity", "country_printed": {"en": "Kenya"}})
            case "left":
                register.withdraw(EDITOR, signature, on=today)
            case "leaving":
                register.withdraw(EDITOR, signature, on="2027-12-24")
            case "voided":
                register.void(EDITOR, signature)


def _objection(filling: Filling, registered: tuple[str, str], today: str) -> None:
    """Somebody else signs in the name of a registered organisation, whose known contact is asked."""
    room = filling.room
    room.register.withdraw(EDITOR, registered[1], on=today)
    filling.confirmed(union("Weavers"))
    with room.contacts.database.reading() as transaction:
        rows = transaction.execute("SELECT about FROM outbox WHERE kind = 'objection' ORDER BY number DESC")
    filling.links.paths["objection"] = f"/objections/{room.links.token(json.loads(rows[0][0])['link'])}"


def _invitations(filling: Filling) -> None:
    """Two invitations to a draft; one is declined."""
    room = filling.room
    begin(room.register, SKETCH, title="What only those who are invited can read")
    deadline = "2027-11-30T17:00:00.000000Z"
    room.terms.change(SKETCH, "editor:test", acceptance="invited", deadline=deadline)
    for state, name in (("invitation", MIKSZ.name), ("invitation declined", "Union of the Undecided")):
        address = f"office@{state.replace(' ', '-')}.example.org"
        invitation = room.invitations.invite(SKETCH, name, address, "en", by="editor:test")
        filling.links.paths[state] = f"/invitations/{_token(room, 'invitation', invitation.id)}"
    room.invitations.decline(filling.links.paths["invitation declined"].rpartition("/")[2])


def _token(room: Room, purpose: str, about: str) -> str:
    with room.contacts.database.writing("submission") as transaction:
        return room.links.token(room.links.lasting(transaction, purpose, about))


# ── visits ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def by_link(state: str, beyond: str = "") -> Visit:
    """Open the link of a state, or a page beyond it."""

    def visit(page: Page, url: str, links: Links) -> None:
        page.goto(url + links.paths[state] + beyond)

    return visit


def at(path: str) -> Visit:
    """Open a page by its address."""

    def visit(page: Page, url: str, _links: Links) -> None:
        page.goto(url + path)

    return visit


def answered(button: str) -> Visit:
    """Type the digits of a new confirmation and answer."""

    def visit(page: Page, url: str, links: Links) -> None:
        path, code = links.fresh()
        page.goto(url + path)
        page.fill("#code", code)
        page.click(f"button[value={button}]")
        page.wait_for_url("**/confirmations/done*")

    return visit


def correction(state: str, *, shown: bool = False, **typed: str) -> Visit:
    """Open the correction of an entry and ask to see what would change."""

    def visit(page: Page, url: str, links: Links) -> None:
        page.goto(f"{url}{links.paths[state]}/correction")
        page.eval_on_selector("form.form", "form => form.noValidate = true")
        for name, value in typed.items():
            page.fill(f"#{name}", value)
        page.click("button[value=show]")
        page.wait_for_selector("button[value=act]" if shown else "#problems")

    return visit


def withdrawal(state: str, on: str) -> Visit:
    """Open the withdrawal of an entry and ask to see what happens."""

    def visit(page: Page, url: str, links: Links) -> None:
        page.goto(f"{url}{links.paths[state]}/withdrawal")
        page.fill("#on", on)
        page.click("button[value=show]")
        page.wait_for_selector("button[value=act], #problems")

    return visit


def unticked(state: str, show: str = "") -> Visit:
    """Leave without the tick that says that it is meant."""

    def visit(page: Page, url: str, links: Links) -> None:
        page.goto(f"{url}{links.paths[state]}/withdrawal")
        if show:
            page.click(f"button[value={show}]")
            page.wait_for_selector("button[value=act]")
        page.eval_on_selector("form.answer", "form => form.noValidate = true")
        page.click("button[value=act]")
        page.wait_for_selector("#problems")

    return visit


PAGES: dict[str, Visit] = {
    **{
        state: by_link(state)
        for state in (
            "confirmation",
            "confirmation of a long name",
            "confirmation in Arabic letters",
            "receipt listed",
            "receipt with a number",
            "receipt unbroken",
            "receipt arabic",
            "receipt corrected",
            "receipt left",
            "receipt voided",
            "entry received",
            "entry confirmed",
            "entry asked",
            "entry refused",
            "entry taken back",
            "entry listed",
            "entry leaving",
            "entry left",
            "entry voided",
            "entry chinese",
            "objection",
            "invitation",
            "invitation declined",
        )
    },
    "confirmed": answered("sign"),
    "denied": answered("not-us"),
    "dead link": at(f"/confirmations/{'x' * 43}"),
    "dead link of an entry": at(f"/entries/{'x' * 43}"),
    "new message": at("/confirmations/sent"),
    "objection noted": at("/objections/noted"),
    "entry just corrected": by_link("entry corrected", "?done=corrected"),
    "correction": by_link("entry listed", "/correction"),
    "answer": by_link("entry asked", "/correction"),
    "correction with errors": correction("entry listed", name="", url="nonsense"),
    "correction shown": correction("entry listed", shown=True, name="Magyar Ifjúsági Egyesület", on="2027-02-27"),
    "correction of a long name shown": correction("entry unbroken", shown=True, country="Austria"),
    "withdrawal": by_link("entry listed", "/withdrawal"),
    "withdrawal with an error": withdrawal("entry long", "2030-01-01"),
    "withdrawal shown": withdrawal("entry listed", "2027-03-01"),
    "withdrawal without a tick": unticked("entry arabic", "show"),
    "taking back": by_link("entry confirmed", "/withdrawal"),
    "taking back without a tick": unticked("entry confirmed"),
}
"""Every page after the form, and how it is reached."""
