"""The client address of a request, and that it can't be forged (J4)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from adapters.http.shared.client_addresses import TRUSTED_PROXIES, client_address

PROXIES = "10.0.0.0/8 fd00::/8 192.0.2.80"


def address(peer: str, *forwarded: str, trusted: str = PROXIES, name: str = "X-Forwarded-For") -> str:
    """What a request from `peer` counts for, with these lines of the header."""
    app = web.Application()
    app[TRUSTED_PROXIES] = tuple(map(ip_network, trusted.split()))
    headers = CIMultiDict((name, line) for line in forwarded)
    return client_address(make_mocked_request("GET", "/", headers, app=app).clone(remote=peer))


def test_without_a_proxy_it_is_the_peer() -> None:
    assert address("203.0.113.5") == "203.0.113.5"


def test_forwarded_headers_of_an_untrusted_peer_are_ignored() -> None:
    assert address("203.0.113.5", "198.51.100.7") == "203.0.113.5"
    assert address("203.0.113.5", "198.51.100.7, 10.0.0.1") == "203.0.113.5"


def test_without_trusted_proxies_forwarded_headers_are_ignored() -> None:
    assert address("10.0.0.1", "198.51.100.7", trusted="") == "10.0.0.1"


def test_a_trusted_proxy_names_its_client() -> None:
    assert address("10.0.0.1", "198.51.100.7") == "198.51.100.7"
    assert address("192.0.2.80", "198.51.100.7") == "198.51.100.7"


def test_entries_added_by_the_client_are_ignored() -> None:
    assert address("10.0.0.1", "1.1.1.1, 198.51.100.7") == "198.51.100.7"
    assert address("10.0.0.1", "10.9.9.9, 198.51.100.7") == "198.51.100.7"


def test_a_chain_of_trusted_proxies_is_followed() -> None:
    assert address("10.0.0.1", "1.1.1.1, 198.51.100.7, 10.0.0.3 ,10.0.0.2") == "198.51.100.7"


def test_several_headers_are_one_list() -> None:
    assert address("10.0.0.1", "1.1.1.1", "198.51.100.7, 10.0.0.2", "10.0.0.3") == "198.51.100.7"


def test_if_all_are_trusted_the_furthest_counts() -> None:
    assert address("10.0.0.1", "10.0.0.3, 10.0.0.2") == "10.0.0.3"


def test_a_trusted_proxy_without_a_forwarded_header_is_the_client() -> None:
    assert address("10.0.0.1") == "10.0.0.1"
    assert address("10.0.0.1", "") == "10.0.0.1"


@pytest.mark.parametrize(
    ("entry", "counted"),
    [
        ("198.51.100.7:51234", "198.51.100.7"),
        ("[2001:db8::7]:443", "2001:db8::/64"),
        ("[2001:db8::7]", "2001:db8::/64"),
        ("2001:db8::7", "2001:db8::/64"),
        ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
    ],
)
def test_an_entry_may_have_brackets_and_a_port(entry: str, counted: str) -> None:
    assert address("10.0.0.1", entry) == counted
    assert address("10.0.0.1", f"1.1.1.1, {entry}, 10.0.0.3:8080, [fd00::2]:443") == counted


def test_the_forwarded_header_is_not_read() -> None:
    assert address("10.0.0.1", "for=198.51.100.7", name="Forwarded") == "10.0.0.1"


@pytest.mark.parametrize(
    "nonsense",
    [
        *("unknown", "_hidden", "198.51.100", "", "<script>", "198.51.100.7:", "198.51.100.7:https"),
        *("[2001:db8::7", "2001:db8::7]:443", "[2001:db8::7]443", "[2001:db8::7]:", "[]:443", "198.51.100.7:1:2"),
    ],
)
def test_a_malformed_entry_ends_the_chain(nonsense: str) -> None:
    assert address("10.0.0.1", f"1.1.1.1, {nonsense}") == "10.0.0.1"
    assert address("10.0.0.1", f"1.1.1.1, {nonsense}, 10.0.0.2") == "10.0.0.2"


def test_ipv6_addresses_are_grouped_by_their_64_bit_prefix() -> None:
    assert address("2001:db8:1:2:3::4") == address("2001:db8:1:2:ffff::1") == "2001:db8:1:2::/64"
    assert address("2001:db8:1:3::4") == "2001:db8:1:3::/64"
    assert address("fd00::1", "2001:db8::1") == "2001:db8::/64"
    assert address("fe80::1%eth0") == "fe80::/64"


def test_ipv4_in_ipv6_counts_as_ipv4() -> None:
    assert address("::ffff:203.0.113.5") == "203.0.113.5"
    assert address("::ffff:10.0.0.1", "::ffff:198.51.100.7") == "198.51.100.7"


@pytest.mark.parametrize("peer", ["", "not an address"])
def test_a_peer_without_an_address_is_not_trusted(peer: str) -> None:
    assert address(peer, "198.51.100.7") == "unknown"
