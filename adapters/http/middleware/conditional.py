"""Conditional requests (RFC 9110, section 13): nobody is sent what they have, or overwrites what they have not seen.

The entity tag of a resource is `"<version>-<hash>"`: the version of what can be edited of it, and a hash of the whole
body. There is more in a body than what is edited: an event tells how many have booked, and whether it can be booked
by now. So `If-None-Match` compares whole tags, or old counts would pass for new ones; and `If-Match` compares the
versions alone, or an organizer's edit would be refused because somebody booked meanwhile. What cannot be edited has no
version, and its tag is the hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.shared.declarations import H, declaration, refuses
from core.shared.errors import InvalidFields, Stale
from core.shared.versions import Version

ETAG, IF_MATCH, IF_NONE_MATCH = "ETag", "If-Match", "If-None-Match"

_TAG = r'(W/)?("[^"\x00-\x20\x7f]*")'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_ONE_TAG = re.compile(_TAG)
_ANY = ("", "*")
_EXAMPLE = '"64a1f09c3d2e0-9d1c5a7be0f24c6688a1b3d4"'

_KEPT = (ETAG, "Cache-Control", "Content-Location", "Expires", "Vary")
"""What a 304 says of the answer it stands for (RFC 9110, section 15.4.5)."""

_ETAG: dict[str, Any] = {
    ETAG: {"description": "For `If-None-Match` and `If-Match`.", "schema": {"type": "string", "example": _EXAMPLE}}
}


def entity_tag(body: bytes, version: Version | None = None) -> str:
    """The entity tag of a resource with this body and version."""
    digest = blake2b(body, digest_size=12).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def returns_etag(handler: H) -> H:
    """Declare that what a handler answers with is one resource, with its `ETag`. To be put above its responses."""
    for response in declaration(handler)["responses"].values():
        if "schema" in response:
            response["headers"] = _ETAG
    return handler


def accepts_if_none_match(handler: H) -> H:
    """Declare that a handler gives an `ETag`, and 304 without a body to those who have that already."""
    _takes(handler, IF_NONE_MATCH, "The `ETag` of what you have, or several. While it is the same, there is a 304.")
    declaration(handler)["responses"]["304"] = {"description": "It is what you have.", "headers": _ETAG}
    return refuses(InvalidFields)(returns_etag(handler))


def accepts_if_match(handler: H) -> H:
    """Declare that a handler changes a resource only as somebody has seen it; it has to ask for `expected_versions`."""
    told = "The `ETag` of what you have seen: it is changed only while nobody has edited it since."
    _takes(handler, IF_MATCH, told)
    return refuses(Stale, InvalidFields)(handler)


def has_no_version(handler: H) -> H:
    """Declare that a handler changes what has no `ETag`: no tag can be one of it, so `If-Match` lets `*` alone by."""
    _takes(handler, IF_MATCH, "This has no `ETag`: any but `*` is refused.")
    declaration(handler)["has_version"] = False
    return refuses(Stale, InvalidFields)(handler)


def expected_versions(request: web.Request) -> frozenset[Version] | None:
    """The versions that `If-Match` names; None when any will do. Raises InvalidFields when it is malformed.

    `*` asks for no more than that the resource is there, and without it there is nothing to change anyway.
    """
    tags = _tags(request, IF_MATCH)
    if tags is None or _ANY in tags:
        return None
    # A weak tag is no proof that it is the same (section 8.8.3.2): it stands for no version.
    return frozenset(Version(tag.strip('"').partition("-")[0]) for is_weak, tag in tags if not is_weak)


def conditional_requests(handlers: Iterable[Handler]) -> Middleware:
    """The middleware that spares those who have an answer already its body, where handlers take `If-None-Match`, and
    lets nobody change by a tag what has none. Raises Stale.
    """
    marks = {handler: getattr(handler, "__apispec__", {}) for handler in handlers}
    take_it = {handler for handler, mark in marks.items() if "304" in mark.get("responses", ())}
    have_none = {handler for handler, mark in marks.items() if not mark.get("has_version", True)}

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in have_none and expected_versions(request) is not None:
            raise Stale("This has no `ETag`, so you can't have seen one of it. Send `If-Match: *`, or leave it out.")
        if IF_NONE_MATCH not in request.headers or request.match_info.handler not in take_it:
            return await handler(request)
        known = _tags(request, IF_NONE_MATCH) or ()
        response = await handler(request)
        if _ANY in known or response.headers.get(ETAG) in {tag for _, tag in known}:
            kept = {name: response.headers[name] for name in _KEPT if name in response.headers}
            return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=kept)
        return response

    return answer


def _tags(request: web.Request, name: str) -> list[tuple[str, str]] | None:
    """The entity tags of a header, each after its `W/` or nothing; `_ANY` alone for `*`; None without the header."""
    if name not in request.headers:
        return None
    sent = ", ".join(request.headers.getall(name)).strip(" \t")
    if sent == "*":
        return [_ANY]
    if not _TAGS.fullmatch(sent):
        raise InvalidFields({name: [f"Must be * or entity tags such as {_EXAMPLE}, with commas between them."]})
    return [(weak, tag) for weak, tag in _ONE_TAG.findall(sent)]


def _takes(handler: Handler, name: str, description: str) -> None:
    parameter = {"in": "header", "name": name, "description": description, "schema": {"type": "string"}}
    declaration(handler)["parameters"].append(parameter)
