"""Which addresses are of the public Internet.

Where others say what is to be called, by a link, a redirect, a webhook or their DNS, they must not be able to make this
machine call into its own network.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

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
