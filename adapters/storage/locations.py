"""The URLs of storages."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote, urlsplit


def check_storage_url(url: str) -> None:
    """Raise ValueError unless the URL names a storage."""
    parse_storage_url(url)


def parse_storage_url(url: str) -> Path | tuple[str, str]:
    """Return the folder of `file:///folder`, or bucket and prefix of `s3://bucket/prefix`. Raises ValueError."""
    parts = urlsplit(url)
    has_extras = parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme == "file" and not parts.netloc and parts.path.strip("/") and not has_extras:
        return Path(unquote(parts.path))
    if parts.scheme == "s3" and parts.netloc and not has_extras:
        return parts.netloc, unquote(parts.path).strip("/")
    raise ValueError(
        "should be like s3://bucket/prefix or file:///var/lib/nocturne/media; keys are in AWS_ACCESS_KEY_ID and "
        "AWS_SECRET_ACCESS_KEY"
    )
