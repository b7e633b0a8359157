"""Who may read the metrics."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import compare_digest

from aiohttp import web

from adapters.http.shared.client_addresses import Network, client_ip
from core.shared.errors import Forbidden, Unauthenticated


@dataclass(frozen=True, slots=True)
class MetricsAccess:
    """Anybody may read the metrics unless there is a token or a network; then one of them is needed."""

    token: str | None = None
    networks: tuple[Network, ...] = ()

    def must_be_allowed(self, request: web.Request) -> None:
        """Raise Unauthenticated if a token would help, else Forbidden, if this request may not read the metrics."""
        address = client_ip(request)
        if not self.token and not self.networks:
            return
        if address is not None and any(address in network for network in self.networks):
            return
        if self.token is None:
            raise Forbidden("The metrics are only for the addresses in METRICS_ADDRESSES.")
        expected = f"Bearer {self.token}".encode()
        if not compare_digest(request.headers.get("Authorization", "").encode(errors="surrogateescape"), expected):
            raise Unauthenticated("The metrics need a token: send `Authorization: Bearer <METRICS_TOKEN>`.")


ANYBODY = MetricsAccess()
