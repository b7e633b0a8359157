"""The metrics can be guarded by a token, by addresses, or by both (J3)."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from adapters.http.app import HttpOptions
from adapters.http.metrics_access import MetricsAccess
from tests.support.toy_app import MakeClient, toy_app

TOKEN = "a-long-token"
HERE, ELSEWHERE = ip_network("127.0.0.0/8"), ip_network("192.0.2.0/24")
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.mark.parametrize(
    ("access", "headers", "status"),
    [
        (MetricsAccess(), {}, 200),
        (MetricsAccess(TOKEN), BEARER, 200),
        (MetricsAccess(TOKEN), {}, 401),
        (MetricsAccess(TOKEN), {"Authorization": "Bearer another"}, 401),
        (MetricsAccess(TOKEN), {"Authorization": TOKEN}, 401),
        (MetricsAccess(TOKEN), {"Authorization": "Bearer caf\u00e9"}, 401),
        (MetricsAccess(networks=(HERE,)), {}, 200),
        (MetricsAccess(networks=(ELSEWHERE,)), {}, 403),
        (MetricsAccess(networks=(ELSEWHERE,)), BEARER, 403),
        (MetricsAccess(TOKEN, (ELSEWHERE,)), BEARER, 200),
        (MetricsAccess(TOKEN, (ELSEWHERE,)), {}, 401),
        (MetricsAccess(TOKEN, (ELSEWHERE, HERE)), {}, 200),
    ],
)
async def test_only_who_may_read_the_metrics_gets_them(
    aiohttp_client: MakeClient, access: MetricsAccess, headers: dict[str, str], status: int
) -> None:
    client = await aiohttp_client(toy_app(options=HttpOptions(metrics_access=access)))
    await client.get("/healthz")
    response = await client.get("/metrics", headers=headers)
    assert response.status == status
    assert ("nocturne_" in await response.text()) is (status == 200)


async def test_an_address_that_a_client_claims_to_have_is_not_believed(aiohttp_client: MakeClient) -> None:
    options = HttpOptions(metrics_access=MetricsAccess(networks=(ELSEWHERE,)))
    client = await aiohttp_client(toy_app(options=options))
    response = await client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"})
    assert response.status == 403


async def test_health_needs_no_token(aiohttp_client: MakeClient) -> None:
    client = await aiohttp_client(toy_app(options=HttpOptions(metrics_access=MetricsAccess(TOKEN))))
    assert [(await client.get(path)).status for path in ("/healthz", "/readyz")] == [200, 200]
