"""Giving a user another role, in the transaction that requires it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from core.accounts.messages import account_messages
from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork
from core.shared.access import Role
from core.shared.ids import IdGenerator


async def save_role(uow: AccountsUnitOfWork, user: User, role: Role, *, ids: IdGenerator, now: datetime) -> User:
    """Save the user with another role, tell them by email, and remove their request for the role of an organizer."""
    changed = replace(user, role=role)
    await uow.users.save(changed)
    await uow.outbox.add(account_messages(user, changed, ids, now))
    await uow.organizer_requests.remove_of(user.id)
    return changed
