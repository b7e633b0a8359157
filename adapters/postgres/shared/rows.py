"""Many rows for one statement. They travel as JSON, which costs this process less than an array for each column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    Insert,
    Table,
    TableValuedAlias,
    Text,
    any_,
    bindparam,
    cast,
    column,
    func,
    insert,
    literal,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.types import TypeEngine


def rows_of(name: str, **columns: TypeEngine[Any]) -> TableValuedAlias:
    """Rows that a statement is given, as the parameter `name` by `as_rows`."""
    read = func.json_to_recordset(cast(bindparam(name, type_=Text), JSON))
    shape = [column(each, kind) for each, kind in columns.items()]
    return read.table_valued(*shape, name=f"given_{name}").render_derived(with_types=True)


def as_rows(things: Sequence[object]) -> str:
    """Dataclasses or dictionaries, for `rows_of`."""
    return orjson.dumps(things, default=str).decode()


def is_any_of(column: ColumnElement[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """Whether it is one of these. They travel as one array: a list would be as many parameters, of which a statement
    has 32,767 at most, and a new statement to be parsed and planned for every number of them.
    """
    return column == any_(literal(list(values), ARRAY(column.type)))


def inserted(table: Table, rows: TableValuedAlias, **made: ColumnElement[Any]) -> Insert:
    """Insert such rows: the columns they share with the table by name, and what is made of them."""
    values = {column.name: rows.c[column.name] for column in table.c if column.name in rows.c} | made
    return insert(table).from_select(list(values), select(*values.values()))
