"""What the signing form tells of a statement: its title, and the text that is signed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, TypedDict

from signatures.register import Register

EXCERPT = 600  # characters


class SignedText(TypedDict):
    """A statement's text in one language; without a text of its own, `sha256` and `content` are None."""

    title: str
    sha256: str | None
    content: str | None
    version_label: str | None


class StatementTold(TypedDict):
    """What the form tells of a statement: its reference as written, and its newest texts by language."""

    reference: str
    default_language: str
    texts: Mapping[str, SignedText]


class StatementOf(Protocol):
    """Tells of a statement by its reference; NotFound where there is none. Whether it may be signed is the intake's."""

    def __call__(self, reference: str) -> StatementTold:
        """Tell of a statement."""


def statement_from_log(register: Register) -> StatementOf:
    """Make a StatementOf that looks in the register itself and needs no view."""

    def statement_of(reference: str) -> StatementTold:
        statement = register.statement(reference)
        texts: dict[str, SignedText] = {}
        for language, text in statement.texts.items():
            (entry,) = register.store.stream_entries(f"statement/{statement.id}", text["version"] - 1, 1)
            data = entry.data()
            content = register.store.text(text["sha256"]) if text["sha256"] else None
            texts[language] = SignedText(
                title=data["title"],
                sha256=text["sha256"],
                content=None if content is None else content.decode(),
                version_label=data["version_label"],
            )
        return StatementTold(reference=statement.reference, default_language=statement.default_language, texts=texts)

    return statement_of


def shown(told: StatementTold) -> dict[str, Any]:
    """Give a template what it shows of a statement, in its default language or the first that it has."""
    language = told["default_language"]
    if language not in told["texts"]:
        language = next(iter(told["texts"]), language)
    text = told["texts"].get(language) or SignedText(title="", sha256=None, content=None, version_label=None)
    return {
        "reference": told["reference"],
        "title": text["title"] or told["reference"],
        "language": language,
        "excerpt": _excerpt(text["content"] or ""),
        "version_label": text["version_label"],
        "text_sha256": text["sha256"],
    }


def _excerpt(text: str) -> str:
    """Take the first paragraph, cut at a word if it is long."""
    paragraph = next((part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()), "")
    return paragraph if len(paragraph) <= EXCERPT else paragraph[:EXCERPT].rpartition(" ")[0] + " …"
