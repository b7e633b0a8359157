"""Reading one's own account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork
from core.shared.access import Principal


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """Return the account of the signed-in user."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, *, by: Principal) -> User:
        async with self.new_uow() as uow:
            return await uow.users.get(by.user_id)
