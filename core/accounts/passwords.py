"""Comparing a password with a hash."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from core.accounts.errors import WrongPassword
from core.accounts.model import prepare_password
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher
from core.shared.access import Principal


async def verify_password(hasher: PasswordHasher, password_hash: str | None, typed: str) -> bool:
    """Return whether the typed password is that of the hash. Older hashes were made of passwords as they were typed."""
    prepared = prepare_password(typed)
    if await hasher.verify(password_hash, prepared):
        return True
    return typed != prepared and await hasher.verify(password_hash, typed)


async def confirm_password(
    new_uow: Callable[[], AccountsUnitOfWork], hasher: PasswordHasher, *, by: Principal, typed: str, now: datetime
) -> str:
    """Return the hash of the caller's password if this is it: the account may be changed before it is locked, so that
    the hash is to be compared again. Raises WrongPassword, which is written to the audit log.
    """
    async with new_uow() as uow:
        user = await uow.users.get(by.user_id)
    if not await verify_password(hasher, user.password_hash, typed):
        async with new_uow() as uow:
            await uow.audit.write("password.wrong", now, actor_id=user.id, target=user.id)
            await uow.commit()
        raise WrongPassword("The current password is wrong.")
    return user.password_hash


def must_be_unchanged(confirmed_hash: str, current_hash: str) -> None:
    """Raise WrongPassword if the password was changed after it was confirmed."""
    if confirmed_hash != current_hash:
        raise WrongPassword("The password has just been changed. Try again with the new one.")
