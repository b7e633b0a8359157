"""The code blocks of docs/webhooks.md, and the signature check that they show to receivers."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.support.builders import NOW
from tests.support.notification_service import ReceivedRequest

DOCS = Path(__file__).resolve().parents[2] / "docs" / "webhooks.md"


def blocks_of_docs(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)


def is_ours(got: ReceivedRequest, secret: str, now: datetime = NOW) -> bool:
    """Check the signature of a request with the Python code in docs/webhooks.md."""
    [block] = blocks_of_docs("python")
    names: dict[str, Any] = {}
    exec(block, names)  # noqa: S102 - the code comes from our own documentation
    verdict: bool = names["is_ours"](secret, got.headers, got.body, now.timestamp())
    return verdict
