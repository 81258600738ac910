"""What the signing form tells of a statement: its title, and the text that is signed, in every language that it has."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypedDict

from signatures.register import Register

EXCERPT = 600  # characters
WHOLE = 40_000  # characters of a text that is read within the form; a longer one is read on its own page


class SignedText(TypedDict):
    """A statement's text in one language; without a text of its own, `sha256` and `content` are None."""

    title: str
    sha256: str | None
    content: str | None
    version_label: str | None


class StatementTold(TypedDict):
    """What the form tells of a statement: its reference as written, its newest texts by language, every version of them.

    `versions` hold language, version, version_label, text_sha256 and position.
    """

    reference: str
    default_language: str
    texts: Mapping[str, SignedText]
    versions: Sequence[Mapping[str, Any]]


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
        return StatementTold(
            reference=statement.reference, default_language=statement.default_language, texts=texts, versions=()
        )

    return statement_of


def shown(told: StatementTold, reader: str = "") -> dict[str, Any]:
    """Give a template what it shows of a statement: the text that is signed, and the one in the reader's language.

    Signed is the text of the default language, or of the first that there is, whichever language is read.
    """
    signed = _signed_language(told)
    read = reader if reader in told["texts"] else signed
    text = told["texts"].get(signed) or SignedText(title="", sha256=None, content=None, version_label=None)
    reading = told["texts"].get(read) or text
    return {
        "reference": told["reference"],
        "title": reading["title"] or text["title"] or told["reference"],
        "language": read,
        "signed_language": signed,
        "excerpt": _excerpt(reading["content"] or ""),
        "version_label": text["version_label"],
        "text_sha256": text["sha256"],
        "versions": told["versions"],
        "texts": [_whole(language, told, signed) for language in _in_order(told, signed, read)],
    }


def _signed_language(told: StatementTold) -> str:
    default = told["default_language"]
    return default if default in told["texts"] else next(iter(told["texts"]), default)


def _in_order(told: StatementTold, *first: str) -> list[str]:
    """List the languages of texts that have content: the signed one, the reader's, the others."""
    languages = [one for one in dict.fromkeys((*first, *sorted(told["texts"]))) if one in told["texts"]]
    return [one for one in languages if told["texts"][one]["content"]]


def _whole(language: str, told: StatementTold, signed: str) -> dict[str, Any]:
    text = told["texts"][language]
    content = text["content"] or ""
    return {
        "language": language,
        "title": text["title"],
        "signed": language == signed,
        "checksum": " ".join(re.findall(".{4}", text["sha256"] or "")),
        "paragraphs": _paragraphs(content) if len(content) <= WHOLE else [],
    }


def _paragraphs(text: str) -> list[str]:
    return [part.strip() for part in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if part.strip()]


def _excerpt(text: str) -> str:
    """Take the first paragraph, cut at a word if it is long."""
    paragraph = next(iter(_paragraphs(text[: 100 * EXCERPT])), "")
    return paragraph if len(paragraph) <= EXCERPT else paragraph[:EXCERPT].rpartition(" ")[0] + " …"
