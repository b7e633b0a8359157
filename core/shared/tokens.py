"""Tokens that consist of the id of a thing and a secret."""

from __future__ import annotations

import hashlib
from uuid import UUID


def hash_secret(secret: str) -> str:
    """Return the SHA-256 of a secret. A random secret of 256 bits needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def encode_token(thing_id: UUID, secret: str) -> str:
    """Return a token made of the id of a thing and its secret."""
    return f"{thing_id.hex}.{secret}"


def decode_token(token: str) -> tuple[UUID, str] | None:
    """Return the id and secret of a token made by `encode_token`; None for anything else."""
    hex_id, _, secret = token.partition(".")
    try:
        return UUID(hex=hex_id), secret
    except ValueError:
        return None
