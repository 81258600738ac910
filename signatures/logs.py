"""Log lines: each a JSON object on a line of its own, which names the request that it belongs to."""

from __future__ import annotations

import logging
import sys
from typing import Any, TextIO

import orjson
import structlog
from gunicorn.glogging import Logger
from structlog.typing import EventDict, WrappedLogger

from signatures.web.watching import REQUESTS, request_id

LEVELS = {"requests": logging.INFO, "faults": logging.WARNING}


def name_the_request(_logger: WrappedLogger, _name: str, line: EventDict) -> EventDict:
    """Add the id of the request that is being answered in this thread."""
    if (id_ := request_id.get()) is not None:
        line.setdefault("request_id", id_)
    return line


def _write(line: EventDict, **_options: Any) -> str:
    return orjson.dumps(line, default=str).decode()


def formatter() -> logging.Formatter:
    """Make what turns records of Python's logging, whoever wrote them, into lines."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.processors.TimeStamper("iso", key="at"),
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(),
            name_the_request,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(serializer=_write),
        ],
    )


def write_lines(detail: str, stream: TextIO | None = None) -> None:
    """Write what this process logs as lines, of requests only where that is wanted; called before workers are made."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    logging.captureWarnings(capture=True)
    logging.getLogger("signatures").setLevel(logging.INFO)
    logging.getLogger(REQUESTS).setLevel(LEVELS[detail])


class Journal(Logger):
    """gunicorn's own words as the same lines."""

    def setup(self, cfg: Any) -> None:
        """Write as gunicorn would, in our form."""
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter())
