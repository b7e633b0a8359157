"""Sessions of browsers, which show a cookie that stays the same as long as the session lasts.

Refresh tokens change with every use, and using one twice ends the session. Two tabs of a browser, or a page that it
loads in advance, would do that.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork
from core.accounts.sessions import Access, Session, browser_secret
from core.accounts.starting_sessions import StartSession
from core.shared.clock import Clock
from core.shared.ids import SessionId
from core.shared.tokens import decode_token, encode_token


@dataclass(frozen=True, slots=True)
class BrowserSession:
    """Who uses a browser, in which session."""

    user: User
    session: Session

    @property
    def access(self) -> Access:
        return Access(self.user.principal, self.session.id)


@dataclass(frozen=True, slots=True)
class SignInBrowser:
    """Start a session for an email and password, and return its cookie with the time at which both end."""

    start_session: StartSession

    async def __call__(self, *, email: str, password: str, device: str = "") -> tuple[str, datetime]:
        secret = self.start_session.secrets.new()
        _, session = await self.start_session(
            email=email, password=password, device=device, secret=browser_secret(secret)
        )
        return encode_token(session.id, secret), session.expires_at


@dataclass(frozen=True, slots=True)
class ReadBrowserSession:
    """Return the session of a cookie, or None if it has ended, or if the cookie is none of ours."""

    new_uow: Callable[[], AccountsUnitOfWork]
    clock: Clock

    async def __call__(self, cookie: str) -> BrowserSession | None:
        session_id, secret = decode_token(cookie) or (None, "")
        if session_id is None:
            return None
        now = self.clock.now()
        async with self.new_uow() as uow:
            found = await uow.sessions.with_user(SessionId(session_id))
            if found is None:
                return None
            session, user = found
            if not (session.accepts(browser_secret(secret)) and session.is_live(now) and user.is_active):
                return None
            if session.is_touched_late(now):
                await self._touch(uow, session, now)
        return BrowserSession(user, session)

    async def _touch(self, uow: AccountsUnitOfWork, session: Session, now: datetime) -> None:
        stored = await uow.sessions.get_for_update(session.id)
        if stored is not None and stored.is_live(now):
            await uow.sessions.save(stored.touch(now))
            await uow.commit()
