"""PostgreSQL's programs: which are used, and how they reach the database (J7)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from adapters.backups.archive import BackupError
from adapters.backups.client_programs import EXTENSIONS, find_programs

URL = make_url("postgresql+asyncpg://ada:s%40fe@db.example:5433/tickets?ssl=require")
MIGRATIONS = Path(__file__).parents[3] / "migrations" / "versions"


def programs(folder: Path, version: str) -> Path:
    folder.mkdir()
    (folder / "pg_dump").write_text(f"#!/bin/sh\necho 'pg_dump (PostgreSQL) {version}'\n")
    (folder / "pg_dump").chmod(0o755)
    return folder


def test_the_first_programs_that_are_new_enough_are_used(tmp_path: Path) -> None:
    folders = [programs(tmp_path / "old", "15.18 (Debian)"), programs(tmp_path / "new", "18.6")]
    for server, expected in ((15, "old"), (16, "new"), (18, "new")):
        found = find_programs(folders, URL, at_least=server, is_embedded=False)
        assert found.folder == tmp_path / expected
    with pytest.raises(BackupError) as refused:
        find_programs(folders, URL, at_least=19, is_embedded=False)
    assert str(refused.value) == (
        "This needs pg_dump, pg_restore and psql of PostgreSQL 19 or newer, and the newest here are of PostgreSQL 18: "
        "install them (postgresql-client-19)."
    )
    with pytest.raises(BackupError, match="there are none here"):
        find_programs([tmp_path], URL, at_least=15, is_embedded=False)


def test_they_reach_the_database_of_the_url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", "/etc/ca.pem")
    folders = [programs(tmp_path / "here", "18.6")]
    given = find_programs(folders, URL, at_least=15, is_embedded=False).environment
    expected = {
        "PGHOST": "db.example",
        "PGPORT": "5433",
        "PGUSER": "ada",
        "PGPASSWORD": "s@fe",
        "PGDATABASE": "tickets",
        "PGSSLMODE": "require",
        "PGSSLROOTCERT": "/etc/ca.pem",
    }
    assert expected.items() <= given.items()
    embedded = make_url("postgresql+asyncpg://postgres@/nocturne?host=/data/postgres&port=5432")
    given = find_programs(folders, embedded, at_least=15, is_embedded=True).environment
    assert (given["PGHOST"], given["PGPORT"], given["PGUSER"]) == ("/data/postgres", "5432", "postgres")
    assert "PGSSLROOTCERT" not in given


def test_every_extension_of_the_migrations_is_dumped() -> None:
    created = {
        name
        for file in MIGRATIONS.glob("*.py")
        for name in re.findall(r"CREATE EXTENSION\D+? (\w+)[\";]", file.read_text())
    }
    assert created == set(EXTENSIONS)
