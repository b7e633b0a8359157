"""Signing in, staying signed in, and signing out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.accounts.errors import BadRefreshToken, SessionNotFound
from core.accounts.model import User
from core.accounts.ports import AccessTokens, AccountsUnitOfWork, Revocations
from core.accounts.sessions import Access, IssuedTokens, Session, read_refresh_token
from core.accounts.starting_sessions import StartSession
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.errors import Unauthenticated
from core.shared.ids import SessionId
from core.shared.secrets import Secrets
from core.shared.tokens import decode_token, encode_token


@dataclass(frozen=True, slots=True)
class LogIn:
    """Start a session for an email and password.

    Neither the response nor its timing distinguishes a wrong password, an unknown email and a deactivated account. A
    password hashed with outdated parameters is hashed again. Beyond a hundred sessions, the least recently used ends.
    """

    start_session: StartSession
    tokens: AccessTokens

    async def __call__(self, *, email: str, password: str, device: str = "") -> IssuedTokens:
        secret = self.start_session.secrets.new()
        user, session = await self.start_session(email=email, password=password, device=device, secret=secret)
        return issue_tokens(self.tokens, user, session, secret)


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Exchange a refresh token for new tokens. Each works once: reusing one ends the whole session, since two parties
    hold it and either may be the thief.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    tokens: AccessTokens
    revocations: Revocations
    secrets: Secrets
    clock: Clock

    async def __call__(self, *, token: str) -> IssuedTokens:
        session_id, secret_given = read_refresh_token(token)
        now = self.clock.now()
        async with self.new_uow() as uow:
            session = await uow.sessions.get_for_update(session_id)
            if session is None or not session.is_live(now):
                raise BadRefreshToken("This session has ended. Sign in again.")
            is_reused = not session.accepts(secret_given)
            user = await uow.users.get(session.user_id)
            if not is_reused and not user.is_active:
                raise BadRefreshToken("This session has ended. Sign in again.")
            secret = self.secrets.new()
            session = session.revoke(now) if is_reused else session.rotate(secret, now)
            await uow.sessions.save(session)
            await uow.commit()
        if is_reused:
            await self.revocations.catch_up()
            raise BadRefreshToken("This refresh token was used before, so its session has been ended. Sign in again.")
        return issue_tokens(self.tokens, user, session, secret)


def issue_tokens(tokens: AccessTokens, user: User, session: Session, secret: str) -> IssuedTokens:
    access_token, expires_in = tokens.issue(user.principal, session.id, session.expires_at)
    return IssuedTokens(access_token, encode_token(session.id, secret), expires_in)


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Return what an access token proves, unless its session was revoked."""

    tokens: AccessTokens
    revocations: Revocations

    async def __call__(self, token: str) -> Access:
        access = self.tokens.read(token)
        if await self.revocations.contains(access.session_id):
            raise Unauthenticated("This session has ended. Sign in again.")
        return access


@dataclass(frozen=True, slots=True)
class CheckSession:
    """Return whether a session has not been revoked, for those who proved it some minutes ago."""

    revocations: Revocations

    async def __call__(self, session_id: SessionId) -> bool:
        return not await self.revocations.contains(session_id)


@dataclass(frozen=True, slots=True)
class ListSessions:
    """List the live sessions of the user, most recently used first."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal) -> Sequence[Session]:
        async with self.new_uow() as uow:
            return await uow.sessions.live(by.user_id, self.clock.now())


@dataclass(frozen=True, slots=True)
class EndSession:
    """End one of one's own sessions: its refresh token and access tokens are invalid from then on.

    Another user's session is reported as not found.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    clock: Clock

    async def __call__(self, session_id: SessionId, *, by: Principal) -> None:
        async with self.new_uow() as uow:
            session = await uow.sessions.get_for_update(session_id)
            if session is None or session.user_id != by.user_id:
                raise SessionNotFound("You have no such session.")
            await uow.sessions.save(session.revoke(self.clock.now()))
            await uow.commit()
        await self.revocations.catch_up()


@dataclass(frozen=True, slots=True)
class EndOtherSessions:
    """End all sessions of the user but the current one."""

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    clock: Clock

    async def __call__(self, *, access: Access) -> None:
        async with self.new_uow() as uow:
            await uow.sessions.revoke_all(access.principal.user_id, self.clock.now(), but=access.session_id)
            await uow.commit()
        await self.revocations.catch_up()


@dataclass(frozen=True, slots=True)
class LogOut:
    """End the current session, and that of the refresh token if one is given. The refresh token alone is enough.

    A refresh token that is invalid, used or another user's is ignored, as RFC 7009 (section 2.2) recommends: a client
    could do nothing about it. Without either token the request is refused.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    clock: Clock

    async def __call__(self, *, access: Access | None, refresh_token: str | None = None) -> None:
        if access is None and refresh_token is None:
            raise Unauthenticated("Send the access token or the refresh token of the session that is to end.")
        own_id = access.session_id if access else None
        named_id, secret = decode_token(refresh_token or "") or (None, "")
        now = self.clock.now()
        async with self.new_uow() as uow:
            # Locked in the order of their ids: two requests that name the same sessions would deadlock otherwise.
            for session_id in sorted(each for each in {own_id, named_id} if each is not None):
                session = await uow.sessions.get_for_update(SessionId(session_id))
                if session is None or (access and session.user_id != access.principal.user_id):
                    continue
                if session.id == own_id or session.accepts(secret):
                    await uow.sessions.save(session.revoke(now))
            await uow.commit()
        await self.revocations.catch_up()
