"""Any page with schema.org Event data: venues' own sites, mostly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from adapters.sources.reading import schema_org
from core.discovery.model import City, FetchedPage, Parsed, Source
from core.discovery.ports import Site


class Web(Site):
    """Reads the pages it was told of, wherever they are."""

    source: ClassVar[Source] = Source.WEB
    stand_alone: ClassVar[bool] = True

    def __init__(self, pages: Sequence[str] = ()) -> None:
        self._pages = tuple(pages)

    def addresses(self, place: City | None, pages: int) -> Sequence[str]:
        """All of its pages: they belong to no city, and none continues another."""
        return self._pages

    def parse(self, page: FetchedPage) -> Parsed:
        """The events of the page's JSON-LD. Raises UnknownLayout when there is none in it."""
        return schema_org.read(page, self.source, schema_org.occurrence)
