"""Order documents: the editor's order of an edition, with sections and gaps, as canonical JSON lines named by SHA-256."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID

from signatures.characters import check_language, check_line
from signatures.errors import InvalidInput
from signatures.log.eventlog import canonical
from signatures.sentences import said

KINDS = ("signature", "section", "gap")


class OrderLine(NamedTuple):
    """One line: a signature's id, a section's heading, or the reason of a gap."""

    kind: str
    value: str


def read_order(text: str) -> list[OrderLine]:
    """Read an order file: a line a signature id, `# heading`, `- reason` for a gap; blank lines are passed over."""
    lines = []
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped.startswith("#"):
            lines.append(OrderLine("section", check_line(f"line {number}", stripped[1:].strip())))
        elif stripped.startswith("-"):
            lines.append(OrderLine("gap", check_line(f"line {number}", stripped[1:].strip())))
        elif stripped:
            lines.append(OrderLine("signature", stripped.lower()))
    return lines


def order_document(lines: Sequence[OrderLine]) -> bytes:
    """Write an order as it is stored."""
    return b"".join(canonical({line.kind: line.value}) + b"\n" for line in lines)


def stored_order(document: str) -> list[OrderLine]:
    """Read an order as it is stored."""
    return [OrderLine(*pair) for line in document.split("\n") if line for pair in json.loads(line).items()]


def order_file(lines: Sequence[OrderLine]) -> str:
    """Write an order as `read_order` takes it."""
    marks = {"section": "# ", "gap": "- ", "signature": ""}
    return "".join(f"{marks[line.kind]}{line.value}\n" for line in lines)


def check_order(
    orders: Mapping[str, Sequence[OrderLine]], standing: Sequence[str], default_language: str, *, doubles: bool = False
) -> None:
    """Refuse orders that hold other signatures than those that stand, or leave one out in the default language.

    `doubles` is for lists that were printed elsewhere: what stood there twice stands in the order twice.
    """
    if default_language not in orders:
        raise InvalidInput(
            said(
                "An order in %(default_language)s, the statement's own language, is needed.",
                default_language=default_language,
            ),
            field="orders",
        )
    seen = set[str]()
    for language, lines in orders.items():
        check_language("orders", language)
        if language.lower() in seen:
            raise InvalidInput(f"The order in {language} is given twice.", field="orders")
        seen.add(language.lower())
        _check_one(language, lines, set(standing), whole=language == default_language, doubles=doubles)


def _check_one(language: str, lines: Sequence[OrderLine], standing: set[str], *, whole: bool, doubles: bool) -> None:
    for line in lines:
        if line.kind != "signature":
            check_line("orders", line.value)
    named = Counter(line.value for line in lines if line.kind == "signature")
    for id_, times in named.items():
        if not _is_uuid(id_):
            raise InvalidInput(f"The order ({language}) names {id_!r}, which is no signature id.", field="orders")
        if id_ not in standing:
            raise InvalidInput(
                said(
                    "The order (%(language)s) names %(id)s, which does not stand on that date.",
                    language=language,
                    id=id_,
                ),
                field="orders",
            )
        if times > 1 and not doubles:
            raise InvalidInput(
                said("The order (%(language)s) names %(id)s %(times)s times.", language=language, id=id_, times=times),
                field="orders",
            )
    missing = sorted(standing - set(named))
    if whole and missing:
        shown = ", ".join(missing[:3]) + (f" and {len(missing) - 3} more" if len(missing) > 3 else "")
        raise InvalidInput(
            said(
                "The order (%(language)s) leaves out what stands on that date: %(shown)s.",
                language=language,
                shown=shown,
            ),
            field="orders",
        )


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
