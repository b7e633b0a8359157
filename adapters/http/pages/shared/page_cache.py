"""Pages that are the same for everybody who has not signed in: this process keeps them for a moment, like lists."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Hashable

from aiohttp import hdrs, web

from adapters.http.middleware.conditional import ETAG, entity_tag, unless_known
from adapters.http.middleware.public_cache import PUBLIC_CACHE
from adapters.http.pages.shared.notices import read_notice
from adapters.http.pages.shared.rendering import viewer
from core.shared.cache import Entry


async def public_page(
    request: web.Request, render: Callable[[], Awaitable[web.Response]], *, state: Hashable = None
) -> web.StreamResponse:
    """Return a page, from the cache unless the visitor has signed in or is shown a notice.

    `render` returns it with status 200. Without a session it depends on the address and on `state` alone, and no form
    has a token. A page whose state was read for this request is never older than that, but for the time of day.
    """
    if viewer(request) is not None or read_notice(request) is not None:
        return await render()

    async def compute() -> Entry:
        response = await render()
        if hdrs.SET_COOKIE in response.headers or response.cookies:
            raise ValueError(f"The page at {request.path} sets a cookie, and can't be shown to others.")
        content = bytes(response.body or b"")  # type: ignore[arg-type]
        return Entry(content, {**response.headers, ETAG: entity_tag(content)})

    key = f"page {request.rel_url.raw_path_qs} {'' if state is None else hash(state)}"
    entry = await request.app[PUBLIC_CACHE].cache.get(key, compute)
    headers = {name: text for name, text in entry.headers.items() if name != hdrs.CONTENT_LENGTH}
    return unless_known(request, web.Response(body=entry.content, headers=headers))
