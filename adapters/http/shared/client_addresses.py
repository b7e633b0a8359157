"""The address that a request came from, also behind proxies."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

TRUSTED_PROXIES = web.AppKey[tuple[Network, ...]]("trusted_proxies")

_IN_BRACKETS_OR_WITH_PORT = re.compile(r"\[([\da-fA-F:.]+)\](?::\d{1,5})?|([\d.]+):\d{1,5}", re.ASCII)
"""How some proxies write an address: `[2001:db8::7]:443`, `[2001:db8::7]` or `198.51.100.7:51234`."""

_SITE_BITS = 64
"""The smallest IPv6 network of one customer, who can use all of its addresses."""


def client_address(request: web.Request) -> str:
    """Return the address by which to count a client: an IPv4 address itself, or the /64 of an IPv6 address.

    It is the peer's address, unless that is a trusted proxy: then it is the rightmost entry of X-Forwarded-For, which
    the proxy added; if that is a trusted proxy too, the next entry to the left. Entries further left may be forged.
    The Forwarded header (RFC 7239) is not read: a proxy that writes only one of the two passes on whatever its client
    sent in the other.
    """
    return _counting_key(_client(request))


def client_ip(request: web.Request) -> Address | None:
    """Return the address itself, found in the same way; None if it is unknown, as on a Unix socket."""
    return _client(request)


def _client(request: web.Request) -> Address | None:
    trusted = request.app[TRUSTED_PROXIES]
    nearest = _parse(request.remote or "")
    hops = ",".join(request.headers.getall("X-Forwarded-For", ())).split(",")
    while nearest is not None and hops and any(nearest in network for network in trusted):
        further = _parse_entry(hops.pop().strip())
        if further is None:  # not an address: count the request for the proxy that forwarded it
            break
        nearest = further
    return nearest


def _parse_entry(entry: str) -> Address | None:
    found = _IN_BRACKETS_OR_WITH_PORT.fullmatch(entry)
    return _parse(found[1] or found[2] if found else entry)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    # An IPv4 client that connected to an IPv6 socket.
    return (isinstance(address, IPv6Address) and address.ipv4_mapped) or address


def _counting_key(address: Address | None) -> str:
    if isinstance(address, IPv6Address):
        return str(IPv6Network((int(address), _SITE_BITS), strict=False))
    return str(address or "unknown")
