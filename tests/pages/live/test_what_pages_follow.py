"""What pages declare that they follow, which their scripts read. Pages that declare nothing open no connection."""

from __future__ import annotations

import re

import pytest

from tests.support.event_pages import EventPages

MAIN = re.compile(r"<main [^>]*>")
REGION = re.compile(r'<[^>]* data-region="action"[^>]*>')


async def main_of(pages: EventPages, path: str) -> str:
    """Return the tag of the page's main element."""
    found = MAIN.search(await (await pages.get(path, follow=True)).text())
    assert found is not None
    return found[0]


@pytest.mark.parametrize("state", ["open", "full", "closed"])
async def test_an_event_to_come_is_followed(pages: EventPages, state: str) -> None:
    main = await main_of(pages, pages.states.path(state))
    assert f'data-live-event="{pages.states.events[state].id}"' in main
    assert "data-live-urgent" not in main


@pytest.mark.parametrize("state", ["gathered", "cancelled", "started", "ended"])
async def test_an_event_that_changes_no_more_is_not_followed(pages: EventPages, state: str) -> None:
    assert "data-live" not in await main_of(pages, pages.states.path(state))


@pytest.mark.parametrize(
    ("state", "is_member", "follows"),
    [
        ("open", False, 'data-live-on="event" data-count="places" data-capacity="80"'),
        ("open", True, 'data-live-on="event booking" data-count="places"'),
        ("full", False, 'data-live-on="event" data-count="line"'),
        ("waiting", True, 'data-live-on="event booking places" data-count="position"'),
        ("unlimited", False, 'data-live-on="event">'),
    ],
)
async def test_an_event_says_which_number_it_shows(
    pages: EventPages, state: str, is_member: bool, follows: str
) -> None:
    if is_member:
        pages.sign_in()
    region = REGION.search(await pages.open(state))
    assert region is not None
    assert follows in region[0]


async def test_one_s_own_place_in_line_is_urgent(pages: EventPages) -> None:
    pages.sign_in()
    assert "data-live-urgent" in await main_of(pages, pages.states.path("waiting"))


async def test_seats_are_followed_on_the_map_and_not_in_the_list(pages: EventPages) -> None:
    seats = f"{pages.states.path('seated')}/seats"
    assert "data-live-event" in await main_of(pages, seats)
    assert "data-live" not in await main_of(pages, f"{seats}?view=list")


@pytest.mark.parametrize("path", ["/", "/calendar", "/near", "/sign-in", "/subscribe"])
async def test_pages_that_show_no_single_event_are_not_followed(pages: EventPages, path: str) -> None:
    assert "data-live" not in await main_of(pages, path)
