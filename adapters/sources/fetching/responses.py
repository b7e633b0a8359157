"""One request to another site, and its response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from core.discovery.errors import FetchFailed

REDIRECT_STATUSES = {301, 302, 303, 307, 308}
RETRYABLE_STATUSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}


class NoResponse(FetchFailed):
    """The connection failed or the request timed out; a retry may succeed."""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """The response to one request. The names in `headers` are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def redirect_url(self) -> str | None:
        """The absolute URL of a redirect, or its Location as received when that is no URL; None without a redirect."""
        location = self.headers.get("location")
        if not location or self.status not in REDIRECT_STATUSES:
            return None
        try:
            return urljoin(self.url, location)
        except ValueError:
            return location

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def is_temporary_failure(self) -> bool:
        """True when a retry of the same request may succeed."""
        return self.status in RETRYABLE_STATUSES or self.status >= 500


Send = Callable[[str], Awaitable[HttpResponse]]
"""Sends one request without following redirects. Raises NoResponse, or FetchFailed when a retry is useless."""


def origin_of(url: str) -> str:
    """Return the scheme, host and port of a web address. Raises FetchFailed for anything else."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise FetchFailed(f"{url!r} is not a web address: {error}.") from error
    if parts.scheme not in {"http", "https"} or not host:
        raise FetchFailed(f"{url!r} is not a web address: only http and https are supported.")
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}" if port is None else f"{parts.scheme}://{bracketed}:{port}"
