"""Lists as CSV files (RFC 4180), which spreadsheets open without running anything in them."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import date
from io import StringIO

BYTE_ORDER_MARK = "\ufeff"
"""Tells spreadsheets that the file is UTF-8."""
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_line(values: Iterable[str]) -> str:
    """Return a line of the file. What a spreadsheet would take for a formula begins with an apostrophe, which makes it
    a text (OWASP, CSV injection).
    """
    line = StringIO()
    csv.writer(line).writerow([f"'{value}" if value.startswith(_FORMULA_STARTS) else value for value in values])
    return line.getvalue()


def csv_headers(name: str, day: date) -> dict[str, str]:
    """Return the headers of a file that is saved as `name-2026-11-29.csv`."""
    return {
        "Content-Type": "text/csv; charset=utf-8; header=present",
        "Content-Disposition": f'attachment; filename="{name}-{day.isoformat()}.csv"',
        "Cache-Control": "private, no-store",
    }
