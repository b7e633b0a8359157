"""Which URLs a webhook may have."""

from __future__ import annotations

from typing import Any

import pytest
from aiohttp import ClientResponse

from tests.support.api_client import Api, MakeApi, Person, assert_refused

URL = "https://tickets.example/hooks"
PRIVATE = [
    "http://127.0.0.1/",
    "http://10.1.2.3:8080/hooks",
    "http://169.254.169.254/latest/meta-data",
    "http://[::1]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:10.0.0.1]/",
    "http://2130706433/",
    "http://0x7f.1/",
    "http://\N{FULLWIDTH DIGIT ONE}27.0.0.1/",
    "http://localhost:8000/",
    "https://LOCALHOST./",
    "https://printer.local/",
    "https://api.internal/hooks",
    "http://postgres:5432/",
]


async def post(person: Person, url: str) -> ClientResponse:
    return await person.post("/api/webhooks", {"url": url, "topics": ["booking.confirmed"]})


async def create_webhook(person: Person, url: str = URL) -> dict[str, Any]:
    answer = await post(person, url)
    assert answer.status == 201
    webhook: dict[str, Any] = await answer.json()
    return webhook


@pytest.mark.parametrize(
    "url",
    [
        "tickets.example/hooks",
        "ftp://tickets.example/hooks",
        "https:///hooks",
        "http://127.0.0.1%2e/",
        "https://tickets.example:0/",
        "https://tickets.example:99999/",
        "https://tickets..example/",
        "https://otto:word@tickets.example/",
        "https://otto@tickets.example/",
        "https://tickets.example/#part",
        "https://tickets.example/#",
        "https://tickets.example/ hooks",
        "https://tickets.example/\nhooks",
        "https://tickets.example/" + "a" * 2000,
        "",
        "javascript:alert(1)",
    ],
)
async def test_an_invalid_url_is_refused(api: Api, url: str) -> None:
    otto = await api.sign_in_organizer()
    problem = await assert_refused(await post(otto, url), 422, "invalid-fields")
    assert list(problem["errors"]) == ["url"]
    webhook = await create_webhook(otto)
    problem = await assert_refused(
        await otto.patch(f"/api/webhooks/{webhook['id']}", {"url": url}), 422, "invalid-fields"
    )
    assert list(problem["errors"]) == ["url"]


@pytest.mark.parametrize(
    "url", ["http://[2606:2800::1]:8080/", "https://bücher.example/hooks?key=a%20b", "HTTPS://a.b/"]
)
async def test_any_other_url_is_accepted(api: Api, url: str) -> None:
    assert (await create_webhook(await api.sign_in_organizer(), url))["url"] == url


@pytest.mark.parametrize("url", PRIVATE)
async def test_a_private_url_is_refused_unless_configured(api: Api, make_api: MakeApi, url: str) -> None:
    otto = await api.sign_in_organizer()
    webhook = await create_webhook(otto)
    for answer in (await post(otto, url), await otto.patch(f"/api/webhooks/{webhook['id']}", {"url": url})):
        problem = await assert_refused(answer, 422, "invalid-fields")
        [(field, [message])] = problem["errors"].items()
        assert (field, "is private" in message) == ("url", True)

    open_api = await make_api(webhook_private_addresses=True)
    olga = await open_api.sign_in_organizer("olga")
    webhook = await create_webhook(olga, url)
    assert (await olga.patch(f"/api/webhooks/{webhook['id']}", {"url": url})).status == 200
