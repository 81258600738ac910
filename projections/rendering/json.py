"""JSON of an answer: the one byte writer of API and command, so that equal lists are equal bytes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson


def json_bytes(answer: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """Write an answer as JSON in UTF-8, its keys in the order of the answer."""
    return orjson.dumps(answer)
