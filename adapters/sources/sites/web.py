"""Any page with schema.org Event data, mostly venues' own sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from adapters.sources.reading import schema_org
from core.discovery.model import City, FetchedPage, ParsedPage, Source
from core.discovery.ports import Site


class Web(Site):
    """Parses the configured pages."""

    source: ClassVar[Source] = Source.WEB
    has_independent_pages: ClassVar[bool] = True

    def __init__(self, pages: Sequence[str] = ()) -> None:
        self._pages = tuple(pages)

    def page_urls(self, city: City | None, max_pages: int) -> Sequence[str]:
        """Return every configured page: they are independent of each other and of the city."""
        return self._pages

    def parse(self, page: FetchedPage) -> ParsedPage:
        """Parse the events in the page's JSON-LD. Raises UnknownLayout when it has none."""
        return schema_org.parse_events(page, self.source, schema_org.occurrence_id)
