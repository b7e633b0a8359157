"""Where the one-time links in mails lead: pages that use them when their reader says so."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

_STATIC = Path(__file__).with_name("static")

_HEADERS = {
    "Content-Security-Policy": "; ".join(
        [
            "default-src 'none'",
            "base-uri 'none'",
            "connect-src 'self'",
            "form-action 'none'",
            "frame-ancestors 'none'",
            "img-src 'self'",
            "script-src 'self'",
            "style-src 'self'",
        ]
    ),
    # The token is in the address until the page has taken it out.
    "Referrer-Policy": "no-referrer",
}


def link_routes() -> list[web.RouteDef]:
    """The routes of these pages. What they do is done by the API: they only ask it."""

    async def verify_email(_: web.Request) -> web.FileResponse:
        return web.FileResponse(_STATIC / "verify-email.html", headers=_HEADERS)

    async def reset_password(_: web.Request) -> web.FileResponse:
        return web.FileResponse(_STATIC / "reset-password.html", headers=_HEADERS)

    return [web.get("/verify-email", verify_email), web.get("/reset-password", reset_password)]
