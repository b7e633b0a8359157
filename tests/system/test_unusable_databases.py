"""A database that can't be used is refused in one sentence, and nothing is changed in it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import CompletedProcess

import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from adapters.embedded_postgres.server import EmbeddedPostgres
from tests.support.platform import nocturne
from tests.support.postgres_processes import public_folder, query

SECRET = "x" * 32
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """The URL of an empty database."""
    with public_folder() as folder, EmbeddedPostgres() as running:
        yield running.start(folder / "data")


@contextmanager
def database(server: str, name: str, options: str = "") -> Iterator[str]:
    """A new database with these options."""
    outside(server, f"CREATE DATABASE {name} {options}")
    yield url_of(server, database=name)
    outside(server, f"DROP DATABASE {name} WITH (FORCE)")


def outside(server: str, statement: str) -> None:
    """Run a statement that can't be in a transaction."""

    async def run() -> None:
        engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
        await engine.dispose()

    asyncio.run(run())


def url_of(server: str, **parts: str) -> str:
    return make_url(server).set(**parts).render_as_string(hide_password=False)  # type: ignore[arg-type]


def run(command: str, url: str) -> CompletedProcess[str]:
    return nocturne(command, data_dir=Path("unused"), DATABASE_URL=url, JWT_SECRET=SECRET, DATABASE_POOL_SIZE="2")


def assert_refused(done: CompletedProcess[str], reason: str) -> None:
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nocturne: ")
    assert reason in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_database_of_another_encoding_is_refused_unchanged(server: str) -> None:
    with database(server, "plain", "ENCODING 'SQL_ASCII' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0") as url:
        assert_refused(run("migrate", url), "has the encoding SQL_ASCII")
        assert query(url, TABLES) == [(0,)]


def test_a_role_without_rights_is_told_what_it_needs(server: str) -> None:
    with database(server, "guarded") as url:
        query(url, "CREATE ROLE guest LOGIN PASSWORD 'word'")
        guest = url_of(url, username="guest", password="word")
        assert_refused(run("migrate", guest), "its role must own the database")
        query(url, "DROP ROLE guest")


def test_a_newer_schema_is_refused_unchanged(server: str) -> None:
    with database(server, "newer") as url:
        assert run("migrate", url).returncode == 0
        query(url, "UPDATE alembic_version SET version_num = '9999'")
        for command in ("migrate", "verify", "seed-demo"):
            assert_refused(run(command, url), "was migrated by a newer version of Nocturne")
        assert query(url, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_verify_creates_no_schema(server: str) -> None:
    with database(server, "fresh") as url:
        assert_refused(run("verify", url), "run nocturne migrate first")
        assert query(url, TABLES) == [(0,)]


def test_an_unknown_database_is_named(server: str) -> None:
    assert_refused(run("migrate", url_of(server, database="nowhere")), 'database "nowhere" does not exist')


def test_an_unknown_role_is_named(server: str) -> None:
    assert_refused(run("migrate", url_of(server, username="nobody", password="hidden")), "nobody")


@pytest.mark.parametrize(
    ("option", "reason"),
    [
        ("pool=5", "DATABASE_URL has the unknown option 'pool'"),
        ("prepared_statement_cache_size=many", "DATABASE_URL has an invalid option"),
        ("ssl=perhaps", "must be one of: disable, allow, prefer, require"),
    ],
)
def test_a_wrong_option_of_the_url_is_refused_without_its_password(option: str, reason: str) -> None:
    done = run("migrate", f"postgresql://nocturne:hidden@127.0.0.1:1/nocturne?{option}")
    assert_refused(done, reason)
    assert "hidden" not in done.stderr
