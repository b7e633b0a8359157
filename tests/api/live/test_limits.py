"""What one client of the WebSocket may ask for, and what becomes of one that does not read (G1)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from ipaddress import ip_network
from uuid import UUID

import pytest
from aiohttp import WSServerHandshakeError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.http.app import HttpOptions
from adapters.http.live.limits import MAX_MESSAGE_BYTES, MAX_MESSAGES_AT_ONCE, MAX_REFUSED_MESSAGES, MAX_ROOMS
from core.shared.ids import EventId
from core.shared.signals import BookingsChanged, Signal
from tests.support.api_client import UNKNOWN_ID, Api, MakeApi, create_event
from tests.support.watching import Watcher, reads_nothing, watching

JOIN = '{"event": "join", "data": {"event_id": "%s"}}'


async def status_of(api: Api, *, address: str = "") -> int:
    """Return the status of one more connection, which is closed at once."""
    headers = {"X-Forwarded-For": address} if address else {}
    try:
        async with api.client.ws_connect("/ws", headers=headers):
            return 101
    except WSServerHandshakeError as refused:
        return refused.status


async def test_a_request_that_is_no_websocket_is_told_so(api: Api) -> None:
    answer = await api.client.get("/ws")
    assert (answer.status, (await answer.json())["code"]) == (426, "upgrade-required")
    assert (await api.client.head("/ws")).status == 405


async def test_an_address_has_so_many_connections_at_most(make_api: MakeApi) -> None:
    api = await make_api(live_connections_per_address=2)
    async with watching(api.client), watching(api.client):
        assert await status_of(api) == 429
    assert await status_of(api) == 101


async def test_behind_a_proxy_the_addresses_of_its_clients_count(make_api: MakeApi) -> None:
    api = await make_api(
        options=HttpOptions(trusted_proxies=(ip_network("127.0.0.0/8"),)), live_connections_per_address=1
    )
    async with api.client.ws_connect("/ws", headers={"X-Forwarded-For": "198.51.100.7"}):
        assert await status_of(api, address="198.51.100.7") == 429
        assert await status_of(api, address="198.51.100.8") == 101


async def test_a_process_has_so_many_connections_at_most(make_api: MakeApi) -> None:
    api = await make_api(live_connections=1)
    async with watching(api.client):
        assert await status_of(api) == 503


async def test_a_connection_watches_so_many_events_at_most(api: Api) -> None:
    organizer = await api.sign_in_organizer()
    events = [(await create_event(organizer, name=f"Night {each}"))["id"] for each in range(MAX_ROOMS + 1)]
    async with watching(api.client) as watcher:
        for event_id in events[:-1]:
            assert "code" not in await watcher.join(event_id)
        assert (await watcher.join(events[-1]))["code"] == "too-many-rooms"
        await watcher.send("leave", event_id=events[0])
        assert "code" not in await watcher.join(events[-1])


async def test_who_sends_too_many_messages_is_told_so_and_then_disconnected(api: Api) -> None:
    async with watching(api.client) as watcher:
        for _ in range(2 * (MAX_MESSAGES_AT_ONCE + MAX_REFUSED_MESSAGES)):
            await watcher.send("ping")
        assert await watcher.error() == "too-many-messages"
        assert await watcher.close_code() == 1008


SENSELESS = [
    ("nonsense", "bad-message"),
    ("", "bad-message"),
    ("[]", "bad-message"),
    ("null", "bad-message"),
    ("[" * 2000, "bad-message"),
    ("1e999", "bad-message"),
    ("{}", "unknown-message"),
    ('{"event": ["join"]}', "unknown-message"),
    ('{"event": "ticket:purchased", "data": {}}', "unknown-message"),
    ('{"event": "join"}', "bad-message"),
    ('{"event": "join", "data": null}', "bad-message"),
    ('{"event": "join", "data": {"event_id": 7}}', "bad-message"),
    ('{"event": "leave", "data": {"event_id": {"a": "b"}}}', "bad-message"),
    ('{"event": "auth", "data": {"token": ["a"]}}', "bad-message"),
    ('{"event": "auth", "data": {"token": "\\u0000"}}', "unauthenticated"),
    (JOIN % "nonsense", "bad-message"),
    (JOIN % UNKNOWN_ID, "event-not-found"),
]
"""Messages, and the codes of the errors that they get."""


async def test_messages_that_make_no_sense_are_refused_and_the_connection_stays(api: Api) -> None:
    async with watching(api.client) as watcher:
        for message, code in SENSELESS:
            await watcher.socket.send_str(message)
            assert (message, await watcher.error()) == (message, code)
        assert await watcher.received() == []


async def test_a_binary_message_is_refused(api: Api) -> None:
    async with watching(api.client) as watcher:
        await watcher.socket.send_bytes(b'{"event": "ping"}')
        assert await watcher.error() == "bad-message"


async def test_a_message_that_is_too_large_closes_the_connection(api: Api) -> None:
    async with watching(api.client) as watcher:
        await watcher.socket.send_str("x" * (MAX_MESSAGE_BYTES + 1))
        assert await watcher.close_code() == 1009


VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(max_size=9), values, max_size=3),
    max_leaves=4,
)
MESSAGES = st.fixed_dictionaries(
    {"event": st.sampled_from(["join", "leave", "auth", "ping"]) | VALUES},
    optional={"data": st.fixed_dictionaries({"event_id": VALUES | st.uuids().map(str), "token": VALUES}) | VALUES},
)


@pytest.fixture
async def watcher(api: Api) -> AsyncIterator[Watcher]:
    async with watching(api.client) as watcher:
        yield watcher


# Each example is two messages, and no more than `MAX_MESSAGES_AT_ONCE` may come at once.
@settings(max_examples=25, database=None, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(message=MESSAGES | VALUES)
async def test_whatever_is_sent_as_json_the_server_answers(watcher: Watcher, message: object) -> None:
    await watcher.socket.send_json(message)
    assert {frame["event"] for frame in await watcher.received()} <= {"online_users", "error", "pong"}


async def test_who_does_not_read_is_dropped_and_the_others_go_on(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("adapters.http.live.rooms.FRAME_INTERVAL_SECONDS", 0)
    event_id = (await create_event(await api.sign_in_organizer(), capacity=5000))["id"]
    seats = {f"ROW-{number}": "held" for number in range(2000)}
    step: Signal = BookingsChanged(EventId(UUID(event_id)), sold=1, available=1, waitlist_count=0, seats=seats)
    async with watching(api.client) as watcher, reads_nothing(api, event_id) as lazy:
        await watcher.join(event_id)
        while 'dropped_total{reason="slow-reader"} 1' not in await (await api.client.get("/metrics")).text():
            api.container.signals().publish([step])
            await watcher.next("seats:changed")
        assert await lazy.read()  # it can still read what it was sent before
