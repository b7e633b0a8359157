"""Sending emails over SMTP: a message, its sender, and how a failure is checked."""

from __future__ import annotations

from datetime import timedelta
from email.headerregistry import Address
from typing import Any
from uuid import UUID

import pytest

from adapters.calendars.ical import ICalendar
from adapters.delivery.email.servers import Server
from adapters.delivery.email.smtp import MAX_REASON_LENGTH, SmtpSender
from core.notifications.errors import DeliveryFailed
from core.shared.messages import Message
from core.shared.times import to_rfc3339
from tests.support.builders import NOW
from tests.support.mail_server import PASSWORD

SENDER = Address("Nöcturne, the house", "tickets", "example.org")
PUBLIC_URL = "https://tickets.example.org"
SECRET = "c2VjcmV0.dG9rZW4-_"
FORGOTTEN = Message(
    id=UUID(int=7),
    topic="account.password-forgotten",
    email="ada@example.com",
    created_at=NOW,
    payload={"name": "Ada <img src=x> & Söhne", "expires_at": to_rfc3339(NOW + timedelta(hours=1))},
    secret=SECRET,
)


def by_smtp(server: Server, **options: Any) -> SmtpSender:
    return SmtpSender(server, sender=SENDER, public_url=PUBLIC_URL, calendars=ICalendar(SENDER), **options)


async def failed(delivery: SmtpSender, kind: type[DeliveryFailed], message: Message = FORGOTTEN) -> str:
    """Return the reason of the failure, which must be one line without a secret."""
    with pytest.raises(DeliveryFailed) as refused:
        await delivery.send(message)
    assert type(refused.value) is kind, refused.value.reason
    reason = refused.value.reason
    assert reason
    assert reason.isprintable()
    assert len(reason) <= MAX_REASON_LENGTH
    assert SECRET not in reason
    assert PASSWORD not in reason
    return reason
