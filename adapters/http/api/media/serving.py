"""Serve the files of images, and parts of them (RFC 9110, section 14).

A name is used for one content only, so everybody may keep a file for ever. Browsers must never take one for a page:
its type is ours, whatever was uploaded, and a page in it could do nothing.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from http import HTTPStatus

from aiohttp import hdrs, web

from adapters.http.middleware.conditional import ETAG, accepts_if_none_match, unless_known
from adapters.http.middleware.problems import Problem, problem_response
from adapters.http.shared.declarations import declaration, docs, refuses
from adapters.http.use_cases import use_cases
from core.media.errors import PictureNotFound
from core.shared.images import MEDIA_TYPES

NAME = r"{picture:[0-9a-f]{32}-[0-9a-z]{1,8}-[0-9a-f]{32}\.(?:jpg|webp)}"
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})", re.ASCII)
_YEAR_SECONDS = 31_536_000
_HEADERS = {
    "Accept-Ranges": "bytes",
    "Cache-Control": f"public, max-age={_YEAR_SECONDS}, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}


@docs(
    tags=["images"],
    summary="Read a picture",
    description="Anybody may who knows its name, which can't be guessed. What it shows never changes. `Range` asks for "
    "one part of it; several parts at a time get the whole.",
    produces=list(MEDIA_TYPES.values()),
    responses={
        200: {"description": "The picture."},
        206: {"description": "The part that `Range` asks for, which `Content-Range` repeats."},
    },
)
@accepts_if_none_match
@refuses(PictureNotFound, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE)
async def read_picture(request: web.Request) -> web.StreamResponse:
    name, media = request.match_info["picture"], use_cases(request).media
    size = await media.read_picture.size_of(name)
    stem, _, ending = name.rpartition(".")
    headers = {**_HEADERS, "Content-Type": MEDIA_TYPES[ending], ETAG: f'"{stem.rpartition("-")[2]}"'}
    known = unless_known(request, web.StreamResponse(headers=headers))
    if known.status == HTTPStatus.NOT_MODIFIED:
        return known
    wanted = _wanted_part(request, headers[ETAG], size)
    if wanted is None:
        return _no_such_part(request, size)
    first, end = wanted
    response = web.StreamResponse(headers=headers)
    if end - first < size:
        response.set_status(HTTPStatus.PARTIAL_CONTENT)
        response.headers["Content-Range"] = f"bytes {first}-{end - 1}/{size}"
    response.content_length = end - first
    chunks = None if request.method == hdrs.METH_HEAD else await media.read_picture.read(name, first, end)
    return await _send(request, response, chunks)


async def _send(
    request: web.Request, response: web.StreamResponse, chunks: AsyncIterator[bytes] | None
) -> web.StreamResponse:
    await response.prepare(request)
    if chunks is not None:
        async for chunk in chunks:
            await response.write(chunk)
    return response


def _wanted_part(request: web.Request, tag: str, size: int) -> tuple[int, int] | None:
    """Return where the wanted part begins and ends; None if there is nothing in it.

    A range of another form is ignored, as is one on condition of another content (`If-Range`).
    """
    asked = _RANGE.fullmatch(request.headers.get(hdrs.RANGE, ""))
    if asked is None or not (asked[1] or asked[2]) or request.headers.get(hdrs.IF_RANGE, tag) != tag:
        return 0, size
    if not asked[1]:
        first, end = max(0, size - int(asked[2])), size
    elif asked[2] and int(asked[2]) < int(asked[1]):
        return 0, size  # such a range is not valid (section 14.1.1)
    else:
        first, end = int(asked[1]), min(size, int(asked[2]) + 1) if asked[2] else size
    return (first, end) if first < end else None


def _no_such_part(request: web.Request, size: int) -> web.Response:
    problem = Problem(
        HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
        "range-not-satisfiable",
        f"The file has {size} bytes.",
        headers={"Content-Range": f"bytes */{size}"},
    )
    return problem_response(problem, request)


declaration(read_picture)["parameters"].append(
    {"in": "header", "name": "Range", "description": "One part, such as `bytes=0-999`.", "schema": {"type": "string"}}
)

ROUTES = [web.get(f"/media/{NAME}", read_picture)]
