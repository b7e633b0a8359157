"""The name of the client, by which people recognize their sessions."""

from __future__ import annotations

from aiohttp import hdrs, web


def device_name(request: web.Request) -> str:
    """Return what the client calls itself."""
    # Bytes of the header that are not valid text arrive as lone surrogates, which can't be stored.
    return request.headers.get(hdrs.USER_AGENT, "").encode(errors="replace").decode()
