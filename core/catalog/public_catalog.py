"""How the catalog is read by anybody: with few connections, and for seconds at most."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.catalog.ports import CatalogUnitOfWork
from core.catalog.search import EventQuery


@dataclass(frozen=True, slots=True)
class PublicCatalog:
    """The catalog as anybody may read it, with a bounded number of connections and of seconds."""

    new_list_uow: Callable[[], CatalogUnitOfWork]
    new_search_uow: Callable[[], CatalogUnitOfWork]
    """For searches of texts and of circles, which cost more than lists and must not hold them up."""

    def listing(self) -> CatalogUnitOfWork:
        return self.new_list_uow()

    def reading(self, query: EventQuery) -> CatalogUnitOfWork:
        """Return the unit of work that a query is to be read in."""
        is_costly = query.searches_texts or query.near is not None
        return self.new_search_uow() if is_costly else self.new_list_uow()
