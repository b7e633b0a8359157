"""Conditional requests (RFC 9110, section 13): avoid sending bodies that the client has, and prevent lost updates.

The entity tag of a resource is `"<version>-<hash>"`: the version of its editable part, and a hash of the whole body.
A body contains more than can be edited: an event says how many people have booked and whether it can be booked now.
Therefore `If-None-Match` compares whole tags, or old counts would pass for new ones, and `If-Match` compares only
versions, or an organizer's edit would be refused because somebody booked in the meantime. A resource that can't be
edited has no version; its tag is the hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from hashlib import blake2b
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from adapters.http.shared.content_codings import tag_without_coding
from adapters.http.shared.declarations import H, declaration, refuses
from core.shared.errors import InvalidFields, Stale
from core.shared.versions import Version

ETAG, IF_MATCH, IF_NONE_MATCH = "ETag", "If-Match", "If-None-Match"

_TAG = r'(W/)?("[^"\x00-\x20\x7f]*")'
_TAGS = re.compile(rf"[ \t,]*{_TAG}(?:[ \t]*,[ \t,]*{_TAG})*[ \t,]*")
_ONE_TAG = re.compile(_TAG)
_ANY = ("", "*")
_EXAMPLE = '"64a1f09c3d2e0-9d1c5a7be0f24c6688a1b3d4"'

_HEADERS_OF_304 = (
    *(ETAG, "Cache-Control", "Content-Location", "Expires", "Vary"),
    *("Content-Security-Policy", "Cross-Origin-Resource-Policy", "Permissions-Policy", "Speculation-Rules"),
)
"""The headers that a 304 repeats (RFC 9110, section 15.4.5). They replace those of what is stored (RFC 9111, section
3.2), so without its own policies a page would be blocked by those of data.
"""

_ETAG: dict[str, Any] = {
    ETAG: {"description": "For `If-None-Match` and `If-Match`.", "schema": {"type": "string", "example": _EXAMPLE}}
}


def entity_tag(body: bytes, version: Version | None = None) -> str:
    """Return the entity tag of a resource with this body and version."""
    digest = blake2b(body, digest_size=12).hexdigest()
    return f'"{digest}"' if version is None else f'"{version}-{digest}"'


def version_tag(version: Version) -> str:
    """Return the entity tag of a resource whose version follows from its whole content."""
    return f'"{version}"'


def known_versions(request: web.Request) -> frozenset[Version]:
    """Return the versions that `If-None-Match` has in the form of `version_tag`. Raises InvalidFields."""
    return frozenset(Version(tag.strip('"')) for _, tag in _tags(request, IF_NONE_MATCH) or ())


def returns_etag(handler: H) -> H:
    """Declare that a handler responds with one resource and its `ETag`. Put it above the response schemas."""
    for response in declaration(handler)["responses"].values():
        if "schema" in response:
            response["headers"] = _ETAG
    return handler


def accepts_if_none_match(handler: H) -> H:
    """Declare that a handler sends an `ETag`, and 304 without a body to a client that has the current version."""
    _declare_header(handler, IF_NONE_MATCH, "The `ETag` of what you have, or several. A current one gets 304.")
    declaration(handler)["responses"]["304"] = {"description": "You have the current one.", "headers": _ETAG}
    return refuses(InvalidFields)(returns_etag(handler))


def accepts_if_match(handler: H) -> H:
    """Declare that a handler honours `If-Match`. It must pass `expected_versions` to its use case."""
    description = "The `ETag` of what you have read: the change is made only if nobody has edited it since."
    _declare_header(handler, IF_MATCH, description)
    return refuses(Stale, InvalidFields)(handler)


def has_no_version(handler: H) -> H:
    """Declare that a handler changes a thing without an `ETag`, so that `If-Match` is refused unless it is `*`."""
    _declare_header(handler, IF_MATCH, "This has no `ETag`: anything but `*` is refused.")
    declaration(handler)["has_version"] = False
    return refuses(Stale, InvalidFields)(handler)


def expected_versions(request: web.Request) -> frozenset[Version] | None:
    """Return the versions in `If-Match`; None if any version will do. Raises InvalidFields if it is malformed.

    `*` only requires that the resource exists, and a change requires that anyway.
    """
    tags = _tags(request, IF_MATCH)
    if tags is None or _ANY in tags:
        return None
    # A weak tag never matches here (section 8.8.3.2).
    return frozenset(Version(tag.strip('"').partition("-")[0]) for is_weak, tag in tags if not is_weak)


def conditional_requests(handlers: Iterable[Handler]) -> Middleware:
    """Create the middleware that responds 304 where handlers accept `If-None-Match`, and that refuses `If-Match` for
    things without an `ETag`. Raises Stale.
    """
    marks = {handler: getattr(handler, "__apispec__", {}) for handler in handlers}
    accepting = {handler for handler, mark in marks.items() if "304" in mark.get("responses", ())}
    unversioned = {handler for handler, mark in marks.items() if not mark.get("has_version", True)}

    @web.middleware
    async def check_conditions(request: web.Request, handler: Handler) -> web.StreamResponse:
        if request.match_info.handler in unversioned and expected_versions(request) is not None:
            raise Stale("This has no `ETag`. Send `If-Match: *`, or leave the header out.")
        if IF_NONE_MATCH not in request.headers or request.match_info.handler not in accepting:
            return await handler(request)
        _tags(request, IF_NONE_MATCH)  # refuse a malformed header before anything is read
        return unless_known(request, await handler(request))

    return check_conditions


def unless_known(request: web.Request, response: web.StreamResponse) -> web.StreamResponse:
    """Return the response, or 304 if the client already has it. Raises InvalidFields."""
    known = _tags(request, IF_NONE_MATCH) or ()
    if _ANY in known or response.headers.get(ETAG) in {tag for _, tag in known}:
        headers = {name: response.headers[name] for name in _HEADERS_OF_304 if name in response.headers}
        return web.Response(status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return response


def _tags(request: web.Request, name: str) -> list[tuple[str, str]] | None:
    """Return the entity tags of a header, each with its `W/` or "", and without the content coding that a compressed
    response adds to it; `_ANY` alone for `*`; None without the header.
    """
    if name not in request.headers:
        return None
    sent = ", ".join(request.headers.getall(name)).strip(" \t")
    if sent == "*":
        return [_ANY]
    if not _TAGS.fullmatch(sent):
        raise InvalidFields({name: [f"Must be * or entity tags such as {_EXAMPLE}, separated by commas."]})
    return [(weak, tag_without_coding(tag)) for weak, tag in _ONE_TAG.findall(sent)]


def _declare_header(handler: Handler, name: str, description: str) -> None:
    parameter = {"in": "header", "name": name, "description": description, "schema": {"type": "string"}}
    declaration(handler)["parameters"].append(parameter)
