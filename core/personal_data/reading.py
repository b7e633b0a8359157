"""Reading what is stored about oneself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.personal_data.model import Commitments, PersonalRecords
from core.personal_data.ports import PersonalDataUnitOfWork
from core.shared.access import Principal
from core.shared.clock import Clock


@dataclass(frozen=True, slots=True)
class DownloadMyData:
    """Return everything that is stored about the caller, except the secrets that prove who they are."""

    new_uow: Callable[[], PersonalDataUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal) -> PersonalRecords:
        async with self.new_uow() as uow:
            return await uow.personal_data.read(by.user_id, self.clock.now())


@dataclass(frozen=True, slots=True)
class ListCommitments:
    """Return the bookings and events that keep the caller from deleting their account."""

    new_uow: Callable[[], PersonalDataUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal) -> Commitments:
        async with self.new_uow() as uow:
            return await uow.personal_data.commitments(by.user_id, self.clock.now())
