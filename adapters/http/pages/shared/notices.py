"""A sentence that the next page shows, after a form was accepted."""

from __future__ import annotations

from datetime import timedelta
from typing import NoReturn
from urllib.parse import quote, unquote

from aiohttp import web

from adapters.http.pages.shared.cookies import NOTICE

LASTS = timedelta(minutes=1)
MAX_LENGTH = 300


def see_other(request: web.Request, path: str, notice: str | None = None) -> NoReturn:
    """Go on to a page, which shows the notice. Raises HTTPSeeOther."""
    redirect = web.HTTPSeeOther(path)
    if notice is not None:
        NOTICE.put(request, redirect, quote(notice[:MAX_LENGTH]), lasts=LASTS)
    raise redirect


def read_notice(request: web.Request) -> str | None:
    """Return the notice that this page has to show, as plain text."""
    stored = NOTICE.read(request)
    return None if stored is None else unquote(stored)[:MAX_LENGTH]


def forget_notice(request: web.Request, response: web.StreamResponse) -> None:
    """Remove the notice once a page shows it."""
    if NOTICE.read(request) is not None:
        NOTICE.remove(request, response)
