"""One-time links, which prove that a person has access to an email address."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from core.accounts.errors import BadToken, LinkInUse
from core.accounts.model import User
from core.shared.ids import UserId
from core.shared.messages import Message
from core.shared.times import to_rfc3339
from core.shared.tokens import decode_token, encode_token, hash_secret


class LinkPurpose(StrEnum):
    """What a link is for. A user has at most one link per purpose; a new one replaces the last."""

    RESET = "reset-password"
    VERIFY = "verify-email"


LINK_LIFETIMES = {LinkPurpose.RESET: timedelta(hours=1), LinkPurpose.VERIFY: timedelta(days=2)}
MIN_LINK_INTERVAL = timedelta(minutes=5)
"""The minimum time between two links for one purpose: a new link would invalidate the one on its way."""
LINK_LEASE = timedelta(seconds=30)
"""How long one request has a link for itself. If its process dies, the link can be used again afterwards."""
SEND_RESET_LINK = "send-reset-link"
"""The task that sends a password reset link. Its argument is the `email`."""
TOPICS = {LinkPurpose.RESET: "account.password-forgotten", LinkPurpose.VERIFY: "account.email-to-verify"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link sent to `email`. It works once, until it expires, and only while that is still the user's address.

    `in_use_until` is set while a request has leased it.
    """

    id: UUID
    user_id: UserId
    purpose: LinkPurpose
    email: str
    secret_hash: str
    expires_at: datetime
    in_use_until: datetime | None = None

    @property
    def sent_at(self) -> datetime:
        return self.expires_at - LINK_LIFETIMES[self.purpose]

    def lease(self, now: datetime) -> Link:
        """Return the link reserved for one request. Raises LinkInUse if another request has it."""
        if self.in_use_until is not None and now < self.in_use_until:
            raise LinkInUse("This link is being used right now. If that fails, try again in half a minute.")
        return replace(self, in_use_until=now + LINK_LEASE)

    def must_be_valid_for(self, user: User, purpose: LinkPurpose, secret: str, now: datetime) -> None:
        """Raise BadToken unless the secret and purpose match and the user may still use the link."""
        matches = hmac.compare_digest(self.secret_hash, hash_secret(secret)) and self.purpose is purpose
        if not matches or now >= self.expires_at or user.email != self.email or not user.is_active:
            raise bad_link()


def bad_link() -> BadToken:
    """Return the error for any invalid link; it does not reveal what is wrong."""
    return BadToken("This link was used before, has expired, or is not one of ours. Ask for a new one.")


def may_send_another(last: Link | None, user: User, now: datetime) -> bool:
    """Return whether the last link may be replaced: not if it is usable and was sent just now."""
    return last is None or last.email != user.email or now >= last.sent_at + MIN_LINK_INTERVAL


def new_link(link_id: UUID, user: User, purpose: LinkPurpose, secret: str, now: datetime) -> tuple[Link, Message]:
    """Return a new link and the message that contains it."""
    link = Link(link_id, user.id, purpose, user.email, hash_secret(secret), now + LINK_LIFETIMES[purpose])
    message = Message(
        id=link_id,
        topic=TOPICS[purpose],
        email=user.email,
        created_at=now,
        user_id=user.id,
        payload={"name": user.name, "expires_at": to_rfc3339(link.expires_at)},
        secret=encode_token(link_id, secret),
    )
    return link, message


def read_link(token: str) -> tuple[UUID, str]:
    """Return the id and secret of a link's token. Raises BadToken if it is malformed."""
    parts = decode_token(token)
    if parts is None:
        raise bad_link()
    return parts
