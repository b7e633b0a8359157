"""Messages about changes to an account, so that its owner notices changes made by somebody else."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from core.accounts.model import User
from core.shared.ids import IdGenerator
from core.shared.messages import FAREWELL, Message


class AccountTopic(StrEnum):
    PASSWORD_CHANGED = "account.password-changed"  # noqa: S105 - the name of a topic
    EMAIL_CHANGED = "account.email-changed"
    ROLE_CHANGED = "account.role-changed"
    DEACTIVATED = "account.deactivated"
    REACTIVATED = "account.reactivated"
    ORGANIZER_REFUSED = "account.organizer-refused"
    DELETED = FAREWELL


def account_messages(before: User, after: User, ids: IdGenerator, now: datetime) -> list[Message]:
    """Return a message per change, sent to the previous address: the new one may belong to an intruder."""
    happened = {
        AccountTopic.PASSWORD_CHANGED: after.password_hash != before.password_hash,
        AccountTopic.EMAIL_CHANGED: after.email != before.email,
        AccountTopic.ROLE_CHANGED: after.role is not before.role,
        AccountTopic.DEACTIVATED: before.is_active and not after.is_active,
        AccountTopic.REACTIVATED: after.is_active and not before.is_active,
    }
    payload = {"name": after.name, "role": after.role.value}
    return [
        Message(ids.new(), topic, now, before.email, user_id=after.id, payload=payload)
        for topic, is_changed in happened.items()
        if is_changed
    ]


def refusal_message(user: User, reason: str, ids: IdGenerator, now: datetime) -> Message:
    """Return the message that an admin refused to make the user an organizer; the reason may be empty."""
    payload = {"name": user.name, "reason": reason}
    return Message(ids.new(), AccountTopic.ORGANIZER_REFUSED, now, user.email, user_id=user.id, payload=payload)


def farewell(user: User, ids: IdGenerator, now: datetime) -> Message:
    """Return the message that the account was deleted, to the address that it had."""
    return Message(ids.new(), AccountTopic.DELETED, now, user.email, payload={"name": user.name})
