"""Which IP addresses belong to the public Internet.

Links, redirects, webhooks and DNS are under the control of other people. They must not be able to make this machine
send requests into its own network.
"""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

NAT64 = IPv6Network("64:ff9b::/96")
"""Addresses whose last four bytes are the IPv4 address that is actually reached (RFC 6052)."""

PRIVATE_NAMES = ("localhost", "local", "internal", "home.arpa")
"""Domains that are no part of the public Internet: RFC 6761, RFC 6762, ICANN's resolution 2024.07.29.06, RFC 8375."""

_NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+", re.ASCII)


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


def is_private_host(host: str) -> bool:
    """Return whether a host of a URL is private on its face, without looking it up.

    It is if it is a private address in any form that resolvers understand (127.0.0.1, 127.1, 2130706433, 0x7f.1,
    ::1 …), a name in a private domain, or a name of a single label, which only a local network resolves.
    """
    name = host.lower().removesuffix(".")
    if is_ip_address(name):
        return not is_public(name)
    if _NUMBER.fullmatch(name.rpartition(".")[2]):  # only an IPv4 address ends in a number
        address = _parse_ipv4(name)
        return address is None or not is_public(address)
    return "." not in name or any(name.endswith(f".{private}") for private in PRIVATE_NAMES)


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


def _parse_ipv4(host: str) -> str | None:
    """Return the address that `host` means to inet_aton and to browsers (WHATWG URL, section 3.5), None if it has none.

    Each of one to four parts is decimal, octal (0…) or hexadecimal (0x…); the last fills the bytes that are left.
    """
    parts = host.split(".")
    try:
        *first, last = [_parse_number(part) for part in parts]
        value = int.from_bytes(bytes(first)) << 8 * (4 - len(first)) | last
        fits = last < 256 ** (4 - len(first))
        return str(IPv4Address(value)) if fits else None
    except ValueError:
        return None


def _parse_number(text: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise ValueError(f"{text} is no number")
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address that an IPv6 address stands for, if any."""
    if ip in NAT64:
        return IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour
