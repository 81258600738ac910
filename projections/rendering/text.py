"""Text of a list: as such statements are printed, title and text first, then the numbered and the subsequent signatories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from projections.rendering.phrases import PHRASES, Phrases, phrases

ENGLISH = PHRASES["en"]


def text_list(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> str:
    """Write title, issuer line, text, checkpoint and list; the heading bears the date of the edition whose numbers it shows."""
    words = phrases(language_of(statement))
    parts = paragraphs(answer, statement, body or "")
    return "\n\n".join([*parts, heading(answer, words), *numbered(answer, words)]) + "\n" + subsequent(answer, words)


def language_of(statement: Mapping[str, Any]) -> str | None:
    """Tell in which language a list is told: the one that was asked for, or else the statement's own."""
    told: str | None = statement.get("language") or statement.get("default_language")
    return told


def paragraphs(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str) -> list[str]:
    """Write what stands before the list."""
    title = statement["title"] or answer["statement"]
    words = phrases(language_of(statement))
    parts = [title, issuer_line(statement), body.strip("\r\n"), checkpoint(answer, words)]
    return [part.replace("\r\n", "\n") for part in parts if part]


def issuer_line(statement: Mapping[str, Any]) -> str:
    """Write who issued it, what it is and when: `ICOR Resolution, 07 June 2021`."""
    issued = " ".join(part for part in (statement["issuer"], statement["kind"]) if part)
    on = statement["issued_on"] and phrases(language_of(statement)).in_words(statement["issued_on"])
    return ", ".join(part for part in (issued, on) if part)


def in_words(day: str) -> str:
    """Write an ISO date as `07 June 2021`, whatever the locale."""
    return ENGLISH.in_words(day)


def heading(answer: Mapping[str, Any], words: Phrases = ENGLISH) -> str:
    """Write the heading of the list, and whether more may come."""
    return f"{titled(answer, words)}:"


def titled(answer: Mapping[str, Any], words: Phrases = ENGLISH) -> str:
    """Write the heading without its colon, as pages and documents do."""
    edition = answer["edition"]
    possible = edition["further_signatories_possible"] if edition else answer["statement_status"] in ("draft", "open")
    return words.heading_of(edition["as_of"] if edition else answer["as_of"], possible=possible)


def numbered(answer: Mapping[str, Any], words: Phrases = ENGLISH) -> Iterator[str]:
    """Write the numbered entries, with the headings of the order where they stand."""
    waiting = sorted(answer["sections"], key=lambda section: int(section["before"]))
    for entry in answer["numbered"]:
        while waiting and waiting[0]["before"] <= entry["number"]:
            yield str(waiting.pop(0)["heading"])
        yield f"{entry['number']}. {line(entry, words)}"


def subsequent(answer: Mapping[str, Any], words: Phrases = ENGLISH) -> str:
    """Write those who came after the numbered list, without numbers."""
    if not answer["subsequent"]:
        return ""
    return "\n".join([f"\n{words.subsequent}:\n", *(line(entry, words) for entry in answer["subsequent"])]) + "\n"


def checkpoint(answer: Mapping[str, Any], words: Phrases = ENGLISH) -> str:
    """Write the state of the log that the list was told from: before the list, where it is no entry of it.

    An importer knows this line and leaves it out.
    """
    told = answer.get("checkpoint")
    return words.checkpoint.format(size=told["size"], root=told["root"]) if told else ""


def line(entry: Mapping[str, Any], words: Phrases = ENGLISH) -> str:
    """Write an entry as it is printed; one that does not stand in brackets, with why."""
    if entry["status"] == "standing":
        return str(entry["printed"] or words.withheld)
    why = f"({words.why(entry['status'], entry.get('withdrawn_on'), entry.get('reason'))})"
    return f"[{entry['printed']}] {why}" if entry["printed"] else why
