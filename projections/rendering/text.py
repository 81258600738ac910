"""Text of a list: as such statements are printed, title and text first, then the numbered and the subsequent signatories."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def text_list(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str | None) -> str:
    """Write title, issuer line, text, checkpoint and list; the heading bears the date of the edition whose numbers it shows."""
    parts = paragraphs(answer, statement, body or "")
    return "\n\n".join([*parts, heading(answer), *numbered(answer)]) + "\n" + subsequent(answer)


def paragraphs(answer: Mapping[str, Any], statement: Mapping[str, Any], body: str) -> list[str]:
    """Write what stands before the list."""
    titled = statement["title"] or answer["statement"]
    parts = [titled, issuer_line(statement), body.strip("\r\n"), checkpoint(answer)]
    return [part.replace("\r\n", "\n") for part in parts if part]


def issuer_line(statement: Mapping[str, Any]) -> str:
    """Write who issued it, what it is and when: `ICOR Resolution, 07 June 2021`."""
    words = " ".join(part for part in (statement["issuer"], statement["kind"]) if part)
    return ", ".join(part for part in (words, statement["issued_on"] and in_words(statement["issued_on"])) if part)


def in_words(day: str) -> str:
    """Write an ISO date as `07 June 2021`, whatever the locale."""
    on = date.fromisoformat(day)
    return f"{on.day:02} {MONTHS[on.month - 1]} {on.year:04}"


def heading(answer: Mapping[str, Any]) -> str:
    """Write the heading of the list, and whether more may come."""
    edition = answer["edition"]
    possible = edition["further_signatories_possible"] if edition else answer["statement_status"] in ("draft", "open")
    remark = ", further signatories possible" if possible else ""
    return f"Signatories (as of {in_words(edition['as_of'] if edition else answer['as_of'])}{remark}):"


def numbered(answer: Mapping[str, Any]) -> Iterator[str]:
    """Write the numbered entries, with the headings of the order where they stand."""
    waiting = sorted(answer["sections"], key=lambda section: int(section["before"]))
    for entry in answer["numbered"]:
        while waiting and waiting[0]["before"] <= entry["number"]:
            yield str(waiting.pop(0)["heading"])
        yield f"{entry['number']}. {line(entry)}"


def subsequent(answer: Mapping[str, Any]) -> str:
    """Write those who came after the numbered list, without numbers."""
    if not answer["subsequent"]:
        return ""
    return "\n".join(["\nSubsequent signatories:\n", *(line(entry) for entry in answer["subsequent"])]) + "\n"


def checkpoint(answer: Mapping[str, Any]) -> str:
    """Write the state of the log that the list was told from: before the list, where it is no entry of it.

    An importer knows this line and leaves it out.
    """
    told = answer.get("checkpoint")
    return f"Checkpoint of the log: size {told['size']}, root {told['root']}" if told else ""


def line(entry: Mapping[str, Any]) -> str:
    """Write an entry as it is printed; one that does not stand in brackets, with why."""
    if entry["status"] == "standing":
        return str(entry["printed"] or "[name withheld]")
    on = f" on {in_words(entry['withdrawn_on'])}" if entry.get("withdrawn_on") else ""
    why = f"({(entry.get('reason') or 'left free') if entry['status'] == 'gap' else entry['status'].replace('-', ' ')}{on})"
    return f"[{entry['printed']}] {why}" if entry["printed"] else why
