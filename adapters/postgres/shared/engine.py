"""The connection pool."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager

from sqlalchemy import URL, Connection, event, make_url, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import ArgumentError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

LOCK_TIMEOUT_MS = 10_000
"""A writer that waits longer for the lock of an event fails, and its client may retry."""
STATEMENT_SECONDS = 30.0
POOL_WAIT_SECONDS = 10.0
READ_WAIT_SECONDS = 2.0
"""How long a read that anybody may ask for waits for its turn."""
CONNECT_SECONDS = 5.0
GRACE_SECONDS = 5.0
"""How much longer than a statement may take to wait for its result: by then the server is frozen or unreachable."""
ANSWER_SECONDS = STATEMENT_SECONDS + GRACE_SECONDS

_OPTIONS = frozenset(
    {"gsslib", "host", "krbsrvname", "passfile", "password", "port", "prepared_statement_cache_size", "ssl",
     "target_session_attrs", "user"}
)  # fmt: skip
"""What a URL may say after `?`: parameters of asyncpg whose values are text, and one of SQLAlchemy."""


def check_options(url: str) -> str:
    """Return the URL if its options are known. Raises ValueError with a message that does not quote the URL."""
    parsed = make_url(url)
    if unknown := parsed.query.keys() - _OPTIONS:
        raise ValueError(f"has the unknown option {min(unknown)!r}: the options are {', '.join(sorted(_OPTIONS))}")
    try:
        parsed.get_dialect()().create_connect_args(parsed)
    except (ArgumentError, ValueError) as error:
        raise ValueError(f"has an invalid option: {error}") from None
    return url


def display_url(url: URL) -> str:
    """Return the URL without its password and options, for messages to people."""
    query = {name: value for name, value in url.query.items() if name in ("host", "port")}
    return url.set(drivername="postgresql", query=query).render_as_string(hide_password=True)


def create_engine(
    url: str | URL,
    pool_size: int,
    *,
    connect_seconds: float = CONNECT_SECONDS,
    answer_seconds: float | None = ANSWER_SECONDS,
) -> AsyncEngine:
    """Return a pool of at most `pool_size` connections, which are opened when first needed.

    If the server does not answer in time, TimeoutError is raised and all connections are replaced. With
    `answer_seconds` None statements have no time limit, here and at the server.
    """
    server_settings = _server_settings("nocturne", 0 if answer_seconds is None else STATEMENT_SECONDS)
    return _create_engine(
        url,
        {"timeout": connect_seconds, "command_timeout": answer_seconds, "server_settings": server_settings},
        pool_size=pool_size,
        pool_timeout=POOL_WAIT_SECONDS,
    )


def create_reading_engine(
    url: str | URL, pool_size: int, *, statement_seconds: float, wait_seconds: float = READ_WAIT_SECONDS
) -> AsyncEngine:
    """Return a pool of at most `pool_size` connections that only read; who wants one waits for it `wait_seconds`.

    Each statement is a transaction of its own, without round trips to begin and end it, and is stopped after
    `statement_seconds`.
    """
    server_settings = _server_settings("nocturne-reads", statement_seconds) | {
        "default_transaction_read_only": "on",
        # The best plan for a filter depends on how common its values are.
        "plan_cache_mode": "force_custom_plan",
        # A scan of a whole table looks cheap when a limit is expected to end it soon, which depends on luck.
        "enable_seqscan": "off",
    }
    answer_seconds = statement_seconds + GRACE_SECONDS
    return _create_engine(
        url,
        {"timeout": CONNECT_SECONDS, "command_timeout": answer_seconds, "server_settings": server_settings},
        pool_size=pool_size,
        pool_timeout=wait_seconds,
        isolation_level="AUTOCOMMIT",
    )


def _create_engine(url: str | URL, connect_args: Mapping[str, object], **options: object) -> AsyncEngine:
    # Errors are logged, and parameters contain the codes of tickets, addresses and hashes of passwords.
    engine = create_async_engine(url, connect_args=connect_args, max_overflow=0, hide_parameters=True, **options)
    event.listen(engine.sync_engine, "handle_error", _invalidate_pool)
    return engine


def _server_settings(name: str, statement_seconds: float) -> dict[str, str]:
    return {
        "application_name": name,
        "lock_timeout": str(LOCK_TIMEOUT_MS),
        "statement_timeout": str(round(statement_seconds * 1000)),
        "timezone": "UTC",
        "jit": "off",  # our queries are short; compiling them costs more than it saves
        # Data is on a solid-state disk, mostly in memory. With the default, which is that of a spinning disk, whole
        # tables are read where an index finds the rows.
        "random_page_cost": "1.1",
    }


@asynccontextmanager
async def without_timeouts(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    """Yield a pool for the same database whose statements may take as long as they need."""
    engine_without_timeouts = create_engine(engine.url, pool_size=2, answer_seconds=None)
    try:
        yield engine_without_timeouts
    finally:
        await engine_without_timeouts.dispose()


@contextmanager
def without_waiting_for_disk(engine: AsyncEngine) -> Iterator[None]:
    """Have the transactions of this pool commit without waiting for the disk, until the end of the block.

    They are on disk at the latest when a transaction commits that began afterwards. After a crash of the server before
    that, the last ones may be missing, never only a part of one.
    """
    event.listen(engine.sync_engine, "begin", _commit_asynchronously)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "begin", _commit_asynchronously)


def _commit_asynchronously(connection: Connection) -> None:
    connection.exec_driver_sql("SET LOCAL synchronous_commit = off")


async def ping(engine: AsyncEngine) -> None:
    """Check that the database answers. Raises its error otherwise."""
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))


async def count_allowed_connections(engine: AsyncEngine) -> int:
    """Return how many connections the server allows to roles that are not superusers."""
    names = ("max_connections", "superuser_reserved_connections")
    async with engine.connect() as connection:
        most, reserved = [int(await connection.scalar(text(f"SHOW {name}"))) for name in names]
    return most - reserved


def _invalidate_pool(error: ExceptionContext) -> None:
    # SQLAlchemy only invalidates this connection. The others lead to the same silent server, and each would time out.
    if isinstance(error.original_exception, TimeoutError):
        error.invalidate_pool_on_disconnect = True
