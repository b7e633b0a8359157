"""Read small forms, as browsers and email programs post them."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError

MAX_FORM_BYTES = 4096
"""Small, because anybody may post a form, and it is read completely before it is checked."""


async def read_small_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form in either encoding; none if there is no form. A form that is too large gets 413."""
    body = await request.clone(client_max_size=MAX_FORM_BYTES).read()
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    if request.content_type == "multipart/form-data":
        return await _read_parts(request, body)
    return {}


async def _read_parts(request: web.Request, body: bytes) -> dict[str, str]:
    # Not with `request.post()`: it reads without limit before the first boundary.
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), MAX_FORM_BYTES, loop=loop)
    stream.feed_data(body)
    stream.feed_eof()
    parts: dict[str, str] = {}
    try:
        async for part in MultipartReader(request.headers, stream):
            if isinstance(part, BodyPartReader) and part.name is not None:
                parts[part.name] = (await part.read()).decode("utf-8", "replace")
    except (HttpProcessingError, ValueError):
        return {}
    return parts
