"""Sending one-time links, in the transaction that requires them."""

from __future__ import annotations

from datetime import datetime

from core.accounts.links import LinkPurpose, new_link
from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork
from core.shared.ids import IdGenerator
from core.shared.secrets import Secrets


async def send_link(
    uow: AccountsUnitOfWork, user: User, purpose: LinkPurpose, *, ids: IdGenerator, secrets: Secrets, now: datetime
) -> None:
    """Replace the user's link for this purpose and add the message that contains it to the outbox."""
    link, message = new_link(ids.new(), user, purpose, secrets.new(), now)
    await uow.links.put(link)
    await uow.outbox.add([message])
