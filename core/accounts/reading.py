"""Reading one's own account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.links import LinkPurpose, bad_link, read_link
from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork
from core.shared.access import Principal
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class ReadProfile:
    """Return the account of the signed-in user."""

    new_uow: Callable[[], AccountsUnitOfWork]

    async def __call__(self, *, by: Principal) -> User:
        async with self.new_uow() as uow:
            return await uow.users.get(by.user_id)


@dataclass(frozen=True, slots=True)
class ReadLink:
    """Return the user of a one-time link that still works, without using it. Raises BadToken."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self, *, token: str, purpose: LinkPurpose) -> User:
        link_id, secret = read_link(token)
        async with self.new_uow() as uow:
            owner = await uow.links.owner_of(link_id)
            link = await uow.links.last(owner, purpose) if owner else None
            if owner is None or link is None or link.id != link_id:
                raise bad_link()
            user = await uow.users.get(owner)
        link.must_be_valid_for(user, purpose, secret, self.clock.now())
        return user
