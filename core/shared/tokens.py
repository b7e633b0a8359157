"""Tokens for their owner to keep: which thing they open, and the secret that proves it."""

from __future__ import annotations

import hashlib
from uuid import UUID


def hash_secret(secret: str) -> str:
    """A random secret of 256 bits needs no slow hash: SHA-256 keeps it from whoever reads the table."""
    return hashlib.sha256(secret.encode()).hexdigest()


def encode_token(thing_id: UUID, secret: str) -> str:
    """A token for its owner to keep: which thing it opens, and the secret that proves it."""
    return f"{thing_id.hex}.{secret}"


def decode_token(token: str) -> tuple[UUID, str] | None:
    """The id and the secret of a token that `joined` made; None for anything else."""
    hex_id, _, secret = token.partition(".")
    try:
        return UUID(hex=hex_id), secret
    except ValueError:
        return None
