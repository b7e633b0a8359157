"""How another site is asked: by name, with its leave, one request at a time, and with patience (D2)."""

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

from adapters.sources.fetching.answer import Answer, NoAnswer, Send, origin_of
from core.discovery.errors import FetchFailed
from core.shared.clock import Clock

USER_AGENT = "Nocturne/0.1 (self-hosted event platform)"
"""What the platform calls itself. The part before the slash is the name that a robots.txt can address."""

LONG_AGO = datetime.min.replace(tzinfo=UTC)
ROBOTS_KEPT = timedelta(hours=24)
ROBOTS_TRIED_AGAIN_AFTER = timedelta(minutes=10)
ROBOTS_REDIRECTS = 5
ROBOTS_LARGEST = 500 * 1024
A_YEAR = 365 * 24 * 3600


@dataclass(slots=True)
class _Host:
    """One host's turn: who holds the lock may ask."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    asked_at: datetime = LONG_AGO
    rests_until: datetime = LONG_AGO


@dataclass(slots=True)
class _Origin:
    """What the robots.txt of one scheme, host and port said. No `rules` after a reading: leave it alone for now."""

    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: Protego | None = None
    why_not: str = ""
    good_until: datetime = LONG_AGO


class Politeness:
    """The manners of one process towards the sites it reads; share one object among everything that fetches.

    Per host there is one request at a time, and `delay` seconds pass between two; a longer Crawl-delay is kept, up
    to `longest_delay`. Passing trouble (429, 5xx, no answer) is tried `tries` times in all, after growing, jittered
    waits and no sooner than Retry-After says. Who asks for more than `longest_wait` seconds is not asked until then.
    """

    def __init__(
        self,
        clock: Clock,
        *,
        user_agent: str = USER_AGENT,
        delay: float = 1.0,
        longest_delay: float = 30.0,
        longest_wait: float = 120.0,
        tries: int = 4,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.user_agent = user_agent
        self._name = user_agent.partition("/")[0]
        self._clock = clock
        self._delay = delay
        self._longest_delay = max(delay, longest_delay)
        self._longest_wait = longest_wait
        self._tries = tries
        self._sleep = sleep
        self._hosts: defaultdict[str, _Host] = defaultdict(_Host)
        self._origins: defaultdict[str, _Origin] = defaultdict(_Origin)

    async def ask(self, url: str, send: Send, robots: Send) -> Answer:
        """The answer to one request for `url`, made with `send`; its robots.txt is read with `robots`.

        Any status may be answered, also trouble that did not pass. Raises FetchFailed when the site is not to be
        asked, and NoAnswer when nothing came back.
        """
        await self.must_be_allowed(url, robots)
        return await self._patiently(url, send, self._delay_of(url))

    async def must_be_allowed(self, url: str, robots: Send) -> None:
        """Raises FetchFailed unless the site's robots.txt lets us read `url` (RFC 9309)."""
        name = origin_of(url)
        origin = self._origins[name]
        async with origin.lock:
            if self._clock.now() >= origin.good_until:
                await self._read_robots(name, origin, robots)
        if origin.rules is None:
            raise FetchFailed(f"{name}/robots.txt could not be read, so the site is left alone: {origin.why_not}")
        if not origin.rules.can_fetch(url, self._name):
            raise FetchFailed(f"The robots.txt of {name} does not let us read {url}.")

    async def _read_robots(self, name: str, origin: _Origin, robots: Send) -> None:
        origin.rules, origin.why_not = None, ""
        try:
            answer = await self._robots_answer(f"{name}/robots.txt", robots)
        except FetchFailed as failure:
            origin.why_not = failure.detail
        else:
            if answer.is_passing_trouble:
                origin.why_not = f"it answered {answer.status}."
            else:
                # No robots.txt means no rules; so does one that may not be read (RFC 9309, 2.3.1.3).
                text = answer.body[:ROBOTS_LARGEST] if answer.is_page else b""
                origin.rules = Protego.parse(text.decode("utf-8-sig", "replace"))
        kept = ROBOTS_TRIED_AGAIN_AFTER if origin.rules is None else ROBOTS_KEPT
        origin.good_until = self._clock.now() + kept

    async def _robots_answer(self, url: str, robots: Send) -> Answer:
        answer = await self._patiently(url, robots, self._delay)
        for _ in range(ROBOTS_REDIRECTS):
            if answer.redirect is None:
                break
            answer = await self._patiently(answer.redirect, robots, self._delay)
        return answer

    def _delay_of(self, url: str) -> float:
        rules = self._origins[origin_of(url)].rules
        wished = rules.crawl_delay(self._name) if rules else None
        return min(max(self._delay, wished or 0.0), self._longest_delay)

    async def _patiently(self, url: str, send: Send, delay: float) -> Answer:
        host = self._hosts[urlsplit(origin_of(url)).hostname or ""]
        retrying = AsyncRetrying(
            stop=stop_after_attempt(self._tries),
            wait=wait_exponential_jitter(initial=1, max=self._longest_wait, jitter=1),
            retry=retry_if_exception_type(NoAnswer) | retry_if_result(lambda answer: answer.is_passing_trouble),
            retry_error_callback=_last_outcome,
            sleep=self._sleep,
        )
        # The host is held through the waits as well: while it rests, nobody else may disturb it.
        async with host.lock:
            return await retrying(self._once, host, url, send, delay)

    async def _once(self, host: _Host, url: str, send: Send, delay: float) -> Answer:
        await self._wait_for_turn(host, url, delay)
        try:
            answer = await send(url)
        finally:
            host.asked_at = self._clock.now()
        if answer.is_passing_trouble:
            host.rests_until = max(host.rests_until, self._retry_after(answer.headers.get("retry-after", "")))
        return answer

    async def _wait_for_turn(self, host: _Host, url: str, delay: float) -> None:
        now = self._clock.now()
        rest = (host.rests_until - now).total_seconds()
        if rest > self._longest_wait:
            raise FetchFailed(f"{origin_of(url)} asks not to be asked before {host.rests_until:%Y-%m-%d %H:%M} UTC.")
        # A clock that was set back must not make a short delay long.
        since_last = max(0.0, (now - host.asked_at).total_seconds())
        wait = max(rest, delay - since_last)
        if wait > 0:
            await self._sleep(wait)

    def _retry_after(self, value: str) -> datetime:
        """When a Retry-After header (seconds, or an HTTP date) lets us come back; long ago when it says nothing."""
        try:
            if value.strip().isdecimal():
                return self._clock.now() + timedelta(seconds=min(int(value), A_YEAR))
            moment = parsedate_to_datetime(value)
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            return LONG_AGO


def _last_outcome(state: RetryCallState) -> Answer:
    """When no try is left: the last answer, or the last failure raised."""
    if state.outcome is None:
        raise NoAnswer("Nothing was asked.")
    answer: Answer = state.outcome.result()
    return answer
