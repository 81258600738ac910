"""The console's page of the order: proposals, and moving entries by number, button or hand, in each language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import Blueprint, Response, redirect, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext

from signatures.arranging.countries import labels_of
from signatures.arranging.moving import moved, numbered, signatures_in
from signatures.characters import check_language
from signatures.editors.console.keeping import Lists, beside, editor, known_parameters, noted, page, typed
from signatures.editors.console.orderwork import Work, in_language, shown, work_on
from signatures.editors.console.rearranging import rearranged
from signatures.editors.signing_in import signed_in
from signatures.errors import RegisterError
from signatures.ordering import Rule, propose
from signatures.room import Room
from signatures.web.catalogues import LANGUAGES

AT = "/editors/statements/<reference>/order"
WINDOW = 1_000  # lines of one page
WAYS = {
    "region": lazy_gettext("Regions of the world, in them countries"),
    "subregion": lazy_gettext("Smaller regions (UN M49), in them countries"),
    "country": lazy_gettext("Countries"),
    "name": lazy_gettext("Names"),
    "received": lazy_gettext("As received"),
    "last": lazy_gettext("As in the last edition"),
}


def blueprint(room: Room, lists: Lists) -> Blueprint:
    """Make the blueprint `ordering`: /editors/statements/REF/order."""
    ordering = Blueprint("ordering", __name__)

    @ordering.get(AT)
    @signed_in()
    def order(reference: str) -> Response:
        """Show the order of the next edition in a language."""
        known_parameters("language", "start")
        return _page(room, work_on(room, lists, reference, request.args.get("language")), {}, {})

    @ordering.post(AT)
    @signed_in("editor", "admin")
    def arrange(reference: str) -> Response:
        """Keep what was dragged, typed and pressed, or show it again with what needs another look."""
        return _attempt(room, work_on(room, lists, reference, request.form.get("language")), _arrange)

    @ordering.post(f"{AT}/proposal")
    @signed_in("editor", "admin")
    def take_proposal(reference: str) -> Response:
        """Order it anew by a rule; the pinned entries keep their numbers."""
        return _attempt(room, work_on(room, lists, reference, request.form.get("language")), _propose)

    @ordering.post(f"{AT}/undo")
    @signed_in("editor", "admin")
    def undo(reference: str) -> Response:
        """Go back to the order before the last change."""
        return _attempt(room, work_on(room, lists, reference, request.form.get("language")), _undo)

    @ordering.post(f"{AT}/removal")
    @signed_in("editor", "admin")
    def forget(reference: str) -> Response:
        """Forget the order of this language."""
        return _attempt(room, work_on(room, lists, reference, request.form.get("language")), _forget)

    return ordering


# ── what is shown ────────────────────────────────────────────────────────────────────────────────────────────────────


def _page(room: Room, work: Work, values: Mapping[str, str], errors: dict[str, Any]) -> Response:
    rule = work.kept.rule if work.kept else {}
    start = _start(len(work.lines))
    last = work.last
    elsewhere = moved(work.lines, last or [])
    arranged = [one.language for one in room.arrangements.all(work.reference)]
    return page(
        "order.html",
        422 if errors else 200,
        told=work.told,
        work=work,
        lines=shown(work, elsewhere, start, WINDOW),
        starts=range(0, len(work.lines), WINDOW) if len(work.lines) > WINDOW else (),
        start=start,
        places=sum(line.kind != "section" for line in work.lines),
        late=len(set(signatures_in(work.lines)) - set(signatures_in(last))) if last is not None else 0,
        moved=len(elsewhere),
        alphabets=list(dict.fromkeys((*work.languages, *arranged, *LANGUAGES, rule.get("sort") or work.language))),
        tongues=list(dict.fromkeys((*work.languages, *arranged, work.language))),
        arranged=arranged,
        ways={way: words for way, words in WAYS.items() if way != "last" or last is not None},
        rule={"by": "region", "sort": work.language, "late": "appended", **rule},
        values=values,
        errors=errors,
    )


def _start(most: int) -> int:
    """Tell at which line the page begins that was asked for."""
    text = request.values.get("start", "0")
    start = int(text) if text.isascii() and text.isdigit() and len(text) < len(str(10**9)) else 0
    return start - start % WINDOW if start < most else 0


# ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _attempt(room: Room, work: Work, act: Callable[[Room, Work], Response]) -> Response:
    """Act, or show the page again with the sentence of what was refused; what was typed stays."""
    if not work.was_seen(request.form.get("seen", "")):  # what was typed is about other lines
        sentence = _(
            "The order has changed meanwhile: somebody arranged it, signed or withdrew. Look at it as it is now."
        )
        return _page(room, work, {}, {"form": sentence})
    try:
        return act(room, work)
    except RegisterError as refused:
        return _page(room, work, typed(), beside(refused))


def _arrange(room: Room, work: Work) -> Response:
    pins = work.kept.pins if work.kept else frozenset()
    done = rearranged(work.lines, pins, request.form)
    room.arrangements.keep(
        work.reference,
        work.language,
        done.lines,
        by=editor().ref,
        version=work.version,
        before=work.lines,
        pins=done.pins,
    )
    return _done(room, work, done.at)


def _propose(room: Room, work: Work) -> Response:
    """Propose an order in this language, or in all, each by its own names; what cannot be is refused before any is kept."""
    rule = _rule(work)
    if "every" in request.form:
        for language in work.languages:
            if language != work.language:
                other = in_language(room, work, language)
                labels = labels_of(other.kept.rule.get("labels", "")) if other.kept else {}
                _keep_proposal(room, other, rule._replace(language=language, labels=labels))
    _keep_proposal(room, work, rule)
    return _done(room, work, None)


def _rule(work: Work) -> Rule:
    form = typed()
    return Rule(
        by=form.get("by", "region"),
        language=check_language("sort", form.get("sort") or work.language),
        headings="headings" in form,
        late=form.get("late", "appended"),
        labels=labels_of(form.get("labels", "")),
    ).checked()


def _keep_proposal(room: Room, work: Work, rule: Rule) -> None:
    proposal = propose(work.there.signatories, rule, last=work.last, pins=_pins(work))
    told = {"by": rule.by, "sort": rule.language, "headings": rule.headings, "late": rule.late}
    labels = "\n".join(f"{code} = {label}" for code, label in rule.labels.items())
    room.arrangements.keep(
        work.reference,
        work.language,
        proposal.lines,
        by=editor().ref,
        version=work.version,
        before=work.lines,
        rule={**told, "labels": labels},
    )


def _pins(work: Work) -> dict[str, int]:
    """Tell the numbers that pinned entries have now."""
    pins = work.kept.pins if work.kept else frozenset()
    pairs = zip(work.lines, numbered(work.lines), strict=True)
    return {line.value: number for line, number in pairs if number and line.value in pins}


def _undo(room: Room, work: Work) -> Response:
    room.arrangements.undo(work.reference, work.language, by=editor().ref, version=work.version)
    return _done(room, work, None)


def _forget(room: Room, work: Work) -> Response:
    room.arrangements.forget(work.reference, work.language, version=work.version)
    return _done(room, work, None, "forgot-order")


def _done(room: Room, work: Work, at: int | None, done: str = "arranged") -> Response:
    """Go back to the page, to the line that was moved; a run of changes by one editor is one act."""
    about = f"statement:{work.reference}"
    newest = next(iter(room.acts.list(about, limit=1)), None)
    if newest is None or (newest.act, newest.actor, newest.detail) != (
        "arrange",
        editor().ref,
        {"language": work.language},
    ):
        noted(room, "arrange", about, language=work.language)
    start = _start(len(work.lines)) if at is None else at - at % WINDOW
    url = url_for("ordering.order", reference=work.reference, language=work.language, start=start or None, done=done)
    return redirect(url + ("" if at is None else f"#line-{at}"), 303)  # type: ignore[return-value]
