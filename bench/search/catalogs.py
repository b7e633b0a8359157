"""The generated catalogs: a database for each size, in one embedded PostgreSQL, filled unless it is already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bench.booking.setup import LOCKED, BenchPlatform
from bench.search.bookings import add_bookings
from container import Container
from core.accounts.model import User, new_user
from core.shared.access import Role
from core.shared.ids import SessionId, UserId
from entrypoints.demo import seed_catalog
from entrypoints.platform import open_platform
from entrypoints.settings import Profile, Settings

SECRET = "only-for-measurements-on-this-machine"  # noqa: S105 - of a database that only this process reaches
REPORT_INTERVAL = 100_000
PEOPLE = 64


@dataclass(frozen=True, slots=True)
class Catalog:
    """A platform with a generated catalog and some users, and the settings that a server of it needs."""

    size: int
    platform: BenchPlatform
    admin_token: str
    settings: dict[str, str]
    now: datetime


@asynccontextmanager
async def open_catalog(server_url: str, size: int, data_dir: Path) -> AsyncIterator[Catalog]:
    """Create and fill the database if that was not done yet, and yield its catalog."""
    url = make_url(server_url).set(database=f"catalog_{size}").render_as_string(hide_password=False)
    await _create_database(server_url, f"catalog_{size}")
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]  # pydantic-settings takes it; its stubs don't say so
        profile=Profile.SERVERS,
        database_url=url,
        jwt_secret=SecretStr(SECRET),
        data_dir=data_dir,
        access_token_expire_minutes=1440,
    )
    async with open_platform(settings) as container:
        organizer, admin, *people = await _users(container)
        await seed_catalog(container, size, lambda stored: _report(size, stored))
        await add_bookings(container.engine(), [person.id for person in people])
        admin_token, *tokens = _tokens(container, [admin, *people])
        platform = BenchPlatform(container, organizer, tuple(tokens))
        yield Catalog(size, platform, admin_token, {"DATABASE_URL": url, "JWT_SECRET": SECRET}, container.clock().now())


def _report(size: int, stored: int) -> None:
    if stored % REPORT_INTERVAL == 0:
        print(f"{stored:,} of {size:,} events stored", flush=True)


async def _create_database(server_url: str, name: str) -> None:
    engine = create_async_engine(server_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        if not await connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = :name"), {"name": name}):
            await connection.execute(text(f"CREATE DATABASE {name} ENCODING 'UTF8' TEMPLATE template0"))
    await engine.dispose()


async def _users(container: Container) -> list[User]:
    """Return an organizer, an admin and the people who book, created unless they exist."""
    roles = [Role.ORGANIZER, Role.ADMIN, *[Role.USER] * PEOPLE]
    users = []
    async with container.accounts() as uow:
        for number, role in enumerate(roles):
            email = f"person-{number}@example.com"
            user = await uow.users.by_email(email)
            if user is None:
                user = new_user(
                    UserId(container.ids().new()),
                    name=f"Person {number}",
                    email=email,
                    password_hash=LOCKED,
                    role=role,
                    now=container.clock().now(),
                )
                await uow.users.add(user)
            users.append(user)
        await uow.commit()
    return users


def _tokens(container: Container, users: list[User]) -> list[str]:
    session, ends = SessionId(container.ids().new()), container.clock().now() + timedelta(days=1)
    return [container.tokens().issue(user.principal, session, ends)[0] for user in users]
