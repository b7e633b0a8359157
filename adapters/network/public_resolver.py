"""Host names looked up for connections that may only lead to the public Internet."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from ipaddress import ip_address

from aiohttp.abc import AbstractResolver, ResolveResult

from core.shared.ip_addresses import is_ip_address, must_be_public

MAX_LOOKUPS = 16
"""Simultaneous lookups: as many as there are webhook deliveries at once. Threads are only started when needed."""

_NUMERIC = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class PublicResolver(AbstractResolver):
    """Resolves host names to addresses. Raises PrivateAddress if one of them is private, unless `allow_private`.

    The check is made on the very addresses that are then connected to, so a second lookup that answers differently
    (DNS rebinding) can't get around it. It has threads of its own: a lookup that gets no answer blocks its thread long
    after the caller gave up, and must not block the lookups of mail and the database.
    """

    def __init__(self, *, allow_private: bool = False) -> None:
        self._allow_private = allow_private
        self._threads = ThreadPoolExecutor(MAX_LOOKUPS, thread_name_prefix="host-lookup")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Return the addresses of `host`. An IP address is not looked up but checked in the same way."""
        results = [_literal(host, port)] if is_ip_address(host) else await self._look_up(host, port, family)
        if not self._allow_private:
            for result in results:
                must_be_public(host, result["host"])
        return results

    async def close(self) -> None:
        """Stop the threads without waiting for lookups that are still unanswered. Idempotent."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> list[ResolveResult]:
        look_up = partial(socket.getaddrinfo, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, look_up)
        return [
            ResolveResult(hostname=host, host=str(address[0]), port=port, family=kind, proto=proto, flags=_NUMERIC)
            for kind, _, proto, _, address in found
        ]


def _literal(host: str, port: int) -> ResolveResult:
    family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
    return ResolveResult(hostname=host, host=host, port=port, family=family, proto=0, flags=_NUMERIC)
