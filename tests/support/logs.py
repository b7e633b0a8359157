"""The logging of this process, which tests change."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import structlog


@contextmanager
def logging_restored() -> Iterator[None]:
    """Restore what was configured before, at the end of the block."""
    root = logging.getLogger()
    handlers, level, access = list(root.handlers), root.level, logging.getLogger("aiohttp.access").disabled
    try:
        yield
    finally:
        logging.captureWarnings(capture=False)
        logging.getLogger("py.warnings").handlers.clear()
        logging.getLogger("aiohttp.access").disabled = access
        for handler in set(root.handlers) - set(handlers):
            handler.close()
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
        structlog.contextvars.clear_contextvars()
