"""Serialize long lists without keeping other requests waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from itertools import islice

from marshmallow import Schema

from adapters.http.shared.responses import to_json

ITEMS_PER_TURN = 250
"""Takes half a millisecond. A thread would take the interpreter lock for five at a time."""


async def serialize_long_list(
    fields: Mapping[str, object], name: str, schema: type[Schema], things: Iterable[object]
) -> bytes:
    """Return a JSON object with these fields and, as the last one, a list of things, each serialized by the schema.

    Other requests take turns with each part of the list, which is taken from `things` only then.
    """
    instance, rest = schema(), iter(things)
    parts = [to_json({**fields, name: []}).removesuffix(b"]}")]
    separator = b""
    while part := list(islice(rest, ITEMS_PER_TURN)):
        parts += separator, to_json(instance.dump(part, many=True))[1:-1]
        separator = b","
        await asyncio.sleep(0)
    # Once: to copy a body of some megabytes takes milliseconds.
    return b"".join([*parts, b"]}"])
