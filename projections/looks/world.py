"""Signatories by region and country: sums and the lengths of bars, for a table that is its own chart. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from projections.views.names import folded
from signatures.arranging.regions import block_of

ELSEWHERE = "001"  # the world, for what lies in no region


def by_region(counted: Mapping[tuple[str, ...], int], names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Sum up by region and, within it, by country, the most first; one of several countries counts in each of them.

    `counted` tells how many have which territories, `names` how these and the regions are called.
    """
    regions, countries = Counter[str](), Counter[str]()
    for codes, n in counted.items():
        regions.update(dict.fromkeys({block_of(code) or ELSEWHERE for code in codes}, n))
        countries.update(dict.fromkeys(set(codes), n))
    most = max(regions.values(), default=1)

    def row(code: str, n: int) -> dict[str, Any]:
        return {"code": code, "name": names.get(code, code), "n": n, "length": round(100 * n / most, 2)}

    told = [row(*one) for one in regions.items()]
    for region in told:
        inside = [one for one in countries.items() if (block_of(one[0]) or ELSEWHERE) == region["code"]]
        region["countries"] = _in_order([row(*one) for one in inside])
    return _in_order(told)


def several(counted: Mapping[tuple[str, ...], int]) -> int:
    """Count those that have several territories, and so stand in the table more than once."""
    return sum(n for codes, n in counted.items() if len(set(codes)) > 1)


def _in_order(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(rows, key=lambda row: (-row["n"], folded(row["name"])))
