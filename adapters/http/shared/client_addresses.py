"""Which address a request came from, behind proxies too."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

TRUSTED_PROXIES = web.AppKey[tuple[Network, ...]]("trusted_proxies")

_SITE_BITS = 64
"""What one customer has of IPv6 at least: whoever has one address of a /64 has them all."""


def client_address(request: web.Request) -> str:
    """The address to count a client by: of IPv4 the address itself, of IPv6 its /64.

    It is the peer's, unless that is a trusted proxy: then it is what the proxy added to X-Forwarded-For, on its right;
    and if that is a trusted proxy too, what that one added. Whatever stands further left, anybody may have written.
    """
    return _counted_as(_client(request))


def _client(request: web.Request) -> Address | None:
    trusted = request.app[TRUSTED_PROXIES]
    nearest = _read(request.remote or "")
    hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    while nearest is not None and hops and any(nearest in network for network in trusted):
        further = _read(hops.pop().strip())
        if further is None:  # nobody can be told by it: it counts for the proxy that passed it on
            break
        nearest = further
    return nearest


def _read(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # An IPv4 client of a socket that listens on IPv6.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _counted_as(address: Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _SITE_BITS), strict=False))
    return str(address or "unknown")
