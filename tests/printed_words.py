"""Words of made-up letters in eight languages: headings, sections, names, countries and what stands around a list."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_TOLD: dict[str, Any] = json.loads((Path(__file__).parent / "golden" / "letters" / "words.json").read_text("utf-8"))

Words = SimpleNamespace  # titles, dates, headings, sections, later, contacts, notes … of one language
LANGUAGES: dict[str, Words] = {language: Words(**told) for language, told in _TOLD["languages"].items()}
NAMES: dict[str, list[str]] = _TOLD["names"]
MATTERS: dict[str, list[str]] = _TOLD["matters"]
COUNTRIES: dict[str, list[str]] = _TOLD["countries"]
PLACES: list[str] = _TOLD["places"]
ODD: list[str] = _TOLD["odd"]
