"""Messages to programs of others: signed, and sent to the public Internet alone."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.delivery.retry_after import retry_after
from core.notifications.errors import Rejected, TryLater
from core.notifications.ports import Sender
from core.shared.clock import Clock
from core.shared.ids import WebhookId
from core.shared.ip_addresses import PrivateAddress, is_ip_address
from core.shared.messages import Message
from core.webhooks.model import Target, signature

LONGEST_ANSWER = 10.0
LONGEST_TRY = 20.0
"""Seconds for all of a delivery, also for finding out where it goes: a webhook's turn is longer."""
GONE = 410
NOBODY_LISTENS = "The webhook is gone or disabled, or its owner may no longer hear of this."

_KEPT_OPEN = 2.0

FindTarget = Callable[[WebhookId], Awaitable[Target | None]]
GiveUp = Callable[[WebhookId, str], Awaitable[None]]


class WebhookSender(Sender):
    """Posts each message as JSON to where `find` says its webhook is, as Standard Webhooks 1.0.0 has it.

    A message is confirmed by a status of 2xx within `longest` seconds; the rest of an answer is not read. A status of
    410 makes it `give_up` the webhook. Hosts that `resolver` refuses are not called; it is closed with the sender.
    """

    def __init__(
        self,
        find: FindTarget,
        abandon_delivery: GiveUp,
        clock: Clock,
        resolver: AbstractResolver,
        *,
        longest: float = LONGEST_ANSWER,
    ) -> None:
        self._find = find
        self._give_up = abandon_delivery
        self._clock = clock
        self._resolver = resolver
        self._longest = longest
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, message: Message) -> int:
        webhook_id = WebhookId(message.webhook_id) if message.webhook_id else None
        target = await self._find(webhook_id) if webhook_id else None
        if webhook_id is None or target is None:
            raise Rejected(NOBODY_LISTENS)
        status, wait = await self._post(target, message)
        if status == GONE:
            why = "The receiver answered 410: it wants to hear of nothing any more."
            await self._give_up(webhook_id, why)
            raise Rejected(why, status=status)
        if 300 <= status < 400:
            raise Rejected(f"The receiver answered {status}, a redirect, which is not followed.", status=status)
        if not 200 <= status < 300:
            raise TryLater(f"The receiver answered {status}.", wait, status=status)
        return status

    async def close(self) -> None:
        """Let go of the connections; nothing is delivered afterwards. Harmless twice."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def _post(self, target: Target, message: Message) -> tuple[int, float | None]:
        """The status that was answered, and how many seconds the receiver asks to be left alone."""
        # An address may hold a secret of the receiver's: neither the reasons here nor the errors they follow repeat it.
        body = webhook_body(message)
        try:
            await self._check_literal_address(target.url)
            async with self._client().post(
                target.url, data=body, headers=self._signed(target, message, body), allow_redirects=False
            ) as answer:
                return answer.status, retry_after(answer.headers.get("Retry-After", ""), self._clock.now())
        except PrivateAddress as error:
            raise Rejected(
                f"The webhook's url leads to the private address {error.address}, which is not called."
            ) from None
        except TimeoutError:
            raise TryLater(f"The receiver did not answer within {self._longest:g} seconds.") from None
        except aiohttp.ClientSSLError:  # before the next: a certificate that is not good is a ValueError, too
            raise TryLater("The receiver has no secure connection that can be trusted.") from None
        except ValueError:
            raise Rejected("The webhook's url can't be asked: it is no address of a receiver.") from None
        except (aiohttp.ClientError, OSError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise TryLater(f"The receiver could not be reached: {why}.") from None

    async def _check_literal_address(self, url: str) -> None:
        """Raise PrivateAddress if the host is a private IP address: aiohttp connects to those without the resolver."""
        host = URL(url).host or ""
        if is_ip_address(host):
            await self._resolver.resolve(host)

    def _signed(self, target: Target, message: Message, body: bytes) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        return {
            "Content-Type": "application/json",
            "webhook-id": str(message.id),
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(target.secret, str(message.id), timestamp, body),
        }

    def _client(self) -> aiohttp.ClientSession:
        """One for all messages, made at the first: a session belongs to the loop that it is made in."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=self._resolver, keepalive_timeout=_KEPT_OPEN),
                cookie_jar=aiohttp.DummyCookieJar(),  # what one receiver says is nobody else's
                timeout=aiohttp.ClientTimeout(total=self._longest),
                headers={"User-Agent": "Nocturne"},
                auto_decompress=False,
            )
        return self._session


def webhook_body(message: Message) -> bytes:
    """The body: what happened, when, and to what."""
    happened = message.created_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    body = {"id": str(message.id), "type": message.topic, "timestamp": happened, "data": dict(message.payload)}
    return json.dumps(body, separators=(",", ":")).encode()
