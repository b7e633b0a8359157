"""Accounts by a text in the name or address."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from adapters.postgres.accounts.tables import users

SHORTEST_INDEXED_TEXT = 3
"""Texts are indexed by all sequences of three letters in them, so shorter ones can't be looked up."""
MAX_FEW = 10_000


def user_has(text: str) -> ColumnElement[bool]:
    """Return a condition: an account has this folded text in its name or address."""
    return users.c.search_text.contains(text, autoescape=True)


async def ids_of_few_users(connection: AsyncConnection, text: str) -> Select[Any] | None:
    """Return a query for the ids of the accounts with a folded text. None if many have it, or if it is too short.

    A list whose rows many accounts lead to is soon full when its rows are read in order. PostgreSQL can't tell which
    way is the better one: it expects the same number of matches of every text once it has planned for all values.
    """
    if len(text) < SHORTEST_INDEXED_TEXT:
        return None
    matching = select(users.c.id).where(user_has(text))
    found = await connection.scalar(select(func.count()).select_from(matching.limit(MAX_FEW + 1).subquery()))
    return matching if (found or 0) <= MAX_FEW else None
