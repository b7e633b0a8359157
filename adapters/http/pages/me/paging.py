"""Pages of the lists of members, by cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from core.shared.paging import DEFAULT_LIMIT, Page, PageRequest

MAX_CURSOR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class PageLinks:
    """Where a list goes on, and its beginning; None where this page is that."""

    first: str | None
    following: str | None


def page_of_query(request: web.Request, limit: int = DEFAULT_LIMIT) -> PageRequest:
    """Return the page that the address asks for."""
    cursor = request.query.get("after", "")[:MAX_CURSOR_LENGTH]
    return PageRequest(limit=limit, cursor=cursor or None)


def page_links(request: web.Request, page: Page[Any]) -> PageLinks:
    """Return the links below a list."""
    here = request.rel_url
    first = str(here.without_query_params("after")) if "after" in here.query else None
    following = str(here.update_query(after=page.next_cursor)) if page.next_cursor else None
    return PageLinks(first, following)
