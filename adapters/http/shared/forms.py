"""Read forms, as browsers and email programs post them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from email.utils import collapse_rfc2231_value
from urllib.parse import parse_qsl

from aiohttp import hdrs, web

MAX_FORM_BYTES = 4096
"""Small, because anybody may post a form, and it is read completely before it is checked."""
MAX_FIELDS = 1000
"""More than any form has: reading a field takes longer than sending it."""
MAX_PARTS = 100
"""More than any form with files has. The headers of a part take longer still."""
MAX_TEXT_BYTES = 256 * 1024
"""The texts of a form with files, together. Taking them apart and showing them again costs much more than a file does.
"""

_MAX_HEAD = 2048
"""So many bytes of the headers of a part are read. Browsers send few."""
_MAX_PARAMETERS = 20
"""The time to read the parameters of a header grows with the square of their number. Browsers send two."""


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
    """Return the form in either encoding; an empty one if there is none. A form that is too large, or has more than
    `MAX_FIELDS` fields, `MAX_PARTS` parts or `MAX_TEXT_BYTES` of texts, gets 413.
    """
    has_files = request.content_type == "multipart/form-data"
    body = await request.clone(client_max_size=max_bytes if has_files else min(max_bytes, MAX_TEXT_BYTES)).read()
    if has_files:
        return _read_parts(request.headers[hdrs.CONTENT_TYPE], body)
    if request.content_type == "application/x-www-form-urlencoded":
        _must_be_few(body.count(b"&") + 1, body)
        return Form(group_texts(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)))
    return Form()


async def read_small_form(request: web.Request) -> dict[str, str]:
    """Return the fields of a form of at most `MAX_FORM_BYTES`."""
    form = await read_form(request, MAX_FORM_BYTES)
    return {name: texts[-1] for name, texts in form.fields.items() if texts[-1]}


def group_texts(pairs: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    """Return the texts of each field of a form, from those of all in their order."""
    grouped: dict[str, list[str]] = {}
    for name, text in pairs:
        grouped.setdefault(_without_nul(name), []).append(_without_nul(text))
    return grouped


def _without_nul(text: str) -> str:
    """Return the text as browsers would show it: they show U+FFFD for a NUL, which no database can store as text."""
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _read_parts(content_type: str, body: bytes) -> Form:
    """Return the form in a body of `multipart/form-data` (RFC 7578).

    Not with aiohttp's reader, which takes the body apart line by line: a few megabytes of short ones, which anybody may
    send, would keep the server busy for a minute.
    """
    boundary = read_headers(f"Content-Type: {content_type}").get_boundary()
    if not boundary:
        return Form()
    _, *parts = (b"\r\n" + body).split(f"\r\n--{boundary}".encode("utf-8", "replace"), MAX_PARTS + 1)
    _must_be_few(len(parts), body, MAX_PARTS)
    pairs: list[tuple[str, str]] = []
    files: dict[str, Upload] = {}
    text_bytes = 0
    for part in parts:
        head, _, content = part.partition(b"\r\n\r\n")
        headers = read_headers(head[:_MAX_HEAD].decode("utf-8", "replace").lstrip())
        name, filename = (disposition(headers, each) for each in ("name", "filename"))
        if name is None:  # also the end, which is two hyphens
            continue
        if filename is None:
            text_bytes += len(content)
            if text_bytes > MAX_TEXT_BYTES:
                raise web.HTTPRequestEntityTooLarge(max_size=MAX_TEXT_BYTES, actual_size=text_bytes)
            pairs.append((name, content.decode("utf-8", "replace")))
        elif content:
            files[name] = Upload(filename, content)
    return Form(group_texts(pairs), files)


def _must_be_few(fields: int, body: bytes, most: int = MAX_FIELDS) -> None:
    if fields > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))


def read_headers(head: str) -> Message:
    """Return the headers of a part of a form."""
    return HeaderParser().parsestr(head)


def disposition(headers: Message, name: str) -> str | None:
    """Return a parameter of `Content-Disposition`, such as the `name` of a part; None if it is missing, or if there are
    more parameters than anybody sends.
    """
    if str(headers.get("content-disposition", "")).count(";") > _MAX_PARAMETERS:
        return None
    found = headers.get_param(name, header="content-disposition")
    return None if found is None else collapse_rfc2231_value(found)
