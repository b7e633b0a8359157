"""Pages from a folder: for tests, for demonstrations, and for showing what went wrong (D2)."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from adapters.sources.places import PLACES, slug_of
from adapters.sources.reading.json_ld import read_document
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejected, Source
from core.discovery.ports import PageSource, Site

LARGEST_FILE = 10 * 1024 * 1024
SUFFIXES = {".html", ".htm", ".json"}
RECORDS = ".expected.json"
"""What the tests expect of a page lies beside it, and is no page."""
FOLDERS = {source.value: source for source in Source} | {"generic": Source.WEB}
DATE = re.compile(r"(?<!\d)(\d{4})-(\d{2})(?:-(\d{2}))?(?!\d)")


class SavedPageSource(PageSource):
    """Reads `<folder>/<source>/*.html`, `.htm` and `.json` in the order of their names; `generic` is `web`.

    Nothing pages through a folder: every file is taken, as a page that stands alone. The name of a file may tell when
    it was fetched and for which city, as in `find.sydney.2026-02-04.html`; the age of the file says neither, since
    copying changes it.
    """

    def __init__(self, folder: Path, *, largest: int = LARGEST_FILE) -> None:
        self._folder = folder
        self._largest = largest

    async def of(self, site: Site, place: City | None, pages: int) -> AsyncGenerator[FetchedPage | Rejected, None]:
        files = await asyncio.to_thread(self._files, site.source)
        for file in files:
            try:
                yield await asyncio.to_thread(self._page, file, place)
            except FetchFailed as failure:
                yield Rejected(file.name, failure.detail)

    def sources(self) -> list[Source]:
        """The sources that have a sub-folder. Raises FetchFailed when the folder can't be read."""
        found = {FOLDERS.get(folder.name) for folder in self._sub_folders()}
        return [source for source in Source if source in found]

    def unknown(self) -> list[str]:
        """The names of sub-folders that are no source. Raises FetchFailed when the folder can't be read."""
        return sorted(folder.name for folder in self._sub_folders() if folder.name not in FOLDERS)

    def _sub_folders(self) -> list[Path]:
        return [entry for entry in _entries(self._folder) if entry.is_dir()]

    def _files(self, source: Source) -> list[Path]:
        folders = [folder for folder in self._sub_folders() if FOLDERS.get(folder.name) is source]
        files = [file for folder in folders for file in _entries(folder) if _is_page(file)]
        if not files:
            raise FetchFailed(f"{self._folder} has no saved page of {source}.")
        return sorted(files, key=lambda file: file.name)

    def _page(self, file: Path, place: City | None) -> FetchedPage:
        try:
            if file.stat().st_size > self._largest:
                raise FetchFailed(f"{file} is larger than {self._largest:,} bytes, which no page of events is.")
            body = file.read_bytes()
        except OSError as error:
            raise FetchFailed(f"{file} can't be read: {error.strerror}.") from error
        page = FetchedPage("", body, _date_in(file.name), asked=place or _city_in(file.name))
        return replace(page, url=_own_url(file, page))


def _entries(folder: Path) -> list[Path]:
    try:
        return [entry for entry in folder.iterdir() if not entry.name.startswith(".")]
    except OSError as error:
        raise FetchFailed(f"The folder {folder} can't be read: {error.strerror}.") from error


def _is_page(file: Path) -> bool:
    return file.suffix.lower() in SUFFIXES and not file.name.endswith(RECORDS)


def _date_in(name: str) -> datetime | None:
    """Midnight UTC of the last date in a file's name; of the first of the month when it names no day.

    Midnight, because events that were over when their page was fetched are rejected: a time later in the day would
    reject those that were still to come.
    """
    for year, month, day in reversed(DATE.findall(name)):
        try:
            return datetime(int(year), int(month), int(day or 1), tzinfo=UTC)
        except ValueError:
            continue
    return None


def _city_in(name: str) -> City | None:
    cities = (PLACES.get(slug_of(part)) for part in name.split("."))
    return next((city for city in cities if city), None)


def _own_url(file: Path, page: FetchedPage) -> str:
    """What the page says its address is, else the name of the file."""
    document = read_document(page) if file.suffix.lower() != ".json" else None
    return (document and document.url) or f"file:{quote(file.name)}"
