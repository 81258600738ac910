"""The console's pages of webhooks: who is told what is recorded, what was delivered, and what is sent again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from signatures.clock import stamp
from signatures.editors.console.keeping import (
    Question,
    after,
    attempt,
    beside,
    editor,
    known_parameters,
    noted,
    page,
    typed,
)
from signatures.editors.signing_in import signed_in
from signatures.errors import BadQuery, InvalidInput, RegisterError
from signatures.room import Room
from signatures.web.catalogues import told
from signatures.web.frame import language_of_reader
from signatures.webhooks import deliveries
from signatures.webhooks.deliveries import BREATH, Delivery
from signatures.webhooks.hooks import Hook
from signatures.webhooks.keepers import Keeper, read_keeper

SHOWN = 50
LARGEST = 2**62
FAULTS = {
    "unknown": lazy_gettext("The name of the host is not known."),
    "private": lazy_gettext("The host has an address that is not public."),
    "untrusted": lazy_gettext("The certificate of the host cannot be trusted."),
    "late": lazy_gettext("The host did not answer in time."),
    "unreachable": lazy_gettext("The host cannot be reached, or hung up."),
    "no-http": lazy_gettext("The host answered something that is no HTTP."),
    "unsent": lazy_gettext("It could not be sent, by a fault of ours."),
}
STATES = {
    "waiting": lazy_gettext("Waiting"),
    "delivered": lazy_gettext("Delivered"),
    "given up": lazy_gettext("Given up"),
}


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `webhooks`."""
    routes = Blueprint("webhooks", __name__)

    @routes.get("/editors/webhooks")
    @signed_in()
    def listing() -> Response:
        """List the webhooks."""
        known_parameters()
        return _list_page(room, {}, {})

    @routes.post("/editors/webhooks")
    @signed_in("editor", "admin")
    def add() -> Response:
        """Add one, or show the form again with what needs another look."""
        values = typed()
        try:
            made = room.announcer.add(
                values.get("url", ""), editor().ref, values.get("statement") or None, _typed_keeper(values)
            )
        except RegisterError as refused:
            return _list_page(room, values, _beside(refused))
        noted(room, "webhook-add", f"webhook:{made.id}")
        return after(url_for("webhooks.hook", hook_id=made.id), "webhook-added")

    @routes.get("/editors/webhooks/<hook_id>")
    @signed_in()
    def hook(hook_id: str) -> Response:
        """Show one with its deliveries."""
        known_parameters("state", "before")
        return _hook_page(room, room.hooks.of(hook_id))

    _acts(routes, room)
    return routes


def _acts(routes: Blueprint, room: Room) -> None:
    @routes.post("/editors/webhooks/<hook_id>/test")
    @signed_in("editor", "admin")
    def test(hook_id: str) -> Response:
        """Send a message that tells nothing."""
        room.announcer.test(hook_id)
        return after(url_for("webhooks.hook", hook_id=hook_id), "webhook-test")

    @routes.post("/editors/webhooks/<hook_id>/again")
    @signed_in("editor", "admin")
    def again(hook_id: str) -> Response:
        """Send a delivery once more, or all that were given up."""
        _send_again(room, room.hooks.of(hook_id), typed().get("delivery", ""))
        return after(url_for("webhooks.hook", hook_id=hook_id), "webhook-again")

    @routes.post("/editors/webhooks/<hook_id>/switch")
    @signed_in("editor", "admin")
    def switch(hook_id: str) -> Response:
        """Switch one off, or on again."""
        on = typed().get("to") == "on"
        if on:
            room.hooks.switch_on(hook_id)
        else:
            room.hooks.switch_off(hook_id, "editor")
        done = "webhook-on" if on else "webhook-off"
        noted(room, done, f"webhook:{hook_id}")
        return after(url_for("webhooks.hook", hook_id=hook_id), done)

    @routes.post("/editors/webhooks/<hook_id>/keeper")
    @signed_in("editor", "admin")
    def keeper(hook_id: str) -> Response:
        """Write to somebody else when it is switched off, or to nobody."""
        values = typed()
        try:
            room.hooks.keep(hook_id, _typed_keeper(values))
        except InvalidInput as refused:
            return _hook_page(room, room.hooks.of(hook_id), values, beside(refused))
        noted(room, "webhook-keeper", f"webhook:{hook_id}")
        return after(url_for("webhooks.hook", hook_id=hook_id), "webhook-keeper")

    @routes.route("/editors/webhooks/<hook_id>/removal", methods=["GET", "POST"])
    @signed_in()
    def remove(hook_id: str) -> Response:
        """Say what removing means, then do it."""
        one = room.hooks.of(hook_id)
        return attempt(_removing(one), lambda _values: _remove(room, one))


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _list_page(room: Room, values: Mapping[str, str], errors: Mapping[str, Any]) -> Response:
    found = room.hooks.list()
    with room.contacts.database.reading() as transaction:
        rows = [(one, deliveries.counts(transaction, one.id)) for one in found]
    keys = room.signer.publics(room.clock().date()) if room.signer.path.exists() else []
    context = {"hooks": rows, "keys": keys, "base": room.settings.base_url, "words": state_words}
    return page("webhooks.html", 422 if errors else 200, values=values, errors=errors, **context)


def _hook_page(
    room: Room, one: Hook, values: Mapping[str, str] | None = None, errors: Mapping[str, Any] | None = None
) -> Response:
    state, before = request.args.get("state", ""), _before()
    if state and state not in STATES:
        raise BadQuery(_("This address cannot be read. Follow the links of the page."))
    with room.contacts.database.reading() as transaction:
        found = deliveries.listing(transaction, one.id, [state] if state else (), SHOWN + 1, before)
        counts = deliveries.counts(transaction, one.id)
    more: dict[str, Any] = {"state": state or None, "before": found[SHOWN - 1].number if len(found) > SHOWN else 0}
    return page(
        "webhook.html",
        422 if errors else 200,
        hook=one,
        keeper=room.hooks.keeper(one.id),
        values=values or {},
        errors=errors or {},
        deliveries=[(each, outcome_words(each)) for each in found[:SHOWN]],
        counts=counts,
        state=state,
        states=STATES,
        older=url_for("webhooks.hook", hook_id=one.id, **more) if more["before"] else None,
        words=state_words,
        looks_again=_looks_again(room, one, found),
    )


def state_words(one: Hook) -> str:
    """Say whether a webhook is on, and if not, why."""
    match one.disabled_at and one.why:
        case "gone":
            return str(_("Off: its receiver said that it wants no more."))
        case "failing":
            return str(_("Off: it took nothing for three days."))
        case None:
            return str(_("It takes nothing just now and is tried again.") if one.failing_since else _("Switched on"))
    return str(_("Switched off"))


def outcome_words(one: Delivery) -> str:
    """Say what the receiver said last, or what was the matter."""
    if one.fault:
        return str(FAULTS.get(one.fault, one.fault))
    return str(_("Answered %(status)s", status=one.status)) if one.status else ""


def _looks_again(room: Room, one: Hook, found: list[Delivery]) -> bool:
    """Tell whether something is about to be sent, so that the page should look again by itself."""
    soon = stamp(room.clock() + BREATH)
    on = one.disabled_at is None and "done" in request.args
    return on and any(each.due_at is not None and each.due_at <= soon and not each.attempts for each in found)


def _before() -> int | None:
    text = request.args.get("before") or None
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19 and int(text) < LARGEST):
        raise BadQuery(_("This address cannot be read. Follow the links of the page."))
    return int(text)


def _beside(refused: RegisterError) -> Mapping[str, Any]:
    """Put a refusal beside its field; one of the settings is said above the form."""
    if refused.code == "misconfigured":
        return {"form": told(refused.said)}
    return beside(refused, "statement" if refused.status == 404 else "form")


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _send_again(room: Room, one: Hook, delivery: str) -> None:
    with room.contacts.database.writing(deliveries.TABLE) as transaction:
        if delivery:
            deliveries.again(transaction, delivery, room.clock())
        else:
            deliveries.again_all(transaction, one.id, room.clock())


def _typed_keeper(values: Mapping[str, str]) -> Keeper | None:
    try:
        return read_keeper(values.get("email"), language_of_reader())
    except InvalidInput as refused:
        raise InvalidInput(
            _("Enter the whole e-mail address, for example name@example.org"), field="email"
        ) from refused


def _removing(one: Hook) -> Question:
    what = [
        _("Nothing is sent to %(host)s any more.", host=one.host),
        _("The list of what was sent to it is forgotten."),
    ]
    back = url_for("webhooks.hook", hook_id=one.id)
    return Question(_("Remove the webhook"), what, _("Remove"), back, about=one.masked, place="acts")


def _remove(room: Room, one: Hook) -> Response:
    room.hooks.remove(one.id)
    noted(room, "webhook-remove", f"webhook:{one.id}")
    return after(url_for("webhooks.listing"), "webhook-removed")
