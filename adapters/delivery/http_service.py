"""Messages to a notification service, which takes them over HTTP and knows how to reach people."""

from __future__ import annotations

import aiohttp

from adapters.delivery.email.rendering import sentence_of
from adapters.delivery.retry_after import retry_after
from core.notifications.errors import Misconfigured, Rejected, TryLater
from core.notifications.ports import Sender
from core.shared.clock import Clock
from core.shared.messages import Message

LONGEST_ANSWER = 10.0
LARGEST_ANSWER = 64 * 1024

_CHUNK = 16 * 1024
# Less than the five seconds after which many servers let go of a connection, and after which the worker comes again:
# a message must not set out at the moment its connection is closed.
_KEPT_OPEN = 2.0
_PASSING = {408, 425, 429}


class HttpServiceSender(Sender):
    """Posts each message as JSON to the service at `url`, which knows us by `token` and a message by its id.

    A message is confirmed by a 2xx with all of its body, of LARGEST_ANSWER at most, within `longest` seconds.
    """

    def __init__(self, url: str, token: str, clock: Clock, *, longest: float = LONGEST_ANSWER) -> None:
        self._url = url
        self._token = token
        self._clock = clock
        self._longest = longest
        self._session: aiohttp.ClientSession | None = None

    async def deliver(self, message: Message) -> None:
        # What aiohttp tells of a failure may repeat what was sent: the reasons here do not, nor the errors they follow.
        try:
            async with self._client().post(
                self._url,
                json=_told(message),
                headers={"Idempotency-Key": str(message.id)},
                allow_redirects=False,  # a redirect would carry the token elsewhere
            ) as answer:
                self._must_confirm(answer)
                await _read(answer)
        except TimeoutError:
            raise TryLater(f"The notification service did not answer within {self._longest:g} seconds.") from None
        except aiohttp.ClientSSLError:  # before the next: a certificate that is not good is a ValueError, too
            raise Misconfigured("The notification service has no secure connection that can be trusted.") from None
        except ValueError:
            raise Misconfigured("NOTIFICATION_SERVICE_URL can't be asked: it is no address of a service.") from None
        except (aiohttp.ClientError, OSError) as error:
            why = getattr(error, "strerror", None) or type(error).__name__
            raise TryLater(f"The notification service could not be reached: {why}.") from None

    async def close(self) -> None:
        """Let go of the connections; nothing is delivered afterwards. Harmless twice."""
        if self._session is not None:
            await self._session.close()

    def _client(self) -> aiohttp.ClientSession:
        """One for all messages, made at the first: a session belongs to the loop that it is made in."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(keepalive_timeout=_KEPT_OPEN),
                timeout=aiohttp.ClientTimeout(total=self._longest),
                headers={"Authorization": f"Bearer {self._token}"},
                auto_decompress=False,  # nobody looks at it, and what is small here could be large there
            )
        return self._session

    def _must_confirm(self, answer: aiohttp.ClientResponse) -> None:
        """Raises what any status but 2xx means for the next try."""
        said = f"The notification service answered {answer.status}"
        match answer.status:
            case status if 200 <= status < 300:
                return
            case 401 | 403:
                raise Misconfigured(f"{said}: it does not take our NOTIFICATION_TOKEN.")
            case status if 300 <= status < 400:
                raise Misconfigured(f"{said}, a redirect: NOTIFICATION_SERVICE_URL should be where it leads to.")
            case status if 400 <= status < 500 and status not in _PASSING:
                raise Rejected(f"{said}: it does not take this message.")
            case _:
                after = retry_after(answer.headers.get("Retry-After", ""), self._clock.now())
                raise TryLater(f"{said}.", after)


def _told(message: Message) -> dict[str, object]:
    secret = {} if message.secret is None else {"token": message.secret}
    return {
        "id": str(message.id),
        "email": message.email,
        "message": sentence_of(message),
        "topic": message.topic,
        "owner_id": None if message.user_id is None else str(message.user_id),
        "payload": {**message.payload, **secret},
    }


async def _read(answer: aiohttp.ClientResponse) -> None:
    """Read to the end: an answer that breaks off confirms nothing. Raises TryLater when there is too much of it."""
    size = 0
    async for chunk in answer.content.iter_chunked(_CHUNK):
        size += len(chunk)
        if size > LARGEST_ANSWER:
            raise TryLater(
                f"The notification service answered {answer.status} with more than {LARGEST_ANSWER:,} bytes, "
                "which confirms nothing."
            )
