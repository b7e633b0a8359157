"""Static files, at addresses that change with their content, so that browsers may keep them for ever.

The version is that of all files together: modules import each other by relative addresses, which then lead to files of
the same version.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from aiohttp import web

from adapters.http.middleware.compression import KeptBody
from adapters.http.middleware.conditional import unless_known
from adapters.http.middleware.security_headers import REVALIDATE
from adapters.http.pages.shared.declarations import public_file
from adapters.http.pages.shared.icons import SPRITE, draw_sprite

PATH = "/static/{version}/{name:.+}"
IMMUTABLE = {"Cache-Control": "public, max-age=31536000, immutable"}

_STATIC = Path(__file__).parent.parent / "static"
_BUNDLES = {"css/app.css": ("tokens", "base", "layout", "forms", "components")}
"""Style sheets that all pages use, as one file each."""
_NOT_SENT = re.compile(rb"^[ \t]*(?:(?://[^\n]*|/\*(?:(?!\*/).)*\*/)[ \t]*$)?", re.MULTILINE | re.DOTALL)
"""What browsers don't need of a script: indentation, and comments that have their lines to themselves."""
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".png": "image/png",
}


@dataclass(frozen=True, slots=True)
class Assets:
    """The files by their names, such as `css/app.css`, and their version."""

    files: Mapping[str, KeptBody]
    version: str

    def url(self, name: str) -> str:
        """Return the address of a file. Raises KeyError if there is no such file."""
        if name not in self.files:
            raise KeyError(f"there is no static file {name!r}")
        return f"/static/{self.version}/{name}"


@cache
def load_assets() -> Assets:
    """Read all files, join those of each bundle, and draw the icons. Scripts must not have texts of several lines."""
    contents = {
        path.relative_to(_STATIC).as_posix(): path.read_bytes()
        for folder in ("css", "js", "images")
        for path in sorted((_STATIC / folder).rglob("*"))
        if path.suffix in _TYPES
    }
    for bundle, names in _BUNDLES.items():
        folder = bundle.rpartition("/")[0]
        contents[bundle] = b"\n".join(contents.pop(f"{folder}/{name}.css") for name in names)
    for name, content in contents.items():
        if name.endswith(".js"):
            contents[name] = _NOT_SENT.sub(_keep_lines, content)
    contents[SPRITE] = draw_sprite().encode()
    digest = sha256(b"".join(name.encode() + content for name, content in sorted(contents.items())))
    return Assets({name: KeptBody(content) for name, content in contents.items()}, digest.hexdigest()[:12])


def _keep_lines(found: re.Match[bytes]) -> bytes:
    """Return empty lines in place of what is not sent, since errors name lines."""
    return b"\n" * found[0].count(b"\n")


@public_file
async def show_asset(request: web.Request) -> web.StreamResponse:
    """Return a static file. One of another version is not kept by the browser: this process may be the older one."""
    assets, name = load_assets(), request.match_info["name"]
    body = assets.files.get(name)
    if body is None:
        raise web.HTTPNotFound
    caching = IMMUTABLE if request.match_info["version"] == assets.version else REVALIDATE
    return unless_known(request, body.response({"Content-Type": _TYPES[Path(name).suffix], **caching}))


ROUTES = [web.get(PATH, show_asset)]
