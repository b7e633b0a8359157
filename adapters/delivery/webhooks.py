"""Messages to webhooks: signed, and sent to public addresses only."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from functools import partial
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from adapters.delivery.retry_after import parse_retry_after
from core.notifications.errors import Rejected, TryLater
from core.notifications.ports import Sender
from core.shared.clock import Clock
from core.shared.ids import WebhookId
from core.shared.ip_addresses import is_public
from core.shared.messages import Message
from core.webhooks.model import Target, sign

RESPONSE_TIMEOUT_SECONDS = 10.0
SEND_TIMEOUT_SECONDS = 20.0
"""For one message in all, including the lookup of its target. The lease of a webhook is longer."""
GONE_STATUS = 410
NO_RECIPIENT = "The webhook was deleted or disabled, or its owner may no longer have it."

LOOK_UPS_AT_ONCE = 16
"""As many as there are deliveries at once. Most threads are never made: names are remembered for some seconds."""

_KEEPALIVE_SECONDS = 2.0
_IS_AN_ADDRESS = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV

FindTarget = Callable[[WebhookId], Awaitable[Target | None]]
DisableWebhook = Callable[[WebhookId, str], Awaitable[None]]


class WebhookSender(Sender):
    """Posts each message as JSON to the target of its webhook, as Standard Webhooks 1.0.0 defines it.

    A message is confirmed by a 2xx status within `timeout_seconds`; the body of the response is not read. A status of
    410 disables the webhook. Private addresses are refused unless `allow_private`.
    """

    def __init__(
        self,
        find_target: FindTarget,
        disable_webhook: DisableWebhook,
        clock: Clock,
        *,
        allow_private: bool = False,
        timeout_seconds: float = RESPONSE_TIMEOUT_SECONDS,
    ) -> None:
        self._find_target = find_target
        self._disable_webhook = disable_webhook
        self._clock = clock
        self._allow_private = allow_private
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None
        self._resolver = Resolver() if allow_private else PublicResolver()

    async def send(self, message: Message) -> int:
        webhook_id = WebhookId(message.webhook_id) if message.webhook_id else None
        target = await self._find_target(webhook_id) if webhook_id else None
        if webhook_id is None or target is None:
            raise Rejected(NO_RECIPIENT)
        status, wait = await self._post(target, message)
        if status == GONE_STATUS:
            reason = "The receiver answered 410, which means that it wants no more messages."
            await self._disable_webhook(webhook_id, reason)
            raise Rejected(reason, status=status)
        if 300 <= status < 400:
            raise Rejected(f"The receiver answered {status}, a redirect. Redirects are not followed.", status=status)
        if not 200 <= status < 300:
            raise TryLater(f"The receiver answered {status}.", wait, status=status)
        return status

    async def close(self) -> None:
        """Close the connections. Nothing can be sent afterwards. Idempotent."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def _post(self, target: Target, message: Message) -> tuple[int, float | None]:
        """Return the status of the response, and how many seconds the receiver asks to wait before a retry."""
        # A URL may contain a secret of the receiver. Hence the reasons here don't quote it, and `from None`.
        body = webhook_body(message)
        try:
            if not self._allow_private:
                _must_not_name_private_address(target.url)
            async with self._client().post(
                target.url, data=body, headers=self._signed_headers(target, message, body), allow_redirects=False
            ) as response:
                return response.status, parse_retry_after(response.headers.get("Retry-After", ""), self._clock.now())
        except TimeoutError:
            raise TryLater(f"The receiver did not answer within {self._timeout_seconds:g} seconds.") from None
        except aiohttp.ClientSSLError:  # before the next: an invalid certificate is a ValueError, too
            raise TryLater("The certificate of the receiver is not trusted.") from None
        except ValueError:
            raise Rejected("The webhook's url is not a valid URL of a receiver.") from None
        except (aiohttp.ClientError, OSError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise TryLater(f"The receiver could not be reached: {cause}.") from None

    def _signed_headers(self, target: Target, message: Message, body: bytes) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        return {
            "Content-Type": "application/json",
            "webhook-id": str(message.id),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(target.secret, str(message.id), timestamp, body),
        }

    def _client(self) -> aiohttp.ClientSession:
        """Return the shared session, created when first used, since it belongs to the running event loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=self._resolver, keepalive_timeout=_KEEPALIVE_SECONDS),
                cookie_jar=aiohttp.DummyCookieJar(),  # receivers must not see each other's cookies
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
                headers={"User-Agent": "Nocturne"},
                auto_decompress=False,
            )
        return self._session


class Resolver(AbstractResolver):
    """Looks names up in threads of its own: one whose name service does not answer keeps its thread long after nobody
    waits for it any more, and mail and the database have names to look up, too.
    """

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(LOOK_UPS_AT_ONCE, thread_name_prefix="webhook-names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        asked = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, asked)
        return [
            ResolveResult(
                hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_IS_AN_ADDRESS
            )
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let go of the threads; nobody waits for those that wait for an answer. Harmless twice."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class PublicResolver(Resolver):
    """Raises Rejected when a host has a private address.

    Checked where the address is looked up for the connection, so that a second look-up can't answer otherwise.
    """

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await super().resolve(host, port, family)
        for result in found:
            _must_be_public(result["host"])
        return found


def webhook_body(message: Message) -> bytes:
    """Return the body as Standard Webhooks defines it: the topic, when it happened, and the payload."""
    happened = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {"id": str(message.id), "type": message.topic, "timestamp": happened, "data": dict(message.payload)}
    return json.dumps(body, separators=(",", ":")).encode()


def _must_not_name_private_address(url: str) -> None:
    """Raise Rejected for a private IP address in the URL: those are connected to without asking the resolver."""
    host = URL(url).host or ""
    try:
        ip_address(host)
    except ValueError:
        return
    _must_be_public(host)


def _must_be_public(address: str) -> None:
    if not is_public(address):
        raise Rejected(f"The webhook's url leads to the private address {address}, to which nothing is sent.")
