"""What holds for every route: ids, slashes, validation, paging, and who is asking."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from aiohttp import web

from adapters.memory.metrics import MemoryMetrics
from tests.api.documented import Documented
from tests.api.toy import ANNA, BEAR, ENTERED, RELEASED, SIGNED_IN, Client, MakeClient, sent_raw, toy_app


@pytest.fixture
def metrics() -> MemoryMetrics:
    return MemoryMetrics()


@pytest.fixture
async def client(aiohttp_client: MakeClient, metrics: MemoryMetrics) -> Client:
    return await aiohttp_client(toy_app(metrics=metrics))


async def errors(client: Client, **body: Any) -> dict[str, list[str]]:
    response = await client.post("/api/toys", json={"name": "Duck", **body}, headers=SIGNED_IN)
    assert response.status == 422, await response.text()
    problem = await response.json()
    assert problem["code"] == "invalid-fields"
    return dict(problem["errors"])


class TestRequestIds:
    async def test_a_safe_request_id_is_taken_over(self, client: Client) -> None:
        response = await client.get("/api/toys", headers={"X-Request-Id": "a1._~:/+=@-Z"})
        assert response.headers["X-Request-Id"] == "a1._~:/+=@-Z"

    @pytest.mark.parametrize("unsafe", ["", "x" * 129, "two words", 'quo"te', "caf\u00e9", "<script>"])
    async def test_an_unsafe_request_id_is_replaced(self, client: Client, unsafe: str) -> None:
        response = await client.get("/api/toys", headers={"X-Request-Id": unsafe})
        assert re.fullmatch(r"[0-9a-f]{32}", response.headers["X-Request-Id"])

    async def test_two_requests_have_two_ids(self, client: Client) -> None:
        first, second = await client.get("/api/toys"), await client.get("/api/toys")
        assert first.headers["X-Request-Id"] != second.headers["X-Request-Id"]

    async def test_a_problem_tells_the_id_in_its_header_and_its_body(self, client: Client) -> None:
        response = await client.get("/api/nothing", headers={"X-Request-Id": "abc"})
        assert response.headers["X-Request-Id"] == "abc"
        assert (await response.json())["request_id"] == "abc"

    async def test_the_home_page_redirects_with_an_id(self, client: Client) -> None:
        response = await client.get("/", allow_redirects=False)
        assert (response.status, response.headers["Location"]) == (302, "/api/docs")
        assert response.headers["X-Request-Id"]


class TestLogAndMetrics:
    async def test_a_request_leaves_one_line(self, client: Client) -> None:
        with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
            await client.get(f"/api/toys/{BEAR.id}/", headers={"X-Request-Id": "abc"})
        (line,) = lines
        assert line.pop("duration_ms") >= 0
        assert line == {
            "event": "request",
            "log_level": "info",
            "method": "GET",
            "route": "/api/toys/{id}",
            "status": 200,
            "request_id": "abc",
        }

    async def test_the_line_names_who_asked_and_the_next_one_on_the_connection_does_not(self, client: Client) -> None:
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
        await client.get("/", allow_redirects=False)
        assert metrics.served == {
            ("GET", "/api/toys/{id}", 200): 1,
            ("GET", "/api/toys/{id}", 404): 1,
            ("GET", "unmatched", 404): 1,
            ("PUT", "unmatched", 405): 1,
            ("GET", "/", 302): 1,
        }
        assert [len(taken) for taken in metrics.seconds.values()] == [2, 1, 1, 1]


class TestPaths:
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_a_slash_at_the_end_changes_nothing(self, client: Client, slash: str) -> None:
        listed = await client.get(f"/api/toys{slash}", allow_redirects=False)
        shown = await client.get(f"/api/toys/{BEAR.id}{slash}", allow_redirects=False)
        made = await client.post(f"/api/toys{slash}", json={"name": "Duck"}, headers=SIGNED_IN, allow_redirects=False)
        assert (listed.status, shown.status, made.status) == (200, 200, 201)

    @pytest.mark.parametrize("path", ["/api/toys", "/api/toys/", f"/api/toys/{BEAR.id}", "/healthz", "/api/schema"])
    async def test_head_answers_as_get_without_the_body(self, client: Client, path: str) -> None:
        head, get = await client.head(path), await client.get(path)
        assert head.status == get.status == 200
        assert head.headers["Content-Type"] == get.headers["Content-Type"]
        assert await head.read() == b""

    @pytest.mark.parametrize(
        "malformed",
        [
            "nonsense",
            "1",
            "%00",
            f"%7B{BEAR.id}%7D",
            str(BEAR.id).replace("-", ""),
            f"urn:uuid:{BEAR.id}",
            f"{BEAR.id}%0A",
            "\u0660" * 8 + str(BEAR.id)[8:],
            "x" * 2000,
        ],
    )
    async def test_a_malformed_id_is_not_found(self, client: Client, malformed: str) -> None:
        response = await client.get(f"/api/toys/{malformed}")
        assert response.status == 404
        assert response.content_type == "application/problem+json"
        assert (await response.json())["code"] == "not-found"

    async def test_ids_are_read_in_either_case(self, client: Client) -> None:
        assert (await client.get(f"/api/toys/{str(BEAR.id).upper()}")).status == 200


class TestAnswers:
    async def test_values_have_their_forms(self, client: Client) -> None:
        response = await client.get(f"/api/toys/{BEAR.id}")
        assert response.headers["Content-Type"] == "application/json"
        assert await response.json() == {
            "id": str(BEAR.id),
            "name": "Bear",
            "price": "12.50",
            "made_at": "2030-05-01T19:00:00Z",
            "parts": ["head", "body"],
        }

    async def test_nothing_is_shown_as_nothing(self, client: Client) -> None:
        response = await client.delete(f"/api/toys/{BEAR.id}", headers=SIGNED_IN)
        assert (response.status, await response.read()) == (204, b"")


class TestFields:
    @pytest.mark.parametrize(
        ("sent", "shown"),
        [
            ("2030-05-01T19:00:00Z", "2030-05-01T19:00:00Z"),
            ("2030-05-01t19:00:00z", "2030-05-01T19:00:00Z"),
            ("2030-05-01T21:00:00+02:00", "2030-05-01T19:00:00Z"),
            ("2030-05-01 19:00:00.5-00:30", "2030-05-01T19:30:00.500000Z"),
            ("1900-01-01T00:00:00+14:00", "1899-12-31T10:00:00Z"),
        ],
    )
    async def test_a_time_comes_with_any_offset_and_leaves_in_utc(self, client: Client, sent: str, shown: str) -> None:
        response = await client.post("/api/toys", json={"name": "Duck", "made_at": sent}, headers=SIGNED_IN)
        assert (await response.json())["made_at"] == shown

    @pytest.mark.parametrize("naive", ["2030-05-01T19:00:00", "2030-05-01 19:00:00.25"])
    async def test_a_naive_time_is_refused(self, client: Client, naive: str) -> None:
        assert (await errors(client, made_at=naive))["made_at"][0].startswith("Must end in an offset")

    @pytest.mark.parametrize(
        "wrong",
        [
            "tomorrow",
            "",
            "2030-05-01",
            "20300501T190000Z",
            "2030-W18-3T19:00:00Z",
            "2030-02-30T19:00:00Z",
            "2030-05-01T25:00:00Z",
            "2030-05-01T19:00:00+99:00",
            "0000-01-01T00:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "12030-05-01T19:00:00Z",
            "2030-05-01T19:00:00Z\n",
            1900000000,
            True,
            None,
            ["2030-05-01T19:00:00Z"],
            {"$date": 1},
        ],
    )
    async def test_what_is_no_time_is_refused(self, client: Client, wrong: object) -> None:
        assert list(await errors(client, made_at=wrong)) == ["made_at"]

    @pytest.mark.parametrize(
        ("sent", "shown"), [("12.50", "12.50"), ("12", "12"), (12.5, "12.5"), (12, "12"), (0, "0"), (0.01, "0.01")]
    )
    async def test_an_amount_is_a_string_or_a_number(self, client: Client, sent: object, shown: str) -> None:
        response = await client.post("/api/toys", json={"name": "Duck", "price": sent}, headers=SIGNED_IN)
        assert (await response.json())["price"] == shown

    @pytest.mark.parametrize(
        "wrong",
        [
            *("NaN", "Infinity", "-1", "1e3", "12.505", "", " 1", "1_000", "\u0661", "9" * 5000),
            *(-1, 1e300, 10**30, 0.001, True, None, [], {}),
        ],
    )
    async def test_what_is_no_amount_is_refused(self, client: Client, wrong: object) -> None:
        assert list(await errors(client, price=wrong)) == ["price"]

    async def test_nested_fields_are_named_by_their_path(self, client: Client) -> None:
        told = await errors(client, makers=[{"name": "Ann"}, {"name": ""}, {"nome": "Bob"}, "Cy"])
        assert told == {
            "makers.1.name": ["Length must be between 1 and 50."],
            "makers.2.name": ["Missing data for required field."],
            "makers.2.nome": ["Unknown field."],
            "makers.3": ["Invalid input type."],
        }

    async def test_an_unknown_field_is_refused(self, client: Client) -> None:
        assert await errors(client, nonsense=1) == {"nonsense": ["Unknown field."]}

    async def test_nul_characters_are_refused_wherever_they_are(self, client: Client) -> None:
        told = await errors(client, name="a\0", makers=[{"name": "b\0"}], labels={"c\0": "d", "e": "f\0"})
        assert sorted(told) == ["labels.c\0", "labels.e", "makers.name", "name"]

    async def test_a_backslash_before_u0000_is_no_nul_character(self, client: Client) -> None:
        response = await client.post("/api/toys", json={"name": "\\u0000"}, headers=SIGNED_IN)
        assert (response.status, (await response.json())["name"]) == (201, "\\u0000")

    async def test_an_answer_does_not_grow_with_the_errors(self, client: Client) -> None:
        body = {f"{number}{'x' * 1000}": 1 for number in range(900)}
        response = await client.post("/api/toys", json=body, headers=SIGNED_IN)
        assert response.status == 422
        assert len(await response.read()) < 30_000


class TestQueries:
    async def test_unknown_parameters_are_ignored(self, client: Client) -> None:
        assert (await client.get("/api/toys?utm_source=mail&utm_source=%00")).status == 200

    @pytest.mark.parametrize(
        ("query", "field"),
        [
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=many", "limit"),
            (f"limit={'9' * 5000}", "limit"),
            ("offset=-1", "offset"),
            ("offset=1000001", "offset"),
            (f"cursor={'x' * 501}", "cursor"),
            ("colour=green", "colour"),
            ("colour=red%00", "colour"),
            ("tag=a&tag=b%00", "tag"),
            (f"tag={'x' * 21}", "tag.0"),
            ("made_after=2030-05-01T19:00:00", "made_after"),
            ("made_after=2030-05-01T19:00:00+02:00", "made_after"),
        ],
    )
    async def test_a_wrong_parameter_is_named(self, client: Client, query: str, field: str) -> None:
        response = await client.get(f"/api/toys?{query}")
        assert response.status == 422
        assert list((await response.json())["errors"]) == [field]

    async def test_bytes_that_are_no_text_do_no_harm(self, client: Client) -> None:
        response = await client.get("/api/toys?cursor=7&q=%ff%fe%ED%A0%80")
        assert response.status == 200

    async def test_a_header_that_is_no_text_is_refused(self, client: Client) -> None:
        head = b"GET /api/greeting HTTP/1.1\r\nHost: x\r\nConnection: close\r\nToy-Key: caf\xff"
        answer = await sent_raw(client, head)
        assert answer.startswith(b"HTTP/1.1 422 ")
        assert b'"errors":{"Toy-Key":' in answer


def links(header: str) -> dict[str, str]:
    return {name: url for url, name in re.findall(r'<([^<>]*)>; rel="(\w+)"', header)}


class TestPages:
    async def test_a_page_says_where_it_is(self, client: Client) -> None:
        page = await (await client.get("/api/toys?limit=2")).json()
        assert len(page.pop("items")) == 2
        assert page == {"total": 45, "limit": 2, "offset": 0, "next_cursor": "2"}

    async def test_links_by_cursor_keep_the_other_parameters(self, client: Client) -> None:
        response = await client.get("/api/toys", params=[("tag", "a&b"), ("tag", 'c>,"'), ("colour", "red")])
        kept = "tag=a%26b&tag=c%3E,%22&colour=red&limit=20"
        assert links(response.headers["Link"]) == {
            "first": f"/api/toys?{kept}",
            "next": f"/api/toys?{kept}&cursor=20",
        }

    async def test_links_by_offset(self, client: Client) -> None:
        response = await client.get("/api/toys/?limit=10&offset=15")
        assert links(response.headers["Link"]) == {
            "first": "/api/toys/?limit=10",
            "prev": "/api/toys/?limit=10&offset=5",
            "next": "/api/toys/?limit=10&offset=25",
        }

    @pytest.mark.parametrize("start", ["/api/toys?limit=7", "/api/toys?limit=7&offset=0"])
    async def test_following_the_links_sees_everything_once(self, client: Client, start: str) -> None:
        seen, url = 0, start
        while url:
            response = await client.get(url)
            seen += len((await response.json())["items"])
            url = links(response.headers["Link"]).get("next", "")
        assert seen == 45


class TestWhoIsAsking:
    @pytest.mark.parametrize(
        "header",
        [
            None,
            "",
            "Bearer",
            "Bearer ",
            "Basic YW5uYTpx",
            "Bearer wrong",
            "Bearer a b",
            "anna.s.token",
            "Bearer \u00e9",
        ],
    )
    async def test_without_a_good_token_it_is_401_before_anything_is_read(
        self, client: Client, header: str | None
    ) -> None:
        headers = {} if header is None else {"Authorization": header}
        response = await client.post("/api/toys", data=b"not json", headers=headers)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert (await response.json())["code"] == "unauthenticated"

    async def test_the_scheme_is_read_in_either_case(self, client: Client) -> None:
        headers = {"Authorization": SIGNED_IN["Authorization"].replace("Bearer", "bearer")}
        assert (await client.delete(f"/api/toys/{BEAR.id}", headers=headers)).status == 204

    async def test_where_a_token_is_optional_a_bad_one_is_401(self, client: Client) -> None:
        statuses = [
            (await client.get("/api/greeting", headers=headers)).status
            for headers in ({}, SIGNED_IN, {"Authorization": "Bearer wrong"})
        ]
        assert statuses == [200, 200, 401]


class TestLeaving:
    @pytest.fixture(autouse=True)
    def nothing_is_logged_as_an_error(self, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
        with structlog.testing.capture_logs() as lines:
            yield
        assert {line["log_level"] for line in lines} == {"info"}
        assert caplog.records == []

    async def test_before_the_answer_is_no_error(self, aiohttp_client: MakeClient) -> None:
        app = toy_app()
        client = await aiohttp_client(app)
        leaving = asyncio.create_task(client.get("/api/slow"))
        await app[ENTERED].wait()
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        app[RELEASED].set()
        assert (await client.get("/api/slow")).status == 200

    async def test_in_the_middle_of_the_answer_is_no_error(self, metrics: MemoryMetrics) -> None:
        app = toy_app(metrics=metrics)
        # Not aiohttp's test server: that one cancels the handler of a client that leaves, a server in earnest does not.
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


async def test_an_undocumented_answer_is_noticed(aiohttp_client: MakeClient) -> None:
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
