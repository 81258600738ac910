"""Files of many kinds into lines of text for the importer, each line with the place where it stands in its file."""

from __future__ import annotations

from signatures.importing.sources.reading import read, read_source
from signatures.importing.sources.source import Aside, Place, Row, Source, Unreadable

__all__ = ["Aside", "Place", "Row", "Source", "Unreadable", "read", "read_source"]
