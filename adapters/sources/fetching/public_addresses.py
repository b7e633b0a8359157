"""Where pages may be fetched from: the public Internet, and nothing inside."""

from __future__ import annotations

import socket

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from core.discovery.errors import FetchFailed
from core.shared.ip_addresses import is_public


def must_be_public(host: str, address: str) -> None:
    """Raises FetchFailed when `address`, where `host` was found, is private."""
    if not is_public(address):
        raise FetchFailed(f"{host} is the private address {address}, which is not read.")


class PublicResolver(AbstractResolver):
    """Finds the addresses of a host name. Raises FetchFailed when one of them is private.

    Checked where the address is looked up for the connection, so that a second look-up can't answer otherwise.
    """

    def __init__(self) -> None:
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            must_be_public(host, result["host"])
        return found

    async def close(self) -> None:
        await self._resolver.close()
