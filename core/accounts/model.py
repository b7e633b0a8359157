"""Users and their sessions (A1-A4)."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from core.accounts.errors import BadRefreshToken
from core.shared.access import Principal, Role
from core.shared.email import NO_EMAIL, is_email, normalise_email
from core.shared.errors import InvalidFields
from core.shared.ids import SessionId, UserId

MIN_PASSWORD, MAX_PASSWORD = 8, 128
MAX_NAME = 100


@dataclass(frozen=True, slots=True)
class User:
    """A person with an account. `email` is kept in lower case, so that it compares whatever its case (A1)."""

    id: UserId
    name: str
    email: str
    password_hash: str
    role: Role
    email_verified: bool
    is_active: bool
    created_at: datetime

    @property
    def principal(self) -> Principal:
        return Principal(self.id, self.role)


def check_sign_up(name: str, email: str, password: str) -> None:
    """Raises InvalidFields, naming every field that is not right."""
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name.strip()) <= MAX_NAME:
        errors["name"] = [f"Must be 1 to {MAX_NAME} characters long."]
    if not is_email(email):
        errors["email"] = [NO_EMAIL]
    if not MIN_PASSWORD <= len(password) <= MAX_PASSWORD:
        errors["password"] = [f"Must be {MIN_PASSWORD} to {MAX_PASSWORD} characters long."]
    if errors:
        raise InvalidFields(errors)


def new_user(user_id: UserId, *, name: str, email: str, password_hash: str, role: Role, now: datetime) -> User:
    """A user whose name, email and password passed `check_sign_up`."""
    return User(
        id=user_id,
        name=name.strip(),
        email=normalise_email(email),
        password_hash=password_hash,
        role=role,
        email_verified=False,
        is_active=True,
        created_at=now,
    )


@dataclass(frozen=True, slots=True)
class Session:
    """One sign-in. Its refresh token changes at every use; only the hash of the newest is kept (A3)."""

    id: SessionId
    user_id: UserId
    secret_hash: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None

    def accepts(self, secret: str) -> bool:
        return hmac.compare_digest(self.secret_hash, hash_secret(secret))

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at

    def rotated(self, secret: str) -> Session:
        return replace(self, secret_hash=hash_secret(secret))

    def revoked(self, now: datetime) -> Session:
        return replace(self, revoked_at=now)


def hash_secret(secret: str) -> str:
    """A random secret of 256 bits needs no slow hash: SHA-256 keeps it from whoever reads the table."""
    return hashlib.sha256(secret.encode()).hexdigest()


def refresh_token(session_id: SessionId, secret: str) -> str:
    """What the client keeps: which session it is, and the secret that proves it."""
    return f"{session_id.hex}.{secret}"


def read_refresh_token(token: str) -> tuple[SessionId, str]:
    """The session and the secret of a refresh token. Raises BadRefreshToken for anything else."""
    session_hex, _, secret = token.partition(".")
    try:
        return SessionId(UUID(hex=session_hex)), secret
    except ValueError:
        raise BadRefreshToken("This refresh token is not one of ours.") from None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """What a client gets for signing in: tokens, and how many seconds the access token lives."""

    access_token: str
    refresh_token: str
    expires_in: int
