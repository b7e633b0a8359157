"""The pages of a table: the list, the list as a file, and bulk actions on it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.middleware.rate_limiting import ADMIN, rate_limit
from adapters.http.pages.admin.listing import read_filters, show_listing
from adapters.http.pages.admin.tables import AnyTable
from adapters.http.pages.shared.declarations import Audience, page
from adapters.http.pages.shared.form_values import form
from adapters.http.pages.shared.notices import see_other
from adapters.http.pages.shared.rendering import page_response
from adapters.http.shared.field_errors import Errors
from adapters.http.shared.paging import FilteredPage
from adapters.http.shared.spreadsheets import csv_response
from adapters.http.use_cases import use_cases
from core.administration.candidates import Selection
from core.administration.errors import NothingSelected, TooManySelected
from core.administration.model import BulkAction
from core.shared.errors import InvalidFields
from core.shared.paging import BadCursor

MAX_EXPORTED = 10_000
"""Rows of a file. What is more needs filters, as the page says."""
_ROWS_AT_ONCE = 500

Extras = Callable[[web.Request, FilteredPage[Any] | None], Awaitable[Mapping[str, Any]]]


async def _no_extras(_: web.Request, __: FilteredPage[Any] | None) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class ListPages:
    """The pages of a table. Its template shows the `extras` above the list; they get no filters if these are wrong."""

    table: AnyTable
    template: str = "admin/list.html"
    extras: Extras = _no_extras

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of all its pages."""
        path = self.table.path

        @page(Audience.ADMIN)
        async def show(request: web.Request) -> web.Response:
            return await self._show(request)

        @page(Audience.ADMIN)
        async def export(request: web.Request) -> web.StreamResponse:
            return await self._export(request)

        @page(Audience.ADMIN)
        @rate_limit(ADMIN)
        async def propose(request: web.Request) -> web.Response:
            return await self._propose(request)

        routes = [web.get(path, show), web.get(f"{path}.csv", export)]
        return [*routes, web.post(f"{path}/actions/{{action}}", propose)] if self.table.actions else routes

    async def _show(self, request: web.Request, errors: Errors | None = None) -> web.Response:
        wanted: FilteredPage[Any] | None = None
        found, problems = None, errors or {}
        try:
            wanted = read_filters(request, self.table)
            found = await self.table.fetch(request, wanted)
        except InvalidFields as refusal:
            problems = problems | refusal.errors
        except BadCursor:
            see_other(request, self.table.path, "That page of the list is gone. This is the first one.")
        return page_response(
            request,
            self.template,
            status=422 if problems else 200,
            listing=show_listing(request, self.table, found, problems),
            max_exported=MAX_EXPORTED,
            **await self.extras(request, wanted),
        )

    async def _export(self, request: web.Request) -> web.StreamResponse:
        """Send all that match as a file, a part at a time."""
        try:
            wanted = read_filters(request, self.table)
        except InvalidFields:
            return await self._show(request)
        name = f"{self.table.name}-{use_cases(request).clock.now().date().isoformat()}.csv"
        headings = [column.heading for column in self.table.columns]
        return await csv_response(request, name, headings, self._rows(request, wanted))

    async def _rows(self, request: web.Request, wanted: FilteredPage[Any]) -> AsyncIterator[list[list[str]]]:
        cursor: str | None = None
        for _ in range(MAX_EXPORTED // _ROWS_AT_ONCE):
            part = replace(wanted.page, limit=_ROWS_AT_ONCE, offset=0, cursor=cursor)
            found = await self.table.fetch(request, FilteredPage(wanted.filter, part))
            yield [[column.show(item).exported for column in self.table.columns] for item in found.items]
            cursor = found.next_cursor
            if cursor is None:
                return

    async def _propose(self, request: web.Request) -> web.Response:
        """Propose the action with what is selected, and show what it would do."""
        action = next(
            (each.action for each in self.table.actions if each.action.value == request.match_info["action"]), None
        )
        if action is None:
            raise web.HTTPNotFound
        try:
            run = await self._proposed(request, action)
        except InvalidFields:
            return await self._show(request)
        except (NothingSelected, TooManySelected) as refusal:
            return await self._show(request, {"ids": [refusal.detail]})
        return see_other(request, f"/admin/runs/{run}")

    async def _proposed(self, request: web.Request, action: BulkAction) -> UUID:
        sent = form(request)
        if sent.text("scope") == "all" and self.table.matching is not None:
            wanted = read_filters(request, self.table)
            selection = Selection(matching=self.table.matching(request, wanted.filter))
        else:
            selection = Selection(ids=[found for text in sent.all("ids") if (found := _parse_id(text)) is not None])
        run = await use_cases(request).administration.propose_bulk_run(action, selection, by=principal(request))
        return run.id


def _parse_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
