"""Read a form with files part by part, while it arrives.

`forms.read_form` is for small forms, which are read as a whole. aiohttp's reader takes a body apart line by line: some
megabytes of short lines, which anybody may send, would keep the server busy for a minute.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from email.message import Message

from aiohttp import hdrs, web

from adapters.http.shared.forms import MAX_TEXT_BYTES, Form, Upload, disposition, group_texts, read_headers

MAX_HEAD_BYTES = 4096
MAX_PARTS = 50
_CHUNK_BYTES = 64 * 1024


class PartTooLarge(Exception):
    """A part is larger than it may be. It was not read to its end."""

    def __init__(self, part: Part) -> None:
        super().__init__(part.name)
        self.part = part


@dataclass(frozen=True, slots=True)
class Part:
    """A field of a form: a text, or a file if it has a file name."""

    name: str
    filename: str | None
    content: bytes = b""

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", "replace").replace("\0", "\N{REPLACEMENT CHARACTER}")


async def read_parts(request: web.Request, *, max_bytes: int, max_part_bytes: int) -> AsyncIterator[Part]:
    """Yield the parts of a body of `multipart/form-data` (RFC 7578), of which one at a time is in memory.

    Raises web.HTTPRequestEntityTooLarge, before anything is read if the request says how long it is; PartTooLarge; and
    web.RequestPayloadError if the body is not such a form or breaks off.
    """
    reader = _open(request, max_bytes)
    await reader.read_preamble()
    for _ in range(MAX_PARTS):
        part = await reader.read_part()
        if part is None:
            return
        content = await reader.read_to_delimiter(max_part_bytes)
        if content is None:
            raise PartTooLarge(part)
        yield replace(part, content=content)
    raise web.HTTPRequestEntityTooLarge(max_size=MAX_PARTS, actual_size=MAX_PARTS + 1)


async def read_texts(request: web.Request, *, max_bytes: int) -> Form:
    """Return the form in a body of `multipart/form-data` with its files empty: they are skipped as they arrive.

    For people who have not signed in: what they send takes hardly any memory. Texts of more than `MAX_TEXT_BYTES`
    together raise web.HTTPRequestEntityTooLarge, too; otherwise raises as `read_parts` does.
    """
    reader = _open(request, max_bytes)
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    text_bytes = 0
    await reader.read_preamble()
    for _ in range(MAX_PARTS):
        part = await reader.read_part()
        if part is None:
            return Form(group_texts(pairs), files)
        if part.filename is not None:
            if await reader.skip_to_delimiter():
                files[part.name] = Upload(part.filename, b"")
            continue
        content = await reader.read_to_delimiter(MAX_TEXT_BYTES - text_bytes)
        if content is None:
            raise web.HTTPRequestEntityTooLarge(max_size=MAX_TEXT_BYTES, actual_size=MAX_TEXT_BYTES + 1)
        text_bytes += len(content)
        if part.name:
            pairs.append((part.name, replace(part, content=content).text))
    raise web.HTTPRequestEntityTooLarge(max_size=MAX_PARTS, actual_size=MAX_PARTS + 1)


def _open(request: web.Request, max_bytes: int) -> _Reader:
    if (request.content_length or 0) > max_bytes:
        raise web.HTTPRequestEntityTooLarge(max_size=max_bytes, actual_size=request.content_length or 0)
    boundary = read_headers(f"Content-Type: {request.headers.get(hdrs.CONTENT_TYPE, '')}").get_boundary()
    if not boundary:
        raise web.RequestPayloadError("There is no boundary.")
    return _Reader(request, f"\r\n--{boundary}".encode("utf-8", "replace"), max_bytes)


class _Reader:
    """The body of a request, between two delimiters at a time."""

    def __init__(self, request: web.Request, delimiter: bytes, max_bytes: int) -> None:
        self._content, self._delimiter, self._max_bytes = request.content, delimiter, max_bytes
        self._buffer = bytearray(b"\r\n")  # so that the first delimiter looks like the others
        self._read = 0

    async def read_preamble(self) -> None:
        """Read past the first delimiter, before which there is nothing but what nobody needs."""
        if await self.read_to_delimiter(MAX_HEAD_BYTES) is None:
            raise web.RequestPayloadError("The first part is missing.")

    async def read_part(self) -> Part | None:
        """Return the part after a delimiter, without its content; None after the last one."""
        headers = await self._read_head()
        if headers is None:
            return None
        return Part(disposition(headers, "name") or "", disposition(headers, "filename"))

    async def _read_head(self) -> Message | None:
        while len(self._buffer) < len(b"--"):
            await self._fill()
        if self._buffer.startswith(b"--"):
            return None
        end = await self._find(b"\r\n\r\n", MAX_HEAD_BYTES)
        if end is None:
            raise web.RequestPayloadError("The headers of a part are too long, or have no end.")
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        # A part without content begins with the delimiter, whose line end was that of the headers.
        self._buffer[:0] = b"\r\n" if self._buffer.startswith(self._delimiter[2:]) else b""
        return read_headers(head.decode("utf-8", "replace").lstrip())

    async def read_to_delimiter(self, max_bytes: int) -> bytes | None:
        """Return what comes before the next delimiter, and read past it; None if that is more than `max_bytes`."""
        end = await self._find(self._delimiter, max_bytes)
        if end is None:
            return None
        found = bytes(self._buffer[:end])
        del self._buffer[: end + len(self._delimiter)]
        return found

    async def skip_to_delimiter(self) -> bool:
        """Read past the next delimiter, and return whether there is anything before it."""
        is_empty = True
        while (found := self._buffer.find(self._delimiter)) < 0:
            skipped = max(0, len(self._buffer) - len(self._delimiter) + 1)
            is_empty = is_empty and not skipped
            del self._buffer[:skipped]
            await self._fill()
        del self._buffer[: found + len(self._delimiter)]
        return not is_empty or found > 0

    async def _find(self, wanted: bytes, within: int) -> int | None:
        searched = 0
        while (found := self._buffer.find(wanted, searched)) < 0:
            searched = max(0, len(self._buffer) - len(wanted) + 1)
            if searched > within:
                return None
            await self._fill()
        return found if found <= within else None

    async def _fill(self) -> None:
        chunk = await self._content.read(_CHUNK_BYTES)
        if not chunk:
            raise web.RequestPayloadError("The body breaks off.")
        self._read += len(chunk)
        if self._read > self._max_bytes:
            raise web.HTTPRequestEntityTooLarge(max_size=self._max_bytes, actual_size=self._read)
        self._buffer += chunk
