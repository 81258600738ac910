"""A printed list into proposed entries, line by line: text in, report out; nothing is written before a person says so."""

from __future__ import annotations

from signatures.importing.lines.line import decode
from signatures.importing.reading import read_printed
from signatures.importing.report import ProposedEntry, Report, Skipped, Suggestion

__all__ = ["ProposedEntry", "Report", "Skipped", "Suggestion", "decode", "read_printed"]
