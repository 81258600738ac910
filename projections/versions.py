"""The versions of a statement's texts, and which of them each signature was given to sign."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from projections.log import Log
from projections.signatory_list import Statement

Version = dict[str, Any]
FIELDS = ("language", "title", "text_sha256", "media_type", "version_label")


def versions_of(folded: Statement) -> list[Version]:
    """Tell all texts that were set, by language in the order of the statement's own first, each with its number."""
    numbers: dict[str, int] = {}
    versions = []
    for leaf in folded.texts:
        language = leaf["data"]["language"]
        numbers[language] = numbers.get(language, 0) + 1
        told = {name: leaf["data"][name] for name in FIELDS}
        moment = {"position": leaf["position"], "recorded_at": leaf["recorded_at"]}
        versions.append({**told, "version": numbers[language], **moment})
    own = folded.default_language
    return sorted(versions, key=lambda one: (one["language"] != own, one["language"], one["version"]))


def several(versions: Iterable[Version]) -> bool:
    """Tell whether any language has had texts of different words, so that signatures may be of different versions."""
    contents: dict[str, set[str]] = {}
    for one in versions:
        if one["text_sha256"]:
            contents.setdefault(one["language"], set()).add(one["text_sha256"])
    return any(len(found) > 1 for found in contents.values())


def version_signed(versions: Sequence[Version], sha256: str | None, position: int) -> Version | None:
    """Find the version that a signature at a position was given: the last one before it with these words.

    `versions` has the statement's own language first; where another one has the same words, that is not meant.
    """
    of_these_words = [one for one in versions if sha256 and one["text_sha256"] == sha256]
    before = [one for one in of_these_words if one["position"] <= position]
    own = [one for one in before if one["language"] == before[0]["language"]]
    return max(own, key=lambda one: int(one["position"])) if own else next(iter(of_these_words), None)


def signed_versions(log: Log, versions: Sequence[Version], positions: Sequence[int]) -> dict[str, Version]:
    """Tell by signature which version it was given, from what was recorded when it was signed."""
    found: dict[str, Version] = {}
    for entry in log.entries_at(positions):
        data: Mapping[str, Any] = entry.data()
        version = version_signed(versions, data.get("text_sha256"), entry.position)
        if entry.type == "Signed" and version is not None:
            found[data["signature_id"]] = version
    return found
