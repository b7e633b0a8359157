"""Comparing a password with a hash."""

from __future__ import annotations

from core.accounts.model import prepare_password
from core.accounts.ports import PasswordHasher


async def verify_password(hasher: PasswordHasher, password_hash: str | None, typed: str) -> bool:
    """Return whether the typed password is that of the hash. Older hashes were made of passwords as they were typed."""
    prepared = prepare_password(typed)
    if await hasher.verify(password_hash, prepared):
        return True
    return typed != prepared and await hasher.verify(password_hash, typed)
