"""Many rows for one statement. They travel as JSON, which costs this process less than an array for each column."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Insert,
    Table,
    TableValuedAlias,
    Text,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
)
from sqlalchemy.types import TypeEngine


def rows_of(name: str, **columns: TypeEngine[Any]) -> TableValuedAlias:
    """Rows that a statement is given, as the parameter `name` by `as_rows`."""
    read = func.json_to_recordset(cast(bindparam(name, type_=Text), JSON))
    shape = [column(each, kind) for each, kind in columns.items()]
    return read.table_valued(*shape, name=f"given_{name}").render_derived(with_types=True)


def as_rows(things: Sequence[object]) -> str:
    """Dataclasses or dictionaries, for `rows_of`."""
    return orjson.dumps(things, default=str).decode()


def inserted(table: Table, rows: TableValuedAlias, **made: ColumnElement[Any]) -> Insert:
    """Insert such rows: the columns they share with the table by name, and what is made of them."""
    values = {column.name: rows.c[column.name] for column in table.c if column.name in rows.c} | made
    return insert(table).from_select(list(values), select(*values.values()))
