"""Every question about statements and their lists: each catches up first, then answers from the view.

Parameters are taken as they stand in a query; what cannot be read or is not there is refused by `signatures/errors.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from projections import history, moments, organisations, told
from projections.answers import Answer, Kept
from projections.diff import End, difference
from projections.log import Log
from projections.paging import MOST, Cursor, Pager, Question, read_cursor
from projections.signatory_list import Leaf, Statement, UnknownThen, compose, counted, statement
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.projector import OPEN, folded
from projections.views.replay import Replay
from projections.views.view import EditionRow, StatementRow
from signatures.characters import LANGUAGE, REFERENCE
from signatures.clock import Clock, civil_date
from signatures.database import Database
from signatures.errors import BadQuery, ConflictingTimeParameters, NotFound, ViewBehind
from signatures.intake.signable import SignedText, StatementTold

PAGE = 100  # statements or organisations, where no limit is given
SETTLED = timedelta(seconds=10)  # after that long no entry can be recorded before a moment any more
WORDS = 10


@dataclass(frozen=True, slots=True)
class Moment:
    """A statement as known at a position; `last` is its last entry among those known, `newest` the view's position."""

    view: Generation
    row: StatementRow
    folded: Statement
    last: Leaf
    newest: int

    @property
    def position(self) -> int:
        """Tell the position of the statement's last entry."""
        return int(self.last["position"])


class Lists:
    """The questions of pages, API and commands."""

    def __init__(self, log: Log, views: Database, clock: Clock) -> None:
        """Ask a log and its views, at a clock's time."""
        self.log = log
        self.clock = clock
        self.replay = Replay(log, views)
        self._kept = Kept()

    # ── the list ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def signatories(
        self,
        reference: str,
        *,
        as_of: str | None = None,
        known_at: str | None = None,
        position: str | int | None = None,
        edition: str | int | None = None,
        part: str = "all",
        show: str = "standing",
        language: str | None = None,
        limit: str | int | None = None,
        cursor: str | None = None,
        query: str | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Tell the list of a statement on a date at a position."""
        moments.one_of("part", part, ("all", "numbered", "subsequent"))
        moments.one_of("show", show, ("standing", "annotated"))
        if language and not LANGUAGE.match(language):
            raise BadQuery(
                f"language: {language!r} is no language tag. Write for example en or pt-BR.", field="language"
            )
        known_at, position, edition = known_at or None, _given(position), _given(edition)
        if edition is not None and not (as_of is None and known_at is None and position is None):
            raise ConflictingTimeParameters(
                "edition asks for that edition's own date and position. Leave the others away."
            )
        pinned = read_cursor(cursor) if cursor else None
        with self._moment(reference, known_at, position, pinned, drafts=drafts) as (found, instant):
            if edition is None:
                moment, day = found, self._day(found, as_of, instant, position, pinned)
            else:
                moment = self._at_edition(found, moments.whole_number("edition", edition))
                day = str(moment.folded.editions[-1]["data"]["as_of"])
            question = Question(
                day,
                moment.position,
                moment.folded.languages(language or None),
                part,
                show,
                limit if isinstance(limit, int) else moments.whole_number("limit", limit, MOST) if limit else MOST,
                _words(query),
                pinned,
            )
            answer = self._answer(moment, question)
            exact = position is not None or edition is not None or pinned is not None
            return answer.with_final(final=exact or self._is_settled(instant))

    def whole(self, reference: str, **question: Any) -> Answer:
        """Tell the whole list, however long it is."""
        return self.signatories(reference, **question, limit=OPEN)

    def _answer(self, moment: Moment, question: Question) -> Answer:
        if question.limit > MOST:
            return self._compose(moment, question)
        key = (moment.view.generation, moment.row.key, question)
        return self._kept.get(
            key,
            lambda: self._compose(moment, question),
            lambda answer: 1 + len(answer["numbered"]) + len(answer["subsequent"]) + len(answer.get("gaps", ())),
        )

    def _compose(self, moment: Moment, question: Question) -> Answer:
        edition = self._edition(moment, question.as_of, question.languages)
        key = ("sections", moment.view.generation, edition and edition[:2])
        headings = self._kept.get(key, lambda: moment.view.sections(edition)) if edition else []
        pager = Pager(moment.view, moment.row, edition, headings, question)
        page = pager.page()
        answer = Answer(
            compose(
                moment.folded,
                as_of=question.as_of,
                last=moment.last,
                final=False,
                show=question.show,
                counts=self._counts(moment, edition, question.as_of),
                sections=pager.sections(page),
                numbered=[item[3] for item in page.numbered],
                subsequent=[item[3] for item in page.subsequent],
            )
        )
        answer.next, answer.previous = pager.cursors(page)
        if question.words and question.cursor is None and not page.after:
            answer.found = len(page.numbered) + len(page.subsequent)
        return answer

    def _counts(self, moment: Moment, edition: EditionRow | None, as_of: str) -> dict[str, int]:
        where = edition[:2] if edition else (0, "")
        key = ("counts", moment.view.generation, moment.row.key, moment.position, where, as_of)
        return self._kept.get(key, lambda: _count(moment, edition, as_of))

    # ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────

    def statements(self, *, limit: str | int | None = None, cursor: str | None = None, drafts: bool = False) -> Answer:
        """List the statements that may be seen, the newest first."""
        most = moments.whole_number("limit", limit, MOST) if limit else PAGE
        before = moments.whole_number("cursor", cursor) if cursor else OPEN
        with self.replay.reading() as (view, newest):
            rows = lookups.statements(view, before, most + 1, drafts=drafts)
            told_ones = [self._told(self._at(view, row, newest, newest)) for row in rows[:most] if row.stopped is None]
        answer = Answer(statements=told_ones)
        answer.next = str(rows[most - 1].key) if len(rows) > most else None
        return answer

    def statement(self, reference: str, *, position: str | int | None = None, drafts: bool = False) -> Answer:
        """Tell a statement's own data, texts and editions, and today's counts."""
        with self._moment(reference, position=_given(position), drafts=drafts) as (moment, _):
            return self._told(moment)

    def editions(self, reference: str, *, drafts: bool = False) -> list[dict[str, Any]]:
        """List the editions of a statement."""
        with self._moment(reference, drafts=drafts) as (moment, _):
            return [told.edition_of(leaf) for leaf in moment.folded.editions]

    def edition(self, reference: str, number: str | int, *, drafts: bool = False) -> dict[str, Any]:
        """Tell of one edition; its list is `signatories(edition=…)`."""
        with self._moment(reference, drafts=drafts) as (moment, _):
            at = self._at_edition(moment, moments.whole_number("edition", number))
            return told.edition_of(at.folded.editions[-1])

    def text(
        self, reference: str, language: str | None = None, *, position: str | int | None = None, drafts: bool = False
    ) -> dict[str, Any]:
        """Tell the text of a language as known at a position; without a language the statement's own, or the first."""
        with self._moment(reference, position=_given(position), drafts=drafts) as (moment, _):
            texts = told.texts_of(moment.folded)
        for text in texts:
            if language in (None, "", text["language"]):
                content = self.log.text(text["text_sha256"]) if text["text_sha256"] else None
                return {**text, "content": content}
        known = ", ".join(text["language"] for text in texts) or "none"
        raise NotFound(f"{reference} has no text in {language!r}. There is: {known}.")

    def body(self, reference: str, answer: Mapping[str, Any], language: str | None = None) -> str | None:
        """Tell the text that was known when an answer's list was, in a language or else the statement's own."""
        for asked in (language, None):
            try:
                content = self.text(reference, asked, position=answer["position"], drafts=True)["content"]
            except NotFound:
                continue
            if content is not None:
                return str(content.decode(errors="replace"))
        return None

    def for_form(self, reference: str) -> StatementTold:
        """Tell of a statement what its signing form shows; whether it may be signed is the intake's to say."""
        with self._moment(reference, drafts=True) as (moment, _):
            texts = told.texts_of(moment.folded)
        contents = {text["text_sha256"]: self.log.text(text["text_sha256"]) for text in texts if text["text_sha256"]}
        return StatementTold(
            reference=moment.folded.reference,
            default_language=moment.folded.default_language,
            texts={text["language"]: _signed_text(text, contents.get(text["text_sha256"])) for text in texts},
        )

    def timeline(
        self, reference: str, *, position: str | int | None = None, drafts: bool = False
    ) -> list[dict[str, Any]]:
        """List the days on which anything changes: how many signed, withdrew, were corrected, and stand from then on."""
        with self._moment(reference, position=_given(position), drafts=drafts) as (moment, _):
            key = ("days", moment.view.generation, moment.row.key, moment.position)
            return self._kept.get(key, lambda: told.days_of(moment.view, moment.row, moment.position), len)

    def _told(self, moment: Moment) -> Answer:
        today = civil_date(self.clock(), moment.folded.time_zone).isoformat()
        edition = self._edition(moment, today, moment.folded.languages(None))
        bounds = lookups.bounds(moment.view, moment.row)
        return Answer(
            **told.told_of(moment.folded, today),
            counts=self._counts(moment, edition, today),
            first_on=bounds[0],
            last_on=bounds[1],
            position=moment.position,
            recorded_through=moment.last["recorded_at"],
        )

    # ── what happened ────────────────────────────────────────────────────────────────────────────────────────────────

    def history(
        self,
        reference: str,
        *,
        after: str | int | None = None,
        limit: str | int | None = None,
        newest_first: bool = False,
        language: str | None = None,
        drafts: bool = False,
    ) -> list[dict[str, Any]]:
        """List what was recorded about a statement after a position, or before it and the newest first."""
        with self._moment(reference, drafts=drafts) as (moment, _):
            entries = history.stream_after(
                self.log,
                moment.view,
                moment.row,
                _after(after),
                _limit(limit),
                moment.position,
                newest_first=newest_first,
            )
            return history.history_rows(moment.view, entries, moment.folded.languages(language or None))

    def events(
        self, reference: str, *, after: str | int | None = None, limit: str | int | None = None, drafts: bool = False
    ) -> list[dict[str, Any]]:
        """List the leaves of a statement after a position. They never wait for a view that cannot go on."""
        with self.replay.reading() as (view, newest):
            row = self._find(view, reference, drafts=drafts)
            entries = history.stream_after(self.log, view, row, _after(after), _limit(limit), newest)
        return [entry.document() for entry in entries]

    def diff(
        self, reference: str, from_: str, to: str | None = None, *, language: str | None = None, drafts: bool = False
    ) -> dict[str, Any]:
        """Compare two lists; each end is a date, or a date and a position: `2021-06-07@57`."""
        with self._moment(reference, drafts=drafts) as (moment, _):
            languages = moment.folded.languages(language or None)
            start, end = (self._end(moment, text, languages) for text in (from_, to or ""))
            return difference(moment.view, moment.row.key, start, end, languages)

    def _end(self, moment: Moment, text: str, languages: tuple[str, str]) -> End:
        day, _, position = text.partition("@")
        known = moments.position(position, moment.newest) if position else moment.newest
        at = self._at(moment.view, moment.row, known, moment.newest)
        as_of = self._day(at, day, None, None, None)
        edition = self._edition(at, as_of, languages)
        return End(as_of, at.position, edition, self._counts(at, edition, as_of)["standing"])

    # ── organisations ────────────────────────────────────────────────────────────────────────────────────────────────

    def organisations(
        self,
        *,
        query: str | None = None,
        limit: str | int | None = None,
        cursor: str | None = None,
        language: str = "en",
        drafts: bool = False,
    ) -> Answer:
        """List organisations by name; without drafts, only those that a published statement's list names."""
        most = moments.whole_number("limit", limit, MOST) if limit else PAGE
        after = organisations.read_cursor(cursor) if cursor else ("", 0)
        with self.replay.reading() as (view, _):
            found = lookups.organisations(view, after, most + 1, _words(query), drafts=drafts)
            known = organisations.registered(view, [id_ for *_, id_ in found[:most]])
            today = civil_date(self.clock(), "UTC").isoformat()
            answer = Answer(
                organisations=[known[id_].told(today, language) for *_, id_ in found[:most] if id_ in known]
            )
        answer.next = organisations.cursor(*found[most - 1][:2]) if len(found) > most else None
        return answer

    def organisation(self, id_: str, *, language: str = "en", drafts: bool = False) -> Answer:
        """Tell of an organisation: its names, the registrations that are one body with it, and what it signed."""

        def today_in(time_zone: str) -> str:
            return civil_date(self.clock(), time_zone).isoformat()

        with self.replay.reading() as (view, _):
            found = organisations.registered(view, [id_]).get(id_)
            signed = (
                organisations.signed_by(view, organisations.group_of(view, id_), today_in, drafts=drafts)
                if found
                else []
            )
            if found is None or not (signed or drafts):
                raise NotFound(f"There is no organisation {id_!r} on a published list.")
            group = organisations.group_of(view, id_)
        return Answer(
            **found.told(today_in("UTC"), language),
            names=found.names(language),
            same_body=[one for one in group if one != id_],
            signatures=signed,
        )

    def signed_both(self, one: str, other: str, *, drafts: bool = False) -> list[dict[str, Any]]:
        """List who stands under two statements today, mergers resolved: the entries of both, in the first one's order."""
        entries = [self._standing_by_body(reference, drafts=drafts) for reference in (one, other)]
        return [
            {"organisation_id": body, "entries": [entry, entries[1][body]]}
            for body, entry in entries[0].items()
            if body in entries[1]
        ]

    def _standing_by_body(self, reference: str, *, drafts: bool) -> dict[str, dict[str, Any]]:
        answer = self.whole(reference, drafts=drafts)
        with self.replay.reading() as (view, _):
            return {
                organisations.root_of(view, entry["organisation_id"]): entry
                for entry in answer["numbered"] + answer["subsequent"]
            }

    # ── the state of the views ───────────────────────────────────────────────────────────────────────────────────────

    def create(self) -> None:
        """Make the place of the views."""
        self.replay.create()

    def health(self) -> dict[str, Any]:
        """Catch up, then tell how far the view is and what is quarantined."""
        sentence = None
        try:
            self.replay.catch_up()
        except ViewBehind as behind:
            sentence = behind.sentence
        return {**self.replay.lag(), "sentence": sentence}

    def _edition(self, moment: Moment, as_of: str, languages: tuple[str, str]) -> EditionRow | None:
        key = ("edition", moment.view.generation, moment.row.key, moment.position, as_of, languages)
        return self._kept.get(
            key, lambda: lookups.edition_in_force(moment.view, moment.row.key, moment.folded, as_of, languages)
        )

    # ── the moment ───────────────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _moment(
        self,
        reference: str,
        known_at: str | None = None,
        position: str | int | None = None,
        pinned: Cursor | None = None,
        *,
        drafts: bool = False,
    ) -> Iterator[tuple[Moment, datetime | None]]:
        """Find a statement as it was known at a position or an instant."""
        if known_at is not None and position is not None:
            raise ConflictingTimeParameters("known_at and position both say how much is known. Give one of them.")
        instant, stamp = moments.known_at(known_at, self.clock) if known_at else (None, "")
        with self.replay.reading() as (view, newest):
            row = self._find(view, reference, drafts=drafts)
            if position is not None:
                known = moments.position(position, newest)
            elif instant is not None:
                known = min(self.log.position_at(stamp), newest)
            else:
                known = newest
            if pinned is not None:
                if (position is not None or instant) and self._last_position(view, row, known) != pinned.position:
                    raise ConflictingTimeParameters(
                        "The cursor belongs to another position. Ask for the first page again."
                    )
                known = moments.position(pinned.position, newest)
            yield self._at(view, row, known, newest), instant

    def _find(self, view: Generation, reference: str, *, drafts: bool) -> StatementRow:
        row = view.statement(reference) if REFERENCE.match(reference) else None
        if row is None or not (row.published or drafts):
            raise NotFound(f"There is no statement {reference!r} here. The list of statements names those that are.")
        return row

    def _at(self, view: Generation, row: StatementRow, known: int, newest: int) -> Moment:
        if row.stopped is not None and known >= row.stopped:
            raise _stopped(view, row, row.stopped - 1)
        if known < row.key:
            raise NotFound(
                f"{row.reference} was drafted at position {row.key}; at position {known} there was nothing yet."
            )
        last = (
            view.last(row.key, known)
            if known < row.last_position
            else (row.last_position, row.last_recorded_at, row.last_version)
        )
        position, recorded_at, version = last or (row.key, "", 1)
        folded = self._kept.get(
            ("statement", view.generation, row.key, position), lambda: statement(view.acts(row.key, position))
        )
        leaf = {"position": position, "recorded_at": recorded_at, "version": version}
        return Moment(view, row, folded, leaf, newest)

    @staticmethod
    def _last_position(view: Generation, row: StatementRow, known: int) -> int:
        last = view.last(row.key, known)
        return last[0] if last else 0

    def _at_edition(self, moment: Moment, number: int) -> Moment:
        try:
            published = moment.folded.numbered(number)
        except UnknownThen as unknown:
            raise NotFound(f"{unknown} There are {len(moment.folded.editions)}.") from None
        return self._at(moment.view, moment.row, published["position"], moment.newest)

    def _day(
        self,
        moment: Moment,
        as_of: str | None,
        instant: datetime | None,
        position: str | int | None,
        pinned: Cursor | None,
    ) -> str:
        zone = moment.folded.time_zone
        if pinned is not None:
            if as_of and moments.day("as_of", as_of, zone) != pinned.as_of:
                raise ConflictingTimeParameters("The cursor belongs to another date. Ask for the first page again.")
            return moments.day("cursor", pinned.as_of, zone)
        if as_of:
            return moments.day("as_of", as_of, zone)
        asked = self.clock()
        if as_of is None and instant is not None:
            asked = instant
        elif as_of is None and position is not None:
            entry = self.log.entry(int(position))
            asked = datetime.fromisoformat(entry.recorded_at) if entry else asked
        return civil_date(asked, zone).isoformat()

    def _is_settled(self, instant: datetime | None) -> bool:
        """Tell whether nothing can be recorded any more at or before an instant."""
        if instant is None:
            return False
        newest = self.log.newest()
        recorded_later = newest is not None and datetime.fromisoformat(newest.recorded_at) > instant
        return recorded_later or self.clock() - instant >= SETTLED


def _stopped(view: Generation, row: StatementRow, last_good: int) -> ViewBehind:
    why = next((one["sentence"] for one in view.quarantine() if one["stream"] == row.stream), "")
    return ViewBehind(
        f"The list of {row.reference} cannot be told beyond position {last_good} ({why}). Nothing is lost:"
        f" ask with position={last_good}, or again when this is repaired.",
        statement=row.reference,
        last_good_position=last_good,
    )


def _count(moment: Moment, edition: EditionRow | None, as_of: str) -> dict[str, int]:
    row, position, everything = moment.row, moment.position, (0, "")
    if edition is None:
        ((began, ended, _),) = moment.view.sums(row, [everything], as_of, position)
        return counted(began - ended, 0, ended, began - ended)
    (began, ended, _), (placed, left, again) = moment.view.sums(row, [everything, edition[:2]], as_of, position)
    distinct = placed - left
    return counted(distinct + again, began - ended - distinct, ended, edition.places)


def _words(query: str | None) -> tuple[str, ...]:
    """Fold a query into the words that a name is to hold."""
    clean = (query or "").replace("\0", "").encode(errors="ignore").decode()
    return tuple(folded(clean).split()[:WORDS])


def _given(value: str | int | None) -> str | int | None:
    """Take an empty field of a form as not given."""
    return None if value == "" else value


def _after(value: str | int | None) -> int:
    return 0 if value in (None, "", 0, "0") else moments.whole_number("after", value or 0)


def _limit(value: str | int | None) -> int:
    return moments.whole_number("limit", value, MOST) if value else MOST


def _signed_text(text: dict[str, Any], content: bytes | None) -> SignedText:
    return SignedText(
        title=text["title"],
        sha256=text["text_sha256"],
        content=None if content is None else content.decode(errors="replace"),
        version_label=text["version_label"],
    )
