"""Which IP addresses belong to the public Internet.

Links, redirects, webhooks and DNS are under the control of other people. They must not be able to make this machine
send requests into its own network.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses whose last four bytes are the IPv4 address that is actually reached (RFC 6052)."""


class PrivateAddress(Exception):
    """A host has an address that is not on the public Internet."""

    def __init__(self, host: str, address: str) -> None:
        super().__init__(f"{host} has the private address {address}.")
        self.host = host
        self.address = address


def is_ip_address(host: str) -> bool:
    """Return whether `host` is an IP address rather than a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def must_be_public(host: str, address: str) -> None:
    """Raise PrivateAddress if `address`, one of the addresses of `host`, is private."""
    if not is_public(address):
        raise PrivateAddress(host, address)


def is_public(address: str) -> bool:
    """Return whether a textual IP address belongs to the public Internet."""
    ip = ip_address(address)
    embedded = _embedded_ipv4(ip) if isinstance(ip, IPv6Address) else None
    ip = embedded or ip
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if any."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour
