"""One-time links: proof that somebody reads the mail of an address (A5)."""

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
from core.shared.tokens import decode_token, encode_token, hash_secret


class Purpose(StrEnum):
    """What a link is for. Each person has one link for each at most: a new one takes the place of the last."""

    RESET = "reset-password"
    VERIFY = "verify-email"


LASTS = {Purpose.RESET: timedelta(hours=1), Purpose.VERIFY: timedelta(days=2)}
AGAIN_AFTER = timedelta(minutes=5)
"""So long nobody is sent another link for the same, whoever asks: it would void the one that is on its way."""
IN_USE = timedelta(seconds=30)
"""So long whoever begins to use a link has it alone. A process that dies meanwhile leaves it good for later."""
SEND_RESET_LINK = "send-reset-link"
"""The task of whoever sends a link to choose a new password; it is told the `email`."""
TOPICS = {Purpose.RESET: "account.password-forgotten", Purpose.VERIFY: "account.email-to-verify"}


@dataclass(frozen=True, slots=True)
class Link:
    """A link sent to `email`. It works once, until it expires, and while that is still the person's address.

    `in_use_until` is set while somebody is at it.
    """

    id: UUID
    user_id: UserId
    purpose: Purpose
    email: str
    secret_hash: str
    expires_at: datetime
    in_use_until: datetime | None = None

    @property
    def sent_at(self) -> datetime:
        return self.expires_at - LASTS[self.purpose]

    def begun(self, now: datetime) -> Link:
        """The link in the hands of whoever shows it first; of many at once, the others are spared the work.

        Raises LinkInUse.
        """
        if self.in_use_until is not None and now < self.in_use_until:
            raise LinkInUse("This link is being used just now. If it was to no avail, try again in half a minute.")
        return replace(self, in_use_until=now + IN_USE)

    def must_open(self, user: User, purpose: Purpose, secret: str, now: datetime) -> None:
        """Raises BadToken."""
        is_it = hmac.compare_digest(self.secret_hash, hash_secret(secret)) and self.purpose is purpose
        if not is_it or now >= self.expires_at or user.email != self.email or not user.is_active:
            raise no_link()


def no_link() -> BadToken:
    """The same for whatever is wrong with it."""
    return BadToken("This link was used before, has expired, or is not one of ours. Ask for a new one.")


def may_send_another(last: Link | None, user: User, now: datetime) -> bool:
    """Whether a link may take the place of the last one: not while that is good and has just been sent."""
    return last is None or last.email != user.email or now >= last.sent_at + AGAIN_AFTER


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
        secret=encode_token(link_id, secret),
    )
    return link, message


def read_link(token: str) -> tuple[UUID, str]:
    """The id and the secret of a link. Raises BadToken for anything else."""
    parts = decode_token(token)
    if parts is None:
        raise no_link()
    return parts
