"""Polite requests to other sites: identified, allowed by robots.txt, one at a time for each host, with retries."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from protego import Protego
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, retry_if_result, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from adapters.sources.fetching.responses import HttpResponse, NoResponse, Send, origin_of
from core.discovery.errors import FetchFailed
from core.shared.clock import Clock

USER_AGENT = "Nocturne/0.1 (self-hosted event platform)"
"""The user agent of the platform. The part before the slash is the name for rules in a robots.txt."""

NEVER = datetime.min.replace(tzinfo=UTC)
ROBOTS_TTL = timedelta(hours=24)
ROBOTS_TTL_AFTER_FAILURE = timedelta(minutes=10)
ROBOTS_MAX_REDIRECTS = 5
ROBOTS_MAX_BYTES = 500 * 1024
YEAR_SECONDS = 365 * 24 * 3600


@dataclass(slots=True)
class _Host:
    """The state of one host. Only the holder of the lock may send it requests."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    last_request_at: datetime = NEVER
    retry_at: datetime = NEVER


@dataclass(slots=True)
class _Origin:
    """The robots.txt of one scheme, host and port. `rules` is None when it could not be read; `failure` says why."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | None = None
    failure: str = ""
    expires_at: datetime = NEVER


class PoliteRequester:
    """Sends requests to other sites at a pace they accept. A process shares one object for everything it fetches.

    Each host gets one request at a time, and `delay_seconds` pass between two; a longer Crawl-delay is respected, up
    to `max_delay_seconds`. Temporary failures (429, 5xx, no response) are tried `max_attempts` times in all, with
    exponential backoff and jitter, and not before Retry-After. When a host asks to wait longer than
    `max_wait_seconds`, requests to it fail at once until that time.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        user_agent: str = USER_AGENT,
        delay_seconds: float = 1.0,
        max_delay_seconds: float = 30.0,
        max_wait_seconds: float = 120.0,
        max_attempts: int = 4,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.user_agent = user_agent
        self._robots_name = user_agent.partition("/")[0]
        self._clock = clock
        self._delay_seconds = delay_seconds
        self._max_delay_seconds = max(delay_seconds, max_delay_seconds)
        self._max_wait_seconds = max_wait_seconds
        self._max_attempts = max_attempts
        self._sleep = sleep
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._origins: defaultdict[str, _Origin] = defaultdict(_Origin)

    async def request(self, url: str, send: Send, send_robots: Send) -> HttpResponse:
        """Request `url` with `send`, after its robots.txt with `send_robots`. Return the response of any status.

        Raises FetchFailed when the site must not be requested, and NoResponse when no attempt got a response.
        """
        await self.must_be_allowed(url, send_robots)
        return await self._send_with_retries(url, send, self._delay_for(url))

    async def must_be_allowed(self, url: str, send_robots: Send) -> None:
        """Raises FetchFailed unless the site's robots.txt allows us to read `url` (RFC 9309)."""
        name = origin_of(url)
        origin = self._origins[name]
        async with origin.lock:
            if self._clock.now() >= origin.expires_at:
                await self._load_robots(name, origin, send_robots)
        if origin.rules is None:
            raise FetchFailed(f"{name}/robots.txt could not be read, so the site was skipped: {origin.failure}")
        if not origin.rules.can_fetch(url, self._robots_name):
            raise FetchFailed(f"The robots.txt of {name} does not let us read {url}.")

    async def _load_robots(self, name: str, origin: _Origin, send: Send) -> None:
        origin.rules, origin.failure = None, ""
        try:
            response = await self._request_robots(f"{name}/robots.txt", send)
        except FetchFailed as failure:
            origin.failure = failure.detail
        else:
            if response.is_temporary_failure:
                origin.failure = f"it answered {response.status}."
            else:
                # No robots.txt means no rules; so does one that may not be read (RFC 9309, 2.3.1.3).
                text = response.body[:ROBOTS_MAX_BYTES] if response.is_success else b""
                origin.rules = Protego.parse(text.decode("utf-8-sig", "replace"))
        ttl = ROBOTS_TTL_AFTER_FAILURE if origin.rules is None else ROBOTS_TTL
        origin.expires_at = self._clock.now() + ttl

    async def _request_robots(self, url: str, send: Send) -> HttpResponse:
        response = await self._send_with_retries(url, send, self._delay_seconds)
        for _ in range(ROBOTS_MAX_REDIRECTS):
            if response.redirect_url is None:
                break
            response = await self._send_with_retries(response.redirect_url, send, self._delay_seconds)
        return response

    def _delay_for(self, url: str) -> float:
        rules = self._origins[origin_of(url)].rules
        crawl_delay = rules.crawl_delay(self._robots_name) if rules else None
        return min(max(self._delay_seconds, crawl_delay or 0.0), self._max_delay_seconds)

    async def _send_with_retries(self, url: str, send: Send, delay_seconds: float) -> HttpResponse:
        host = self._hosts[urlsplit(origin_of(url)).hostname or ""]
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._max_attempts),
            wait=wait_exponential_jitter(initial=1, max=self._max_wait_seconds, jitter=1),
            retry=retry_if_exception_type(NoResponse) | retry_if_result(lambda response: response.is_temporary_failure),
            retry_error_callback=_last_outcome,
            sleep=self._sleep,
        )
        # The lock is held during the backoff as well: no other request may reach the host meanwhile.
        async with host.lock:
            return await retrying(self._attempt, host, url, send, delay_seconds)

    async def _attempt(self, host: _Host, url: str, send: Send, delay_seconds: float) -> HttpResponse:
        await self._wait_for_turn(host, url, delay_seconds)
        try:
            response = await send(url)
        finally:
            host.last_request_at = self._clock.now()
        if response.is_temporary_failure:
            host.retry_at = max(host.retry_at, self._parse_retry_after(response.headers.get("retry-after", "")))
        return response

    async def _wait_for_turn(self, host: _Host, url: str, delay_seconds: float) -> None:
        now = self._clock.now()
        until_retry = (host.retry_at - now).total_seconds()
        if until_retry > self._max_wait_seconds:
            raise FetchFailed(f"{origin_of(url)} accepts no requests before {host.retry_at:%Y-%m-%d %H:%M} UTC.")
        # A clock that was set back must not make a short delay long.
        since_last = max(0.0, (now - host.last_request_at).total_seconds())
        wait = max(until_retry, delay_seconds - since_last)
        if wait > 0:
            await self._sleep(wait)

    def _parse_retry_after(self, value: str) -> datetime:
        """Return the time in a Retry-After header (seconds or an HTTP date); NEVER, in the past, when it is invalid."""
        try:
            if value.strip().isdecimal():
                return self._clock.now() + timedelta(seconds=min(int(value), YEAR_SECONDS))
            time = parsedate_to_datetime(value)
            return time if time.tzinfo else time.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return NEVER


def _last_outcome(state: RetryCallState) -> HttpResponse:
    """Return the last response, or raise the last error, when no attempt is left."""
    if state.outcome is None:
        raise NoResponse("No request was sent.")
    response: HttpResponse = state.outcome.result()
    return response
