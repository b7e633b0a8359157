"""What a statement that fails leaves in the logs: the statement, and not the values that it was for."""

from __future__ import annotations

import traceback

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine


async def test_the_error_of_a_statement_does_not_quote_its_parameters(engine: AsyncEngine) -> None:
    code = "secret"
    async with engine.connect() as connection:
        with pytest.raises(DBAPIError) as failed:
            await connection.execute(text("SELECT 1 / (length(:code) - 6)"), {"code": code})
    logged = "".join(traceback.format_exception(failed.value))
    assert "SELECT 1 / (length(" in logged
    assert code not in logged
