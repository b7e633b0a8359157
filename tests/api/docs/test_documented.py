"""A test of the helper that compares responses with the document."""

from __future__ import annotations

from aiohttp import web

from tests.support.documented import Documented
from tests.support.toy_app import MakeClient, toy_app


async def test_an_undocumented_response_is_detected(aiohttp_client: MakeClient) -> None:
    app = toy_app()

    async def stranger(_: web.Request) -> web.Response:
        return web.Response()

    app.router.add_get("/api/stranger", stranger)
    answers = Documented(app)
    client = await aiohttp_client(app)
    await client.get("/api/toys")
    await client.get("/api/refusal?kind=too-many")
    await client.get("/api/nothing")
    await client.get("/api/docs")
    assert answers.undocumented == set()
    await client.head("/api/stranger")
    await client.get("/api/broken-off")
    await client.get("/api/refusal?kind=gone")
    assert answers.undocumented == {("GET", "/api/stranger", 200), ("GET", "/api/refusal", 410)}
