"""Sending one-time links, in the transaction that gives the reason."""

from __future__ import annotations

from datetime import datetime

from core.accounts.links import Purpose, new_link
from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork
from core.shared.ids import IdGenerator
from core.shared.secrets import Secrets


async def send_link(
    uow: AccountsUnitOfWork, user: User, purpose: Purpose, *, ids: IdGenerator, secrets: Secrets, now: datetime
) -> None:
    """A link in place of the user's last one for the same, and the message that takes it to its reader."""
    link, message = new_link(ids.new(), user, purpose, secrets.new(), now)
    await uow.links.put(link)
    await uow.outbox.add([message])
