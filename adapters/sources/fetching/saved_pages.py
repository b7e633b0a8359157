"""Pages from a folder: for tests, demonstrations and the analysis of failures."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

from adapters.sources.cities import CITIES, slugify
from adapters.sources.reading.json_ld import parse_document
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejection, Source
from core.discovery.ports import PageSource, Site

MAX_FILE_BYTES = 10 * 1024 * 1024
SUFFIXES = {".html", ".htm", ".json"}
EXPECTED_SUFFIX = ".expected.json"
"""The expected result of a page in the tests; not a page."""
FOLDERS = {source.value: source for source in Source} | {"generic": Source.WEB}
DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")


class SavedPageSource(PageSource):
    """Reads `<folder>/<source>/*.html`, `.htm` and `.json` in the order of their names; `generic` is `web`.

    Every file is an independent page, and all are read, whatever `max_pages` is. The name of a file may contain the
    city and the date of the request, as in `find.sydney.2026-02-04.html`; the modification time is not used, since
    copying changes it.

    With `move_to`, the events of a page whose date is known are moved by whole weeks, as if it had been saved within
    the week after that moment. So the events of old pages are upcoming ones.
    """

    def __init__(self, folder: Path, *, max_bytes: int = MAX_FILE_BYTES, move_to: datetime | None = None) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._move_to = move_to

    async def fetch_pages(
        self, site: Site, city: City | None, max_pages: int
    ) -> AsyncGenerator[FetchedPage | Rejection, None]:
        files = await asyncio.to_thread(self._files, site.source)
        for file in files:
            try:
                yield await asyncio.to_thread(self._read_page, file, city)
            except FetchFailed as failure:
                yield Rejection(file.name, failure.detail)

    def sources(self) -> list[Source]:
        """Return the sources that have a sub-folder. Raises FetchFailed when the folder can't be read."""
        found = {FOLDERS.get(folder.name) for folder in self._sub_folders()}
        return [source for source in Source if source in found]

    def unknown_folders(self) -> list[str]:
        """Return the names of the sub-folders of no source. Raises FetchFailed when the folder can't be read."""
        return sorted(folder.name for folder in self._sub_folders() if folder.name not in FOLDERS)

    def _sub_folders(self) -> list[Path]:
        return [entry for entry in _entries(self._folder) if entry.is_dir()]

    def _files(self, source: Source) -> list[Path]:
        folders = [folder for folder in self._sub_folders() if FOLDERS.get(folder.name) is source]
        files = [file for folder in folders for file in _entries(folder) if _is_page(file)]
        if not files:
            raise FetchFailed(f"{self._folder} has no saved page of {source}.")
        return sorted(files, key=lambda file: file.name)

    def _read_page(self, file: Path, city: City | None) -> FetchedPage:
        try:
            if file.stat().st_size > self._max_bytes:
                raise FetchFailed(f"{file} is larger than {self._max_bytes:,} bytes, too large for a page of events.")
            body = file.read_bytes()
        except OSError as error:
            raise FetchFailed(f"{file} can't be read: {error.strerror}.") from error
        date = _date_in(file.name)
        weeks = _weeks_between(date, self._move_to) if date and self._move_to else 0
        page = FetchedPage("", body, date, requested_city=city or _city_in(file.name), weeks_to_move=weeks)
        return replace(page, url=_own_url(file, page))


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise FetchFailed(f"The folder {folder} can't be read: {error.strerror}.") from error


def _is_page(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.endswith(EXPECTED_SUFFIX)


def _date_in(name: str) -> datetime | None:
    """Return the last date in a file name as midnight UTC; the first of the month when it has no day.

    Midnight, because events that had ended when their page was fetched are rejected: a later time of day would reject
    events that were still to come.
    """
    for year, month, day in reversed(DATE.findall(name)):
        try:
            return datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
        except ValueError:
            continue
    return None


def _weeks_between(date: datetime, later: datetime) -> int:
    """Return the number of weeks from one moment to another, rounded up."""
    return -((date - later) // timedelta(weeks=1))


def _city_in(name: str) -> City | None:
    cities = (CITIES.get(slugify(part)) for part in name.split("."))
    return next((city for city in cities if city), None)


def _own_url(file: Path, page: FetchedPage) -> str:
    """Return the URL that the page declares, else one with the name of the file."""
    document = parse_document(page) if file.suffix.lower() != ".json" else None
    return (document and document.url) or f"file:{quote(file.name)}"
