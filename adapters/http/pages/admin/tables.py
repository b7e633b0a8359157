"""The declaration of a list: its columns, filters, orders, views and bulk actions. One template shows all of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiohttp import web

from adapters.http.middleware.auth import principal
from adapters.http.pages.admin.cells import Cell, link, text
from adapters.http.shared.paging import FilteredPage, FilteredPageQuery
from adapters.http.use_cases import use_cases
from core.administration.candidates import Filter as Matching
from core.administration.model import BulkAction
from core.shared.ids import UserId
from core.shared.paging import Page

R = TypeVar("R")
F = TypeVar("F")

ROWS_PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """A column; `sort` is the name of the order that it can be sorted by. The first column of a table names the row."""

    heading: str
    show: Callable[[R], Cell]
    sort: str | None = None
    is_number: bool = False


class Kind(StrEnum):
    """How a filter is filled in."""

    SEARCH = "search"
    TEXT = "text"
    CHOICE = "choice"
    HIDDEN = "hidden"
    """Only by links: it is shown as a chip."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A parameter of the list. `choices` are pairs of a value and its label; a text may suggest some."""

    name: str
    label: str
    kind: Kind = Kind.TEXT
    choices: tuple[tuple[str, str], ...] = ()

    def label_of(self, value: str) -> str:
        return dict(self.choices).get(value, value)


@dataclass(frozen=True, slots=True)
class View:
    """A named address of the list."""

    label: str
    query: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BulkChoice:
    """An action that can be chosen for selected rows."""

    action: BulkAction
    label: str


@dataclass(frozen=True, slots=True)
class Table(Generic[R, F]):
    """A list of rows `R`, filtered by an `F`.

    `fetch` reads a page. `matching` gives what a bulk action is for if it is for all that match. `order` is the order
    without `sort`, which a minus reverses.
    """

    name: str
    title: str
    about: str
    columns: Sequence[Column[R]]
    row_id: Callable[[R], UUID]
    schema: type[FilteredPageQuery[F]]
    fetch: Callable[[web.Request, FilteredPage[F]], Awaitable[Page[R]]]
    filters: Sequence[Filter] = ()
    views: Sequence[View] = ()
    actions: Sequence[BulkChoice] = ()
    matching: Callable[[web.Request, F], Matching] | None = None
    order: str = "-created"
    empty: str = "Nothing here yet."
    new: tuple[str, str] | None = None
    """The label and address of a page that makes a new one."""

    @property
    def path(self) -> str:
        return f"/admin/{self.name}"


@dataclass(frozen=True, slots=True)
class Named(Generic[R]):
    """A row, and the names of the accounts that it mentions."""

    row: R
    names: Mapping[UserId, str]

    def account(self, user_id: UserId) -> Cell:
        """Show an account by its name, with a link unless it was deleted."""
        name = self.names.get(user_id)
        return link(name, f"/admin/users/{user_id}") if name is not None else text("a deleted account")


async def with_names(request: web.Request, page: Page[R], user_id_of: Callable[[R], UserId | None]) -> Page[Named[R]]:
    """Return the page with the names of the accounts that its rows mention."""
    mentioned = {user_id for each in page.items if (user_id := user_id_of(each)) is not None}
    names = await use_cases(request).accounts.name_users(mentioned, by=principal(request))
    return page.map(lambda each: Named(each, names))


AnyTable = Table[Any, Any]
