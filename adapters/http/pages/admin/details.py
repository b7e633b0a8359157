"""What the pages about one thing have in common: its facts, and its history in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from aiohttp import web

from adapters.http.pages.admin.cells import Fact
from adapters.http.pages.admin.lists_of_operations import AUDIT
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.paging import FilteredPage
from core.shared.audit import AuditFilter
from core.shared.paging import PageRequest

_RECENT = PageRequest(limit=5)


async def detail_page(
    request: web.Request,
    template: str,
    thing: UUID,
    facts: Sequence[Fact],
    errors: Errors | None = None,
    **context: Any,
) -> web.Response:
    """Return the page about a thing, with the last entries of its history."""
    history = await AUDIT.fetch(request, FilteredPage(AuditFilter(target=thing), _RECENT))
    return page_response(
        request,
        template,
        status=422 if errors else 200,
        facts=facts,
        history=[[column.show(entry) for column in AUDIT.columns] for entry in history.items],
        history_headings=[column.heading for column in AUDIT.columns],
        history_href=f"/admin/audit?target={thing}",
        errors=errors or {},
        **context,
    )
