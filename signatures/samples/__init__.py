"""Two real lists as printed texts, each under a short text of our own: what `make run` shows."""

from __future__ import annotations

from importlib.resources import files

from signatures.errors import ReferenceTaken
from signatures.importing import decode, read_printed
from signatures.imports.text import TextImporter, plan_text_import
from signatures.register import Register

SAMPLES: dict[str, dict[str, str | None]] = {
    "myanmar-2021": {"subsequent_on": "2021-06-15"},
    "belarus-2020": {},
}


def load(register: Register, reference: str) -> bool:
    """Import a sample statement, or go on with it; tell whether there was anything to do."""
    raw = (files(__name__) / f"{reference}.txt").read_bytes()
    report = read_printed(decode(raw))
    plan = plan_text_import(report, reference=reference, time_zone="Europe/Berlin", given=SAMPLES[reference])
    importer = TextImporter(register, report, plan, raw)
    try:
        importer.run(lambda _done: None)
    except ReferenceTaken:
        return False
    return True
