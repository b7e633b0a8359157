"""Accounts on PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Insert, Row, Select, Update, and_, any_, delete, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.organizer_requests import PostgresOrganizerRequests
from adapters.postgres.accounts.tables import one_time_links, sessions, users
from adapters.postgres.accounts.texts import ids_of_few_users, user_has
from adapters.postgres.shared.paging import order_by_age, read_page
from adapters.postgres.shared.rows import as_array, is_any_of
from adapters.postgres.shared.unit_of_work import PostgresUnitOfWork, violates
from core.accounts.errors import EmailTaken, UserNotFound
from core.accounts.links import Link, LinkPurpose
from core.accounts.model import User
from core.accounts.ports import AccountsUnitOfWork, Links, Sessions, UserFilter, Users
from core.accounts.sessions import MAX_LIVE_SESSIONS, Session
from core.shared.access import Role
from core.shared.ids import SessionId, UserId
from core.shared.paging import Page, PageRequest
from core.shared.text import fold_text


class PostgresUsers(Users):
    """Locks users with key_share, so that inserting rows that refer to a user, such as messages, does not wait."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, user: User) -> None:
        await self._write(insert(users).values(_values(user)))

    async def get(self, user_id: UserId) -> User:
        return await self._one(select(users).where(users.c.id == user_id))

    async def get_for_update(self, user_id: UserId) -> User:
        return await self._one(select(users).where(users.c.id == user_id).with_for_update(key_share=True))

    async def names(self, user_ids: Collection[UserId]) -> Mapping[UserId, str]:
        rows = await self._connection.execute(select(users.c.id, users.c.name).where(is_any_of(users.c.id, user_ids)))
        return {UserId(row.id): row.name for row in rows}

    async def by_email(self, email: str) -> User | None:
        row = (await self._connection.execute(select(users).where(users.c.email == email))).one_or_none()
        return _user(row) if row else None

    async def save(self, user: User) -> None:
        await self._write(update(users).where(users.c.id == user.id).values(_values(user)))

    async def active_admins_for_update(self) -> Sequence[UserId]:
        admins = select(users.c.id).where(users.c.role == Role.ADMIN, users.c.is_active).order_by(users.c.id)
        return [UserId(each) for each in await self._connection.scalars(admins.with_for_update(key_share=True))]

    async def search(self, wanted: UserFilter, page: PageRequest) -> Page[User]:
        query = select(users)
        if wanted.text is not None:
            text = fold_text(wanted.text.strip())
            few = await ids_of_few_users(self._connection, text)
            query = query.where(user_has(text) if few is None else users.c.id == any_(as_array(few)))
        if wanted.role is not None:
            query = query.where(users.c.role == wanted.role)
        if wanted.is_active is not None:
            query = query.where(users.c.is_active if wanted.is_active else ~users.c.is_active)
        in_order = order_by_age("created", users.c.id, users.c.id, UUID, page)
        return (await read_page(self._connection, query, in_order, page)).map(_user)

    async def _one(self, query: Select[Any]) -> User:
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise UserNotFound("There is no such account.")
        return _user(row)

    async def _write(self, statement: Insert | Update) -> None:
        try:
            await self._connection.execute(statement)
        except IntegrityError as error:
            if violates(error, "users_email_key"):
                raise EmailTaken("There is already an account with this email address.") from error
            raise


def _values(user: User) -> dict[str, Any]:
    return asdict(user) | {"search_text": user.search_text}


def _user(row: Row[Any]) -> User:
    return User(**{field.name: row._mapping[field.name] for field in fields(User)})


class PostgresSessions(Sessions):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, session: Session) -> None:
        await self._connection.execute(insert(sessions).values(asdict(session)))

    async def get_for_update(self, session_id: SessionId) -> Session | None:
        query = select(sessions).where(sessions.c.id == session_id, sessions.c.user_id.is_not(None)).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        return Session(**row._mapping) if row else None

    async def with_user(self, session_id: SessionId) -> tuple[Session, User] | None:
        columns = (column.label(f"session__{column.name}") for column in sessions.c)
        query = select(users, *columns).join(sessions, sessions.c.user_id == users.c.id)
        row = (await self._connection.execute(query.where(sessions.c.id == session_id))).one_or_none()
        if row is None:
            return None
        return Session(**{each.name: row._mapping[f"session__{each.name}"] for each in fields(Session)}), _user(row)

    async def save(self, session: Session) -> None:
        query = update(sessions).where(sessions.c.id == session.id).values(asdict(session))
        await self._connection.execute(query)

    async def live(self, user_id: UserId, now: datetime) -> Sequence[Session]:
        live = _select_live(select(sessions), user_id, now)
        return [Session(**row._mapping) for row in await self._connection.execute(live)]

    async def revoke_all(self, user_id: UserId, now: datetime, *, but: SessionId | None = None) -> None:
        mine = sessions.c.user_id == user_id
        await self._revoke(mine if but is None else and_(mine, sessions.c.id != but), now)

    async def revoke_surplus(self, user_id: UserId, now: datetime) -> int:
        surplus = _select_live(select(sessions.c.id), user_id, now).offset(MAX_LIVE_SESSIONS - 1)
        return await self._revoke(sessions.c.id.in_(surplus), now)

    async def remove_expired(self, now: datetime) -> int:
        expired = _lock_in_order(sessions.c.expires_at <= now)
        return (await self._connection.execute(delete(sessions).where(sessions.c.id.in_(expired)))).rowcount

    async def _revoke(self, which: ColumnElement[bool], now: datetime) -> int:
        """Revoke these sessions unless they are revoked already. Returns how many were revoked."""
        not_revoked = _lock_in_order(which, sessions.c.revoked_at.is_(None))
        revoking = update(sessions).where(sessions.c.id.in_(not_revoked)).values(revoked_at=now)
        return (await self._connection.execute(revoking)).rowcount


def _lock_in_order(*which: ColumnElement[bool]) -> Select[Any]:
    """Select the ids of these sessions and lock them in the order of their ids, which prevents deadlocks."""
    return select(sessions.c.id).where(*which).order_by(sessions.c.id).with_for_update()


def _select_live(query: Select[Any], user_id: UserId, now: datetime) -> Select[Any]:
    """Restrict a query to the live sessions of a user, most recently used first."""
    mine = query.where(sessions.c.user_id == user_id, sessions.c.revoked_at.is_(None), sessions.c.expires_at > now)
    return mine.order_by(sessions.c.last_used_at.desc(), sessions.c.id.desc())


class PostgresLinks(Links):
    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def put(self, link: Link) -> None:
        values = asdict(link)
        replace_last = upsert(one_time_links).on_conflict_do_update(
            constraint="one_time_links_user_id_purpose_key", set_=values
        )
        await self._connection.execute(replace_last.values(values))

    async def last(self, user_id: UserId, purpose: LinkPurpose) -> Link | None:
        row = (await self._connection.execute(select(one_time_links).where(*_of(user_id, purpose)))).one_or_none()
        return Link(**row._mapping) if row else None

    async def remove(self, user_id: UserId, purpose: LinkPurpose) -> None:
        await self._connection.execute(delete(one_time_links).where(*_of(user_id, purpose)))

    async def owner_of(self, link_id: UUID) -> UserId | None:
        owner = await self._connection.scalar(select(one_time_links.c.user_id).where(one_time_links.c.id == link_id))
        return UserId(owner) if owner else None

    async def take(self, link_id: UUID) -> Link | None:
        take = delete(one_time_links).where(one_time_links.c.id == link_id).returning(one_time_links)
        row = (await self._connection.execute(take)).one_or_none()
        return Link(**row._mapping) if row else None

    async def remove_expired(self, now: datetime) -> int:
        expired = delete(one_time_links).where(one_time_links.c.expires_at <= now)
        return (await self._connection.execute(expired)).rowcount


def _of(user_id: UserId, purpose: LinkPurpose) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return one_time_links.c.user_id == user_id, one_time_links.c.purpose == purpose


class PostgresAccountsUnitOfWork(PostgresUnitOfWork, AccountsUnitOfWork):
    def bind(self, connection: AsyncConnection) -> None:
        self.users = PostgresUsers(connection)
        self.sessions = PostgresSessions(connection)
        self.links = PostgresLinks(connection)
        self.organizer_requests = PostgresOrganizerRequests(connection)
