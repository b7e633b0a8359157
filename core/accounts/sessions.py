"""Sessions: one for each sign-in, with the tokens that prove it (A2, A3)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.accounts.errors import BadRefreshToken
from core.shared.access import Principal
from core.shared.ids import SessionId, UserId
from core.shared.tokens import decode_token, hash_secret

MAX_DEVICE = 200
MOST_LIVE = 100
"""So many sessions one person may have."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. Its refresh token changes at every use; only the hash of the newest is kept (A3).

    `device` is what the client called itself, for its owner to know it by.
    """

    id: SessionId
    user_id: UserId
    secret_hash: str
    device: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def accepts(self, secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, hash_secret(secret))

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def rotated(self, secret: str, now: datetime) -> Session:
        return replace(self, secret_hash=hash_secret(secret), last_used_at=now)

    def revoked(self, now: datetime) -> Session:
        """Over since now, or since it was over before."""
        return self if self.revoked_at else replace(self, revoked_at=now)


def new_session(
    session_id: SessionId, user_id: UserId, *, secret: str, device: str, lasts: timedelta, now: datetime
) -> Session:
    return Session(
        id=session_id,
        user_id=user_id,
        secret_hash=hash_secret(secret),
        device=device[:MAX_DEVICE],
        created_at=now,
        last_used_at=now,
        expires_at=now + lasts,
    )


def making_room(live: Sequence[Session]) -> Sequence[Session]:
    """Which of somebody's live sessions, the one used last first, end so that one more may begin: those that were used
    longest ago, until there are fewer than MOST_LIVE.
    """
    return live[MOST_LIVE - 1 :]


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token proves: who is asking, in which session."""

    principal: Principal
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets for signing in: tokens, and how many seconds the access token lives."""

    access_token: str
    refresh_token: str
    expires_in: int


def read_refresh_token(token: str) -> tuple[SessionId, str]:
    """The session and the secret of a refresh token. Raises BadRefreshToken for anything else."""
    parts = decode_token(token)
    if parts is None:
        raise BadRefreshToken("This refresh token is not one of ours.")
    return SessionId(parts[0]), parts[1]
