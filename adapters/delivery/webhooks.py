"""Messages to webhooks: signed, and sent to public addresses only."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from adapters.delivery.retry_after import parse_retry_after
from core.notifications.errors import Rejected, TryLater
from core.notifications.ports import Sender
from core.shared.clock import Clock
from core.shared.ids import WebhookId
from core.shared.ip_addresses import PrivateAddress, is_ip_address
from core.shared.lifecycle import Lifecycle
from core.shared.messages import Message
from core.shared.platform import PLATFORM_NAME
from core.shared.times import to_rfc3339
from core.webhooks.model import Target, sign

RESPONSE_TIMEOUT_SECONDS = 10.0
SEND_TIMEOUT_SECONDS = 20.0
"""For one message in all, including the lookup of its target. The lease of a webhook is longer."""
GONE_STATUS = 410
NO_RECIPIENT = "The webhook was deleted or disabled, or its owner may no longer have it."

_KEEPALIVE_SECONDS = 2.0

FindTarget = Callable[[WebhookId], Awaitable[Target | None]]
DisableWebhook = Callable[[WebhookId, str], Awaitable[None]]


class WebhookSender(Sender, Lifecycle):
    """Posts each message as JSON to the target of its webhook, as Standard Webhooks 1.0.0 defines it.

    A message is confirmed by a 2xx status within `timeout_seconds`; the body of the response is not read. A status of
    410 disables the webhook. Hosts that `resolver` refuses are not called; it is closed with the sender.
    """

    def __init__(
        self,
        find_target: FindTarget,
        disable_webhook: DisableWebhook,
        clock: Clock,
        resolver: AbstractResolver,
        *,
        timeout_seconds: float = RESPONSE_TIMEOUT_SECONDS,
    ) -> None:
        self._find_target = find_target
        self._disable_webhook = disable_webhook
        self._clock = clock
        self._resolver = resolver
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

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

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Close the connections. Nothing can be sent afterwards. Idempotent."""
        if self._session is not None:
            await self._session.close()
        await self._resolver.close()

    async def _post(self, target: Target, message: Message) -> tuple[int, float | None]:
        """Return the status of the response, and how many seconds the receiver asks to wait before a retry."""
        # A URL may contain a secret of the receiver. Hence the reasons here don't quote it, and `from None`.
        body = webhook_body(message)
        try:
            await self._check_literal_address(target.url)
            async with self._client().post(
                target.url, data=body, headers=self._signed_headers(target, message, body), allow_redirects=False
            ) as response:
                return response.status, parse_retry_after(response.headers.get("Retry-After", ""), self._clock.now())
        except PrivateAddress as error:
            raise Rejected(
                f"The webhook's url leads to the private address {error.address}, to which nothing is sent."
            ) from None
        except TimeoutError:
            raise TryLater(f"The receiver did not answer within {self._timeout_seconds:g} seconds.") from None
        except aiohttp.ClientSSLError:  # before the next: an invalid certificate is a ValueError, too
            raise TryLater("The certificate of the receiver is not trusted.") from None
        except ValueError:
            raise Rejected("The webhook's url is not a valid URL of a receiver.") from None
        except (aiohttp.ClientError, OSError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise TryLater(f"The receiver could not be reached: {cause}.") from None

    async def _check_literal_address(self, url: str) -> None:
        """Raise PrivateAddress if the host is a private IP address: aiohttp connects to those without the resolver."""
        host = URL(url).host or ""
        if is_ip_address(host):
            await self._resolver.resolve(host)

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
                headers={"User-Agent": PLATFORM_NAME},
                auto_decompress=False,
            )
        return self._session


def webhook_body(message: Message) -> bytes:
    """Return the body as Standard Webhooks defines it: the topic, when it happened, and the payload."""
    body = {
        "id": str(message.id),
        "type": message.topic,
        "timestamp": to_rfc3339(message.created_at),
        "data": dict(message.payload),
    }
    return json.dumps(body, separators=(",", ":")).encode()
