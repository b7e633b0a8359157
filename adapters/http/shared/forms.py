"""Read forms, as browsers and email programs post them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError

MAX_FORM_BYTES = 4096
"""Small, because anybody may post a form, and it is read completely before it is checked."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file of a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """What a form has sent: the texts of each field, and its files."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Mapping[str, Upload] = field(default_factory=dict)

    @staticmethod
    def of(values: Mapping[str, object]) -> Form:
        """Return a form that shows these values, of which None is an empty text."""
        return Form({name: ["" if value is None else str(value)] for name, value in values.items()})

    def text(self, name: str, default: str = "") -> str:
        """Return the text of a field, without spaces around it; the last one if it was sent several times."""
        return self.raw(name, default).strip()

    def raw(self, name: str, default: str = "") -> str:
        """Return the text of a field as it was typed, as for passwords."""
        found = self.fields.get(name)
        return found[-1] if found else default

    def all(self, name: str) -> Sequence[str]:
        """Return every text of a field, as checkboxes send them."""
        return self.fields.get(name, ())


FORM = web.RequestKey[Form]("form")
"""The form of a page's request, read before its handler runs."""


async def read_form(request: web.Request, max_bytes: int) -> Form:
    """Return the form in either encoding; an empty one if there is none. A form that is too large gets 413."""
    body = await request.clone(client_max_size=max_bytes).read()
    if request.content_type == "application/x-www-form-urlencoded":
        return Form(_group(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    if request.content_type == "multipart/form-data":
        return await _read_parts(request, body)
    return Form()


async def read_small_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form of at most `MAX_FORM_BYTES`."""
    form = await read_form(request, MAX_FORM_BYTES)
    return {name: texts[-1] for name, texts in form.fields.items() if texts[-1]}


def _group(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, text in pairs:
        grouped.setdefault(name, []).append(text)
    return grouped


async def _read_parts(request: web.Request, body: bytes) -> Form:
    # Not with `request.post()`: it reads without limit before the first boundary.
    loop = asyncio.get_running_loop()
    stream = StreamReader(BaseProtocol(loop), max(len(body), 1), loop=loop)
    stream.feed_data(body)
    stream.feed_eof()
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    try:
        async for part in MultipartReader(request.headers, stream):
            if not isinstance(part, BodyPartReader) or part.name is None:
                continue
            content = bytes(await part.read())
            if part.filename is None:
                pairs.append((part.name, content.decode("utf-8", "replace")))
            elif content:
                files[part.name] = Upload(part.filename, content)
    except (HttpProcessingError, ValueError):
        return Form()
    return Form(_group(pairs), files)
