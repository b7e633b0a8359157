"""Somebody deletes their account and books at the same moment, on PostgreSQL: one of the two happens."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from adapters.memory.accounts import MemoryRevocations, QuickHasher
from adapters.memory.shared.store import MemoryStore
from adapters.system.ids import TimeOrderedIds
from core.personal_data.deleting import DeleteAccount
from core.personal_data.errors import HasUpcomingBookings
from core.shared.errors import Unauthenticated
from tests.support.accounts_app import PASSWORD
from tests.support.builders import a_user
from tests.support.personal_data import live_a_full_life, personal_data_app
from tests.support.rush import ROUNDS, Rush

NOBODY_REVOKED = MemoryRevocations(MemoryStore())


async def delete_and_book(rush: Rush) -> tuple[object, object]:
    """Return the outcomes of both."""
    user = a_user(f"{uuid4().hex}@example.com", password_hash=await QuickHasher().hash(PASSWORD))
    async with rush.store.accounts() as uow:
        await uow.users.add(user)
        await uow.commit()
    event_id = await rush.office.open()
    delete = DeleteAccount(
        *(rush.store.personal_data, rush.store.accounts, QuickHasher()),
        *(NOBODY_REVOKED, TimeOrderedIds(), rush.store.clock),
    )
    deleting = delete(by=user.principal, current_password=PASSWORD)
    deleted, booked = await asyncio.gather(deleting, rush.office.book(event_id, user.principal), return_exceptions=True)
    return deleted, booked


async def test_all_invariants_hold_after_a_full_life_was_deleted(rush: Rush) -> None:
    app = personal_data_app(rush.store)
    life = await live_a_full_life(app)
    await rush.must_be_sound()
    await app.delete(by=life.grace.principal, current_password=PASSWORD)
    await rush.must_be_sound()


async def test_an_account_is_either_deleted_or_has_the_booking(rush: Rush) -> None:
    for _ in range(ROUNDS):
        deleted, booked = await delete_and_book(rush)
        if deleted is None:
            assert isinstance(booked, Unauthenticated), booked
        else:
            assert isinstance(deleted, HasUpcomingBookings), deleted
            assert not isinstance(booked, BaseException), booked
