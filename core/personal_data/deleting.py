"""Deleting one's account."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.accounts.messages import farewell
from core.accounts.model import must_keep_an_admin
from core.accounts.passwords import confirm_password, must_be_unchanged
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher, Revocations
from core.personal_data.ports import PersonalDataUnitOfWork
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.ids import IdGenerator
from core.shared.signals import AccountsChanged
from core.shared.versions import Version, must_be_expected


@dataclass(frozen=True, slots=True)
class DeleteAccount:
    """Delete one's account for good, with everything that is about oneself alone. It needs the current password.

    Refused while there are bookings of events that have not ended, or events of one's own that people may come to: they
    are to be cancelled first, which refunds what was paid and notifies everybody. The last active admin is refused.
    Past bookings, their payments and the events stay without the name, so that all counts and sums stay as they are.
    Every session ends at once. The address gets one last email.
    """

    new_uow: Callable[[], PersonalDataUnitOfWork]
    new_accounts_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    revocations: Revocations
    ids: IdGenerator
    clock: Clock

    async def __call__(
        self, *, by: Principal, current_password: str, expected: frozenset[Version] | None = None
    ) -> None:
        now = self.clock.now()
        confirmed = await confirm_password(self.new_accounts_uow, self.hasher, by=by, typed=current_password, now=now)
        async with self.new_uow() as uow:
            admins = await uow.users.active_admins_for_update()
            must_keep_an_admin(admins, by.user_id)
            user = await uow.personal_data.lock(by.user_id)
            must_be_unchanged(confirmed, user.password_hash)
            must_be_expected(user.version, expected)
            (await uow.personal_data.commitments(user.id, now)).must_be_none()
            await uow.personal_data.erase(user, now)
            await uow.outbox.add([farewell(user, self.ids, now)])
            await uow.audit.write("user.deleted", now, actor_id=user.id, target=user.id)
            uow.signals.add(AccountsChanged())
            await uow.commit()
        await self.revocations.catch_up()
