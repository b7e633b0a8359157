"""Parse JSON that a client sent."""

from __future__ import annotations

import codecs
from typing import Any

import orjson


def parse_json(raw: bytes) -> Any:
    """Parse JSON in UTF-8, also after a byte order mark, which some programs write and RFC 8259 (section 8.1) lets a
    parser ignore. Raises orjson.JSONDecodeError.
    """
    return orjson.loads(raw.removeprefix(codecs.BOM_UTF8))
