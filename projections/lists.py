"""Every question about statements and their lists: each catches up first, then answers from the view.

Parameters are taken as they stand in a query; what cannot be read or is not there is refused by `signatures/errors.py`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from projections import hindsight, history, moments, organisations, streaming, told
from projections.answers import Answer, Kept
from projections.diff import End, difference
from projections.finding import Finder, Moment, When
from projections.log import Log
from projections.paging import MOST, Pager, Question, read_cursor
from projections.shelf import Shelved, shelved, words_of
from projections.signatory_list import compose, counted
from projections.stillness import days_of_change
from projections.streaming import Published
from projections.versions import signed_versions, versions_of
from projections.views import lookups
from projections.views.generation import Generation
from projections.views.projector import OPEN
from projections.views.replay import Replay
from projections.views.view import EditionRow, StatementRow
from signatures.characters import LANGUAGE
from signatures.clock import Clock
from signatures.database import Database
from signatures.errors import BadQuery, NotFound, ViewBehind
from signatures.pages.signable import SignedText, StatementTold

PAGE = 100  # statements or organisations, where no limit is given
SETTLED = timedelta(seconds=10)  # after that long no entry can be recorded before a moment any more
LIKE = 20  # organisations that a name being typed may mean


class Lists:
    """The questions of pages, API and commands."""

    def __init__(self, log: Log, views: Database, clock: Clock, replay: Replay | None = None) -> None:
        """Ask a log and its views, at a clock's time."""
        self.log = log
        self.clock = clock
        self.replay = replay or Replay(log, views)
        self._kept = Kept()

    @property
    def _finder(self) -> Finder:
        return Finder(self.log, self.replay, self.clock, self._kept)

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
        most = moments.whole_number("limit", limit, MOST) if limit not in (None, "") else MOST
        when = When(as_of, known_at or None, _given(position), _given(edition), read_cursor(cursor) if cursor else None)
        return self._list(reference, when, most, part=part, show=show, language=language, query=query, drafts=drafts)

    def whole(
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
        query: str | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Tell the whole list, however long it is."""
        when = When(as_of, known_at or None, _given(position), _given(edition))
        return self._list(reference, when, OPEN, part=part, show=show, language=language, query=query, drafts=drafts)

    def _list(
        self,
        reference: str,
        when: When,
        most: int,
        *,
        part: str,
        show: str,
        language: str | None,
        query: str | None,
        drafts: bool,
    ) -> Answer:
        moments.one_of("part", part, ("all", "numbered", "subsequent"))
        moments.one_of("show", show, ("standing", "annotated"))
        if language and not LANGUAGE.match(language):
            raise BadQuery(
                f"language: {language!r} is no language tag. Write for example en or pt-BR.", field="language"
            )
        with self._finder.at(reference, when, drafts=drafts) as moment:
            languages = moment.folded.languages(language or None)
            words = words_of(query)
            question = Question(moment.as_of, moment.position, languages, part, show, most, words, when.cursor)
            answer = self._answer(moment, question).with_final(final=moment.settled)
            if when.as_of and when.cursor is None and answer.is_whole:
                answer.days = self._days(moment)
            return answer

    def _days(self, moment: Moment) -> tuple[str, ...] | None:
        key = ("changing", moment.view.generation, moment.row.key, moment.row.last_position, moment.position)
        return self._kept.get(key, lambda: days_of_change(moment), lambda days: 1 + len(days or ()) // 8)

    def _answer(self, moment: Moment, question: Question) -> Answer:
        if question.limit > MOST:
            return self._compose(moment, question)
        key = (moment.view.generation, moment.row.key, question)
        return self._kept.get(
            key,
            lambda: self._compose(moment, question),
            lambda answer: 1 + len(answer["numbered"]) + len(answer["subsequent"]) + len(answer.get("gaps", ())),
        )

    @contextmanager
    def streamed(self, reference: str, as_of: str, position: int) -> Iterator[Answer]:
        """Tell a whole published list in bounded memory: its long parts are iterators, to be taken in turn."""
        with self._finder.at(reference, When(as_of, position=position, lost_too=True)) as moment:
            question = Question(moment.as_of, moment.position, moment.folded.languages(None), limit=OPEN)
            pager = self._pager(moment, question)
            counts = self._counts(moment, pager.edition, question.as_of)
            yield Answer(streaming.answer(moment, pager, counts, self._root))

    def _pager(self, moment: Moment, question: Question) -> Pager:
        edition = self._edition(moment, question.as_of, question.languages)
        key = ("sections", moment.view.generation, edition and edition[:2])
        headings = self._kept.get(key, lambda: moment.view.sections(edition)) if edition else []
        return Pager(moment.view, moment.row, edition, headings, question)

    def _compose(self, moment: Moment, question: Question) -> Answer:
        pager = self._pager(moment, question)
        edition, page = pager.edition, pager.page()
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
                root=self._root,
            )
        )
        answer.next, answer.previous = pager.cursors(page)
        answer.generation = moment.view.generation
        if question.words and question.cursor is None and not page.after:
            answer.found = len(page.numbered) + len(page.subsequent)
        return answer

    def _counts(self, moment: Moment, edition: EditionRow | None, as_of: str) -> dict[str, int]:
        where = edition[:2] if edition else (0, "")
        key = ("counts", moment.view.generation, moment.row.key, moment.position, where, as_of)
        return self._kept.get(key, lambda: _count(moment, edition, as_of))

    # ── statements ───────────────────────────────────────────────────────────────────────────────────────────────────

    def shelf(self) -> list[Shelved]:
        """List what each published statement is found by, the newest first."""
        with self.replay.reading() as (view, newest):
            rows = lookups.statements(view, OPEN, OPEN, drafts=False)
            return [self._shelved(view, row, newest) for row in rows if row.stopped is None]

    def _shelved(self, view: Generation, row: StatementRow, newest: int) -> Shelved:
        moment = self._finder.now(view, row, newest)
        key = ("shelved", view.generation, row.key, row.last_position, moment.as_of)
        return self._kept.get(key, lambda: shelved(row.key, moment.folded, moment.as_of))

    def statements(
        self,
        *,
        limit: str | int | None = None,
        cursor: str | None = None,
        among: Sequence[int] | None = None,
        drafts: bool = False,
    ) -> Answer:
        """List the statements that may be seen, or those `among` keys of the shelf, the newest first."""
        most = moments.whole_number("limit", limit, MOST) if limit else PAGE
        before = moments.whole_number("cursor", cursor) if cursor else OPEN
        with self.replay.reading() as (view, newest):
            rows = lookups.statements(view, before, most + 1, drafts=drafts, among=among)
            finder = self._finder
            told_ones = [self._told(finder.now(view, row, newest)) for row in rows[:most] if row.stopped is None]
        answer = Answer(statements=told_ones)
        answer.next = str(rows[most - 1].key) if len(rows) > most else None
        return answer

    def statement(
        self,
        reference: str,
        *,
        known_at: str | None = None,
        position: str | int | None = None,
        drafts: bool = False,
    ) -> Answer:
        """Tell a statement's own data, texts and editions as known at a moment, and today's counts."""
        when = When(known_at=known_at or None, position=_given(position))
        with self._finder.at(reference, when, drafts=drafts) as moment:
            return self._told(moment)

    def published(self, position: int) -> Iterator[Published]:
        """List the statements that were published up to a position, as known then, or as far as they can be told."""
        before = OPEN
        while before:
            with self.replay.reading() as (view, _):
                rows = lookups.statements(view, before, PAGE, drafts=False)
                known = [(row, min(position, (row.stopped or OPEN) - 1)) for row in rows]
                found = [
                    streaming.published(self._finder.now(view, row, newest))
                    for row, newest in known
                    if 0 < row.published <= newest
                ]
            yield from found
            before = rows[-1].key if len(rows) == PAGE else 0

    def editions(self, reference: str, *, drafts: bool = False) -> list[dict[str, Any]]:
        """List the editions of a statement."""
        with self._finder.at(reference, drafts=drafts) as moment:
            return [told.edition_of(leaf, self._root) for leaf in moment.folded.editions]

    def edition(self, reference: str, number: str | int, *, drafts: bool = False) -> dict[str, Any]:
        """Tell of one edition; its list is `signatories(edition=…)`."""
        with self._finder.at(reference, When(edition=number), drafts=drafts) as moment:
            return told.edition_of(moment.folded.editions[-1], self._root)

    def text(
        self,
        reference: str,
        language: str | None = None,
        *,
        known_at: str | None = None,
        position: str | int | None = None,
        drafts: bool = False,
    ) -> dict[str, Any]:
        """Tell the text of a language as known at a moment; without a language the statement's own, or the first."""
        when = When(known_at=known_at or None, position=_given(position))
        with self._finder.at(reference, when, drafts=drafts) as moment:
            texts = told.texts_of(moment.folded)
        for text in texts:
            if language in (None, "", text["language"]):
                content = self.log.text(text["text_sha256"]) if text["text_sha256"] else None
                return {**text, "content": content}
        known = ", ".join(text["language"] for text in texts) or "none"
        raise NotFound(f"{reference} has no text in {language!r}. There is: {known}.")

    def versions(
        self,
        reference: str,
        *,
        known_at: str | None = None,
        position: str | int | None = None,
        drafts: bool = False,
    ) -> list[dict[str, Any]]:
        """List every version of a statement's texts, by language, as known at a moment."""
        when = When(known_at=known_at or None, position=_given(position))
        with self._finder.at(reference, when, drafts=drafts) as moment:
            return versions_of(moment.folded)

    def version(self, reference: str, language: str, number: str | int, *, drafts: bool = False) -> dict[str, Any]:
        """Tell one version of a text, with its words."""
        wanted = moments.whole_number("version", number)
        known = [one for one in self.versions(reference, drafts=drafts) if one["language"] == language]
        for one in known:
            if one["version"] == wanted:
                content = self.log.text(one["text_sha256"]) if one["text_sha256"] else None
                return {**one, "content": None if content is None else content.decode(errors="replace")}
        raise NotFound(f"{reference} has no version {wanted} of a text in {language!r}. There are {len(known)}.")

    def signed_texts(
        self,
        reference: str,
        ids: Iterable[str] | None = None,
        *,
        position: str | int | None = None,
        drafts: bool = False,
    ) -> dict[str, dict[str, Any]]:
        """Tell by signature which version of the text it was given to sign: of these, or of all that stand today."""
        if ids is None:
            answer = self.whole(reference, position=position, drafts=drafts)
            ids = [entry["signature_id"] for part in ("numbered", "subsequent") for entry in answer[part]]
        with self._finder.at(reference, When(position=_given(position)), drafts=drafts) as moment:
            keys = lookups.keys_of(moment.view, [id_ for id_ in ids if id_])
            return signed_versions(self.log, versions_of(moment.folded), sorted(keys.values()))

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
        with self._finder.at(reference, drafts=True) as moment:
            texts, versions = told.texts_of(moment.folded), versions_of(moment.folded)
        contents = {text["text_sha256"]: self.log.text(text["text_sha256"]) for text in texts if text["text_sha256"]}
        return StatementTold(
            reference=moment.folded.reference,
            default_language=moment.folded.default_language,
            texts={text["language"]: _signed_text(text, contents.get(text["text_sha256"])) for text in texts},
            versions=versions,
        )

    def territories(self, reference: str, **time: str | None) -> Answer:
        """Count who stands on a date by their territories; `time` is that of a list."""
        when = When(time.get("as_of"), time.get("known_at") or None, _given(time.get("position")))
        with self._finder.at(reference, when) as moment:
            key = ("territories", moment.view.generation, moment.row.key, moment.position, moment.as_of)
            return self._kept.get(key, lambda: self._territories(moment))

    def _territories(self, moment: Moment) -> Answer:
        as_of, position = moment.as_of, moment.position
        edition = self._edition(moment, as_of, moment.folded.languages(None))
        counted = lookups.territories(moment.view, moment.row.key, edition, as_of, position)
        return Answer(as_of=as_of, position=position, standing=counted.total(), counted=dict(counted))

    def timeline(
        self, reference: str, *, position: str | int | None = None, drafts: bool = False
    ) -> list[dict[str, Any]]:
        """List the days on which anything changes: how many signed, withdrew, were corrected, and stand from then on."""
        with self._finder.at(reference, When(position=_given(position)), drafts=drafts) as moment:
            key = ("days", moment.view.generation, moment.row.key, moment.position)
            return self._kept.get(key, lambda: told.days_of(moment.view, moment.row, moment.position), len)

    def _told(self, moment: Moment) -> Answer:
        today = self._finder.today(moment.folded.time_zone)
        edition = self._edition(moment, today, moment.folded.languages(None))
        bounds = lookups.bounds(moment.view, moment.row)
        return Answer(
            **told.told_of(moment.folded, today, self._root),
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
        with self._finder.at(reference, drafts=drafts) as moment:
            entries = history.stream_after(
                self.log,
                moment.view,
                moment.row,
                _after(after),
                _limit(limit),
                moment.position,
                newest_first=newest_first,
            )
            languages = moment.folded.languages(language or None)
            rows = history.history_rows(moment.view, entries, languages)
            edition = self._edition(moment, moment.as_of, languages)
            return history.with_marks(moment.view, rows, moment.folded.editions, edition, moment.position)

    def events(
        self, reference: str, *, after: str | int | None = None, limit: str | int | None = None, drafts: bool = False
    ) -> list[dict[str, Any]]:
        """List the leaves of a statement after a position. They never wait for a view that cannot go on."""
        with self.replay.reading() as (view, newest):
            row = self._finder.find(view, reference, drafts=drafts)
            entries = history.stream_after(self.log, view, row, _after(after), _limit(limit), newest)
        return [entry.document() for entry in entries]

    def diff(
        self, reference: str, from_: str, to: str | None = None, *, language: str | None = None, drafts: bool = False
    ) -> dict[str, Any]:
        """Compare two lists; each end is a date, or a date and a position: `2021-06-07@57`."""
        with self._finder.at(reference, drafts=drafts) as moment:
            languages = moment.folded.languages(language or None)
            start, end = (self._end(moment, text, languages) for text in (from_, to or ""))
            return difference(moment.view, moment.row.key, start, end, languages)

    def since(
        self, reference: str, as_of: str, position: int, *, language: str | None = None, drafts: bool = False
    ) -> dict[str, Any]:
        """Tell what became known since a position about the list of a date: entered late, corrected, struck, withdrawn."""
        with self._finder.at(reference, drafts=drafts) as moment:
            languages = moment.folded.languages(language or None)
            start, end = (self._end(moment, text, languages) for text in (f"{as_of}@{position}", as_of))
            return hindsight.since(self.log, moment.view, moment.row.key, start, end, languages)

    def _end(self, moment: Moment, text: str, languages: tuple[str, str]) -> End:
        at = self._finder.end(moment, text)
        edition = self._edition(at, at.as_of, languages)
        return End(at.as_of, at.position, edition, self._counts(at, edition, at.as_of)["standing"])

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
            found = lookups.organisations(view, after, most + 1, words_of(query), drafts=drafts)
            ids = [id_ for *_, id_ in found[:most]]
            known = organisations.registered(view, ids)
            shown = ids if drafts else organisations.named_today(view, ids, self._finder.today)
            today = self._finder.today("UTC")
            answer = Answer(organisations=[known[id_].told(today, language) for id_ in shown if id_ in known])
        answer.next = organisations.cursor(*found[most - 1][:2]) if len(found) > most else None
        return answer

    def called(self, ids: Sequence[str], *, language: str = "en") -> dict[str, list[dict[str, Any]]]:
        """List by id all names that some organisations bore, as `organisation` tells those of one."""
        with self.replay.reading() as (view, _):
            return {id_: one.names(language) for id_, one in organisations.registered(view, ids).items()}

    def organisations_after(self, position: int, limit: int) -> list[str]:
        """List the ids of organisations that a published list names, registered after a position."""
        with self.replay.reading() as (view, _):
            return organisations.named_today(view, lookups.named_after(view, position, limit), self._finder.today)

    def organisations_like(self, text: str) -> Sequence[Mapping[str, Any]]:
        """List the first organisations that a published list names and whose names hold all words of a text."""
        found: Sequence[Mapping[str, Any]] = self.organisations(query=text, limit=LIKE)["organisations"]
        return found

    def organisation(self, id_: str, *, language: str = "en", drafts: bool = False) -> Answer:
        """Tell of an organisation: its names, the registrations that are one body with it, and what it signed."""
        today_in = self._finder.today
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
            mergers = lookups.mergers(view)
        entries = answer["numbered"] + answer["subsequent"]
        return {organisations.body_of(entry["organisation_id"], mergers): entry for entry in entries}

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

    def _root(self, size: int) -> bytes:
        return self._kept.get(("root", size), lambda: self.log.root(size))

    def _edition(self, moment: Moment, as_of: str, languages: tuple[str, str]) -> EditionRow | None:
        published = moment.folded.edition(as_of)
        if published is None:
            return None
        key = ("edition", moment.view.generation, published["position"], languages)
        return self._kept.get(
            key, lambda: lookups.edition_in_force(moment.view, moment.row.key, moment.folded, as_of, languages)
        )


def _count(moment: Moment, edition: EditionRow | None, as_of: str) -> dict[str, int]:
    row, position, everything = moment.row, moment.position, (0, "")
    if edition is None:
        ((began, ended, _),) = moment.view.sums(row, [everything], as_of, position)
        return counted(began - ended, 0, ended, began - ended)
    (began, ended, _), (placed, left, again) = moment.view.sums(row, [everything, edition[:2]], as_of, position)
    distinct = placed - left
    return counted(distinct + again, began - ended - distinct, ended, edition.places)


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
