"""The texts of a statement: the newest, every version, and which of them was signed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from projections import moments, told
from projections.finding import When
from projections.questions.desk import given
from projections.questions.signatories import Signatories
from projections.versions import signed_versions, versions_of
from projections.views import lookups
from signatures.errors import NotFound
from signatures.pages.signable import SignedText, StatementTold
from signatures.sentences import Sentence, said


class Texts(Signatories):
    """Questions about texts."""

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
        when = When(known_at=known_at or None, position=given(position))
        with self._finder.at(reference, when, drafts=drafts) as moment:
            texts = told.texts_of(moment.folded)
        for text in texts:
            if language in (None, "", text["language"]):
                content = self.log.text(text["text_sha256"]) if text["text_sha256"] else None
                return {**text, "content": content}
        raise NotFound(_no_text(reference, language, texts))

    def versions(
        self,
        reference: str,
        *,
        known_at: str | None = None,
        position: str | int | None = None,
        drafts: bool = False,
    ) -> list[dict[str, Any]]:
        """List every version of a statement's texts, by language, as known at a moment."""
        when = When(known_at=known_at or None, position=given(position))
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
        raise NotFound(
            said(
                "%(reference)s has no version %(version)s of a text in %(language)s. There are %(count)s.",
                reference=reference,
                version=wanted,
                language=repr(language),
                count=len(known),
            )
        )

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
        with self._finder.at(reference, When(position=given(position)), drafts=drafts) as moment:
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


def _signed_text(text: dict[str, Any], content: bytes | None) -> SignedText:
    return SignedText(
        title=text["title"],
        sha256=text["text_sha256"],
        content=None if content is None else content.decode(errors="replace"),
        version_label=text["version_label"],
    )


def _no_text(reference: str, language: str | None, texts: list[dict[str, Any]]) -> Sentence:
    """Say that there is no text in a language, and in which there is one."""
    if not texts:
        return said(
            "%(reference)s has no text in %(language)s. There is: none.", reference=reference, language=repr(language)
        )
    return said(
        "%(reference)s has no text in %(language)s. There is: %(known)s.",
        reference=reference,
        language=repr(language),
        known=", ".join(text["language"] for text in texts),
    )
