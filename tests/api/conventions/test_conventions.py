"""Conventions of every route: paths, response formats and authentication."""

from __future__ import annotations

import pytest

from tests.support.toy_app import BEAR, SIGNED_IN, Client, send_raw


class TestPaths:
    @pytest.mark.parametrize("slash", ["", "/"])
    async def test_a_final_slash_changes_nothing(self, client: Client, slash: str) -> None:
        listed = await client.get(f"/api/toys{slash}", allow_redirects=False)
        shown = await client.get(f"/api/toys/{BEAR.id}{slash}", allow_redirects=False)
        made = await client.post(f"/api/toys{slash}", json={"name": "Duck"}, headers=SIGNED_IN, allow_redirects=False)
        assert (listed.status, shown.status, made.status) == (200, 200, 201)

    @pytest.mark.parametrize("path", ["/api/toys", "/api/toys/", f"/api/toys/{BEAR.id}", "/healthz", "/api/schema"])
    async def test_head_responds_like_get_without_the_body(self, client: Client, path: str) -> None:
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

    async def test_ids_are_accepted_in_either_case(self, client: Client) -> None:
        assert (await client.get(f"/api/toys/{str(BEAR.id).upper()}")).status == 200

    async def test_options_of_the_whole_server_lists_the_methods_of_all_paths(self, client: Client) -> None:
        answer = await send_raw(client, b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close")
        assert answer.startswith(b"HTTP/1.1 204 ")
        assert b"\r\nAllow: DELETE, GET, HEAD, OPTIONS, POST\r\n" in answer


class TestBodies:
    @pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
    async def test_a_byte_order_mark_before_json_is_ignored(self, client: Client, content_type: str) -> None:
        body = b'\xef\xbb\xbf{"name": "Caf\xc3\xa9"}'
        response = await client.post("/api/toys", data=body, headers={**SIGNED_IN, "Content-Type": content_type})
        assert (response.status, (await response.json())["name"]) == (201, "Café")


class TestResponses:
    async def test_values_are_serialized_in_their_formats(self, client: Client) -> None:
        response = await client.get(f"/api/toys/{BEAR.id}")
        assert response.headers["Content-Type"] == "application/json"
        assert await response.json() == {
            "id": str(BEAR.id),
            "name": "Bear",
            "price": "12.50",
            "made_at": "2030-05-01T19:00:00Z",
            "parts": ["head", "body"],
        }

    async def test_a_204_has_no_body(self, client: Client) -> None:
        response = await client.delete(f"/api/toys/{BEAR.id}", headers=SIGNED_IN)
        assert (response.status, await response.read()) == (204, b"")


class TestAuthentication:
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
    async def test_without_a_valid_token_it_is_401_before_the_body_is_read(
        self, client: Client, header: str | None
    ) -> None:
        headers = {} if header is None else {"Authorization": header}
        response = await client.post("/api/toys", data=b"not json", headers=headers)
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == "Bearer"
        assert (await response.json())["code"] == "unauthenticated"

    async def test_the_bearer_scheme_is_case_insensitive(self, client: Client) -> None:
        headers = {"Authorization": SIGNED_IN["Authorization"].replace("Bearer", "bearer")}
        assert (await client.delete(f"/api/toys/{BEAR.id}", headers=headers)).status == 204

    async def test_an_invalid_token_is_401_even_where_it_is_optional(self, client: Client) -> None:
        statuses = [
            (await client.get("/api/greeting", headers=headers)).status
            for headers in ({}, SIGNED_IN, {"Authorization": "Bearer wrong"})
        ]
        assert statuses == [200, 200, 401]
