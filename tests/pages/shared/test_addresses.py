"""Addresses of pages with a final slash."""

from __future__ import annotations

import pytest

from tests.support.api_client import Api
from tests.support.toy_app import send_raw


@pytest.mark.parametrize(
    ("address", "page"),
    [
        ("/sign-in/", "/sign-in"),
        ("/sign-in/?next=%2Fme%2F", "/sign-in?next=%2Fme%2F"),
        ("/in/M%C3%BCnchen//", "/in/M%C3%BCnchen"),
        ("//example.org/", "/example.org"),
        ("/%2F/example.org/", "/%2F/example.org"),
        ("/\\example.org/", "/%5Cexample.org"),
    ],
)
async def test_a_page_has_one_address(api: Api, address: str, page: str) -> None:
    for method in ("GET", "POST"):
        answer = await send_raw(api.client, f"{method} {address} HTTP/1.1\r\nHost: x\r\nConnection: close".encode())
        assert answer.startswith(b"HTTP/1.1 308 ")
        assert f"\r\nLocation: {page}\r\n".encode() in answer


async def test_an_address_of_the_api_means_the_same_with_a_slash(api: Api) -> None:
    for method, path, status in (
        ("GET", "/api/events/", 200),
        ("GET", "/healthz/", 200),
        ("GET", "/api/nothing/", 404),
        ("DELETE", "/api/events/", 405),
    ):
        assert (await api.anonymous.request(method, path, allow_redirects=False)).status == status
