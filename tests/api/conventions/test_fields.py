"""How bodies, queries and headers are parsed, and which values are refused."""

from __future__ import annotations

import json
from typing import Any

import pytest
from marshmallow import Schema

from adapters.http.shared.characters import find_forbidden_characters
from adapters.http.shared.field_errors import MAX_ERRORS
from tests.support.toy_app import SIGNED_IN, SIGNED_IN_JSON, Client, send_raw


async def errors(client: Client, **body: Any) -> dict[str, list[str]]:
    response = await client.post("/api/toys", json={"name": "Duck", **body}, headers=SIGNED_IN)
    assert response.status == 422, await response.text()
    problem = await response.json()
    assert problem["code"] == "invalid-fields"
    return dict(problem["errors"])


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
    async def test_a_time_is_accepted_with_any_offset_and_returned_in_utc(
        self, client: Client, sent: str, shown: str
    ) -> None:
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
    async def test_an_invalid_time_is_refused(self, client: Client, wrong: object) -> None:
        assert list(await errors(client, made_at=wrong)) == ["made_at"]

    @pytest.mark.parametrize(
        ("sent", "shown"),
        [("12.50", "12.50"), ("12", "12"), (12.5, "12.5"), (12, "12"), (0, "0"), (7.255, "7.255")],
    )
    async def test_an_amount_is_a_string_or_a_number(self, client: Client, sent: object, shown: str) -> None:
        response = await client.post("/api/toys", json={"name": "Duck", "price": sent}, headers=SIGNED_IN)
        assert (await response.json())["price"] == shown

    @pytest.mark.parametrize(
        "wrong",
        [
            *("NaN", "Infinity", "-1", "1e3", "12.5055", "", " 1", "1_000", "\u0661", "9" * 5000),
            *(-1, 1e300, 10**30, 0.0001, True, None, [], {}),
        ],
    )
    async def test_an_invalid_amount_is_refused(self, client: Client, wrong: object) -> None:
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

    @pytest.mark.parametrize("unfit", ["\0", "\x1b", "\t", "\r\n", "\x7f", "\x85", "\u2028", "\u202e", "\u2066"])
    async def test_forbidden_characters_are_refused_at_any_depth(self, client: Client, unfit: str) -> None:
        body = {"name": f"a{unfit}", "makers": [{"name": f"b{unfit}"}], "labels": {f"c{unfit}": "d", "e": f"f{unfit}"}}
        for sent in (json.dumps(body), json.dumps(body, ensure_ascii=False)):
            answer = await client.post("/api/toys", data=sent.encode(), headers=SIGNED_IN_JSON)
            assert answer.status == 422
            told = (await answer.json())["errors"]
            assert sorted(told) == [f"labels.c{unfit}", "labels.e", "makers.name", "name"]
            assert {str(*each) for each in told.values()} == {
                "Must be one line, without control characters or characters that change the writing direction."
            }

    def test_forbidden_characters_are_searched_for_until_there_are_enough_errors(self) -> None:
        sent = {f"field{number}": "\0" for number in range(3 * MAX_ERRORS)}
        assert len(find_forbidden_characters(sent, Schema())) == MAX_ERRORS

    @pytest.mark.parametrize("name", ["نمی\u200cشود", "👩\u200d🎤", "שלום (A)\u200f", "Ver\xadanstaltung", "\\n"])
    async def test_characters_that_languages_need_are_accepted(self, client: Client, name: str) -> None:
        response = await client.post("/api/toys", json={"name": name}, headers=SIGNED_IN)
        assert (response.status, (await response.json())["name"]) == (201, name)

    async def test_an_escaped_backslash_before_u0000_is_no_nul_character(self, client: Client) -> None:
        response = await client.post("/api/toys", json={"name": "\\u0000"}, headers=SIGNED_IN)
        assert (response.status, (await response.json())["name"]) == (201, "\\u0000")

    async def test_the_number_of_reported_errors_is_limited(self, client: Client) -> None:
        body = {f"{number}{'x' * 1000}": 1 for number in range(900)}
        response = await client.post("/api/toys", json=body, headers=SIGNED_IN)
        assert response.status == 422
        assert len(await response.read()) < 30_000


class TestQueries:
    @pytest.mark.parametrize(
        ("query", "field", "message"),
        [
            ("color=red", "color", "Unknown parameter. Did you mean colour?"),
            ("LIMIT=5", "LIMIT", "Unknown parameter. Did you mean limit?"),
            ("color=", "color", "Unknown parameter. Did you mean colour?"),
            ("q=x", "q", "Unknown parameter. There are limit, offset, cursor, colour, tag, made_after."),
            ("%00=1", "\0", "Unknown parameter. There are limit, offset, cursor, colour, tag, made_after."),
            ("limit=1&limit=2", "limit", "Is sent 2 times; send it once."),
            ("colour=red&colour=red", "colour", "Is sent 2 times; send it once."),
        ],
    )
    async def test_an_unknown_or_repeated_parameter_is_refused(
        self, client: Client, query: str, field: str, message: str
    ) -> None:
        response = await client.get(f"/api/toys?{query}")
        assert response.status == 422
        assert (await response.json())["errors"] == {field: [message]}

    @pytest.mark.parametrize(
        "query", ["limit=&offset=&cursor=&colour=&tag=&made_after=", "limit=&limit=5", "tag=a&tag=&tag=b"]
    )
    async def test_an_empty_parameter_counts_as_absent(self, client: Client, query: str) -> None:
        assert (await client.get(f"/api/toys?{query}")).status == 200

    async def test_all_invalid_parameters_are_reported_at_once(self, client: Client) -> None:
        response = await client.get("/api/toys?limit=0&offset=x&colour=green&tag=a%00&made_after=now&size=1")
        assert response.status == 422
        assert sorted((await response.json())["errors"]) == [
            *("colour", "limit", "made_after", "offset", "size", "tag")
        ]

    async def test_the_number_of_reported_parameters_is_limited(self, client: Client) -> None:
        response = await client.get("/api/toys?" + "&".join(f"x{number}=1" for number in range(900)))
        assert response.status == 422
        assert len(await response.read()) < 30_000

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
            ("colour=red%0A", "colour"),
            ("tag=a&tag=b%00", "tag"),
            (f"tag={'x' * 21}", "tag"),
            ("made_after=2030-05-01T19:00:00", "made_after"),
            ("made_after=2030-05-01T19:00:00+02:00", "made_after"),
        ],
    )
    async def test_an_invalid_parameter_is_named(self, client: Client, query: str, field: str) -> None:
        response = await client.get(f"/api/toys?{query}")
        assert response.status == 422
        assert list((await response.json())["errors"]) == [field]

    async def test_bytes_that_are_not_valid_text_do_no_harm(self, client: Client) -> None:
        response = await client.get("/api/toys?cursor=7&colour=%ff%fe%ED%A0%80")
        assert response.status == 422

    async def test_a_header_that_is_not_valid_text_is_refused(self, client: Client) -> None:
        head = b"GET /api/greeting HTTP/1.1\r\nHost: x\r\nConnection: close\r\nToy-Key: caf\xff"
        answer = await send_raw(client, head)
        assert answer.startswith(b"HTTP/1.1 422 ")
        assert b'"errors":{"Toy-Key":' in answer
