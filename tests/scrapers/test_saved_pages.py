"""Pages from a folder (D2)."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar

import pytest

from adapters.sources.cities import find_city
from adapters.sources.fetching.saved_pages import SavedPageSource
from core.discovery.errors import FetchFailed
from core.discovery.model import City, FetchedPage, Rejection, Source
from tests.support.local_site import ListedSite, as_page

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


class Meetup(ListedSite):
    source: ClassVar[Source] = Source.MEETUP


class Web(ListedSite):
    source: ClassVar[Source] = Source.WEB


def save(folder: Path, name: str, body: str = "<p>an event</p>") -> Path:
    file = folder / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(body, encoding="utf-8")
    os.utime(file, (MOMENT.timestamp(), MOMENT.timestamp()))
    return file


async def read(folder: Path, city: City | None = None, site: ListedSite | None = None) -> list[FetchedPage]:
    return [as_page(page) async for page in SavedPageSource(folder).fetch_pages(site or Meetup(), city, 1)]


async def test_all_pages_of_the_source_are_read_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("meetup/b.html", "meetup/a.HTM", "meetup/c.json", "dice/d.html"):
        save(tmp_path, name, name)
    found = await read(tmp_path)
    assert [page.body for page in found] == [b"meetup/a.HTM", b"meetup/b.html", b"meetup/c.json"]
    assert [page.number for page in found] == [1, 1, 1]


async def test_other_files_are_ignored(tmp_path: Path) -> None:
    for name in ("a.html", "a.html.bak", "SOURCES.md", ".hidden.html", "a.expected.json", "picture.png"):
        save(tmp_path, f"meetup/{name}")
    assert [page.url for page in await read(tmp_path)] == ["file:a.html"]


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("find.sydney.2026-02-04.html", datetime(2026, 2, 4, tzinfo=UTC)),
        ("2026-02-04.html", datetime(2026, 2, 4, tzinfo=UTC)),
        ("pro-page.go.2026-06.html", datetime(2026, 6, 1, tzinfo=UTC)),
        ("gig-2026-11-19.2026-08-22.html", datetime(2026, 8, 22, tzinfo=UTC)),
        ("gig.1982347418492.html", None),
        ("2026-13-01.html", None),
        ("2026-02-30.html", None),
        ("no-date.html", None),
    ],
)
async def test_the_date_of_a_page_is_the_one_in_its_name(name: str, moment: datetime | None, tmp_path: Path) -> None:
    save(tmp_path, f"meetup/{name}")
    (page,) = await read(tmp_path)
    assert page.fetched_at == moment


@pytest.mark.parametrize(
    ("name", "city"),
    [
        ("find.sydney.2026-02-04.html", "Sydney"),
        ("New York.html", "New York"),
        ("zürich.html", "Zurich"),
        ("sydney-opera.html", None),
        ("pro-page.go.2026-06.html", None),
    ],
)
async def test_the_requested_city_is_the_one_in_the_name(name: str, city: str | None, tmp_path: Path) -> None:
    save(tmp_path, f"meetup/{name}")
    (page,) = await read(tmp_path)
    assert (page.requested_city.name if page.requested_city else None) == city


async def test_a_given_city_takes_precedence_over_the_one_in_the_name(tmp_path: Path) -> None:
    save(tmp_path, "meetup/find.sydney.html")
    delhi = find_city("Delhi")
    (page,) = await read(tmp_path, delhi)
    assert page.requested_city is delhi


@pytest.mark.parametrize(
    ("head", "url"),
    [
        ('<link rel="canonical" href="https://example.org/a?b=1&amp;c">', "https://example.org/a?b=1&c"),
        ("<meta property=og:url content='http://example.org/b'>", "http://example.org/b"),
        (
            '<meta property="og:url" content="https://o.org/"><link href="https://c.org/" rel=canonical>',
            "https://c.org/",
        ),
        ('<link rel="canonical" href="/relative">', "file:a%20page.html"),
        ('<link rel="canonical" href="javascript:alert(1)">', "file:a%20page.html"),
        ('<link rel="stylesheet" href="https://example.org/style.css">', "file:a%20page.html"),
        ("", "file:a%20page.html"),
    ],
)
async def test_the_url_of_a_page_is_the_one_it_declares(head: str, url: str, tmp_path: Path) -> None:
    save(tmp_path, "meetup/a page.html", f"<html><head>{head}</head><body><p>an event</p></body></html>")
    (page,) = await read(tmp_path)
    assert page.url == url


@pytest.mark.parametrize("body", ["", "\x00\x01", "<", '{"url": "<link rel=canonical href=https://example.org/>"}'])
async def test_a_page_without_a_declared_url_is_named_after_its_file(body: str, tmp_path: Path) -> None:
    save(tmp_path, "meetup/a.json", body)
    save(tmp_path, "meetup/b.html", body if "canonical" not in body else "")
    assert [page.url for page in await read(tmp_path)] == ["file:a.json", "file:b.html"]


async def test_the_folder_generic_belongs_to_the_source_web(tmp_path: Path) -> None:
    save(tmp_path, "generic/b.html")
    save(tmp_path, "web/a.html")
    assert [page.url for page in await read(tmp_path, site=Web())] == ["file:a.html", "file:b.html"]


async def test_old_pages_can_be_moved_to_the_coming_week(tmp_path: Path) -> None:
    for name in ("a.2026-02-04.html", "b.2026-02-07.html", "c.html", "d.2026-02-11.html"):
        save(tmp_path, f"meetup/{name}")
    saved = SavedPageSource(tmp_path, move_to=datetime(2026, 2, 11, tzinfo=UTC))
    pages = [as_page(page) async for page in saved.fetch_pages(Meetup(), None, 1)]
    assert [page.weeks_to_move for page in pages] == [1, 1, 0, 0]
    assert [page.weeks_to_move for page in await read(tmp_path)] == [0, 0, 0, 0]


def test_sub_folders_are_sources_or_unknown(tmp_path: Path) -> None:
    for name in ("meetup/a.html", "generic/a.html", "facebook/a.html", "Dice/a.html", "notes.md"):
        save(tmp_path, name)
    (tmp_path / ".git").mkdir()
    saved = SavedPageSource(tmp_path)
    assert saved.sources() == [Source.MEETUP, Source.WEB]
    assert saved.unknown_folders() == ["Dice", "facebook"]


async def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(FetchFailed, match=r"missing can't be read: No such file or directory\.$"):
        await read(missing)
    with pytest.raises(FetchFailed, match="can't be read"):
        SavedPageSource(missing).sources()


async def test_a_file_instead_of_a_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FetchFailed, match="can't be read: Not a directory"):
        await read(save(tmp_path, "file.html"))


async def test_a_source_without_pages_is_an_error(tmp_path: Path) -> None:
    save(tmp_path, "meetup/notes.txt")
    with pytest.raises(FetchFailed, match="has no saved page of meetup"):
        await read(tmp_path)


async def test_a_file_that_is_too_large_is_rejected(tmp_path: Path) -> None:
    save(tmp_path, "meetup/a.html", "0" * 1001)
    save(tmp_path, "meetup/b.html", "0" * 1000)
    rejected, accepted = [
        page async for page in SavedPageSource(tmp_path, max_bytes=1000).fetch_pages(Meetup(), None, 1)
    ]
    assert isinstance(rejected, Rejection)
    assert (rejected.what, "is larger than 1,000 bytes" in rejected.reason) == ("a.html", True)
    assert isinstance(accepted, FetchedPage)


async def test_a_file_that_cannot_be_read_is_rejected(tmp_path: Path) -> None:
    (tmp_path / "meetup").mkdir()
    (tmp_path / "meetup" / "folder.html").mkdir()
    (tmp_path / "meetup" / "broken.html").symlink_to(tmp_path / "nowhere")
    broken, folder = [page async for page in SavedPageSource(tmp_path).fetch_pages(Meetup(), None, 1)]
    assert isinstance(broken, Rejection)
    assert isinstance(folder, Rejection)
    assert "can't be read: No such file" in broken.reason
    assert "can't be read: Is a directory" in folder.reason


async def test_a_page_is_read_only_when_it_is_requested(tmp_path: Path) -> None:
    save(tmp_path, "meetup/a.html")
    late = save(tmp_path, "meetup/b.html", "early")
    run = SavedPageSource(tmp_path).fetch_pages(Meetup(), None, 1)
    await anext(run)
    late.write_text("late")
    assert as_page(await anext(run)).body == b"late"
