"""Pass many rows to one statement, as JSON: cheaper for this process than an array per column."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    ColumnElement,
    CompoundSelect,
    Insert,
    Select,
    Table,
    TableValuedAlias,
    Text,
    Uuid,
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
    """Return a table of the rows in the parameter `name`, which `as_rows` serializes."""
    read = func.json_to_recordset(cast(bindparam(name, type_=Text), JSON))
    shape = [column(each, kind) for each, kind in columns.items()]
    return read.table_valued(*shape, name=f"given_{name}").render_derived(with_types=True)


def as_rows(things: Sequence[object]) -> str:
    """Serialize dataclasses or dictionaries for `rows_of`."""
    return orjson.dumps(things, default=str).decode()


def is_any_of(column: ColumnElement[Any], values: Iterable[object]) -> ColumnElement[bool]:
    """Return a condition: the column has one of these values.

    They are passed as one array. A list would need a parameter per value, at most 32,767, and a new statement to be
    parsed and planned for every length.
    """
    return column == any_(literal(list(values), ARRAY(column.type)))


def as_array(ids: Select[Any] | CompoundSelect[Any]) -> ColumnElement[list[UUID]]:
    """Return the ids that a query selects, as an array, which PostgreSQL makes first.

    With a join or a subquery in its place it may go through the other table, and look for each row among the selected.
    """
    return func.array(ids.scalar_subquery(), type_=ARRAY(Uuid))


def inserted(table: Table, rows: TableValuedAlias, **computed: ColumnElement[Any]) -> Insert:
    """Return a statement that inserts `rows`: their columns that the table has too, and the `computed` ones."""
    values = {column.name: rows.c[column.name] for column in table.c if column.name in rows.c} | computed
    return insert(table).from_select(list(values), select(*values.values()))
