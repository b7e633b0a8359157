"""The OpenAPI document and two pages that show it, Swagger UI and ReDoc, without loading anything from other hosts.

The files of both come from the package drf-spectacular-sidecar. They are located without importing it, since the
package itself needs Django.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from aiohttp import web

from adapters.http.docs.openapi import build_document
from adapters.http.middleware.compression import KeptBody
from adapters.http.middleware.conditional import unless_known
from adapters.http.middleware.security_headers import REVALIDATE
from adapters.http.shared.responses import to_json

_STATIC = Path(__file__).with_name("static")

_ASSET_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".png": "image/png"}

_POLICY = "; ".join(
    [
        "default-src 'none'",
        "base-uri 'none'",
        "connect-src 'self'",
        "font-src 'self' data:",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "img-src 'self' data:",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",  # both write their styles at run time
        "worker-src 'self' blob:",  # ReDoc searches in a worker
    ]
)


@dataclass(frozen=True, slots=True)
class About:
    """The title and version of the API in the document."""

    title: str
    version: str


ABOUT = web.AppKey("about", About)


def document(app: web.Application) -> dict[str, Any]:
    """Return the document of an application."""
    return build_document(app, title=app[ABOUT].title, version=app[ABOUT].version)


def documentation_routes() -> list[web.RouteDef]:
    """Return the routes of the document and of the pages that show it.

    The document is built at the first request and cached.
    """
    assets = _find_assets()

    @cache
    def render(app: web.Application) -> KeptBody:
        return KeptBody(to_json(document(app)))

    async def schema(request: web.Request) -> web.StreamResponse:
        kept = render(request.app)
        return unless_known(request, kept.response({"Content-Type": "application/json", **REVALIDATE}))

    async def swagger(_: web.Request) -> web.FileResponse:
        return _page("swagger.html")

    async def redoc(_: web.Request) -> web.FileResponse:
        return _page("redoc.html")

    async def asset(request: web.Request) -> web.StreamResponse:
        path = assets.get(request.match_info["name"])
        if path is None:
            raise web.HTTPNotFound
        headers = {"Content-Type": _ASSET_TYPES[path.suffix], "Cache-Control": "max-age=3600"}
        return unless_known(request, _read(path).response(headers))

    return [
        web.get("/api/schema", schema),
        web.get("/api/docs", swagger),
        web.get("/api/swagger", swagger),
        web.get("/api/redoc", redoc),
        web.get("/api/docs/assets/{name}", asset),
    ]


@cache
def _read(path: Path) -> KeptBody:
    return KeptBody(path.read_bytes())


def _page(name: str) -> web.FileResponse:
    return web.FileResponse(_STATIC / name, headers={"Content-Security-Policy": _POLICY, **REVALIDATE})


def _find_assets() -> dict[str, Path]:
    """Return every file that pages may load, by its name. Raises ModuleNotFoundError if the package is missing."""
    package = find_spec("drf_spectacular_sidecar")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("drf-spectacular-sidecar is not installed")
    sidecar = Path(package.origin).parent / "static" / "drf_spectacular_sidecar"
    folders = [sidecar / "swagger-ui-dist", sidecar / "redoc" / "bundles", _STATIC]
    files = (path for folder in folders for path in folder.iterdir())
    return {path.name: path for path in files if path.suffix in _ASSET_TYPES}
