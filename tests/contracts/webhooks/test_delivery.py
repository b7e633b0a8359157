"""Messages to webhooks: what a receiver gets, how it is signed, and which responses are retried."""

from __future__ import annotations

import asyncio
import base64
import os
import shutil
import socket
import subprocess
import threading
import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from aiohttp.test_utils import unused_port

from adapters.delivery.webhooks import NO_RECIPIENT, WebhookSender, webhook_body
from adapters.memory.shared.system import SetClock
from adapters.network.public_resolver import MAX_LOOKUPS, PublicResolver
from core.notifications.errors import DeliveryFailed, Rejected, TryLater
from core.shared import ip_addresses
from core.shared.ids import WebhookId
from core.shared.messages import Message
from core.webhooks.model import Target, sign
from tests.support.builders import NOW
from tests.support.notification_service import SHORT, respond_with, run_receiver, untrusted_server
from tests.support.webhook_docs import blocks_of_docs, is_ours

WEBHOOK = WebhookId(UUID(int=9))
KEY = b"a key of thirty-two bytes, such."
SECRET = "whsec_" + base64.b64encode(KEY).decode()
MESSAGE = Message(UUID(int=5), "booking.confirmed", NOW, webhook_id=WEBHOOK, payload={"name": "Zoë", "quantity": 2})


@dataclass(slots=True)
class OneWebhook:
    """The only webhook, and the reason why it was disabled."""

    target: Target | None
    disabled: list[tuple[WebhookId, str]] = field(default_factory=list)

    async def find(self, webhook_id: WebhookId) -> Target | None:
        return self.target if webhook_id == WEBHOOK else None

    async def disable_webhook(self, webhook_id: WebhookId, why: str) -> None:
        self.disabled.append((webhook_id, why))


@asynccontextmanager
async def delivering(kept: OneWebhook, *, allow_private: bool = True, **options: Any) -> AsyncIterator[WebhookSender]:
    resolver = PublicResolver(allow_private=allow_private)
    delivery = WebhookSender(kept.find, kept.disable_webhook, SetClock(NOW), resolver, **options)
    try:
        yield delivery
    finally:
        await delivery.stop()


def leading_to(url: str) -> OneWebhook:
    return OneWebhook(Target(url, SECRET))


async def failure(kept: OneWebhook, **options: Any) -> DeliveryFailed:
    """Return the failure. Its reason, which the owner sees, must be one line without secrets."""
    async with delivering(kept, **options) as delivery:
        with pytest.raises(DeliveryFailed) as failed:
            await delivery.send(MESSAGE)
    assert "\n" not in failed.value.reason
    shown = "".join(traceback.format_exception(failed.value))
    assert not [word for word in (SECRET, KEY.decode(), "what the receiver says", "t0ken") if word in shown]
    return failed.value


async def test_the_receiver_gets_the_payload_and_a_valid_signature() -> None:
    async with (
        run_receiver(respond_with(204)) as receiver,
        delivering(leading_to(f"{receiver.url}?key=t0ken")) as delivery,
    ):
        assert await delivery.send(MESSAGE) == 204
    (got,) = receiver.got
    assert (got.method, got.path, got.headers["content-type"]) == ("POST", "/messages?key=t0ken", "application/json")
    assert got.json == {
        "id": str(MESSAGE.id),
        "type": "booking.confirmed",
        "timestamp": "2026-11-20T12:00:00Z",
        "data": {"name": "Zoë", "quantity": 2},
    }
    assert got.headers["webhook-id"] == str(MESSAGE.id)
    assert got.headers["webhook-timestamp"] == str(int(NOW.timestamp()))
    assert is_ours(got, SECRET)
    assert not is_ours(got, "whsec_" + base64.b64encode(b"another").decode())
    assert not is_ours(replace(got, body=got.body + b" "), SECRET)
    assert not is_ours(got, SECRET, NOW + timedelta(minutes=6))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here; the lines in Python are run")
def test_the_openssl_commands_in_the_docs_compute_the_same_signature(tmp_path: Path) -> None:
    (tmp_path / "body.json").write_bytes(body := webhook_body(MESSAGE))
    of_request = {"SECRET": SECRET, "ID": str(MESSAGE.id), "TIMESTAMP": "1795176000"}
    [script] = [block for block in blocks_of_docs("sh") if "openssl" in block]
    command = ["sh", "-c", script]
    made = subprocess.run(
        command, cwd=tmp_path, env=os.environ | of_request, capture_output=True, text=True, check=True
    )
    assert made.stdout == sign(SECRET, str(MESSAGE.id), 1795176000, body)


async def test_each_attempt_is_signed_with_its_own_time() -> None:
    clock = SetClock(NOW)
    kept = OneWebhook(None)
    async with run_receiver(respond_with(200)) as receiver:
        kept.target = Target(receiver.url, SECRET)
        delivery = WebhookSender(kept.find, kept.disable_webhook, clock, PublicResolver(allow_private=True))
        await delivery.send(MESSAGE)
        clock.move(timedelta(hours=1))
        await delivery.send(MESSAGE)
        await delivery.stop()
    first, second = receiver.got
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert int(second.headers["webhook-timestamp"]) - int(first.headers["webhook-timestamp"]) == 3600
    assert first.headers["webhook-signature"] != second.headers["webhook-signature"]
    assert is_ours(first, SECRET)
    assert is_ours(second, SECRET, clock.now())


@pytest.mark.parametrize("status", [200, 201, 202, 204])
async def test_a_2xx_confirms_a_message(status: int) -> None:
    async with (
        run_receiver(respond_with(status, b"taken")) as receiver,
        delivering(leading_to(receiver.url)) as delivery,
    ):
        assert await delivery.send(MESSAGE) == status


async def test_a_410_disables_the_webhook() -> None:
    async with run_receiver(respond_with(410, b"what the receiver says")) as receiver:
        failed = await failure(kept := leading_to(receiver.url))
    assert (type(failed), failed.status) == (Rejected, 410)
    assert kept.disabled == [(WEBHOOK, failed.reason)]


@pytest.mark.parametrize("status", [400, 401, 404, 409, 422, 429, 500, 502, 503])
@pytest.mark.parametrize(
    ("header", "after"),
    [
        ({}, None),
        ({"Retry_After": "120"}, 120),
        ({"Retry_After": format_datetime(NOW + timedelta(seconds=90), usegmt=True)}, 90),
    ],
    ids=["no header", "seconds", "date"],
)
async def test_other_error_statuses_are_retried_after_the_requested_wait(
    status: int, header: dict[str, str], after: float | None
) -> None:
    async with run_receiver(respond_with(status, b"what the receiver says", **header)) as receiver:
        failed = await failure(kept := leading_to(receiver.url))
    assert isinstance(failed, TryLater)
    assert (failed.reason, failed.after, failed.status) == (f"The receiver answered {status}.", after, status)
    assert kept.disabled == []


@pytest.mark.parametrize("status", [300, 301, 302, 303, 304, 307, 308])
async def test_a_redirect_is_never_followed(status: int) -> None:
    async with (
        run_receiver(respond_with(200)) as elsewhere,
        run_receiver(respond_with(status, Location=elsewhere.url)) as receiver,
    ):
        failed = await failure(leading_to(receiver.url))
    assert (type(failed), failed.status) == (Rejected, status)
    assert "Redirects are not followed" in failed.reason
    assert (len(receiver.got), elsewhere.got) == (1, [])


async def _hang(request: web.Request) -> web.Response:
    await asyncio.Event().wait()
    return web.Response()


async def _dropped(request: web.Request) -> web.Response:
    assert request.transport is not None
    request.transport.close()
    return web.Response()


async def test_a_receiver_that_hangs_times_out() -> None:
    async with run_receiver(_hang) as receiver:
        failed = await failure(leading_to(receiver.url), timeout_seconds=SHORT)
    assert isinstance(failed, TryLater)
    assert (failed.reason, failed.status) == ("The receiver did not answer within 0.2 seconds.", None)


async def test_a_closed_connection_confirms_nothing() -> None:
    async with run_receiver(_dropped) as receiver:
        assert isinstance(await failure(leading_to(receiver.url)), TryLater)
    assert len(receiver.got) == 1


async def test_an_unreachable_receiver_is_retried() -> None:
    failed = await failure(leading_to(f"http://127.0.0.1:{unused_port()}/hooks?key=t0ken"))
    assert isinstance(failed, TryLater)
    assert "could not be reached" in failed.reason


async def test_a_receiver_with_an_untrusted_certificate_gets_nothing_and_is_retried() -> None:
    async with untrusted_server() as (url, came):
        failed = await failure(leading_to(url))
    assert isinstance(failed, TryLater)
    assert "is not trusted" in failed.reason
    assert not any(came)


async def test_the_body_of_a_response_is_not_awaited() -> None:
    over = asyncio.Event()

    async def trickle(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await over.wait()
        return answer

    async with run_receiver(trickle) as receiver, delivering(leading_to(receiver.url)) as delivery:
        assert await delivery.send(MESSAGE) == 200
        over.set()


async def test_the_body_of_a_huge_response_is_not_read() -> None:
    poured = 0
    broken_off = asyncio.Event()

    async def pour(request: web.Request) -> web.StreamResponse:
        nonlocal poured
        answer = web.StreamResponse()
        await answer.prepare(request)
        try:
            while poured < 1_000_000_000:
                await answer.write(b"x" * 65536)
                poured += 65536
        finally:
            broken_off.set()
        return answer

    async with run_receiver(pour) as receiver, delivering(leading_to(receiver.url)) as delivery:
        assert await delivery.send(MESSAGE) == 200
        async with asyncio.timeout(30):
            await broken_off.wait()
    assert poured < 100_000_000


async def test_cookies_of_receivers_are_ignored() -> None:
    baking = respond_with(200, Set_Cookie="a=b; Path=/")
    async with run_receiver(baking) as receiver, delivering(leading_to(receiver.url)) as delivery:
        for _ in range(2):
            await delivery.send(MESSAGE)
    assert not [got for got in receiver.got if "cookie" in got.headers]


async def test_a_message_without_a_target_is_not_sent() -> None:
    failed = await failure(OneWebhook(None))
    assert (type(failed), failed.reason) == (Rejected, NO_RECIPIENT)


@pytest.mark.parametrize("url", ["http://a..b/", f"http://{'a' * 64}.example/", "http://[::1/"])
async def test_an_invalid_url_is_rejected(url: str) -> None:
    assert isinstance(await failure(leading_to(url)), Rejected)


# Private addresses

PRIVATE = [
    "127.0.0.1",
    "127.1.2.3",
    "0.0.0.0",  # noqa: S104 - refused
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:a9fe:a9fe]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "[fc00::1]",
    "[fe80::1]",
]


@pytest.mark.parametrize("host", PRIVATE)
async def test_a_url_with_a_private_address_is_refused(host: str) -> None:
    failed = await failure(leading_to(f"http://{host}/"), allow_private=False)
    assert isinstance(failed, Rejected)
    assert "private address" in failed.reason


@pytest.mark.parametrize(
    ("host", "why"),
    [
        ("localhost", "leads to the private address"),
        ("0x7f.0.0.1", "leads to the private address"),
        ("127.1", "is not a valid URL"),
        ("2130706433", "is not a valid URL"),
        ("0177.0.0.1", "is not a valid URL"),
    ],
)
async def test_a_host_name_of_this_machine_is_refused(host: str, why: str) -> None:
    async with run_receiver(respond_with(200)) as receiver:
        port = receiver.url.rsplit(":", 1)[1]
        failed = await failure(leading_to(f"http://{host}:{port}"), allow_private=False)
    assert isinstance(failed, Rejected)
    assert why in failed.reason
    assert receiver.got == []


async def test_control_if_private_addresses_are_allowed_the_same_host_is_called() -> None:
    async with run_receiver(respond_with(200)) as receiver:
        port = receiver.url.rsplit(":", 1)[1]
        async with delivering(leading_to(f"http://localhost:{port}")) as delivery:
            assert await delivery.send(MESSAGE) == 200


async def test_a_host_name_with_one_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def found(host: str, port: int, *_: object, **__: object) -> list[Any]:
        addresses = ("93.184.215.14", "10.0.0.1")
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port)) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", found)
    failed = await failure(leading_to("http://rebound.example/"), allow_private=False)
    assert isinstance(failed, Rejected)
    assert "10.0.0.1" in failed.reason


async def test_a_host_name_is_resolved_once_and_the_checked_address_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    """Treat the loopback address as public. A second lookup would return another address, where nothing listens."""
    resolved: list[str] = []

    def found(host: str, port: int, *_: object, **__: object) -> list[Any]:
        resolved.append(host)
        address = "127.0.0.1" if len(resolved) == 1 else "127.0.0.3"
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, port))]

    monkeypatch.setattr(ip_addresses, "is_public", lambda address: address == "127.0.0.1")
    async with run_receiver(respond_with(200)) as receiver:
        monkeypatch.setattr(socket, "getaddrinfo", found)
        port = receiver.url.split(":")[2].split("/")[0]
        async with delivering(leading_to(f"http://rebound.example:{port}/"), allow_private=False) as delivery:
            assert await delivery.send(MESSAGE) == 200
    assert resolved == ["rebound.example"]


@pytest.mark.parametrize("allow_private", [False, True])
async def test_slow_name_lookups_do_not_block_other_lookups(
    monkeypatch: pytest.MonkeyPatch, *, allow_private: bool
) -> None:
    answered, really = threading.Event(), socket.getaddrinfo
    resolved: set[str] = set()

    def look_up(host: str, *arguments: Any, **options: Any) -> list[Any]:
        if host.endswith(".silent.example"):
            resolved.add(host)
            answered.wait(30)
            raise socket.gaierror(socket.EAI_AGAIN, "nobody answers")
        return really(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    kept = leading_to("http://0.silent.example/")
    async with delivering(kept, allow_private=allow_private, timeout_seconds=SHORT) as delivery:
        for number in range(MAX_LOOKUPS):
            kept.target = Target(f"http://{number}.silent.example/", SECRET)
            with pytest.raises(TryLater):
                await delivery.send(MESSAGE)
        loop = asyncio.get_running_loop()
        assert await asyncio.wait_for(loop.getaddrinfo("localhost", 25), 20)
        assert not answered.is_set()
    answered.set()
    assert len(resolved) == MAX_LOOKUPS


async def test_a_redirect_to_this_machine_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ip_addresses, "is_public", lambda address: True)
    async with (
        run_receiver(respond_with(200)) as inside,
        run_receiver(respond_with(307, Location=inside.url)) as receiver,
    ):
        assert isinstance(await failure(leading_to(receiver.url), allow_private=False), Rejected)
    assert (len(receiver.got), inside.got) == (1, [])
