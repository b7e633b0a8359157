"""Compress responses in the coding that the client prefers.

Only responses that anybody can get are compressed. The size of a compressed body tells how much parts of it resemble
each other, so somebody who sees sizes and can influence one part could guess a secret in another (BREACH). Therefore
nothing is compressed that needs a sign-in or a link's token, nor any problem, which repeats parts of the request.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.middleware.conditional import entity_tag
from adapters.http.shared.content_codings import CODINGS, SMALLEST, choose_coding, tag_with_coding, tag_without_coding

MIN_BYTES = 1024
"""Smaller bodies fit into one packet anyway."""
MIN_BYTES_KEPT = 256
"""Several small files of a page share a packet."""
MIN_BYTES_IN_THREAD = 64 * 1024
"""From here on, encoding takes longer than handing it to a thread."""

MAX_BYTES_IN_SMALLEST = 128 * 1024
"""Larger bodies would take too long, even though they are encoded once."""

_COMPRESSIBLE = re.compile(r"text/.+|application/(?:json|javascript|xml)|.+\+(?:json|xml)")
_NO_TRANSFORM = re.compile(r"(?:^|,)\s*no-transform\s*(?:,|$)", re.IGNORECASE)
_TAG = re.compile(r'"[^"]*"')


class KeptBody:
    """A body that many responses have. Its entity tag and each of its encoded forms are made once."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._tag = entity_tag(body)
        self._codings = SMALLEST if len(body) <= MAX_BYTES_IN_SMALLEST else CODINGS
        self._encoded: dict[str, bytes] = {}

    @property
    def codings(self) -> tuple[str, ...]:
        """The codings that it may have, the preferred one first."""
        return tuple(self._codings)

    def response(self, headers: Mapping[str, str]) -> web.Response:
        """Return a response with this body and its `ETag`."""
        response = web.Response(body=self._body, headers={**headers, hdrs.ETAG: self._tag})
        response[_KEPT] = self
        return response

    async def encode(self, coding: str) -> bytes:
        """Return the body in a coding."""
        if coding not in self._encoded:
            self._encoded[coding] = await asyncio.to_thread(self._codings[coding], self._body)
        return self._encoded[coding]


_KEPT = web.ResponseKey[KeptBody]("kept")


def compress_responses(public_handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that compresses the successful responses of these handlers to GET and HEAD."""
    handlers = frozenset(public_handlers)

    @web.middleware
    async def compress(request: web.Request, handler: Handler) -> web.StreamResponse:
        response = await handler(request)
        if request.match_info.handler not in handlers or request.method not in (hdrs.METH_GET, hdrs.METH_HEAD):
            return response
        if response.status == HTTPStatus.NOT_MODIFIED:
            _keep_known_tag(request, response)
        elif response.status != HTTPStatus.OK:
            return response
        _add_vary(response)
        kept = response.get(_KEPT)
        accepted = ",".join(request.headers.getall(hdrs.ACCEPT_ENCODING, ()))
        coding = choose_coding(accepted, kept.codings) if kept else choose_coding(accepted)
        if (
            coding is not None
            and isinstance(response, web.Response)
            and (body := _compressible_body(response, MIN_BYTES_KEPT if kept else MIN_BYTES))
        ):
            response.body = await (kept.encode(coding) if kept else _encode(body, coding))
            response.headers[hdrs.CONTENT_ENCODING] = coding
            if hdrs.ETAG in response.headers:
                response.headers[hdrs.ETAG] = tag_with_coding(response.headers[hdrs.ETAG], coding)
        return response

    return compress


def _compressible_body(response: web.Response, min_bytes: int) -> bytes | None:
    """Return the body if it is worth compressing."""
    is_compressible = (
        hdrs.CONTENT_ENCODING not in response.headers
        and _COMPRESSIBLE.fullmatch(response.content_type)
        and not _NO_TRANSFORM.search(response.headers.get(hdrs.CACHE_CONTROL, ""))
    )
    body = response.body
    return body if is_compressible and isinstance(body, bytes) and len(body) >= min_bytes else None


async def _encode(body: bytes, coding: str) -> bytes:
    encode = CODINGS[coding]
    return await asyncio.to_thread(encode, body) if len(body) >= MIN_BYTES_IN_THREAD else encode(body)


def _add_vary(response: web.StreamResponse) -> None:
    """Say that the response depends on `Accept-Encoding`, even if this one was not encoded."""
    vary = response.headers.get(hdrs.VARY)
    response.headers[hdrs.VARY] = f"{vary}, {hdrs.ACCEPT_ENCODING}" if vary else hdrs.ACCEPT_ENCODING


def _keep_known_tag(request: web.Request, response: web.StreamResponse) -> None:
    """Confirm the tag that the client has sent, which is that of the form of the body that it has."""
    for known in _TAG.findall(",".join(request.headers.getall(hdrs.IF_NONE_MATCH, ()))):
        if tag_without_coding(known) == response.headers.get(hdrs.ETAG):
            response.headers[hdrs.ETAG] = known
            return
