"""Starting a session for an email and a password, for programs and for browsers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from core.accounts.errors import BadCredentials
from core.accounts.model import User, prepare_password
from core.accounts.passwords import verify_password
from core.accounts.ports import AccountsUnitOfWork, PasswordHasher, Revocations
from core.accounts.sessions import Session, new_session
from core.shared.clock import Clock
from core.shared.email import normalise_email
from core.shared.ids import IdGenerator, SessionId
from core.shared.secrets import Secrets


@dataclass(frozen=True, slots=True)
class StartSession:
    """Check the credentials and store a session. Raises BadCredentials."""

    new_uow: Callable[[], AccountsUnitOfWork]
    hasher: PasswordHasher
    revocations: Revocations
    secrets: Secrets
    ids: IdGenerator
    clock: Clock
    session_length: timedelta

    async def __call__(self, *, email: str, password: str, device: str, secret: str) -> tuple[User, Session]:
        """Return the user, and the new session with this secret."""
        email = normalise_email(email)
        async with self.new_uow() as uow:
            user = await uow.users.by_email(email)
        matches = await verify_password(self.hasher, user.password_hash if user else None, password)
        if user is None or not matches or not user.is_active:
            async with self.new_uow() as uow:
                target = user.id if user else None
                await uow.audit.write("login.failed", self.clock.now(), target=target)
                await uow.commit()
            raise BadCredentials("Email or password is wrong.")
        new_hash = (
            await self.hasher.hash(prepare_password(password)) if self.hasher.needs_rehash(user.password_hash) else None
        )
        session = new_session(
            SessionId(self.ids.new()),
            user.id,
            secret=secret,
            device=device,
            lasts=self.session_length,
            now=self.clock.now(),
        )
        if await self._store(user, new_hash, session):
            return user, session
        # The account was changed after the password was verified, so it is verified again.
        return await self(email=email, password=password, device=device, secret=secret)

    async def _store(self, user: User, new_hash: str | None, session: Session) -> bool:
        """Store the session and return True, or return False if the user was changed meanwhile."""
        async with self.new_uow() as uow:
            if await uow.users.get_for_update(user.id) != user:
                return False
            if new_hash is not None:
                await uow.users.save(replace(user, password_hash=new_hash))
            ended = await uow.sessions.revoke_surplus(user.id, session.created_at)
            await uow.sessions.add(session)
            await uow.commit()
        if ended:
            await self.revocations.catch_up()
        return True
