"""Sessions: one per sign-in, with the tokens that prove it."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.accounts.errors import BadRefreshToken
from core.shared.access import Principal
from core.shared.ids import SessionId, UserId
from core.shared.tokens import decode_token, hash_secret

MAX_DEVICE_LENGTH = 200
MAX_LIVE_SESSIONS = 100
"""The maximum number of live sessions per user."""
TOUCH_INTERVAL = timedelta(minutes=5)
"""How exactly the last use of a browser's session is known: storing every use would make every page a write."""


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. Its refresh token changes with every use; only the hash of the newest is stored.

    `device` is the name the client gave itself, by which the user recognises it.
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

    def rotate(self, secret: str, now: datetime) -> Session:
        return replace(self, secret_hash=hash_secret(secret), last_used_at=now)

    def is_touched_late(self, now: datetime) -> bool:
        """Return whether the time of the last use is so old that it should be stored again."""
        return now - self.last_used_at >= TOUCH_INTERVAL

    def touch(self, now: datetime) -> Session:
        return replace(self, last_used_at=now)

    def revoke(self, now: datetime) -> Session:
        """Return the session revoked now, or unchanged if it already is."""
        return self if self.revoked_at else replace(self, revoked_at=now)


def new_session(
    session_id: SessionId, user_id: UserId, *, secret: str, device: str, lasts: timedelta, now: datetime
) -> Session:
    return Session(
        id=session_id,
        user_id=user_id,
        secret_hash=hash_secret(secret),
        device=device[:MAX_DEVICE_LENGTH],
        created_at=now,
        last_used_at=now,
        expires_at=now + lasts,
    )


def surplus_sessions(live: Sequence[Session]) -> Sequence[Session]:
    """Return which of a user's live sessions, most recently used first, must end before another one may begin."""
    return live[MAX_LIVE_SESSIONS - 1 :]


@dataclass(frozen=True, slots=True)
class Access:
    """What an access token proves: who makes the request, and in which session."""

    principal: Principal
    session_id: SessionId


@dataclass(frozen=True, slots=True)
class IssuedTokens:
    """The tokens that a client gets for signing in. `expires_in` is the lifetime of the access token in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int


def read_refresh_token(token: str) -> tuple[SessionId, str]:
    """Return the session id and secret of a refresh token. Raises BadRefreshToken if it is malformed."""
    parts = decode_token(token)
    if parts is None:
        raise BadRefreshToken("This refresh token is not one of ours.")
    return SessionId(parts[0]), parts[1]


def browser_secret(secret: str) -> str:
    """Return the secret of a session whose cookie has this secret.

    So a cookie is no refresh token: that would change with its use, and sign out all other tabs.
    """
    return f"browser {secret}"
