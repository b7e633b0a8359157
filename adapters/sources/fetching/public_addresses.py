"""Where pages may be fetched from: the public Internet, and nothing inside.

The addresses of pages come from settings, links and redirects. Whoever controls one of them, or its DNS, must not be
able to make this machine read its own network.
"""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from core.discovery.errors import FetchFailed

NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses whose last four bytes are the IPv4 address really reached (RFC 6052)."""


def is_public(address: str) -> bool:
    """Whether an IP address, written out, is one of the public Internet."""
    ip = ip_address(address)
    inner = _inner(ip) if isinstance(ip, IPv6Address) else None
    ip = inner or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _inner(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 one stands for, if it does."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


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
