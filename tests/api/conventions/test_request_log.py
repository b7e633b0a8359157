"""Every request has an id, a log line and a metric, even if its client disconnects."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from ipaddress import ip_network

import pytest
import structlog
from aiohttp import web
from yarl import URL

from adapters.http.app import HttpOptions
from adapters.memory.metrics import MemoryMetrics
from tests.support.toy_app import ANNA, BEAR, ENTERED, RELEASED, SIGNED_IN, Client, MakeClient, toy_app


@pytest.fixture
def metrics() -> MemoryMetrics:
    return MemoryMetrics()


@pytest.fixture
async def client(aiohttp_client: MakeClient, metrics: MemoryMetrics) -> Client:
    return await aiohttp_client(toy_app(metrics=metrics))


class TestRequestIds:
    async def test_a_safe_request_id_is_accepted(self, client: Client) -> None:
        response = await client.get("/api/toys", headers={"X-Request-Id": "a1._~:/+=@-Z"})
        assert response.headers["X-Request-Id"] == "a1._~:/+=@-Z"

    @pytest.mark.parametrize("unsafe", ["", "x" * 129, "two words", 'quo"te', "caf\u00e9", "<script>"])
    async def test_an_unsafe_request_id_is_replaced(self, client: Client, unsafe: str) -> None:
        response = await client.get("/api/toys", headers={"X-Request-Id": unsafe})
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-Id"])

    async def test_two_requests_have_two_ids(self, client: Client) -> None:
        first, second = await client.get("/api/toys"), await client.get("/api/toys")
        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]

    async def test_a_problem_has_the_id_in_its_header_and_its_body(self, client: Client) -> None:
        response = await client.get("/api/nothing", headers={"X-Request-Id": "abc"})
        assert response.headers["X-Request-Id"] == "abc"
        assert (await response.json())["request_id"] == "abc"

    async def test_a_redirect_has_an_id(self, client: Client) -> None:
        response = await client.get("/me", allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (303, "/sign-in?next=/me")
        assert response.headers["X-Request-Id"]


class TestLogAndMetrics:
    async def test_a_request_is_logged_in_one_line(self, client: Client) -> None:
        with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
            await client.get(f"/api/toys/{BEAR.id}/", headers={"X-Request-Id": "abc"})
        (line,) = lines
        assert line.pop("duration_ms") >= 0
        assert line == {
            "event": "request",
            "log_level": "info",
            "client": "127.0.0.1",
            "method": "GET",
            "path": f"/api/toys/{BEAR.id}/",
            "route": "/api/toys/{id}",
            "status": 200,
            "request_id": "abc",
        }

    async def test_the_query_is_not_logged_since_it_may_contain_tokens(self, client: Client) -> None:
        with structlog.testing.capture_logs() as lines:
            await client.get("/api/toys", params={"token": "hidden"})
        (line,) = lines
        assert line["path"] == "/api/toys"
        assert "hidden" not in str(line)

    async def test_a_line_break_in_the_path_stays_encoded(self, client: Client) -> None:
        with structlog.testing.capture_logs() as lines:
            await client.get(URL("/no/such%0Athing", encoded=True))
        assert [line["path"] for line in lines] == ["/no/such%0Athing"]

    async def test_the_client_behind_a_trusted_proxy_is_logged(self, aiohttp_client: MakeClient) -> None:
        client = await aiohttp_client(toy_app(options=HttpOptions(trusted_proxies=(ip_network("127.0.0.1"),))))
        with structlog.testing.capture_logs() as lines:
            await client.get("/api/toys", headers={"X-Forwarded-For": "2001:db8::7"})
        assert [line["client"] for line in lines] == ["2001:db8::7"]

    async def test_the_user_is_logged_and_not_for_the_next_request_of_the_connection(self, client: Client) -> None:
        with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
            await client.get("/api/greeting", headers=SIGNED_IN)
            await client.get("/api/greeting")
        assert [line.get("user_id") for line in lines] == [str(ANNA.user_id), None]

    async def test_requests_are_counted_by_template_and_never_by_path(
        self, client: Client, metrics: MemoryMetrics
    ) -> None:
        await client.get(f"/api/toys/{BEAR.id}")
        await client.get("/api/toys/nonsense/")
        await client.get("/api/no/such/thing")
        await client.put("/api/toys")
        await client.get("/me", allow_redirects=False)
        assert metrics.served == {
            ("GET", "/api/toys/{id}", 200): 1,
            ("GET", "/api/toys/{id}", 404): 1,
            ("GET", "unmatched", 404): 1,
            ("PUT", "unmatched", 405): 1,
            ("GET", "/me", 303): 1,
        }
        assert [len(taken) for taken in metrics.seconds.values()] == [2, 1, 1, 1]


class TestClientDisconnects:
    @pytest.fixture(autouse=True)
    def nothing_is_logged_as_an_error(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        with structlog.testing.capture_logs() as lines:
            yield
        assert {line["log_level"] for line in lines} == {"info"}
        assert caplog.records == []

    async def test_before_the_response_is_no_error(self, aiohttp_client: MakeClient) -> None:
        app = toy_app()
        client = await aiohttp_client(app)
        leaving = asyncio.create_task(client.get("/api/slow"))
        await app[ENTERED].wait()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        app[RELEASED].set()
        assert (await client.get("/api/slow")).status == 200

    async def test_during_the_response_is_no_error(self, metrics: MemoryMetrics) -> None:
        app = toy_app(metrics=metrics)
        # Not aiohttp's test server: unlike the real server it cancels the handler when the client disconnects.
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        reader, writer = await asyncio.open_connection(*runner.addresses[0])
        writer.write(b"GET /api/drip HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"drip")
        writer.close()
        await writer.wait_closed()
        await app[RELEASED].wait()
        await runner.cleanup()
        assert metrics.served == {("GET", "/api/drip", 499): 1}
