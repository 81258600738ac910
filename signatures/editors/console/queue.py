"""The editors' queue: GET /editors/submissions, one case beside it, and what is done with it by POST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from signatures.editors.console import deciding, together
from signatures.editors.console.cases import actor_name, case_of, lines_of, title_of
from signatures.editors.console.listing import (
    LEVELS,
    SORTS,
    TABS,
    Choice,
    Listed,
    counted,
    from_address,
    listed,
    read_choice,
    references,
    tab_of,
)
from signatures.editors.console.together import ACTS, Result
from signatures.editors.signing_in import present, signed_in
from signatures.errors import InvalidInput, NotFound, RegisterError, StorageUnavailable
from signatures.room import Room

ALSO = ("case", "with", "about")


def blueprint(room: Room) -> Blueprint:
    """Make the blueprint `queue`: /editors/submissions and what lies below it."""
    queue = Blueprint("queue", __name__, url_prefix="/editors")
    _reading(queue, room)
    _accepting(queue, room)
    _refusing(queue, room)
    _asking(queue, room)
    _several(queue, room)
    return queue


def _reading(queue: Blueprint, room: Room) -> None:
    @queue.get("/")
    @signed_in()
    def front() -> Any:
        """Lead to the queue."""
        return redirect(url_for("queue.submissions"), 303)

    @queue.get("/submissions")
    @signed_in()
    def submissions() -> Response:
        """Show the list, and beside it one case."""
        choice = read_choice(request.args, *ALSO)
        return _desk(room, choice, request.args.get("case"))

    @queue.get("/submissions/<id_>")
    @signed_in()
    def case(id_: str) -> Response:
        """Show one case, and beside it the list."""
        return _desk(room, _choice_of(room, id_), id_)

    @queue.post("/submissions/address")
    @signed_in("editor", "admin")
    def address() -> Response:
        """List what came from an address, which does not belong into that of a page."""
        email = request.form.get("email", "")
        return _desk(room, Choice(state="all"), None, from_address(room, email), sought=email)


def _accepting(queue: Blueprint, room: Room) -> None:
    @queue.post("/submissions/<id_>/accept")
    @signed_in("editor", "admin")
    def accept(id_: str) -> Any:
        """Accept a submission, as a new organisation or as a registered one."""
        note, despite = request.form.get("note", ""), "despite" in request.form
        said: dict[str, Any] = {"note": note, "despite": despite, "seen": request.form.get("seen") or None}
        return _do(room, id_, lambda: deciding.accept(room, present(), id_, **_how(), **said))

    @queue.post("/submissions/<id_>/release")
    @signed_in("editor", "admin")
    def release(id_: str) -> Any:
        """Release what was held back."""
        return _do(room, id_, lambda: deciding.release(room, present(), id_))


def _refusing(queue: Blueprint, room: Room) -> None:
    @queue.get("/submissions/<id_>/refusal")
    @signed_in("editor", "admin")
    def refusal(id_: str) -> Response:
        """Ask for the reason of a refusal."""
        return _act_page(room, "refusal.html", id_)

    @queue.post("/submissions/<id_>/refusal")
    @signed_in("editor", "admin")
    def refuse(id_: str) -> Any:
        """Refuse a submission."""
        code, note = request.form.get("code", ""), request.form.get("note", "")
        return _do(room, id_, lambda: deciding.refuse(room, present(), id_, code, note), "refusal.html")


def _asking(queue: Blueprint, room: Room) -> None:
    @queue.get("/submissions/<id_>/question")
    @signed_in("editor", "admin")
    def question(id_: str) -> Response:
        """Ask for the question."""
        return _act_page(room, "question.html", id_)

    @queue.post("/submissions/<id_>/question")
    @signed_in("editor", "admin")
    def ask(id_: str) -> Any:
        """Ask back."""
        text = request.form.get("question", "")
        return _do(room, id_, lambda: deciding.ask(room, present(), id_, text), "question.html")


def _several(queue: Blueprint, room: Room) -> None:
    @queue.post("/submissions/together")
    @signed_in("editor", "admin")
    def several() -> Response:
        """Repeat what was ticked, before anything is done."""
        return _plan_page(room, request.form.get("do", ""))

    @queue.post("/submissions/together/<act>")
    @signed_in("editor", "admin")
    def do_several(act: str) -> Response:
        """Do something with each of several, and tell what became of each."""
        try:
            results = _results(room, act, request.form.getlist("tick"))
        except InvalidInput as wrong:
            return _plan_page(room, act, wrong)
        return _page("bulk.html", results=results, act=act, choice=read_choice(request.args))


def _results(room: Room, act: str, ids: list[str]) -> list[Result]:
    match act:
        case "accept":
            return together.accept_all(room, present(), ids, {id_: request.form.get(f"seen-{id_}", "") for id_ in ids})
        case "release":
            return together.release_all(room, present(), ids)
        case "refuse":
            form = request.form
            return together.refuse_all(room, present(), ids, form.get("code", ""), form.get("note", ""))
        case _:
            raise NotFound(_("There is nothing of that name that could be done."))


def _do(room: Room, id_: str, act: Callable[[], object], template: str | None = None) -> Any:
    """Do something with a submission and go on to the next; what is refused is told where it was asked for."""
    choice = _choice_of(room, id_)
    onwards = _onwards(room, choice, id_)
    try:
        act()
    except StorageUnavailable:
        raise  # what became of it is not known
    except RegisterError as refused:
        if template and isinstance(refused, InvalidInput):
            return _act_page(room, template, id_, refused)
        return _desk(room, choice, id_, problem=refused, status=refused.status)
    return onwards


# ── pages ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _desk(
    room: Room,
    choice: Choice,
    id_: str | None,
    found: Listed | None = None,
    *,
    sought: str = "",
    problem: RegisterError | None = None,
    status: int = 200,
) -> Response:
    """Compose the queue: the list, and the case that was opened, or the first."""
    found = found or listed(room, choice)
    opened = room.intake.show(id_) if id_ else next(iter(found.rows), None)
    before, after = found.beside(opened.id) if opened else (None, None)
    return _page(
        "queue.html",
        status=status,
        choice=choice,
        counts=counted(room, choice.statement),
        tabs=TABS,
        together=ACTS.get(choice.state, ()) if not sought else (),
        levels=LEVELS,
        sorts=SORTS,
        statements=references(room),
        heading=_heading(room, choice.statement),
        found=found,
        lines=lines_of(room, found.rows, _language()),
        case=case_of(room, opened, present(), _language(), request.args.get("with")) if opened else None,
        opened=bool(id_),
        before=before,
        after=after,
        about=_about(room),
        problem=problem,
        sought=sought,
        may_act=present().may_act,
    )


def _act_page(room: Room, template: str, id_: str, wrong: InvalidInput | None = None) -> Response:
    choice = _choice_of(room, id_)
    case = case_of(room, room.intake.show(id_), present(), _language())
    status = wrong.status if wrong else 200
    return _page(template, status=status, case=case, choice=choice, wrong=wrong, reasons=deciding.REASONS)


def _plan_page(room: Room, act: str, wrong: InvalidInput | None = None) -> Response:
    if act not in ("accept", "release", "refuse"):
        raise InvalidInput(_("Choose what is to be done with those ticked."), field="do")
    planned = together.plan(room, act, request.form.getlist("tick"), _language())
    told = {"plan": planned, "act": act, "reasons": deciding.REASONS, "wrong": wrong}
    return _page("bulk.html", status=wrong.status if wrong else 200, choice=read_choice(request.args), **told)


def _page(template: str, *, status: int = 200, **told: Any) -> Response:
    return make_response(render_template(f"editors/{template}", **told), status)


def _onwards(room: Room, choice: Choice, id_: str) -> Any:
    """Lead to the case after this one, as the list stands before it is decided, and say there what became of this one."""
    before, after = listed(room, choice).beside(room.intake.show(id_).id)
    follows = after or before
    asked: dict[str, Any] = {"about": id_, **choice.query()}
    if follows is None:
        return redirect(url_for("queue.submissions", **asked), 303)
    return redirect(url_for("queue.case", id_=follows.id, **asked), 303)


def _about(room: Room) -> dict[str, Any] | None:
    """Tell what became of the submission that was decided on before, by whoever did it."""
    id_ = request.args.get("about")
    if not id_:
        return None
    try:
        submission = room.intake.show(id_)
    except NotFound:
        return None
    names = {one.ref: one.name for one in room.accounts.list()}
    by = submission.decided_by or ""
    return {"submission": submission, "by": actor_name(by, names), "other": by != present().ref}


def _choice_of(room: Room, id_: str) -> Choice:
    """Read the choice in an address; without one, the tab is that of the submission."""
    choice = read_choice(request.args, *ALSO)
    return choice if "state" in request.args else choice._replace(state=tab_of(room.intake.show(id_)))


def _heading(room: Room, reference: str) -> dict[str, str | None] | None:
    """Tell the title of the statement that was chosen, and its deadline."""
    if not reference:
        return None
    statement = room.register.statement(reference)
    title, language = title_of(room, statement)
    return {"title": title, "language": language, "deadline": room.terms.of(statement.reference).deadline}


def _how() -> dict[str, Any]:
    """Read as whom the submission is to be accepted."""
    match request.form.get("do"):
        case "new":
            return {"new": True}
        case "same" if request.form.get("organisation"):
            return {"organisation": request.form["organisation"]}
        case _:
            raise InvalidInput(_("Choose whether it is a new organisation or the registered one."), field="do")


def _language() -> str:
    """Tell the language of the page."""
    return str(get_locale() or "en").replace("_", "-")
