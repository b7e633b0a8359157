"""Forms as browsers and mail programs post them: small ones."""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError

LARGEST = 4096
"""In bytes. Whoever posts a form may be anybody, and it is read whole before it is looked at."""


async def small_form(request: web.Request) -> dict[str, str]:
    """The fields of a form, of either kind; none where there is no form. Refuses a larger one as every large body."""
    body = await request.clone(client_max_size=LARGEST).read()
    if request.content_type == "application/x-www-form-urlencoded":
        return dict(parse_qsl(body.decode("utf-8", "replace")))
    if request.content_type == "multipart/form-data":
        return await _parts(request, body)
    return {}


async def _parts(request: web.Request, body: bytes) -> dict[str, str]:
    # Not by `request.post()`: however much comes before the first boundary, it reads on.
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), LARGEST, loop=loop)
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
