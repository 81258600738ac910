"""The list of a statement on a date at a position."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from projections import moments, paging, streaming
from projections.answers import Answer
from projections.finding import Moment, When
from projections.paging import Pager, Question, read_cursor
from projections.questions.desk import Desk, given
from projections.shelf import words_of
from projections.signatory_list import compose
from projections.stillness import days_of_change
from projections.views import lookups
from projections.views.projector import OPEN
from signatures.characters import LANGUAGE
from signatures.errors import BadQuery
from signatures.sentences import said


class Signatories(Desk):
    """Questions about one list."""

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
        keep: bool = True,
    ) -> Answer:
        """Tell the list of a statement on a date at a position; `keep` it, unless whoever asks keeps what is made of it."""
        most = moments.whole_number("limit", limit, paging.MOST) if limit not in (None, "") else paging.MOST
        when = When(as_of, known_at or None, given(position), given(edition), read_cursor(cursor) if cursor else None)
        return self._list(
            reference, when, most, part=part, show=show, language=language, query=query, drafts=drafts, keep=keep
        )

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
        when = When(as_of, known_at or None, given(position), given(edition))
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
        keep: bool = False,
    ) -> Answer:
        moments.one_of("part", part, ("all", "numbered", "subsequent"))
        moments.one_of("show", show, ("standing", "annotated"))
        if language and not LANGUAGE.match(language):
            raise BadQuery(
                said(
                    "language: %(language)s is no language tag. Write for example en or pt-BR.", language=repr(language)
                ),
                field="language",
            )
        with self._finder.at(reference, when, drafts=drafts) as moment:
            languages = moment.folded.languages(language or None)
            words = words_of(query)
            question = Question(moment.as_of, moment.position, languages, part, show, most, words, when.cursor)
            made = self._answer(moment, question) if keep else self._compose(moment, question)
            answer = made.with_final(final=moment.settled)
            if when.as_of and when.cursor is None and answer.is_whole:
                answer.days = self._days(moment)
            return answer

    def _days(self, moment: Moment) -> tuple[str, ...] | None:
        key = ("changing", moment.view.generation, moment.row.key, moment.row.last_position, moment.position)
        return self._kept.get(key, lambda: days_of_change(moment), lambda days: 1 + len(days or ()) // 8)

    def _answer(self, moment: Moment, question: Question) -> Answer:
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

    def territories(self, reference: str, **time: str | None) -> Answer:
        """Count who stands on a date by their territories; `time` is that of a list."""
        when = When(time.get("as_of"), time.get("known_at") or None, given(time.get("position")))
        with self._finder.at(reference, when) as moment:
            key = ("territories", moment.view.generation, moment.row.key, moment.position, moment.as_of)
            return self._kept.get(key, lambda: self._territories(moment))

    def _territories(self, moment: Moment) -> Answer:
        as_of, position = moment.as_of, moment.position
        edition = self._edition(moment, as_of, moment.folded.languages(None))
        counted = lookups.territories(moment.view, moment.row.key, edition, as_of, position)
        return Answer(as_of=as_of, position=position, standing=counted.total(), counted=dict(counted))
