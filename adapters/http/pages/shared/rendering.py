"""Render pages from templates (Jinja2)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

import aiohttp_jinja2
from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from adapters.http.pages.shared.assets import load_assets
from adapters.http.pages.shared.csrf import CSRF_FIELD, csrf_token, keep_secret
from adapters.http.pages.shared.event_addresses import path_of, poster_path
from adapters.http.pages.shared.filters import FILTERS
from adapters.http.pages.shared.icons import SPRITE, icon
from adapters.http.pages.shared.notices import forget_notice, read_notice
from adapters.http.shared.forms import Form
from core.accounts.browsing import BrowserSession
from core.accounts.model import User

PLATFORM = web.AppKey[str]("platform")
"""What the platform is called."""
PUBLIC_URL = web.AppKey[str]("public_url")
"""Where people reach the platform, without a final slash."""
VIEWER = web.RequestKey[BrowserSession]("viewer")

CONTENT_POLICY = "; ".join(
    [
        "default-src 'none'",
        "base-uri 'none'",
        # Which includes the WebSocket (CSP Level 3; Safari from 16 on, and these pages need 17.5).
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "img-src 'self'",
        "manifest-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "worker-src 'self'",
    ]
)
_HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    # Not `no-store`: a page that may not be stored is loaded anew on Back, and what was typed is lost.
    "Cache-Control": "private, no-cache",
    "Vary": "Cookie",
}
_TEMPLATES = Path(__file__).parent.parent / "templates"


def set_up_rendering(app: web.Application) -> None:
    """Let the application render pages. Raises TemplateSyntaxError if there is a mistake in any template."""
    app[aiohttp_jinja2.APP_KEY] = _compiled_templates()


@cache
def _compiled_templates() -> Environment:
    assets = load_assets()
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        cache_size=-1,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS, event_path=path_of, poster_path=poster_path)
    environment.globals.update(asset=assets.url, icon=partial(icon, assets.url(SPRITE)), empty_form=Form())
    for name in environment.list_templates():
        environment.get_template(name)
    return environment


def page_response(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> web.Response:
    """Return a page. Templates get the context, and what the layout needs: the viewer, this address, the notice."""
    shared = {
        "platform": request.app[PLATFORM],
        "viewer": viewer(request),
        "here": request.rel_url.raw_path_qs,
        "path": request.rel_url.path,
        "public_url": request.app[PUBLIC_URL],
        "notice": read_notice(request),
        "csrf_field": partial(_csrf_field, request),
    }
    text = aiohttp_jinja2.render_string(template, request, shared | context)
    response = web.Response(
        text=text, content_type="text/html", charset="utf-8", status=status, headers={**_HEADERS, **(headers or {})}
    )
    keep_secret(request, response)
    forget_notice(request, response)
    return response


def viewer(request: web.Request) -> User | None:
    """Return the user who opens the page; None if nobody has signed in."""
    found = request.get(VIEWER)
    return found.user if found else None


def _csrf_field(request: web.Request) -> Markup:
    return Markup('<input type="hidden" name="{}" value="{}">').format(CSRF_FIELD, csrf_token(request))
