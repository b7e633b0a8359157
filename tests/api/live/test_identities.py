"""Who is connected to the WebSocket: cookies of our own pages, tokens of programs (G1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp import WSServerHandshakeError

from adapters.http.app import HttpOptions
from core.catalog.model import EventStatus
from tests.support.api_client import PASSWORD, Api, MakeApi, Person, book, create_event
from tests.support.watching import OUR_ORIGIN, Watcher, browser_cookie, watching

FRIEND = "https://friend.example"


async def refusal(api: Api, **options: str) -> int:
    """Return the status that a client gets instead of a WebSocket."""
    with pytest.raises(WSServerHandshakeError) as refused:
        async with watching(api.client, **options):
            pass
    return refused.value.status


async def hide_event(organizer: Person) -> str:
    """Create an event and hide it; return its id."""
    event = await create_event(organizer, capacity=5)
    await organizer.patch(f"/api/events/{event['id']}", {"status": EventStatus.INACTIVE})
    return str(event["id"])


@asynccontextmanager
async def signed_in(api: Api, person: Person) -> AsyncIterator[Watcher]:
    async with watching(api.client, origin=OUR_ORIGIN, cookie=await browser_cookie(api, person.email)) as watcher:
        yield watcher


async def test_pages_of_other_sites_can_not_connect(api: Api) -> None:
    for origin in (
        "https://evil.example",
        "null",
        "http://127.0.0.1:8001",
        "",
        "file://",
        f"{OUR_ORIGIN}.evil.example",
    ):
        assert (origin, await refusal(api, origin=origin)) == (origin, 403)


async def test_a_page_under_the_name_that_was_asked_for_can_connect(api: Api) -> None:
    host = f"{api.client.host}:{api.client.port}"
    async with watching(api.client, origin=f"http://{host}") as watcher:
        assert await watcher.received()


async def test_the_cookie_of_a_page_of_ours_tells_who_is_connected(api: Api) -> None:
    otto = await api.sign_in_organizer()
    hidden = await hide_event(otto)
    async with signed_in(api, otto) as watcher:
        assert (await watcher.join(hidden))["available"] == 5


async def test_a_program_is_not_believed_a_cookie(api: Api) -> None:
    otto = await api.sign_in_organizer()
    hidden = await hide_event(otto)
    async with watching(api.client, cookie=await browser_cookie(api, otto.email)) as watcher:
        assert (await watcher.join(hidden))["code"] == "event-not-found"


async def test_a_site_that_may_use_the_api_can_connect_but_its_cookies_do_not_count(make_api: MakeApi) -> None:
    api = await make_api(options=HttpOptions(cors_origins=(FRIEND,)))
    otto = await api.sign_in_organizer()
    hidden = await hide_event(otto)
    async with watching(api.client, origin=FRIEND, cookie=await browser_cookie(api, otto.email)) as watcher:
        assert (await watcher.join(hidden))["code"] == "event-not-found"


async def test_a_hidden_event_is_for_those_who_may_see_it(api: Api) -> None:
    otto, bea = await api.sign_in_organizer(), await api.sign_in("bea")
    hidden = await hide_event(otto)
    async with watching(api.client) as anybody, watching(api.client, query=f"?token={bea.token}") as other:
        assert (await anybody.join(hidden))["code"] == (await other.join(hidden))["code"] == "event-not-found"


async def test_a_token_tells_who_is_connected_in_the_query_or_as_a_message(api: Api) -> None:
    otto = await api.sign_in_organizer()
    hidden = await hide_event(otto)
    async with watching(api.client, query=f"?token={otto.token}") as watcher:
        assert (await watcher.join(hidden))["available"] == 5
    async with watching(api.client) as watcher:
        await watcher.send("auth", token=otto.token)
        assert (await watcher.next("authenticated"))["user_id"]
        assert (await watcher.join(hidden))["available"] == 5


async def test_a_token_that_is_not_valid_is_refused(api: Api) -> None:
    assert await refusal(api, query="?token=nonsense") == 401
    async with watching(api.client) as watcher:
        await watcher.send("auth", token="nonsense")
        assert await watcher.error() == "unauthenticated"
        assert await watcher.received() == []


async def test_a_connection_can_not_become_that_of_another_user(api: Api) -> None:
    ada, bob = await api.sign_in(), await api.sign_in("bob")
    async with watching(api.client, query=f"?token={ada.token}") as watcher:
        await watcher.send("auth", token=bob.token)
        assert await watcher.error() == "signed-in-as-another"
        await watcher.send("auth", token=ada.token)
        await watcher.next("authenticated")


@pytest.fixture
async def checking_api(make_api: MakeApi, monkeypatch: pytest.MonkeyPatch) -> Api:
    """An API that checks sessions all the time."""
    monkeypatch.setattr("adapters.http.live.hub.SESSION_CHECK_SECONDS", 0.01)
    return await make_api()


async def test_the_connections_of_a_session_end_with_it_and_no_others(checking_api: Api) -> None:
    ada, bob = await checking_api.sign_in(), await checking_api.sign_in("bob")
    async with (
        signed_in(checking_api, ada) as browser,
        watching(checking_api.client, query=f"?token={ada.token}") as program,
        watching(checking_api.client, query=f"?token={bob.token}") as other,
        watching(checking_api.client) as anybody,
    ):
        sessions = (await (await ada.get("/api/auth/sessions")).json())["items"]
        assert len(sessions) == 2
        for session in sorted(sessions, key=lambda each: each["is_current"]):
            await ada.delete(f"/api/auth/sessions/{session['id']}")
        assert await browser.close_code() == await program.close_code() == 4401
        assert await other.received() or await anybody.received()


async def test_a_connection_ends_with_its_token(checking_api: Api) -> None:
    ada = await checking_api.sign_in()
    async with watching(checking_api.client, query=f"?token={ada.token}") as watcher:
        checking_api.clock.move(timedelta(minutes=16))
        assert await watcher.close_code() == 4401


async def test_a_connection_ends_when_the_session_of_its_cookie_expires(checking_api: Api) -> None:
    async with signed_in(checking_api, await checking_api.sign_in()) as watcher:
        await watcher.received()
        checking_api.clock.move(timedelta(days=30))
        assert await watcher.close_code() == 4401


async def test_who_may_no_longer_see_an_event_leaves_it(api: Api) -> None:
    otto = await api.sign_in_organizer()
    event = await create_event(otto, capacity=5)
    async with watching(api.client) as anybody, watching(api.client, query=f"?token={otto.token}") as owner:
        await anybody.join(event["id"])
        await owner.join(event["id"])
        await otto.patch(f"/api/events/{event['id']}", {"status": EventStatus.INACTIVE})
        assert await anybody.error() == "event-not-found"
        await owner.next("event:changed")
        await otto.patch(f"/api/events/{event['id']}", {"status": EventStatus.OPEN})
        await owner.next("event:changed")
        assert all(frame["event"] == "online_users" for frame in await anybody.received())


async def test_a_booking_is_sent_to_its_owner_alone(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=5)
    ada, bob = await api.sign_in(), await api.sign_in("bob")
    async with (
        signed_in(api, ada) as owner,
        watching(api.client, query=f"?token={ada.token}") as program,
        signed_in(api, bob) as other,
        watching(api.client) as anybody,
    ):
        for each in (owner, program, other, anybody):
            await each.join(event["id"])
        booking = await (await book(ada, event["id"], quantity=2)).json()
        assert await owner.next("booking:updated") == {"booking": booking}
        assert await program.next("booking:updated") == {"booking": booking}
        await ada.delete(f"/api/bookings/{booking['id']}")
        assert (await owner.next("booking:updated"))["booking"]["status"] == "cancelled"
        seen = [*await other.received(), *await anybody.received()]
        assert not [frame for frame in seen if frame["event"] == "booking:updated" or booking["id"] in str(frame)]


async def test_a_booking_is_not_sent_to_a_session_that_has_ended(api: Api) -> None:
    event = await create_event(await api.sign_in_organizer(), capacity=5)
    ada = await api.sign_in()
    async with watching(api.client, query=f"?token={ada.token}") as watcher:
        await watcher.received()
        await ada.post("/api/auth/logout")
        login = await api.anonymous.post("/api/auth/login", {"email": ada.email, "password": PASSWORD})
        again = Person(api.client, (await login.json())["access_token"], ada.email)
        await book(again, event["id"])
        assert await watcher.close_code() == 4401
