"""One-time links: proof that somebody reads the mail of an address (A5)."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from core.accounts.errors import BadToken
from core.accounts.model import User
from core.shared.ids import UserId
from core.shared.messages import Message
from core.shared.tokens import hash_secret, joined, parted


class Purpose(StrEnum):
    """What a link is for. Each person has one link for each at most: a new one takes the place of the last."""

    RESET = "reset-password"
    VERIFY = "verify-email"


LASTS = {Purpose.RESET: timedelta(hours=1), Purpose.VERIFY: timedelta(days=2)}
TOPICS = {Purpose.RESET: "account.password-forgotten", Purpose.VERIFY: "account.email-to-verify"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link sent to `email`. It works once, until it expires, and while that is still the person's address."""

    id: UUID
    user_id: UserId
    purpose: Purpose
    email: str
    secret_hash: str
    expires_at: datetime

    def must_open(self, user: User, purpose: Purpose, secret: str, now: datetime) -> None:
        """Raises BadToken."""
        is_it = hmac.compare_digest(self.secret_hash, hash_secret(secret)) and self.purpose is purpose
        if not is_it or now >= self.expires_at or user.email != self.email or not user.is_active:
            raise no_link()


def no_link() -> BadToken:
    """The same for whatever is wrong with it."""
    return BadToken("This link was used before, has expired, or is not one of ours. Ask for a new one.")


def new_link(link_id: UUID, user: User, purpose: Purpose, secret: str, now: datetime) -> tuple[Link, Message]:
    """A link, and the message that takes it to its reader."""
    link = Link(link_id, user.id, purpose, user.email, hash_secret(secret), now + LASTS[purpose])
    message = Message(
        id=link_id,
        topic=TOPICS[purpose],
        email=user.email,
        created_at=now,
        user_id=user.id,
        payload={"name": user.name, "expires_at": link.expires_at.isoformat()},
        secret=joined(link_id, secret),
    )
    return link, message


def read_link(token: str) -> tuple[UUID, str]:
    """The id and the secret of a link. Raises BadToken for anything else."""
    parts = parted(token)
    if parts is None:
        raise no_link()
    return parts
