"""Which hosts of URLs are private on their face."""

from __future__ import annotations

import pytest

from core.shared.ip_addresses import is_private_host


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.0.0.1.",
        "0.0.0.0",  # noqa: S104 - an address that is refused
        "10.0.0.1",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "127.1",
        "10.1",
        "2130706433",
        "0x7f000001",
        "0X7F.0.0.1",
        "0177.0.0.1",
        "0x7f.1",
        "00000012.0.0.1",
        "0x",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "localhost",
        "LocalHost.",
        "db.localhost",
        "printer.local",
        "printer.local.",
        "vault.internal",
        "nas.home.arpa",
        "postgres",
        "1.2.3.4.5",
        "256.1.1.1",
        "1.2.3.999999",
        "4294967296",
        "09.1.1.1",
        "tickets.0xzz.1",
    ],
)
def test_a_private_host_is_recognized(host: str) -> None:
    assert is_private_host(host)


@pytest.mark.parametrize(
    "host",
    [
        "tickets.example.org",
        "tickets.example.org.",
        "a.b",
        "1.1.1.1",
        "016.0.0.1",
        "16843009",
        "2606:2800::1",
        "64:ff9b::101:101",
        "local.example",
        "internal.example.org",
        "notlocal.example",
        "127.0.0.1.example.org",
        "10.nip.example",
        "0x7f.example",
    ],
)
def test_any_other_host_is_not(host: str) -> None:
    assert not is_private_host(host)
