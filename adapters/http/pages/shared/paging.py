"""The pages of a list, by cursor: the one that an address asks for, and the addresses of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web

from core.shared.paging import DEFAULT_LIMIT, Page, PageRequest

_CURSOR = "cursor"
_MAX_CURSOR_LENGTH = 500


@dataclass(frozen=True, slots=True)
class PageLinks:
    """The addresses of the first and of the next page of a list; None where this page is that, or the last one."""

    first: str | None
    following: str | None


def page_request(request: web.Request, limit: int = DEFAULT_LIMIT) -> PageRequest:
    """Return the page that the address asks for: after its `cursor`, or the first one."""
    cursor = request.query.get(_CURSOR, "")[:_MAX_CURSOR_LENGTH]
    return PageRequest(limit=limit, cursor=cursor or None)


def page_links(request: web.Request, page: Page[Any]) -> PageLinks:
    """Return the links below a list, which keep its filters."""
    here = request.rel_url
    first = str(here.without_query_params(_CURSOR)) if _CURSOR in here.query else None
    following = str(here.update_query({_CURSOR: page.next_cursor})) if page.next_cursor else None
    return PageLinks(first, following)
