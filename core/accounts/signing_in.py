"""Proving who one is, staying signed in, and leaving."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from core.accounts.errors import BadCredentials, BadRefreshToken, SessionNotFound
from core.accounts.model import User
from core.accounts.ports import AccessTokens, AccountsUnitOfWork, PasswordHasher, Revocations
from core.accounts.sessions import Access, Session, SignedIn, new_session, read_refresh_token
from core.shared.access import Principal
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.errors import Unauthenticated
from core.shared.ids import IdGenerator, SessionId
from core.shared.secrets import Secrets
from core.shared.tokens import decode_token, encode_token


@dataclass(frozen=True, slots=True)
class LogIn:
    """Start a session for an email and password. A wrong password, an unknown email and a deactivated account are
    told apart neither by the answer nor by its time. A password that was hashed with other parameters than those of
    today is hashed anew. Of more than a hundred sessions, the one used longest ago ends.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    tokens: AccessTokens
    revocations: Revocations
    secrets: Secrets
    ids: IdGenerator
    clock: Clock
    session_length: timedelta

    async def __call__(self, *, email: str, password: str, device: str = "") -> SignedIn:
        email = normalise_email(email)
        async with self.new_uow() as uow:
            user = await uow.users.by_email(email)
        matches = await self.hasher.verify(user.password_hash if user else None, password)
        if user is None or not matches or not user.is_active:
            async with self.new_uow() as uow:
                target = user.id if user else None
                await uow.audit.write("login.failed", self.clock.now(), target=target, email=email)
                await uow.commit()
            raise BadCredentials("Email or password is wrong.")
        new_hash = await self.hasher.hash(password) if self.hasher.needs_rehash(user.password_hash) else None
        secret, now = self.secrets.new(), self.clock.now()
        session = new_session(
            SessionId(self.ids.new()), user.id, secret=secret, device=device, lasts=self.session_length, now=now
        )
        if await self._begun(user, new_hash, session):
            return signed_in(self.tokens, user, session, secret)
        # Verified was what has been changed since: the password, the role, or whether there is an account at all.
        return await self(email=email, password=password, device=device)

    async def _begun(self, user: User, new_hash: str | None, session: Session) -> bool:
        """Whether the session was stored: it is not when the user has changed meanwhile."""
        async with self.new_uow() as uow:
            if await uow.users.get_for_update(user.id) != user:
                return False
            if new_hash is not None:
                await uow.users.save(replace(user, password_hash=new_hash))
            ended = await uow.sessions.make_room(user.id, session.created_at)
            await uow.sessions.add(session)
            await uow.commit()
        if ended:
            await self.revocations.catch_up()
        return True


@dataclass(frozen=True, slots=True)
class RefreshSession:
    """Trade a refresh token for new tokens. Each works once: showing a spent one ends the whole session, since
    two parties hold it and nobody knows which is the thief.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    tokens: AccessTokens
    revocations: Revocations
    secrets: Secrets
    clock: Clock

    async def __call__(self, *, token: str) -> SignedIn:
        session_id, shown = read_refresh_token(token)
        now = self.clock.now()
        async with self.new_uow() as uow:
            session = await uow.sessions.get_for_update(session_id)
            if session is None or not session.is_live(now):
                raise BadRefreshToken("This session is over; sign in again.")
            is_spent = not session.accepts(shown)
            user = await uow.users.get(session.user_id)
            if not is_spent and not user.is_active:
                raise BadRefreshToken("This session is over; sign in again.")
            secret = self.secrets.new()
            session = session.revoked(now) if is_spent else session.rotated(secret, now)
            await uow.sessions.save(session)
            await uow.commit()
        if is_spent:
            await self.revocations.catch_up()
            raise BadRefreshToken("This refresh token was used before, so its session has been ended.")
        return signed_in(self.tokens, user, session, secret)


def signed_in(tokens: AccessTokens, user: User, session: Session, secret: str) -> SignedIn:
    access_token, expires_in = tokens.issue(user.principal, session.id, session.expires_at)
    return SignedIn(access_token, encode_token(session.id, secret), expires_in)


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Who shows an access token, unless its session is over."""

    tokens: AccessTokens
    revocations: Revocations

    async def __call__(self, token: str) -> Access:
        access = self.tokens.read(token)
        if await self.revocations.include(access.session_id):
            raise Unauthenticated("This session is over; sign in again.")
        return access


@dataclass(frozen=True, slots=True)
class ListSessions:
    """Where somebody is signed in, the session used last first."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self, *, by: Principal) -> Sequence[Session]:
        async with self.new_uow() as uow:
            return await uow.sessions.live(by.user_id, self.clock.now())


@dataclass(frozen=True, slots=True)
class EndSession:
    """Sign out somewhere: the session's refresh token and its access tokens are worth nothing from then on.

    Somebody else's session is as if it were not there.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    clock: Clock

    async def __call__(self, session_id: SessionId, *, by: Principal) -> None:
        async with self.new_uow() as uow:
            session = await uow.sessions.get_for_update(session_id)
            if session is None or session.user_id != by.user_id:
                raise SessionNotFound("You have no such session.")
            await uow.sessions.save(session.revoked(self.clock.now()))
            await uow.commit()
        await self.revocations.catch_up()


@dataclass(frozen=True, slots=True)
class LogOut:
    """Sign out here. A refresh token that is given along ends its session, too; one that is spent or not one's own
    does nothing.
    """

    new_uow: Callable[[], AccountsUnitOfWork]
    revocations: Revocations
    clock: Clock

    async def __call__(self, *, access: Access, refresh_token: str | None = None) -> None:
        shown_id, secret = decode_token(refresh_token or "") or (access.session_id, "")
        now = self.clock.now()
        async with self.new_uow() as uow:
            # In the order of their ids: two that name the same sessions crosswise would wait for each other.
            for session_id in sorted({access.session_id, shown_id}):
                session = await uow.sessions.get_for_update(SessionId(session_id))
                if session is None or session.user_id != access.principal.user_id:
                    continue
                if session.id == access.session_id or session.accepts(secret):
                    await uow.sessions.save(session.revoked(now))
            await uow.commit()
        await self.revocations.catch_up()
