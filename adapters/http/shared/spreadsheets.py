"""Files for spreadsheets: CSV (RFC 4180) in which no cell is taken for a formula.

A name such as `=HYPERLINK(…)` would otherwise run as a formula in the program of whoever opens the file (OWASP: CSV
injection).
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import AsyncIterable, Iterable

from aiohttp import hdrs, web

_BYTE_ORDER_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
"""By this at the beginning, Excel knows that a file is UTF-8."""
_FORMULA_SIGNS = {"=", "+", "-", "@"}
_CONTROLS = ("\t", "\r", "\n")


async def csv_response(
    request: web.Request, name: str, header: Iterable[str], parts: AsyncIterable[Iterable[Iterable[object]]]
) -> web.StreamResponse:
    """Send a file, its rows a part at a time, as it is read: a long one is never in memory as a whole."""
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
            hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        }
    )
    await response.prepare(request)
    await response.write(f"{_BYTE_ORDER_MARK}{csv_row(header)}".encode())
    async for rows in parts:
        await response.write("".join(map(csv_row, rows)).encode())
    await response.write_eof()
    return response


def csv_row(cells: Iterable[object]) -> str:
    """Return a line of a file, with its end."""
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow([_to_text(cell) for cell in cells])
    return line.getvalue()


def _to_text(cell: object) -> str:
    text = str(cell)
    if not isinstance(cell, str):
        return text  # a number may be negative
    # Their full-width forms start a formula in programs with Japanese or Chinese settings.
    first = unicodedata.normalize("NFKC", text.lstrip()[:1])
    starts_formula = first in _FORMULA_SIGNS or text.startswith(_CONTROLS)
    return f"'{text}" if starts_formula else text
