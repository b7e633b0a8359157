"""Messages to a notification service: what it gets, and what each of its answers means for the next try."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.delivery.email.rendering import DEFAULT_SUMMARY, summarize
from adapters.delivery.http_service import MAX_RESPONSE_BYTES
from adapters.delivery.retry_after import MAX_WAIT_SECONDS, parse_retry_after
from core.notifications.errors import Misconfigured, Rejected, TryLater
from tests.support.builders import NOW
from tests.support.notification_service import (
    SECRET,
    SHORT,
    TOKEN,
    Got,
    a_message,
    delivering,
    failure,
    receiving,
    says,
    untrusted,
)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_2xx_confirms_a_message(status: int) -> None:
    async with receiving(says(status, b'{"queued": true}')) as receiver, delivering(receiver.url) as delivery:
        await delivery.send(a_message())
    assert len(receiver.got) == 1


async def test_the_service_gets_the_whole_message_who_sends_it_and_a_key() -> None:
    message = a_message()
    async with receiving(says(200)) as receiver, delivering(receiver.url) as delivery:
        await delivery.send(message)
    (got,) = receiver.got
    assert (got.method, got.path) == ("POST", "/messages")
    assert got.headers["authorization"] == f"Bearer {TOKEN}"
    assert got.headers["idempotency-key"] == str(message.id)
    assert got.headers["content-type"] == "application/json"
    assert got.json == {
        "id": str(message.id),
        "email": "ada@example.com",
        "message": summarize(message),
        "topic": "account.password-forgotten",
        "owner_id": "00000000-0000-0000-0000-000000000007",
        "payload": {"name": "Ada", "expires_at": "2026-11-20T13:00:00+00:00", "token": SECRET},
    }


async def test_what_a_message_lacks_is_null_or_left_out_and_an_unknown_topic_has_a_sentence_too() -> None:
    message = a_message(topic="something.else", user_id=None, payload={}, secret=None)
    async with receiving(says(200)) as receiver, delivering(receiver.url) as delivery:
        await delivery.send(message)
    (got,) = receiver.got
    assert got.json == {
        "id": str(message.id),
        "email": "ada@example.com",
        "message": DEFAULT_SUMMARY,
        "topic": "something.else",
        "owner_id": None,
        "payload": {},
    }


async def test_the_same_message_delivered_twice_carries_one_id_and_others_another() -> None:
    message = a_message()
    async with receiving(says(200)) as receiver, delivering(receiver.url) as delivery:
        for each in (message, message, a_message()):
            await delivery.send(each)
    keys = [(got.headers["idempotency-key"], got.json["id"]) for got in receiver.got]
    assert keys[0] == keys[1] == (str(message.id), str(message.id))
    assert keys[2] != keys[1]


async def test_messages_that_follow_each_other_share_a_connection() -> None:
    async with receiving(says(200, b"taken")) as receiver, delivering(receiver.url) as delivery:
        for _ in range(3):
            await delivery.send(a_message())
    assert len({id(got.connection) for got in receiver.got}) == 1


async def test_messages_at_once_are_all_delivered() -> None:
    messages = [a_message() for _ in range(20)]
    async with receiving(says(200, b"taken")) as receiver, delivering(receiver.url) as delivery:
        await asyncio.gather(*map(delivery.send, messages))
    assert {got.json["id"] for got in receiver.got} == {str(message.id) for message in messages}


async def test_closing_is_harmless_unused_and_twice() -> None:
    async with receiving(says(200)) as receiver, delivering(receiver.url) as delivery:
        await delivery.stop()
        await delivery.send(a_message())
        await delivery.stop()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_service_that_does_not_know_us_wants_other_settings(status: int) -> None:
    async with receiving(says(status, b"what the service says")) as receiver:
        failed = await failure(receiver.url)
    assert isinstance(failed, Misconfigured)
    assert failed.reason == f"The notification service answered {status}: it does not take our NOTIFICATION_TOKEN."


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422, 451])
async def test_any_other_4xx_rejects_the_message_for_good(status: int) -> None:
    async with receiving(says(status, b"what the service says", Retry_After="5")) as receiver:
        failed = await failure(receiver.url)
    assert isinstance(failed, Rejected)
    assert str(status) in failed.reason


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
@pytest.mark.parametrize(
    ("header", "after"),
    [
        ({}, None),
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
        ({"Retry_After": "in a while"}, None),
    ],
    ids=["no header", "seconds", "date", "garbage"],
)
async def test_trouble_that_passes_is_tried_later_and_not_before_the_service_says(
    status: int, header: dict[str, str], after: float | None
) -> None:
    async with receiving(says(status, b"what the service says", **header)) as receiver:
        failed = await failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert failed.after == after
    assert str(status) in failed.reason


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_never_followed(status: int) -> None:
    async with (
        receiving(says(200)) as elsewhere,
        receiving(says(status, Location=elsewhere.url)) as receiver,
    ):
        failed = await failure(receiver.url)
    assert isinstance(failed, Misconfigured)
    assert "a redirect" in failed.reason
    assert (len(receiver.got), elsewhere.got) == (1, [])


async def test_a_service_that_hangs_is_left_when_its_time_is_up() -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with receiving(hang) as receiver:
        failed = await failure(receiver.url, SHORT)
    assert isinstance(failed, TryLater)
    assert failed.reason == "The notification service did not answer within 0.2 seconds."
    assert failed.after is None


async def test_a_body_that_only_trickles_is_left_when_its_time_is_up() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b".")
            await asyncio.sleep(SHORT / 20)

    async with receiving(trickle) as receiver:
        failed = await failure(receiver.url, SHORT)
    assert isinstance(failed, TryLater)
    assert "within 0.2 seconds" in failed.reason


async def test_a_connection_dropped_before_the_answer_confirms_nothing() -> None:
    async with receiving(_dropped) as receiver:
        failed = await failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert len(receiver.got) == 1


async def _dropped(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("length", [100, None], ids=["with a length", "in chunks"])
async def test_a_connection_dropped_in_the_body_confirms_nothing(length: int | None) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_length = length
        await answer.prepare(request)
        await answer.write(b"some of it")
        await _dropped(request)
        return answer

    async with receiving(drop) as receiver:
        failed = await failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("size", [1, MAX_RESPONSE_BYTES])
async def test_a_body_is_read_as_far_as_the_bound(size: int) -> None:
    async with receiving(says(200, b"x" * size)) as receiver, delivering(receiver.url) as delivery:
        await delivery.send(a_message())


async def test_a_huge_body_is_not_read_to_its_end_and_confirms_nothing() -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 65536)

    async with receiving(pour) as receiver:
        failed = await failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert "more than 65,536 bytes" in failed.reason


async def test_a_small_body_that_claims_to_be_packed_is_not_unpacked() -> None:
    packed = says(200, b"no gzip", Content_Encoding="gzip")
    async with receiving(packed) as receiver, delivering(receiver.url) as delivery:
        await delivery.send(a_message())


async def test_a_status_is_believed_though_its_body_never_ends() -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=410)
        await answer.prepare(request)
        await asyncio.Event().wait()
        return answer

    async with receiving(refuse) as receiver:
        assert isinstance(await failure(receiver.url), Rejected)


async def test_a_service_that_is_away_is_tried_later() -> None:
    failed = await failure(f"http://127.0.0.1:{unused_port()}/messages")
    assert isinstance(failed, TryLater)
    assert "could not be reached" in failed.reason


async def test_what_speaks_no_http_is_tried_later_and_what_it_repeats_is_not_told() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await reader.readuntil(b"\r\n\r\n")
        assert TOKEN.encode() in asked
        writer.write(asked.replace(b"\r\n", b" ") + b"\r\n\r\n")  # what can't be read is told by its first line
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(echo, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        failed = await failure(f"http://{host}:{port}/messages")
    assert isinstance(failed, TryLater)


@pytest.mark.parametrize("url", ["notify.example", "http://", "http://a..b/", f"http://{'a' * 64}.example/"])
async def test_an_address_that_is_none_wants_other_settings(url: str) -> None:
    assert isinstance(await failure(url), Misconfigured)


async def test_after_a_failure_the_next_message_gets_through() -> None:
    async with receiving(_dropped) as receiver, delivering(receiver.url) as delivery:
        with pytest.raises(TryLater):
            await delivery.send(a_message())
        receiver.answer = says(200)
        await delivery.send(a_message())


async def test_breaking_off_is_no_answer() -> None:
    asked = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        asked.set()
        await asyncio.Event().wait()
        return web.Response()

    async with receiving(hang) as receiver, delivering(receiver.url) as delivery:
        delivered = asyncio.create_task(delivery.send(a_message()))
        await asked.wait()
        delivered.cancel()
        with pytest.raises(asyncio.CancelledError):
            await delivered


@pytest.mark.parametrize(
    ("value", "after"),
    [
        ("0", 0.0),
        (" 7 ", 7.0),
        ("86401", MAX_WAIT_SECONDS),
        ("9" * 5000, MAX_WAIT_SECONDS),
        (format_datetime(NOW + timedelta(days=400), usegmt=True), MAX_WAIT_SECONDS),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("Friday, 20-Nov-26 12:01:00 GMT", 60.0),
        ("Fri Nov 20 12:01:00 2026", 60.0),
        ("", None),
        ("-5", None),
        ("1.5", None),
        ("1e3", None),
        ("٣", None),
        ("Fri, 99 Nov 2026 12:01:00 GMT", None),
        ("Fri, 20 Nov 99999999999 12:01:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date_and_never_more_than_a_day(value: str, after: float | None) -> None:
    assert parse_retry_after(value, NOW) == after


@given(st.text() | st.from_regex(r"\w{3}, \d+ (Jan|Nov) \d+ \d+:\d+:\d+ ?[-+A-Z0-9]*"))
def test_no_retry_after_breaks_it(value: str) -> None:
    after = parse_retry_after(value, datetime(2026, 11, 20, tzinfo=UTC))
    assert after is None or 0 <= after <= MAX_WAIT_SECONDS


ANY_TEXT = st.text(st.characters())
"""Lone surrogates too, which are no text that UTF-8 can write."""


@given(payload=st.dictionaries(ANY_TEXT, ANY_TEXT), email=ANY_TEXT, topic=ANY_TEXT, secret=st.none() | ANY_TEXT)
@settings(deadline=None, max_examples=50)
def test_no_payload_breaks_the_json(payload: dict[str, str], email: str, topic: str, secret: str | None) -> None:
    message = a_message(payload=payload, email=email, topic=topic, secret=secret)

    async def delivered() -> Got:
        async with receiving(says(200)) as receiver, delivering(receiver.url) as delivery:
            await delivery.send(message)
        (got,) = receiver.got
        return got

    got = asyncio.run(delivered())
    assert got.json.keys() == {"id", "email", "message", "topic", "owner_id", "payload"}
    assert (got.json["email"], got.json["topic"]) == (email, topic)
    assert got.json["payload"] == (payload if secret is None else {**payload, "token": secret})


async def test_a_service_without_a_good_certificate_gets_nothing_and_is_a_mistake_in_the_settings() -> None:
    async with untrusted() as (url, came), delivering(url) as delivery:
        with pytest.raises(Misconfigured, match="can be trusted"):
            await delivery.send(a_message())
    assert not any(came)
