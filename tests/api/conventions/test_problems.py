"""Every error is reported as a problem (RFC 9457)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pytest
import structlog

from adapters.http.shared.content_codings import CODINGS
from adapters.http.shared.statuses import STATUS_OF_KIND
from core.shared.errors import Refusal
from tests.support.toy_app import BEAR, SIGNED_IN, SIGNED_IN_JSON, Client, send_raw


async def problem(client: Client, method: str, path: str, **options: Any) -> tuple[dict[str, Any], Mapping[str, str]]:
    """Send a request that must be refused; return the problem and the headers."""
    response = await client.request(method, path, **options)
    assert response.headers["Content-Type"] == "application/problem+json"
    body = await response.json(content_type=None)
    assert body["status"] == response.status
    assert body["type"] == f"/problems/{body['code']}"
    assert body["title"]
    assert body["detail"].endswith(".")
    assert body["request_id"] == response.headers["X-Request-Id"]
    return body, response.headers


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [
        ("not-found", 404, "not-found"),
        ("invalid", 422, "invalid"),
        ("key", 400, "idempotency-key-missing"),
        ("conflict", 409, "broken"),
        ("forbidden", 403, "forbidden"),
        ("unauthenticated", 401, "unauthenticated"),
        ("payment-required", 402, "payment-required"),
        ("too-many", 429, "too-many-requests"),
        ("unavailable", 503, "unavailable"),
        ("gone", 410, "gone"),
    ],
)
async def test_every_kind_of_refusal_has_its_status(client: Client, kind: str, status: int, code: str) -> None:
    shown, _ = await problem(client, "GET", f"/api/refusal?kind={kind}")
    assert (shown["status"], shown["code"], shown["instance"]) == (status, code, "/api/refusal")


def test_every_kind_has_a_status() -> None:
    assert set(STATUS_OF_KIND) == {kind for kind in Refusal.__subclasses__() if kind.__module__ == Refusal.__module__}


async def test_facts_of_a_refusal_become_members_and_replace_none(client: Client) -> None:
    shown, _ = await problem(client, "GET", "/api/refusal?kind=conflict")
    assert shown["title"] == "Broken"
    assert shown["detail"] == "It is broken."
    assert shown["pieces"] == ["arm", "leg"]
    assert shown["since"] == "2030-05-01T19:00:00Z"
    assert shown["worth"] == "12.50"
    assert shown["code"] == "broken"


@pytest.mark.parametrize(
    ("kind", "header", "value"),
    [
        ("unauthenticated", "WWW-Authenticate", "Bearer"),
        ("too-many", "Retry-After", "7"),
        ("unavailable", "Retry-After", "1"),
    ],
)
async def test_some_refusals_have_a_header_that_says_what_to_do(
    client: Client, kind: str, header: str, value: str
) -> None:
    _, headers = await problem(client, "GET", f"/api/refusal?kind={kind}")
    assert headers[header] == value


@pytest.mark.parametrize("path", ["/api/nothing", "/nothing", "/api/docs/assets/nothing.js", "/%FF%00%22%3E"])
async def test_an_unknown_path_is_404(client: Client, path: str) -> None:
    shown, _ = await problem(client, "GET", path)
    assert (shown["status"], shown["code"], shown["instance"]) == (404, "not-found", path)


async def test_the_wrong_method_is_405_with_the_allowed_ones(client: Client) -> None:
    shown, headers = await problem(client, "DELETE", "/api/toys")
    assert (shown["status"], shown["code"]) == (405, "method-not-allowed")
    assert headers["Allow"] == "GET, HEAD, POST"
    shown, headers = await problem(client, "OPTIONS", "/api/toys/")
    assert headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"nonsense",
        b'{"name": NaN}',
        b'{"name": 1e999}',
        b'{"name": "\xff"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\0"}',
        b"\xef\xbb\xbf",
        b"\xef\xbb\xbf\xef\xbb\xbf{}",
        b'{"name": "Duck"} {}',
        b"[" * 5000 + b"]" * 5000,
        '{"name": "Duck"}'.encode("utf-16"),
        b"",
    ],
)
async def test_a_body_that_is_not_json_is_400(client: Client, body: bytes) -> None:
    shown, _ = await problem(client, "POST", "/api/toys", data=body, headers=SIGNED_IN_JSON)
    assert (shown["status"], shown["code"]) == (400, "bad-json")


@pytest.mark.parametrize("body", [b"[]", b'"Duck"', b"null", b"1", b"[" * 900 + b"]" * 900])
async def test_json_other_than_an_object_is_422(client: Client, body: bytes) -> None:
    shown, _ = await problem(client, "POST", "/api/toys", data=body, headers=SIGNED_IN_JSON)
    assert (shown["status"], shown["errors"]) == (422, {"body": ["Must be a JSON object."]})


async def test_a_deeply_nested_body_does_no_harm(client: Client) -> None:
    body = b'{"name":"\\u0000","labels":' + b'{"x\\u0000":' * 1000 + b"1" + b"}" * 1001
    shown, _ = await problem(client, "POST", "/api/toys", data=body, headers=SIGNED_IN_JSON)
    assert shown["status"] == 422


async def test_the_last_of_a_repeated_field_counts(client: Client) -> None:
    response = await client.post("/api/toys", data=b'{"name": "Duck", "name": "Goose"}', headers=SIGNED_IN_JSON)
    assert (await response.json())["name"] == "Goose"


@pytest.mark.parametrize("media_type", ["application/json; charset=utf-8", "Application/JSON", "application/toy+json"])
async def test_several_media_types_count_as_json(client: Client, media_type: str) -> None:
    headers = {**SIGNED_IN, "Content-Type": media_type}
    assert (await client.post("/api/toys", data=b'{"name": "Duck"}', headers=headers)).status == 201


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "json", ";;;"]
)
async def test_a_body_that_is_not_declared_to_be_json_is_415(client: Client, media_type: str) -> None:
    headers = {**SIGNED_IN, "Content-Type": media_type}
    shown, _ = await problem(client, "POST", "/api/toys", data=b'{"name": "Duck"}', headers=headers)
    assert (shown["status"], shown["code"]) == (415, "unsupported-media-type")


async def test_the_body_is_optional_if_all_its_fields_are(client: Client) -> None:
    path = f"/api/toys/{BEAR.id}/wind-up"
    assert await (await client.post(path)).json() == {"said": "1 turns"}
    assert await (await client.post(path, json={"turns": 3})).json() == {"said": "3 turns"}
    shown, _ = await problem(client, "POST", path, json={"turns": 2.5})
    assert shown["errors"] == {"turns": ["Not a valid integer."]}


async def test_a_body_over_the_limit_is_413(client: Client) -> None:
    fits = b'{"name": "Duck"' + b" " * (1024**2 - 16) + b"}"
    assert (await client.post("/api/toys", data=BytesIO(fits), headers=SIGNED_IN_JSON)).status == 201
    shown, _ = await problem(client, "POST", "/api/toys", data=BytesIO(fits + b" "), headers=SIGNED_IN_JSON)
    assert (shown["status"], shown["code"]) == (413, "body-too-large")


@pytest.mark.parametrize("coding", CODINGS)
async def test_a_small_body_that_decompresses_to_a_large_one_is_413(client: Client, coding: str) -> None:
    bomb = CODINGS[coding](b" " * 20 * 1024**2)
    shown, _ = await problem(
        client, "POST", "/api/toys", data=bomb, headers={**SIGNED_IN_JSON, "Content-Encoding": coding}, compress=False
    )
    assert shown["status"] == 413


@pytest.mark.parametrize("coding", ["gzip", "zstd"])  # almost any bytes are the beginning of a body in br
async def test_a_body_in_another_encoding_than_declared_is_400(client: Client, coding: str) -> None:
    shown, _ = await problem(
        client, "POST", "/api/toys", data=b"plain", headers={**SIGNED_IN_JSON, "Content-Encoding": coding}
    )
    assert (shown["status"], shown["code"]) == (400, "bad-body")


def split(answer: bytes) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Return status, headers and JSON of a raw response."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *fields = head.decode().split("\r\n")
    return int(first.split()[1]), dict(field.split(": ", 1) for field in fields), json.loads(body)


MALFORMED: dict[str, tuple[bytes, str]] = {
    "no host": (b"GET / HTTP/1.1", "bad-request"),
    "no method": (b"G\x00T / HTTP/1.1\r\nHost: x", "bad-request"),
    "an unknown method": (b"FROBNICATE / HTTP/1.1\r\nHost: x", "bad-request"),
    "no HTTP": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", "bad-request"),
    "a bad address": (b"GET http://[/ HTTP/1.1\r\nHost: x", "bad-request"),
    "a long header": (b"GET / HTTP/1.1\r\nHost: x\r\nX-Long: " + b"x" * 9000, "bad-request"),
    "a long address": (b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: x", "bad-request"),
    "a header that is none": (b"GET / HTTP/1.1\r\nHost: x\r\nswordfish", "bad-request"),
    "two lengths": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked", "bad-request"),
}


@pytest.mark.parametrize(("head", "code"), MALFORMED.values(), ids=MALFORMED.keys())
async def test_an_unparsable_request_gets_a_problem_and_is_logged(
    client: Client, caplog: pytest.LogCaptureFixture, head: bytes, code: str
) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await send_raw(client, head + b"\r\nConnection: close")
    status, headers, shown = split(answer)
    assert (status, shown["code"], shown["type"], shown["status"]) == (400, code, f"/problems/{code}", 400)
    assert headers["Content-Type"] == "application/problem+json"
    assert headers["X-Request-Id"] == shown["request_id"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Server"] == "nocturne"
    assert [(line["event"], line["log_level"], line["request_id"]) for line in lines] == [
        ("bad request", "info", shown["request_id"])
    ]
    assert "exc_info" not in lines[0]
    assert "swordfish" not in str(lines) + answer.decode()
    assert not caplog.records


@pytest.mark.parametrize("path", ["/api/toys", "/nowhere", "/healthz"])
async def test_an_unknown_expectation_is_417(client: Client, path: str) -> None:
    shown, headers = await problem(client, "GET", path, headers={"Expect": "miracles"})
    assert (shown["status"], shown["code"]) == (417, "expectation-failed")
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_a_client_that_expects_100_continue_gets_it(client: Client) -> None:
    toy = b'{"name": "Duck"}'
    head = b"POST /api/toys HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\n"
    head += b"Authorization: " + SIGNED_IN["Authorization"].encode() + b"\r\nExpect: 100-continue\r\n"
    reader, writer = await asyncio.open_connection(client.host, client.port)
    writer.write(head + f"Content-Length: {len(toy)}\r\n\r\n".encode())
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(toy)
    assert (await reader.read()).startswith(b"HTTP/1.1 201 Created")
    writer.close()
    await writer.wait_closed()


async def test_an_unexpected_error_is_500_and_its_message_is_only_logged(client: Client) -> None:
    with structlog.testing.capture_logs([structlog.contextvars.merge_contextvars]) as lines:
        shown, headers = await problem(client, "GET", "/api/refusal?kind=bug")
    assert (shown["status"], shown["code"]) == (500, "internal-error")
    assert "swordfish" not in str(shown)
    error, request = lines
    assert error["log_level"] == "error"
    assert error["exc_info"] is True
    assert error["request_id"] == request["request_id"] == headers["X-Request-Id"]


async def test_a_refusal_of_no_kind_is_500(client: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        shown, _ = await problem(client, "GET", "/api/refusal?kind=kindless")
    assert shown["status"] == 500
    assert lines[0]["log_level"] == "error"


async def test_an_error_during_a_response_closes_the_connection(client: Client) -> None:
    with structlog.testing.capture_logs() as lines:
        answer = await send_raw(client, b"GET /api/broken-off HTTP/1.1\r\nHost: x\r\nConnection: close")
    assert answer.startswith(b"HTTP/1.1 200 OK")
    assert answer.endswith(b'{"said": "\r\n')
    assert [(line["event"], line.get("status")) for line in lines] == [("unexpected error", None), ("request", 499)]
