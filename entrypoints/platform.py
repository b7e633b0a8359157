"""Opening the platform: its database, its schema, its container; and closing them in the opposite order."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from adapters.delivery.email.smtp import SmtpSender
from adapters.delivery.http_service import HttpServiceSender
from adapters.embedded_postgres.server import EmbeddedPostgres, EmbeddedPostgresError
from adapters.jobs import schedules
from adapters.postgres.shared.engine import ping
from adapters.postgres.shared.migrations import migrate
from container import Container
from entrypoints.settings import Profile, Settings, delivery_of, jwt_secret, public_url

SHUTDOWN_SECONDS = 20.0
"""How long requests and jobs that were begun may take to finish when the process is told to stop."""


class StartError(Exception):
    """The platform can't start, and one line says why."""


@asynccontextmanager
async def open_platform(settings: Settings) -> AsyncIterator[Container]:
    """The platform of these settings, its schema up to date. Raises StartError."""
    with database(settings) as url:
        container, previous, token = Container(), settings.jwt_secret_previous, settings.notification_token
        container.settings.from_dict(
            settings.model_dump()
            | {
                "store": "memory" if settings.profile is Profile.MEMORY else "postgres",
                "shared": "redis" if settings.redis_url else "memory",
                "database_url": url,
                # Whatever rushes one event, reading and other events always find a connection.
                "batcher_connections": max(1, settings.database_pool_size // 2),
                "jwt_secret": jwt_secret(settings),
                "jwt_secret_previous": previous.get_secret_value() if previous else None,
                "delivery": delivery_of(settings),
                "links": public_url(settings),
                "shutdown_seconds": SHUTDOWN_SECONDS,
                "notification_token": token.get_secret_value() if token else None,
            }
        )
        async with AsyncExitStack() as closing:
            closing.callback(container.hasher().close)
            if isinstance(delivery := container.delivery(), HttpServiceSender | SmtpSender):
                closing.push_async_callback(delivery.close)
            closing.push_async_callback(container.webhook_delivery().close)
            if settings.redis_url:
                closing.push_async_callback(container.redis().aclose, close_connection_pool=True)
            if settings.profile is not Profile.MEMORY:
                closing.push_async_callback(container.engine().dispose)
                await prepare(container.engine())
            yield container


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Where the database is; the embedded one runs meanwhile. Raises StartError."""
    if settings.profile is not Profile.EMBEDDED:
        yield settings.database_url or ""
        return
    with EmbeddedPostgres() as server:
        try:
            url = server.start(settings.data_dir)
        except EmbeddedPostgresError as error:
            raise StartError(str(error)) from error
        if server.notice:
            print(server.notice, file=sys.stderr)  # noqa: T201 - for whoever stands at the console
        yield url


async def prepare(engine: AsyncEngine) -> None:
    """Reach the database and bring its schema up to date. Raises StartError."""
    try:
        await ping(engine)
    except (OSError, SQLAlchemyError) as error:
        where = make_url(engine.url).render_as_string(hide_password=True)
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise StartError(f"The database at {where} can't be reached: {reason}") from error
    await migrate(engine)
    await schedules.install(engine)
