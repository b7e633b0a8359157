"""Proving who one is, and staying signed in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from core.accounts.errors import BadCredentials, BadRefreshToken
from core.accounts.model import (
    Session,
    SignedIn,
    User,
    hash_secret,
    read_refresh_token,
    refresh_token,
)
from core.accounts.ports import AccessTokens, AccountsUnitOfWork, PasswordHasher
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.ids import IdGenerator, SessionId
from core.shared.secrets import Secrets


@dataclass(frozen=True, slots=True)
class LogIn:
    """Start a session for an email and password. A wrong password, an unknown email and a deactivated account are
    told apart neither by the answer nor by its time. A password that was hashed with other parameters than those of
    today is hashed anew.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    tokens: AccessTokens
    secrets: Secrets
    ids: IdGenerator
    clock: Clock
    session_length: timedelta

    async def __call__(self, *, email: str, password: str) -> SignedIn:
        async with self.new_uow() as uow:
            user = await uow.users.by_email(normalise_email(email))
        matches = await self.hasher.verify(user.password_hash if user else None, password)
        if user is None or not matches or not user.is_active:
            raise BadCredentials("Email or password is wrong.")
        new_hash = await self.hasher.hash(password) if self.hasher.needs_rehash(user.password_hash) else None
        secret, now = self.secrets.new(), self.clock.now()
        session = Session(
            id=SessionId(self.ids.new()),
            user_id=user.id,
            secret_hash=hash_secret(secret),
            created_at=now,
            expires_at=now + self.session_length,
        )
        async with self.new_uow() as uow:
            if new_hash is not None:
                kept = await uow.users.get_for_update(user.id)
                # Only in place of the hash that was verified: the password may have been changed since.
                if kept.password_hash == user.password_hash:
                    await uow.users.save(replace(kept, password_hash=new_hash))
            await uow.sessions.add(session)
            await uow.commit()
        return signed_in(self.tokens, user, session, secret)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Trade a refresh token for new tokens. Each works once: showing a spent one ends the whole session, since
    two parties hold it and nobody knows which is the thief.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    tokens: AccessTokens
    secrets: Secrets
    clock: Clock

    async def __call__(self, *, token: str) -> SignedIn:
        session_id, shown = read_refresh_token(token)
        now = self.clock.now()
        async with self.new_uow() as uow:
            session = await uow.sessions.get_for_update(session_id)
            if session is None or not session.is_live(now):
                raise BadRefreshToken("This session is over; sign in again.")
            if not session.accepts(shown):
                await uow.sessions.save(session.revoked(now))
                await uow.commit()
                raise BadRefreshToken("This refresh token was used before, so its session has been ended.")
            user = await uow.users.get(session.user_id)
            if not user.is_active:
                raise BadRefreshToken("This session is over; sign in again.")
            secret = self.secrets.new()
            session = session.rotated(secret)
            await uow.sessions.save(session)
            await uow.commit()
        return signed_in(self.tokens, user, session, secret)


def signed_in(tokens: AccessTokens, user: User, session: Session, secret: str) -> SignedIn:
    access_token, expires_in = tokens.issue(user.principal, session.id)
    return SignedIn(access_token, refresh_token(session.id, secret), expires_in)
