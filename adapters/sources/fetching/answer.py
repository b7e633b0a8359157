"""One request to another site, and what it answered."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from core.discovery.errors import FetchFailed

REDIRECTS = {301, 302, 303, 307, 308}
NOT_NOW = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class NoAnswer(FetchFailed):
    """Nothing came back: the connection failed or the time ran out, so asking again may help."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered to one request. The names in `headers` are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def redirect(self) -> str | None:
        """The absolute URL this answer sends to, as it stands when it is no URL; None when it sends nowhere."""
        location = self.headers.get("location")
        if not location or self.status not in REDIRECTS:
            return None
        try:
            return urljoin(self.url, location)
        except ValueError:
            return location

    @property
    def is_page(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_passing_trouble(self) -> bool:
        """Whether the same request may well be answered later."""
        return self.status in NOT_NOW or self.status >= 500


Send = Callable[[str], Awaitable[Answer]]
"""Makes one request and follows no redirect. Raises NoAnswer, or FetchFailed when asking again is no use."""


def origin_of(url: str) -> str:
    """The scheme, host and port of a web address. Raises FetchFailed for anything else."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchFailed(f"{url!r} is not a web address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise FetchFailed(f"{url!r} is not a web address: only http and https are read.")
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" if port is None else f"{parts.scheme}://{shown}:{port}"
