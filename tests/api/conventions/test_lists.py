"""Lists come in pages that link to each other."""

from __future__ import annotations

import re

import pytest

from tests.support.toy_app import Client


def links(header: str) -> dict[str, str]:
    return {name: url for url, name in re.findall(r'<([^<>]*)>; rel="(\w+)"', header)}


async def test_a_page_states_its_position(client: Client) -> None:
    page = await (await client.get("/api/toys?limit=2")).json()
    assert len(page.pop("items")) == 2
    assert page == {"total": 45, "limit": 2, "offset": 0, "next_cursor": "2"}


async def test_links_by_cursor_keep_the_other_parameters(client: Client) -> None:
    response = await client.get("/api/toys", params=[("tag", "a&b"), ("tag", 'c>,"'), ("colour", "red")])
    kept = "tag=a%26b&tag=c%3E,%22&colour=red&limit=20"
    assert links(response.headers["Link"]) == {
        "first": f"/api/toys?{kept}",
        "next": f"/api/toys?{kept}&cursor=20",
    }


async def test_links_by_offset(client: Client) -> None:
    response = await client.get("/api/toys/?limit=10&offset=15")
    assert links(response.headers["Link"]) == {
        "first": "/api/toys/?limit=10",
        "prev": "/api/toys/?limit=10&offset=5",
        "next": "/api/toys/?limit=10&offset=25",
    }


@pytest.mark.parametrize("start", ["/api/toys?limit=7", "/api/toys?limit=7&offset=0"])
async def test_following_the_links_yields_every_item_once(client: Client, start: str) -> None:
    seen: list[str] = []
    url = start
    while url:
        response = await client.get(url)
        seen += [toy["name"] for toy in (await response.json())["items"]]
        url = links(response.headers["Link"]).get("next", "")
    assert seen == [f"Bear {number}" for number in range(45)]
