"""A long list is serialized in parts, between which other tasks run."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from marshmallow import fields

from adapters.http.shared.long_lists import ITEMS_PER_TURN, serialize_long_list
from adapters.http.shared.response_schemas import ResponseSchema


class NumberOut(ResponseSchema):
    number = fields.Integer()


@pytest.mark.parametrize("count", [0, 1, ITEMS_PER_TURN, ITEMS_PER_TURN + 1, 3 * ITEMS_PER_TURN])
async def test_the_list_is_the_last_field_of_the_object(count: int) -> None:
    numbers = [{"number": number} for number in range(count)]
    body = await serialize_long_list({"name": "]}", "total": count}, "items", NumberOut, numbers)
    assert json.loads(body) == {"name": "]}", "total": count, "items": numbers}
    assert list(json.loads(body)) == ["name", "total", "items"]


async def test_other_tasks_run_between_the_parts_and_each_part_is_made_only_then() -> None:
    made = 0
    made_at_each_turn: list[int] = []

    def numbers() -> Iterator[dict[str, int]]:
        nonlocal made
        for made in range(1, 10 * ITEMS_PER_TURN + 1):
            yield {"number": made}

    async def other() -> None:
        while made < 10 * ITEMS_PER_TURN:
            made_at_each_turn.append(made)
            await asyncio.sleep(0)

    await asyncio.gather(serialize_long_list({}, "items", NumberOut, numbers()), other())
    assert made_at_each_turn == [part * ITEMS_PER_TURN for part in range(1, 10)]
