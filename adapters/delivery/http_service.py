"""Messages to a notification service, which takes them over HTTP and knows how to reach people."""

from __future__ import annotations

import aiohttp

from adapters.delivery.email.rendering import summarize
from adapters.delivery.retry_after import parse_retry_after
from core.notifications.errors import Misconfigured, Rejected, TryLater
from core.notifications.ports import Sender
from core.shared.clock import Clock
from core.shared.email import deliverable_email
from core.shared.lifecycle import Lifecycle
from core.shared.messages import Message

RESPONSE_TIMEOUT_SECONDS = 10.0
MAX_RESPONSE_BYTES = 64 * 1024

_CHUNK = 16 * 1024
# Less than five seconds: many servers close idle connections after that, and it is also the worker's interval. A
# message must not be sent at the moment its connection is closed.
_KEEPALIVE_SECONDS = 2.0
_TEMPORARY_STATUSES = {408, 425, 429}


class HttpServiceSender(Sender, Lifecycle):
    """Posts each message as JSON to the service at `url`, authenticated by `token`, with its id as idempotency key.

    A message is confirmed by a complete 2xx response of at most MAX_RESPONSE_BYTES within `timeout_seconds`.
    """

    def __init__(
        self, url: str, token: str, clock: Clock, *, timeout_seconds: float = RESPONSE_TIMEOUT_SECONDS
    ) -> None:
        self._url = url
        self._token = token
        self._clock = clock
        self._timeout_seconds = timeout_seconds
        self._session: aiohttp.ClientSession | None = None

    async def send(self, message: Message) -> None:
        # The errors of aiohttp may repeat what was sent. Hence the reasons here don't quote them, and `from None`.
        try:
            async with self._client().post(
                self._url,
                json=_payload(message),
                headers={"Idempotency-Key": str(message.id)},
                allow_redirects=False,  # a redirect would carry the token elsewhere
            ) as response:
                self._check_status(response)
                await _read_all(response)
        except TimeoutError:
            raise TryLater(
                f"The notification service did not answer within {self._timeout_seconds:g} seconds."
            ) from None
        except aiohttp.ClientSSLError:  # before the next: an invalid certificate is a ValueError, too
            raise Misconfigured("The certificate of the notification service is not trusted.") from None
        except ValueError:
            raise Misconfigured("NOTIFICATION_SERVICE_URL is not a valid URL of a service.") from None
        except (aiohttp.ClientError, OSError) as error:
            cause = getattr(error, "strerror", None) or type(error).__name__
            raise TryLater(f"The notification service could not be reached: {cause}.") from None

    async def start(self) -> None: ...

    async def stop(self) -> None:
        """Close the connections. Nothing can be sent afterwards. Idempotent."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        """Return the shared session, created when first used, since it belongs to the running event loop."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=_KEEPALIVE_SECONDS),
                timeout=aiohttp.ClientTimeout(total=self._timeout_seconds),
                headers={"Authorization": f"Bearer {self._token}"},
                auto_decompress=False,  # bodies are not used, and a small one could decompress to a huge one
            )
        return self._session

    def _check_status(self, response: aiohttp.ClientResponse) -> None:
        """Raise Misconfigured, Rejected or TryLater unless the status is 2xx."""
        answer = f"The notification service answered {response.status}"
        match response.status:
            case status if 200 <= status < 300:
                return
            case 401 | 403:
                raise Misconfigured(f"{answer}: it does not accept NOTIFICATION_TOKEN.")
            case status if 300 <= status < 400:
                raise Misconfigured(f"{answer}, a redirect: set NOTIFICATION_SERVICE_URL to its target.")
            case status if 400 <= status < 500 and status not in _TEMPORARY_STATUSES:
                raise Rejected(f"{answer}: it does not accept this message.")
            case _:
                after = parse_retry_after(response.headers.get("Retry-After", ""), self._clock.now())
                raise TryLater(f"{answer}.", after)


def _payload(message: Message) -> dict[str, object]:
    secret = {} if message.secret is None else {"token": message.secret}
    return {
        "id": str(message.id),
        "email": message.email and deliverable_email(message.email),
        "message": summarize(message),
        "topic": message.topic,
        "owner_id": None if message.user_id is None else str(message.user_id),
        "payload": {**message.payload, **secret},
    }


async def _read_all(response: aiohttp.ClientResponse) -> None:
    """Read the response to its end, since an incomplete one confirms nothing. Raises TryLater if it is too large."""
    size = 0
    async for chunk in response.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > MAX_RESPONSE_BYTES:
            raise TryLater(
                f"The notification service answered {response.status} with more than {MAX_RESPONSE_BYTES:,} bytes, "
                "which confirms nothing."
            )
