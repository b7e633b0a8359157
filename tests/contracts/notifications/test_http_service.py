"""Messages to a notification service: what it gets, and which responses are retried."""

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
from core.shared.email import deliverable_email
from tests.support.builders import NOW
from tests.support.notification_service import (
    SECRET,
    SHORT,
    TOKEN,
    ReceivedRequest,
    a_message,
    open_sender,
    respond_with,
    run_receiver,
    send_failure,
    untrusted_server,
)


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_2xx_confirms_a_message(status: int) -> None:
    async with (
        run_receiver(respond_with(status, b'{"queued": true}')) as receiver,
        open_sender(receiver.url) as delivery,
    ):
        await delivery.send(a_message())
    assert len(receiver.got) == 1


async def test_the_service_gets_the_message_the_token_and_an_idempotency_key() -> None:
    message = a_message()
    async with run_receiver(respond_with(200)) as receiver, open_sender(receiver.url) as delivery:
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
        "payload": {"name": "Ada", "expires_at": "2026-11-20T13:00:00Z", "token": SECRET},
    }


async def test_missing_fields_are_null_and_unknown_topics_have_a_default_summary() -> None:
    message = a_message(topic="something.else", user_id=None, payload={}, secret=None)
    async with run_receiver(respond_with(200)) as receiver, open_sender(receiver.url) as delivery:
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


async def test_a_message_sent_twice_has_the_same_idempotency_key() -> None:
    message = a_message()
    async with run_receiver(respond_with(200)) as receiver, open_sender(receiver.url) as delivery:
        for each in (message, message, a_message()):
            await delivery.send(each)
    keys = [(got.headers["idempotency-key"], got.json["id"]) for got in receiver.got]
    assert keys[0] == keys[1] == (str(message.id), str(message.id))
    assert keys[2] != keys[1]


async def test_consecutive_messages_share_a_connection() -> None:
    async with run_receiver(respond_with(200, b"taken")) as receiver, open_sender(receiver.url) as delivery:
        for _ in range(3):
            await delivery.send(a_message())
    assert len({id(got.connection) for got in receiver.got}) == 1


async def test_concurrent_messages_are_all_sent() -> None:
    messages = [a_message() for _ in range(20)]
    async with run_receiver(respond_with(200, b"taken")) as receiver, open_sender(receiver.url) as delivery:
        await asyncio.gather(*map(delivery.send, messages))
    assert {got.json["id"] for got in receiver.got} == {str(message.id) for message in messages}


async def test_stopping_is_idempotent() -> None:
    async with run_receiver(respond_with(200)) as receiver, open_sender(receiver.url) as delivery:
        await delivery.stop()
        await delivery.send(a_message())
        await delivery.stop()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_token_is_a_misconfiguration(status: int) -> None:
    async with run_receiver(respond_with(status, b"what the service says")) as receiver:
        failed = await send_failure(receiver.url)
    assert isinstance(failed, Misconfigured)
    assert failed.reason == f"The notification service answered {status}: it does not accept NOTIFICATION_TOKEN."


@pytest.mark.parametrize("status", [400, 404, 409, 410, 413, 422, 451])
async def test_other_4xx_statuses_reject_the_message(status: int) -> None:
    async with run_receiver(respond_with(status, b"what the service says", Retry_After="5")) as receiver:
        failed = await send_failure(receiver.url)
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
async def test_temporary_errors_are_retried_after_the_requested_wait(
    status: int, header: dict[str, str], after: float | None
) -> None:
    async with run_receiver(respond_with(status, b"what the service says", **header)) as receiver:
        failed = await send_failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert failed.after == after
    assert str(status) in failed.reason


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_never_followed(status: int) -> None:
    async with (
        run_receiver(respond_with(200)) as elsewhere,
        run_receiver(respond_with(status, Location=elsewhere.url)) as receiver,
    ):
        failed = await send_failure(receiver.url)
    assert isinstance(failed, Misconfigured)
    assert "a redirect" in failed.reason
    assert (len(receiver.got), elsewhere.got) == (1, [])


async def test_a_service_that_hangs_times_out() -> None:
    async def hang(request: web.Request) -> web.Response:
        await asyncio.Event().wait()
        return web.Response()

    async with run_receiver(hang) as receiver:
        failed = await send_failure(receiver.url, SHORT)
    assert isinstance(failed, TryLater)
    assert failed.reason == "The notification service did not answer within 0.2 seconds."
    assert failed.after is None


async def test_a_slow_body_times_out() -> None:
    async def trickle(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b".")
            await asyncio.sleep(SHORT / 20)

    async with run_receiver(trickle) as receiver:
        failed = await send_failure(receiver.url, SHORT)
    assert isinstance(failed, TryLater)
    assert "within 0.2 seconds" in failed.reason


async def test_a_connection_closed_before_the_response_confirms_nothing() -> None:
    async with run_receiver(_dropped) as receiver:
        failed = await send_failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert len(receiver.got) == 1


async def _dropped(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@pytest.mark.parametrize("length", [100, None], ids=["with a length", "in chunks"])
async def test_a_connection_closed_in_the_body_confirms_nothing(length: int | None) -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.content_length = length
        await answer.prepare(request)
        await answer.write(b"some of it")
        await _dropped(request)
        return answer

    async with run_receiver(drop) as receiver:
        failed = await send_failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert len(receiver.got) == 1


@pytest.mark.parametrize("size", [1, MAX_RESPONSE_BYTES])
async def test_a_body_of_the_maximum_size_is_accepted(size: int) -> None:
    async with run_receiver(respond_with(200, b"x" * size)) as receiver, open_sender(receiver.url) as delivery:
        await delivery.send(a_message())


async def test_a_body_over_the_maximum_size_confirms_nothing() -> None:
    async def pour(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"x" * 65536)

    async with run_receiver(pour) as receiver:
        failed = await send_failure(receiver.url)
    assert isinstance(failed, TryLater)
    assert "more than 65,536 bytes" in failed.reason


async def test_bodies_are_not_decompressed() -> None:
    packed = respond_with(200, b"no gzip", Content_Encoding="gzip")
    async with run_receiver(packed) as receiver, open_sender(receiver.url) as delivery:
        await delivery.send(a_message())


async def test_an_error_status_counts_even_if_the_body_never_ends() -> None:
    async def refuse(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(status=410)
        await answer.prepare(request)
        await asyncio.Event().wait()
        return answer

    async with run_receiver(refuse) as receiver:
        assert isinstance(await send_failure(receiver.url), Rejected)


async def test_an_unreachable_service_is_retried() -> None:
    failed = await send_failure(f"http://127.0.0.1:{unused_port()}/messages")
    assert isinstance(failed, TryLater)
    assert "could not be reached" in failed.reason


async def test_a_response_that_is_not_http_is_retried_and_not_quoted() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await reader.readuntil(b"\r\n\r\n")
        assert TOKEN.encode() in request
        writer.write(
            request.replace(b"\r\n", b" ") + b"\r\n\r\n"
        )  # the error for an invalid response quotes its first line
        await writer.drain()
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(echo, "127.0.0.1") as server:
        host, port = server.sockets[0].getsockname()
        failed = await send_failure(f"http://{host}:{port}/messages")
    assert isinstance(failed, TryLater)


@pytest.mark.parametrize("url", ["notify.example", "http://", "http://a..b/", f"http://{'a' * 64}.example/"])
async def test_an_invalid_service_url_is_a_misconfiguration(url: str) -> None:
    assert isinstance(await send_failure(url), Misconfigured)


async def test_a_message_after_a_failure_is_sent() -> None:
    async with run_receiver(_dropped) as receiver, open_sender(receiver.url) as delivery:
        with pytest.raises(TryLater):
            await delivery.send(a_message())
        receiver.answer = respond_with(200)
        await delivery.send(a_message())


async def test_cancellation_is_not_an_outcome() -> None:
    received = asyncio.Event()

    async def hang(request: web.Request) -> web.Response:
        received.set()
        await asyncio.Event().wait()
        return web.Response()

    async with run_receiver(hang) as receiver, open_sender(receiver.url) as delivery:
        delivered = asyncio.create_task(delivery.send(a_message()))
        await received.wait()
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
def test_retry_after_is_seconds_or_a_date_up_to_a_day(value: str, after: float | None) -> None:
    assert parse_retry_after(value, NOW) == after


@given(st.text() | st.from_regex(r"\w{3}, \d+ (Jan|Nov) \d+ \d+:\d+:\d+ ?[-+A-Z0-9]*"))
def test_any_retry_after_header_is_handled(value: str) -> None:
    after = parse_retry_after(value, datetime(2026, 11, 20, tzinfo=UTC))
    assert after is None or 0 <= after <= MAX_WAIT_SECONDS


ANY_TEXT = st.text(st.characters())
"""Including lone surrogates, which UTF-8 can't encode."""


@given(payload=st.dictionaries(ANY_TEXT, ANY_TEXT), email=ANY_TEXT, topic=ANY_TEXT, secret=st.none() | ANY_TEXT)
@settings(max_examples=50)
def test_any_payload_is_valid_json(payload: dict[str, str], email: str, topic: str, secret: str | None) -> None:
    message = a_message(payload=payload, email=email, topic=topic, secret=secret)

    async def delivered() -> ReceivedRequest:
        async with run_receiver(respond_with(200)) as receiver, open_sender(receiver.url) as delivery:
            await delivery.send(message)
        (got,) = receiver.got
        return got

    got = asyncio.run(delivered())
    assert got.json.keys() == {"id", "email", "message", "topic", "owner_id", "payload"}
    assert (got.json["email"], got.json["topic"]) == (deliverable_email(email), topic)
    assert got.json["payload"] == (payload if secret is None else {**payload, "token": secret})


async def test_an_untrusted_certificate_is_a_misconfiguration_and_nothing_is_sent() -> None:
    async with untrusted_server() as (url, came), open_sender(url) as delivery:
        with pytest.raises(Misconfigured, match="is not trusted"):
            await delivery.send(a_message())
    assert not any(came)
