"""Which hosts may be connected to, whoever names them."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator

import pytest

from adapters.network.public_resolver import PublicResolver
from core.shared.ip_addresses import PrivateAddress


@pytest.fixture
async def resolver() -> AsyncIterator[PublicResolver]:
    resolver = PublicResolver()
    yield resolver
    await resolver.close()


@pytest.mark.parametrize("host", ["127.0.0.1", "10.0.0.1", "::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "fe80::1%lo"])
async def test_a_private_ip_address_is_refused(host: str, resolver: PublicResolver) -> None:
    with pytest.raises(PrivateAddress) as refused:
        await resolver.resolve(host)
    assert (refused.value.host, refused.value.address) == (host, host)


async def test_a_name_with_a_private_address_is_refused(resolver: PublicResolver) -> None:
    with pytest.raises(PrivateAddress, match="localhost has the private address"):
        await resolver.resolve("localhost", 80, socket.AF_UNSPEC)


@pytest.mark.parametrize(("host", "family"), [("1.1.1.1", socket.AF_INET), ("2606:4700::1111", socket.AF_INET6)])
async def test_a_public_ip_address_is_returned_without_a_lookup(
    host: str, family: socket.AddressFamily, resolver: PublicResolver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", None)
    (found,) = await resolver.resolve(host, 443)
    assert (found["host"], found["port"], found["family"]) == (host, 443, family)


async def test_private_addresses_can_be_allowed() -> None:
    resolver = PublicResolver(allow_private=True)
    assert (await resolver.resolve("127.0.0.1", 80))[0]["host"] == "127.0.0.1"
    assert {found["host"] for found in await resolver.resolve("localhost", 80)} == {"127.0.0.1"}
    await resolver.close()
    await resolver.close()
