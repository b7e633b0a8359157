"""Making accounts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.errors import EmailTaken
from core.accounts.model import User, check_sign_up, new_user
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher
from core.shared.access import Role
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.ids import IdGenerator, UserId


@dataclass(frozen=True, slots=True)
class SignUp:
    """Make an account: one per email address, whatever its case. A role can't be chosen by signing up."""

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    ids: IdGenerator
    clock: Clock
    role: Role = Role.USER  # chosen where the use case is wired, never by who signs up

    async def __call__(self, *, name: str, email: str, password: str) -> User:
        check_sign_up(name, email, password)
        # Refused before the slow hash; the unique key still decides between two at the same moment.
        async with self.new_uow() as uow:
            if await uow.users.by_email(normalise_email(email)):
                raise EmailTaken("There is already an account with this email address.")
        password_hash = await self.hasher.hash(password)
        user = new_user(
            UserId(self.ids.new()),
            name=name,
            email=email,
            password_hash=password_hash,
            role=self.role,
            now=self.clock.now(),
        )
        async with self.new_uow() as uow:
            await uow.users.add(user)
            await uow.commit()
        return user
